"""A database's schema as plain values: what exists, what was covered, and what could not be read."""

import functools
from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar

import msgspec

from watchdog.finding import Subject
from watchdog.sqltext import display_name, how_many

T = TypeVar("T")
Value = str | int | bool | tuple[str, ...] | None
Attributes = Mapping[str, Value]


class ObjectId(msgspec.Struct, frozen=True, order=True, cache_hash=True, gc=False):
    """What an object is known by: its kind and its name, outermost part first. Never an oid or a position."""

    kind: str
    name: tuple[str, ...]


class Address(msgspec.Struct, frozen=True, order=True, array_like=True, gc=False):
    """Where an object stands in its own cluster's catalogs; kept beside the snapshot, never compared."""

    class_oid: int
    object_oid: int
    sub_id: int


class Server(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The server that was spoken to.

    Attributes:
        version_num: server_version_num, such as 150018.
        system_identifier: the cluster's, as text; None where the role may not read it.
        database: its name on the server.
    """

    version_num: int
    in_recovery: bool
    system_identifier: str | None = None
    database: str = ""

    @property
    def major(self) -> int:
        return self.version_num // 10000


class InFlight(msgspec.Struct, frozen=True):
    """What other sessions have under way.

    Attributes:
        changing: (schema, relation) under ACCESS EXCLUSIVE.
        building: (schema, relation) on which an index is being built.
        tools: migration tools that hold their lock.
    """

    changing: frozenset[tuple[str, ...]] = frozenset()
    building: frozenset[tuple[str, ...]] = frozenset()
    tools: tuple[str, ...] = ()


class Snapshot(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """What was read in one transaction.

    Attributes:
        covers: kind -> its attributes that were read. Only what both sides of a comparison cover is compared.
        objects: all objects of those kinds.
        stale: objects that exist but whose attributes could not be read: a lock was held or awaited, or they are
            `broken`. In `objects` they have their last known attributes, or none.
        broken: those of them that the server cannot render, with its words.
        hidden: objects of which this role may not see all; what is hidden is absent from their attributes.
        unmodelled: kind -> how many objects of it the server holds that no kind here describes.
        in_flight: migrations that were under way while it was read.
        addresses: where each object was found; empty for a snapshot that came from a file.
    """

    server: Server
    covers: Mapping[str, tuple[str, ...]]
    objects: Mapping[ObjectId, Attributes]
    stale: frozenset[ObjectId] = frozenset()
    broken: Mapping[ObjectId, str] = {}
    hidden: frozenset[ObjectId] = frozenset()
    unmodelled: Mapping[str, int] = {}
    in_flight: InFlight = InFlight()
    addresses: Mapping[ObjectId, Address] = {}

    def __repr__(self) -> str:
        # `asyncio.run` renders what a task returned, twice, and a schema takes seconds.
        return f"Snapshot(server={self.server}, {how_many(len(self.objects), 'object')})"

    def of_kind(self, kind: str) -> Mapping[ObjectId, Attributes]:
        """The objects of one kind."""
        return self._by_kind.get(kind, {})

    def children(self, kind: str, parent: tuple[str, ...]) -> Mapping[ObjectId, Attributes]:
        """The objects of one kind whose name is the parent's and one part more."""
        return self._by_parent.get((kind, parent), {})

    # Who looks for a few objects, for each of many, must not go through all of them each time.
    @functools.cached_property
    def _by_kind(self) -> Mapping[str, dict[ObjectId, Attributes]]:
        found: dict[str, dict[ObjectId, Attributes]] = {}
        for subject, attributes in self.objects.items():
            found.setdefault(subject.kind, {})[subject] = attributes
        return found

    @functools.cached_property
    def _by_parent(self) -> Mapping[tuple[str, tuple[str, ...]], dict[ObjectId, Attributes]]:
        found: dict[tuple[str, tuple[str, ...]], dict[ObjectId, Attributes]] = {}
        for subject, attributes in self.objects.items():
            found.setdefault((subject.kind, subject.name[:-1]), {})[subject] = attributes
        return found


def unread(snapshot: Snapshot) -> tuple[Subject, ...]:
    """What could not be read, in order, and what the server says of it."""
    return tuple(
        Subject(subject.kind, subject.name, reason=snapshot.broken.get(subject, ""))
        for subject in sorted(snapshot.stale)
    )


def unread_in_words(stale: Sequence[Subject]) -> str:
    """Why objects could not be read, and what to do, for one that there is at least."""
    broken = [subject for subject in stale if subject.reason]
    locked = len(stale) - len(broken)
    held = f"{how_many(locked, 'object')} {'is' if locked == 1 else 'are'}"
    said = [f"{held} locked by another session and could not be read"] if locked else []
    if broken:
        first, more = broken[0], f" and {how_many(len(broken) - 1, 'more object')}" if len(broken) > 1 else ""
        said.append(
            f"the server cannot render {first.kind} {display_name(first.identity)}{more}: {first.reason} "
            "(its entry in the catalogs is damaged: drop it and make it anew)"
        )
    return "; ".join(said)


def without(values: Mapping[ObjectId, T], left: Collection[ObjectId]) -> Mapping[ObjectId, T]:
    """All but some; all of them are not copied: a schema may be large."""
    if not left:
        return values
    found = dict(values)
    for subject in left:
        found.pop(subject, None)
    return found


def carry_forward(snapshot: Snapshot, last: Snapshot | None) -> Snapshot:
    """Give stale objects their last known attributes, where `last` has them."""
    if last is None or not snapshot.stale:
        return snapshot
    known = {subject: last.objects[subject] for subject in snapshot.stale if subject in last.objects}
    return msgspec.structs.replace(snapshot, objects={**snapshot.objects, **known})
