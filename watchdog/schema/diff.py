"""Two snapshots compared, object by object and attribute by attribute; of kinds it only knows what owns a sequence."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from watchdog.finding import ChangeKind
from watchdog.schema.equality import same_sql
from watchdog.schema.following import Following
from watchdog.schema.kind import Attribute, Within
from watchdog.schema.kinds import KINDS, parent_of
from watchdog.schema.renames import beyond, renames, same_cluster, told, under_new_names
from watchdog.schema.snapshot import Attributes, ObjectId, Snapshot, Value
from watchdog.sqltext import names_in

# What no expectation speaks of, as it moves by itself; it is judged as it stands.
_NEVER_KEPT = {
    f"{kind.name}.{attribute.name}" for kind in KINDS.values() for attribute in kind.attributes if not attribute.kept
}
_DOUBTFUL = {kind.name for kind in KINDS.values() if kind.doubtful}


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One difference.

    Attributes:
        subject: by the name that is expected, if one is.
        attribute, expected, actual: set for "changed" only.
        now: set for "renamed" only.
        needed: who needs what, in words; said in the place of what is expected.
        note: what else is known of it, a clause for people.
    """

    subject: ObjectId
    change: ChangeKind
    attribute: str | None = None
    expected: Value = None
    actual: Value = None
    now: ObjectId | None = None
    needed: str = ""
    note: str = ""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """All changes, and what they speak for.

    Attributes:
        expected: what was expected, each object under the name that it has now.
        kinds: the kinds that both sides cover.
        compared: how many objects of them the two sides hold together.
        not_covered: kinds, or kind.attribute, that were read but that the expectation does not speak of.
        not_comparable: the same, of which one of the servers says nothing that holds for the other.
    """

    changes: tuple[Change, ...]
    expected: Snapshot
    kinds: tuple[str, ...]
    compared: int
    not_covered: tuple[str, ...]
    not_comparable: tuple[str, ...]


def diff(expected: Snapshot, actual: Snapshot) -> Difference:
    """Compare what both sides cover and what holds for both servers.

    A child of a missing or unexpected parent is left out: the parent says it; and so is a sequence that its column
    takes along. Of an object that could not be read (stale) only the last known attributes are compared; what is
    hidden is not. What only names something renamed is not changed by it.

    Returns:
        Changes in the order of kind, name and attribute.
    """
    moved = renames(expected, actual)
    following = Following(moved, expected.objects)
    expected = under_new_names(expected, moved)
    shared = {kind: tuple(_shared(kind, expected, actual)) for kind in _kinds(expected, actual)}
    missing = {each for each in beyond(expected, actual) if each.kind in shared}
    unexpected = {each for each in beyond(actual, expected) if each.kind in shared}
    changes = [
        *(Change(subject=subject, change="missing") for subject in _topmost(missing, expected)),
        *(Change(subject=subject, change="unexpected") for subject in _topmost(unexpected, actual)),
        *(Change(subject=old, change="renamed", now=new) for old, new in told(moved).items() if old.kind in shared),
    ]
    majors = expected.server.major, actual.server.major
    for subject, before, after in _unlike(expected, actual, shared, majors):
        for attribute in shared[subject.kind]:
            one, other = _values(attribute, before, after)
            if _differs(attribute, one, other, majors) and not following.explains(subject, attribute, one, other):
                change = Change(subject=subject, change="changed", attribute=attribute.name, expected=one, actual=other)
                changes.append(change)
    return Difference(
        changes=tuple(sorted(changes, key=lambda change: (change.subject, change.change, change.attribute or ""))),
        expected=expected,
        kinds=tuple(shared),
        compared=len(missing) + sum(subject.kind in shared for subject in actual.objects),
        not_covered=tuple(name for name in _missing(expected, actual) if name not in _NEVER_KEPT),
        not_comparable=tuple(_not_comparable(expected, actual)),
    )


def _kinds(expected: Snapshot, actual: Snapshot) -> list[str]:
    return [
        kind.name
        for kind in KINDS.values()
        if kind.name in expected.covers and kind.name in actual.covers and _close(kind.within, expected, actual)
    ]


