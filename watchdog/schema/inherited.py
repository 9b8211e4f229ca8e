"""What a table has only of its parent is told of the parent: of partitions, and where tables inherit."""

from collections.abc import Iterator, Sequence

import msgspec

from watchdog.schema.diff import Change
from watchdog.schema.kinds import parent_of, sql_name
from watchdog.schema.snapshot import Attributes, ObjectId, Snapshot


def followed(changes: Sequence[Change], expected: Snapshot, actual: Snapshot) -> tuple[Change, ...]:
    """The changes but for those that a table has only of its parent: the same change, or what a detached one keeps."""
    if not changes:
        return ()
    by_name = {
        sql_name(subject): subject
        for snapshot in (expected, actual)
        for subject in snapshot.objects
        if subject.kind == "relation"
    }
    told = {(change.subject, change.change, change.attribute): change for change in changes}
    alone = {change.subject for change in changes if change.attribute == "partition_bound" and change.actual is None}

    def parents(relation: ObjectId, snapshot: Snapshot) -> Iterator[ObjectId]:
        names = snapshot.objects.get(relation, {}).get("parents")
        return (by_name[name] for name in names if name in by_name) if isinstance(names, tuple) else iter(())

    def is_copy(change: Change, of: ObjectId) -> bool:
        """Of an object of the parent that is there still; an index or a constraint may be called otherwise."""
        facts = actual.objects[change.subject]
        return change.change == "unexpected" and any(
            subject.kind == change.subject.kind
            and parent_of(subject) == of
            and (_essence(subject, each) == _essence(change.subject, facts))
            for subject, each in actual.objects.items()
        )

    def follows(change: Change) -> bool:
        holder = parent_of(change.subject)
        if change.subject in alone:
            return change.attribute == "parents" and change.actual is None
        if holder is None or holder.kind != "relation":
            return False
        if holder in alone:
            return any(is_copy(change, of) for of in parents(holder, expected))
        snapshot = expected if change.change == "missing" else actual
        name = change.subject.name[len(holder.name) :]
        twins = (ObjectId(change.subject.kind, of.name + name) for of in parents(holder, snapshot))
        return any(_same(change, told.get((twin, change.change, change.attribute)), snapshot) for twin in twins)

    return tuple(
        msgspec.structs.replace(change, note="it is no partition any more")
        if change.subject in alone and change.attribute == "partition_bound"
        else change
        for change in changes
        if not follows(change)
    )


def _essence(subject: ObjectId, facts: Attributes) -> str:
    """What a copy has of its original: a trigger the name, others the definition but for names."""
    if subject.kind == "trigger":
        return subject.name[-1]
    definition = str(facts.get("definition"))
    return definition.partition(" USING ")[2] if subject.kind == "index" else definition


def _same(change: Change, other: Change | None, snapshot: Snapshot) -> bool:
    if other is None or (change.expected, change.actual) != (other.expected, other.actual):
        return False
    facts, theirs = (snapshot.objects.get(each.subject, {}) for each in (change, other))
    return change.change == "changed" or all(
        facts.get(name) == theirs.get(name) for name in ("data_type", "not_null", "generated", "definition")
    )
