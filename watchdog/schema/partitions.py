"""Partitions that come and go as time goes on, which is no drift where a database is watched."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

import msgspec

from watchdog.schema.diff import Change
from watchdog.schema.kinds import parent_of, sql_name
from watchdog.schema.snapshot import Attributes, ObjectId, Snapshot

# What may refuse, change or answer for a row, beside the columns.
_OWN = ("constraint", "index", "policy", "rule", "trigger")
_RANGE = re.compile(r"FOR VALUES FROM (\(.*\)) TO (\(.*\))", re.DOTALL)


def comes_and_goes(relation: Attributes) -> bool:
    """Whether it is a partition for a range or a list. Without one for the rest, or of a hash, rows have no place."""
    return str(relation.get("partition_bound") or "").startswith(("FOR VALUES FROM", "FOR VALUES IN"))


def settled(changes: Sequence[Change], expected: Snapshot, actual: Snapshot) -> tuple[tuple[Change, ...], int]:
    """The changes but for partitions that came or went as their parents' policy has it; and how many those are.

    Their parent must be there still. One that came must be like it, or like a partition of it that was expected; if
    not, it is said how it departs. Those that went must not be all, nor leave a gap: time goes on at the other end.
    """
    passing = {change for change in changes if _may_pass(change, expected, actual)}
    if not passing:
        return tuple(changes), 0
    before, after = _Tree(expected), _Tree(actual)

    def judged(change: Change) -> Change | None:
        if change not in passing:
            return change
        gone = change.change == "missing"
        parents = (expected if gone else actual).objects[change.subject].get("parents")
        parent = after.relations.get(parents)
        if parent is None:
            return change
        if gone:
            ends = {_bounds(actual.objects[sibling])[1] for sibling in after.siblings[parents]}
            begin, _ = _bounds(expected.objects[change.subject])
            return change if not ends or (begin and begin in ends) else None
        form, model = after.form(change.subject), after.form(parent)
        siblings = (before.form(sibling) for sibling in before.siblings[parents])
        if form.follows(model) or any(form.like(sibling) for sibling in siblings):
            return None
        return msgspec.structs.replace(change, note=f"unlike its parent: {form.beyond(model)}")

    left = [judged(change) for change in changes]
    return tuple(change for change in left if change), left.count(None)


def _may_pass(change: Change, expected: Snapshot, actual: Snapshot) -> bool:
    if change.subject.kind != "relation" or change.change not in ("missing", "unexpected"):
        return False
    return comes_and_goes((expected if change.change == "missing" else actual).objects[change.subject])


def _bounds(relation: Attributes) -> tuple[str, str]:
    found = _RANGE.fullmatch(str(relation.get("partition_bound")))
    return (found[1], found[2]) if found else ("", "")


class _Form(msgspec.Struct, frozen=True):
    """What a partition does to a row that comes to it, and who may come to it.

    Attributes:
        marks: of the relation itself, in words.
        not_null: the columns that take no NULL.
        own: (kind, name) of what it has beyond its parent. A check that was inherited has the name of its parent's.
    """

    marks: frozenset[str]
    not_null: frozenset[str]
    own: frozenset[tuple[str, str]]

    def follows(self, parent: "_Form") -> bool:
        """Grants and row level security hold for who comes through the parent without being repeated."""
        return self.marks <= parent.marks and self.not_null == parent.not_null and self.own <= parent.own

    def like(self, sibling: "_Form") -> bool:
        """Names are all different."""
        kinds, theirs = (sorted(kind for kind, _ in form.own) for form in (self, sibling))
        return (self.marks, self.not_null, kinds) == (sibling.marks, sibling.not_null, theirs)

    def beyond(self, parent: "_Form") -> str:
        """In words."""
        return ", ".join([
            *sorted(self.marks - parent.marks),
            *(f"NOT NULL {name}" for name in sorted(self.not_null - parent.not_null)),
            *(f"nullable {name}" for name in sorted(parent.not_null - self.not_null)),
            *(f"{kind} {name}" for kind, name in sorted(self.own - parent.own)),
        ])  # fmt: skip


class _Tree:
    """A snapshot's relations by their names as `parents` has them, and the partitions of each."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._covered = snapshot.covers.get("relation", ())
        self._objects = snapshot.objects
        self.relations: dict[object, ObjectId] = {}
        self.siblings: dict[object, list[ObjectId]] = defaultdict(list)
        self._not_null: dict[ObjectId | None, list[str]] = defaultdict(list)
        self._own: dict[ObjectId | None, list[tuple[str, str]]] = defaultdict(list)
        for subject, attributes in snapshot.objects.items():
            if subject.kind == "relation":
                self.relations[sql_name(subject),] = subject
                self.siblings[attributes.get("parents")].append(subject)
            elif subject.kind == "column" and attributes.get("not_null"):
                self._not_null[parent_of(subject)].append(subject.name[-1])
            elif subject.kind in _OWN:
                self._own[parent_of(subject)].append((subject.kind, subject.name[-1]))

    def form(self, relation: ObjectId) -> _Form:
        return _Form(
            frozenset(self._marks(relation)),
            frozenset(self._not_null.get(relation, ())),
            frozenset(self._own.get(relation, ())),
        )

    def _marks(self, relation: ObjectId) -> Iterator[str]:
        facts = {name: value for name, value in self._objects[relation].items() if name in self._covered}
        yield str(facts.get("persistence"))
        yield f"owner {facts.get('owner')}"
        if facts.get("row_security"):
            yield "row level security"
        if facts.get("relation_kind") == "foreign table":
            yield "a foreign table"
        if facts.get("relation_kind") == "partitioned table" and (sql_name(relation),) not in self.siblings:
            yield "no partitions of its own"
        for name in ("privileges", "departing_triggers"):
            values = facts.get(name)
            yield from values if isinstance(values, tuple) else ()
