"""By what objects are named and shown elsewhere, so that what depends on them reads otherwise once that is another."""

from collections.abc import Iterable, Mapping, Sequence

from watchdog.schema.roots import Root
from watchdog.schema.snapshot import Address, Attributes, ObjectId

# Parts that are named far away, by ON CONFLICT ON CONSTRAINT and as regclass, and their catalogs.
_LABELLED = {"constraint": "pg_constraint", "index": "pg_class"}

# By which others name an object, or show what it is made of. While they are the same, nothing else reads otherwise.
_FACE: Mapping[str, tuple[str, ...]] = {
    "schema": (),
    "relation": ("relation_kind",),
    "column": ("data_type", "collation", "position"),
    "enum": ("labels",),
    "domain": (),
    "composite": ("fields",),
    "range": (),
    # Beside it a column tells of its own only where it is another one.
    "base_type": ("storage",),
    "routine": ("arguments", "result"),
    "aggregate": ("arguments", "result"),
}


def shows_another_face(
    last: Sequence[ObjectId],
    before: Mapping[ObjectId, Attributes],
    now: Sequence[ObjectId],
    after: Mapping[ObjectId, Attributes],
    *,
    is_touched: bool,
) -> bool:
    """Whether what depends on a root may read otherwise: its objects `before`, the `last` ones, and those `after`.

    On a new one nothing that was there depends, and nothing on one that is gone. What is no object of any kind, such as
    the row type of a table, may show another one whenever a row of its own is `touched`.
    """
    if not last:
        return is_touched and not now
    return bool(now) and _face(last, before) != _face(now, after)


def relabelled(
    last: Iterable[ObjectId], before: Mapping[ObjectId, Address], now: Mapping[ObjectId, Address]
) -> list[Root]:
    """Of the last objects the indexes and constraints that have another name or schema now."""
    labels = {before[subject]: _label(subject) for subject in last if subject.kind in _LABELLED}
    return [
        Root(_LABELLED[subject.kind], address.object_oid)
        for subject, address in now.items()
        if subject.kind in _LABELLED and labels.get(address, _label(subject)) != _label(subject)
    ]


def _label(subject: ObjectId) -> tuple[str, str]:
    return subject.name[0], subject.name[-1]


def renamed(before: Mapping[ObjectId, Address], now: Mapping[ObjectId, Address], kind: str) -> bool:
    """Whether an object of the kind has another name."""
    names = {address: subject for subject, address in before.items() if subject.kind == kind}
    return any(names.get(address, subject) != subject for subject, address in now.items() if subject.kind == kind)


def _face(subjects: Sequence[ObjectId], objects: Mapping[ObjectId, Attributes]) -> object:
    """What others name or show of these objects; equal to nothing where it could not be read."""
    if any(not objects[subject] for subject in subjects):
        return object()
    return {
        subject: tuple(objects[subject].get(name) for name in _FACE[subject.kind])
        for subject in subjects
        if subject.kind in _FACE
    }
