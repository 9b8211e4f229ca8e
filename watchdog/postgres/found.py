"""Rows of the catalogs become objects."""

import sys
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

import asyncpg
import msgspec

from watchdog.postgres.columns import COLUMN, Columns
from watchdog.schema.kind import Attribute, Kind
from watchdog.schema.kinds import DEFINITION, KINDS
from watchdog.schema.likeness import Likeness
from watchdog.schema.snapshot import Address, Attributes, ObjectId, Snapshot, Value

# Columns of each kind's query before those of its name: the address, and whether the object is blocked.
_PLACE = 4
# Where a facet's query says nothing of an object.
_NOTHING = object()
_OWN = {name: tuple(attribute.name for attribute in kind.own) for name, kind in KINDS.items()}
_TOLD = {name: tuple(each.name for each in kind.own if not each.gathered) for name, kind in KINDS.items()}
_VEILED = {name: tuple(attribute.name for attribute in kind.own if attribute.veiled) for name, kind in KINDS.items()}


# Facet -> address -> its value.
Facets = Mapping[Attribute, Mapping[Address, Value]]


class Shared(msgspec.Struct, frozen=True):
    """What facets say of the objects of a kind, and what is gathered of them.

    Attributes:
        facets: the attribute's name -> address -> its value.
        told: of which objects any says anything; that is few, most often.
        nothing: what they say of the others.
    """

    facets: Mapping[str, Mapping[Address, Value]]
    told: Collection[Address]
    nothing: Mapping[str, None]


class RacedError(Exception):
    """Something vanished while it was read."""


class Found:
    """What was read of the objects so far; see Snapshot. Names, and attributes that are alike, are kept once."""

    def __init__(
        self, like: Snapshot | None = None, columns: Columns | None = None, facets: Facets = MappingProxyType({})
    ) -> None:
        """Nothing yet.

        Args:
            like: what was read before: what is the same now is kept once.
            columns: of the relations that are going to be told of.
            facets: what many kinds have alike, of all that is going to be told of.
        """
        self._columns = columns or Columns(())
        self._facets = facets
        self._shared: dict[str, Shared] = {}
        self._like = Likeness(like)
        self.objects: dict[ObjectId, Attributes] = {}
        self.addresses: dict[ObjectId, Address] = {}
        self.stale: set[ObjectId] = set()
        self.broken: dict[ObjectId, str] = {}
        self.hidden: set[ObjectId] = set()
        # A table's columns share its oid.
        self._numbers: dict[int, int] = {}
        self._known: dict[str, dict[tuple[object, ...], Attributes]] = defaultdict(dict)

    def take(self, kind: Kind, rows: Sequence[asyncpg.Record], words: str = "", *, again: bool) -> None:
        """Take in the rows of a kind's query, columns first; `words` are the server's where it cannot render them.

        Raises:
            RacedError: one vanished while it was read, which only a read that is made `again` takes for damage.
        """
        shared, name, known = self._shared_by(kind), kind.name, self._known[kind.name]
        facets, told = shared.facets, shared.told
        numbers, subjects, addresses = self._numbers.setdefault, self._like.subjects, self._like.addresses
        named, whole = _PLACE + len(kind.identity), len(_TOLD[name]) + len(facets)
        # A large schema is hundreds of thousands of rows: what is done for each has to be little.
        for row in self._columns.each(rows) if name == COLUMN else rows:
            subject = ObjectId(name, row[_PLACE:named])
            subject = subjects.get(subject) or ObjectId(name, tuple(map(sys.intern, subject.name)))
            class_oid, object_oid = row[0], row[1]
            address = Address(numbers(class_oid, class_oid), numbers(object_oid, object_oid), row[2])
            self.addresses[subject] = before if (before := addresses.get(subject)) == address else address
            own = row[named:]
            seen = tuple([values.get(address, _NOTHING) for values in facets.values()]) if address in told else ()
            try:
                attributes = known.get(own + seen)
            except TypeError:  # a list
                own = tuple(map(plain, own))
                attributes = known.get(own + seen)
            if attributes is None:
                attributes = self._like.attributes(subject, _attributes(name, own, address, shared))
                known[own + seen] = attributes
            if len(attributes) < whole:
                self.hidden.add(subject)
            self.objects[subject] = attributes
            is_blocked = row[3]
            vanished = not is_blocked and attributes.get(DEFINITION, "") is None
            if words or is_blocked or vanished:
                self._unread(subject, words, is_blocked=is_blocked, vanished=vanished, again=again)

    def _shared_by(self, kind: Kind) -> Shared:
        # Kept, but not by a cache around a bound method: that would hold this until garbage is looked for.
        if kind.name not in self._shared:
            own = {facet.name: self._facets[facet] for facet in kind.facets if facet in self._facets}
            own |= {attribute.name: self._columns.orders for attribute in kind.own if attribute.gathered}
            self._shared[kind.name] = Shared(own, set().union(*own.values()), dict.fromkeys(own))
        return self._shared[kind.name]

    def _unread(self, subject: ObjectId, words: str, *, is_blocked: bool, vanished: bool, again: bool) -> None:
        if vanished and not again:
            raise RacedError(f"{subject.kind} {subject.name} vanished")
        if words or vanished:
            self.broken[subject] = words or "its definition is not there"
        if is_blocked or vanished:
            self.stale.add(subject)
            self.objects[subject] = {}
            self.hidden.discard(subject)


def _attributes(kind: str, own: Sequence[Value], address: Address, shared: Shared) -> dict[str, Value]:
    """An object's own and its facets, but for those that are hidden."""
    # In the order of the kind, also what is gathered.
    attributes: dict[str, Value] = dict.fromkeys(_OWN[kind])
    attributes.update(zip(_TOLD[kind], own, strict=True))
    for name in _VEILED[kind]:
        if attributes[name] is None:
            del attributes[name]
    attributes.update(shared.nothing)
    if address in shared.told:
        for name, values in shared.facets.items():
            if address in values:
                attributes[name] = values[address]
                # Of what is hidden the query says NULL, where it might say nothing.
                if attributes[name] is None:
                    del attributes[name]
    return attributes


def plain(value: Value | list[str]) -> Value:
    """A value as a snapshot holds it."""
    return tuple(value) if isinstance(value, list) else value
