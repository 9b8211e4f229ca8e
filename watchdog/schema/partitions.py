"""Partitions that come and go as time goes on: churn by policy, which is no drift where a database is watched."""

from collections.abc import Mapping, Sequence

import msgspec

from watchdog.schema.diff import Change
from watchdog.schema.kinds import parent_of, sql_name
from watchdog.schema.snapshot import ObjectId, Snapshot

# What may refuse, change or answer for a row, beside the columns.
_OWN = ("constraint", "index", "policy", "rule", "trigger")


class _Form(msgspec.Struct, frozen=True):
    """What a relation does to a row that comes to it: also which columns take no NULL, and (kind, name) of its own."""

    persistence: object
    not_null: frozenset[str] = frozenset()
    own: frozenset[tuple[str, str]] = frozenset()

    def beside(self, parent: "_Form") -> tuple[object, frozenset[str], tuple[str, ...]]:
        """What siblings have alike. A check that was inherited has its parent's name; other own names are all new."""
        return self.persistence, self.not_null, tuple(sorted(kind for kind, _ in self.own - parent.own))


def churn(changes: Sequence[Change], expected: Snapshot, actual: Snapshot) -> frozenset[Change]:
    """The changes that only say that partitions were made or dropped as their parents' policy has it.

    The parent must still be there, and one that came must be like it, or like a partition of it that was expected.
    """
    passing = [change for change in changes if _may_pass(change, expected, actual)]
    if not passing:
        return frozenset()
    before, after = _forms(expected), _forms(actual)
    relations: dict[object, ObjectId] = {(sql_name(subject),): subject for subject in after}
    siblings: dict[object, set[ObjectId]] = {}
    for subject in before:
        siblings.setdefault(expected.objects[subject].get("parents"), set()).add(subject)

    def follows(change: Change) -> bool:
        gone = change.change == "missing"
        parents = (expected if gone else actual).objects[change.subject].get("parents")
        parent = relations.get(parents)
        if gone or parent is None:
            return parent is not None
        usual = {before[sibling].beside(before[parent]) for sibling in siblings.get(parents, ()) if parent in before}
        return after[change.subject].beside(after[parent]) in usual | {after[parent].beside(after[parent])}

    return frozenset(filter(follows, passing))


def comes_and_goes(relation: Mapping[str, object]) -> bool:
    """Whether it is a partition for a range or a list. Without one for the rest, or of a hash, rows have no place."""
    return str(relation.get("partition_bound") or "").startswith(("FOR VALUES FROM", "FOR VALUES IN"))


def _may_pass(change: Change, expected: Snapshot, actual: Snapshot) -> bool:
    if change.subject.kind != "relation" or change.change not in ("missing", "unexpected"):
        return False
    return comes_and_goes((expected if change.change == "missing" else actual).objects[change.subject])


def _forms(snapshot: Snapshot) -> Mapping[ObjectId, _Form]:
    not_null: dict[ObjectId | None, set[str]] = {}
    own: dict[ObjectId | None, set[tuple[str, str]]] = {}
    for subject, attributes in snapshot.objects.items():
        if subject.kind == "column" and attributes.get("not_null"):
            not_null.setdefault(parent_of(subject), set()).add(subject.name[-1])
        elif subject.kind in _OWN:
            own.setdefault(parent_of(subject), set()).add((subject.kind, subject.name[-1]))
    return {
        subject: _Form(
            attributes.get("persistence"), frozenset(not_null.get(subject, ())), frozenset(own.get(subject, ()))
        )
        for subject, attributes in snapshot.objects.items()
        if subject.kind == "relation"
    }