def _shared(kind: str, expected: Snapshot, actual: Snapshot) -> Iterator[Attribute]:
    both = set(expected.covers[kind]) & set(actual.covers[kind])
    return (
        attribute
        for attribute in KINDS[kind].attributes
        if attribute.compared and attribute.name in both and _close(attribute.within, expected, actual)
    )


def _close(within: Within, expected: Snapshot, actual: Snapshot) -> bool:
    """Whether both servers are as close as a value asks for that is to be compared."""
    match within:
        case "cluster":
            return same_cluster(expected, actual)
        case "major":
            return expected.server.major == actual.server.major
        case _:
            return True


def _unlike(
    expected: Snapshot, actual: Snapshot, shared: Mapping[str, Sequence[Attribute]], majors: tuple[int, int]
) -> Iterator[tuple[ObjectId, Attributes, Attributes]]:
    """What both hold and something is to be said of. Of attributes that many objects share a pair is compared once."""
    if expected.objects is actual.objects:
        return  # as nearly always
    alike: set[tuple[str, int, int]] = set()
    for subject, before in expected.objects.items():
        after = actual.objects.get(subject)
        if after is None or after is before or (pair := (subject.kind, id(before), id(after))) in alike:
            continue
        attributes = shared.get(subject.kind, ())
        if before == after or not any(_differs(each, *_values(each, before, after), majors) for each in attributes):
            alike.add(pair)
        else:
            yield subject, before, after


def _values(attribute: Attribute, before: Attributes, after: Attributes) -> tuple[Value, Value]:
    """What is to be compared; nothing where a side does not know it."""
    if attribute.name not in before or attribute.name not in after:
        return None, None
    one, other = before[attribute.name], after[attribute.name]
    if attribute.ordered and isinstance(one, tuple) and isinstance(other, tuple):
        both = set(one) & set(other)
        return tuple(item for item in one if item in both), tuple(item for item in other if item in both)
    return one, other


def _differs(attribute: Attribute, one: Value, other: Value, majors: tuple[int, int]) -> bool:
    if one == other or (attribute.ordered and None in (one, other)):
        return False
    match one, other:
        case str(), str() if attribute.sql:
            return not same_sql(one, other, *majors)
        case tuple(), tuple() if attribute.sql and len(one) == len(other):
            return not all(same_sql(old, new, *majors) for old, new in zip(one, other, strict=True))
        case _:
            return True


def _is_doubtful(subject: ObjectId, attributes: Attributes) -> bool:
    return subject.kind in _DOUBTFUL and any(
        each.veiled and each.compared and each.name not in attributes for each in KINDS[subject.kind].own
    )


def _topmost(subjects: set[ObjectId], snapshot: Snapshot) -> list[ObjectId]:
    """Without those that come and go with others, and those that may not be there."""
    return [
        subject
        for subject in subjects
        if parent_of(subject) not in subjects
        and _owning_column(subject, snapshot) not in subjects
        and not _is_doubtful(subject, snapshot.objects[subject])
    ]


def _owning_column(subject: ObjectId, snapshot: Snapshot) -> ObjectId | None:
    """Of a sequence that is owned: a column takes it along."""
    if subject.kind != "relation":
        return None
    owner = snapshot.objects.get(ObjectId("sequence", subject.name), {}).get("owned_by")
    return ObjectId("column", next(iter(names_in(str(owner))), ()))


def _missing(one: Snapshot, other: Snapshot) -> tuple[str, ...]:
    """What the other covers and this one does not."""
    return tuple(
        name
        for kind, attributes in other.covers.items()
        for name in (
            [kind]
            if kind not in one.covers
            else [f"{kind}.{attribute}" for attribute in attributes if attribute not in one.covers[kind]]
        )
    )


def _not_comparable(expected: Snapshot, actual: Snapshot) -> Iterator[str]:
    for kind in KINDS.values():
        if kind.name not in expected.covers or kind.name not in actual.covers:
            continue
        if not _close(kind.within, expected, actual):
            yield kind.name
            continue
        for attribute in kind.attributes:
            if attribute.compared and not _close(attribute.within, expected, actual):
                yield f"{kind.name}.{attribute.name}"
    yield from _missing(actual, expected)
