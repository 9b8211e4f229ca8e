"""What happens to partitions: they come and go as time goes on, which is no drift where a database is watched."""

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

    def unlike(self, parent: "_Form") -> str:
        """In words; one of the three at least is not empty."""
        return ", ".join([
            *([str(self.persistence)] if self.persistence != parent.persistence else []),
            *(f"NOT NULL {name}" for name in sorted(self.not_null - parent.not_null)),
            *(f"nullable {name}" for name in sorted(parent.not_null - self.not_null)),
            *(f"{kind} {name}" for kind, name in sorted(self.own - parent.own)),
        ])  # fmt: skip


def settled(changes: Sequence[Change], expected: Snapshot, actual: Snapshot) -> tuple[tuple[Change, ...], int]:
    """The changes but for partitions that came or went as their parents' policy has it; and how many those are.

    The parent must still be there, and one that came must be like it, or like a partition of it that was expected; if
    not, it is said how it departs.
    """
    if not any(_may_pass(change, expected, actual) for change in changes):
        return tuple(changes), 0
    before, after = _forms(expected), _forms(actual)
    relations: dict[object, ObjectId] = {(sql_name(subject),): subject for subject in after}
    siblings: dict[object, set[ObjectId]] = {}
    for subject in before:
        siblings.setdefault(expected.objects[subject].get("parents"), set()).add(subject)

    def follows(change: Change) -> Change | None:
        gone = change.change == "missing"
        parents = (expected if gone else actual).objects[change.subject].get("parents")
        parent = relations.get(parents)
        if parent is None or gone:
            return None if parent else change
        form, model = after[change.subject], after[parent]
        usual = {before[sibling].beside(before[parent]) for sibling in siblings.get(parents, ()) if parent in before}
        if form.beside(model) in usual | {model.beside(model)}:
            return None
        return msgspec.structs.replace(change, note=f"unlike its parent: {form.unlike(model)}")

    left = [follows(change) if _may_pass(change, expected, actual) else change for change in changes]
    return tuple(change for change in left if change), left.count(None)


def detached(changes: Sequence[Change]) -> tuple[Change, ...]:
    """The changes, with one alone for a table that is no partition any more: its copies became its own."""
    alone = {change.subject for change in changes if change.attribute == "partition_bound" and change.actual is None}

    def follows(change: Change) -> bool:
        if change.subject in alone:
            return change.attribute == "parents"
        return parent_of(change.subject) in alone and change.subject.kind in _OWN and change.change == "unexpected"

    return tuple(
        msgspec.structs.replace(change, note="it is no partition any more, and has what it had of its parent itself")
        if change.subject in alone and change.attribute == "partition_bound"
        else change
        for change in changes
        if not follows(change)
    )


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
