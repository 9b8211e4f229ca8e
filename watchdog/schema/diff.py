"""Two snapshots compared, object by object and attribute by attribute, without knowing any kind."""

import msgspec

from watchdog.finding import ChangeKind
from watchdog.schema.kinds import KINDS, parent_of
from watchdog.schema.snapshot import ObjectId, Snapshot, Value


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One difference. `attribute`, `expected` and `actual` are set for "changed" only."""

    subject: ObjectId
    change: ChangeKind
    attribute: str | None = None
    expected: Value = None
    actual: Value = None


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """All changes, and what they speak for.

    Attributes:
        kinds: the kinds that both sides cover.
        compared: how many objects of them the two sides hold together.
        not_covered: kinds, or kind.attribute, that were read but that the expectation does not speak of.
    """

    changes: tuple[Change, ...]
    kinds: tuple[str, ...]
    compared: int
    not_covered: tuple[str, ...]


def diff(expected: Snapshot, actual: Snapshot) -> Difference:
    """Compare what both sides cover.

    A child of a missing or unexpected parent is left out: the parent says it. Of an object that could not be read
    (stale) only the last known attributes are compared.

    Returns:
        Changes in the order of kind, name and attribute.
    """
    shared = {
        kind: _shared(kind, expected, actual) for kind in KINDS if kind in expected.covers and kind in actual.covers
    }
    wanted = {subject for subject in expected.objects if subject.kind in shared}
    found = {subject for subject in actual.objects if subject.kind in shared}
    changes = [
        *(Change(subject=subject, change="missing") for subject in _topmost(wanted - found)),
        *(Change(subject=subject, change="unexpected") for subject in _topmost(found - wanted)),
    ]
    for subject in wanted & found:
        before, after = expected.objects[subject], actual.objects[subject]
        if before is after or before == after:
            continue
        changes += [
            Change(subject=subject, change="changed", attribute=name, expected=before[name], actual=after[name])
            for name in shared[subject.kind]
            if name in before and name in after and before[name] != after[name]
        ]
    return Difference(
        changes=tuple(sorted(changes, key=lambda change: (change.subject, change.attribute or ""))),
        kinds=tuple(shared),
        compared=len(wanted | found),
        not_covered=_not_covered(expected, actual),
    )


def _shared(kind: str, expected: Snapshot, actual: Snapshot) -> tuple[str, ...]:
    both = set(expected.covers[kind]) & set(actual.covers[kind])
    return tuple(
        attribute.name for attribute in KINDS[kind].attributes if attribute.compared and attribute.name in both
    )


def _topmost(subjects: set[ObjectId]) -> list[ObjectId]:
    return [subject for subject in subjects if parent_of(subject) not in subjects]


def _not_covered(expected: Snapshot, actual: Snapshot) -> tuple[str, ...]:
    return tuple(
        name
        for kind, attributes in actual.covers.items()
        for name in (
            [kind]
            if kind not in expected.covers
            else [f"{kind}.{attribute}" for attribute in attributes if attribute not in expected.covers[kind]]
        )
    )
