"""Rows of the catalogs become objects."""

import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence

import asyncpg

from watchdog.schema.kind import Kind
from watchdog.schema.kinds import DEFINITION
from watchdog.schema.likeness import Likeness
from watchdog.schema.snapshot import Address, Attributes, ObjectId, Snapshot, Value

# Columns of each kind's query before those of its name: the address, and whether the object is blocked.
_PLACE = 4
# Where a facet's query says nothing of an object.
_NOTHING = object()

# What facets say of objects: the facet's name -> address -> its value.
Shared = Mapping[str, Mapping[Address, Value]]


class RacedError(Exception):
    """Something vanished while it was read."""


class Found:
    """What was read of the objects so far; see Snapshot. Names, and attributes that are alike, are kept once."""

    def __init__(self, like: Snapshot | None = None) -> None:
        """`like` is what was read before: what is the same now is kept once."""
        self._like = Likeness(like)
        self.objects: dict[ObjectId, Attributes] = {}
        self.addresses: dict[ObjectId, Address] = {}
        self.stale: set[ObjectId] = set()
        self.broken: dict[ObjectId, str] = {}
        self.hidden: set[ObjectId] = set()
        # A table's columns share its oid.
        self._numbers: dict[int, int] = {}
        self._known: dict[str, dict[tuple[object, ...], Attributes]] = defaultdict(dict)

    def take(self, kind: Kind, rows: Sequence[asyncpg.Record], words: str, shared: Shared, *, again: bool) -> None:
        """Take in objects; `shared` are the facets of their kind, `words` the server's where it cannot render them.

        Raises:
            RacedError: one vanished while it was read, which only a read that is made `again` takes for damage.
        """
        known, name, intern = self._known[kind.name], kind.name, sys.intern
        numbers = self._numbers.setdefault
        subjects, addresses = self._like.subjects, self._like.addresses
        named = _PLACE + len(kind.identity)
        whole = len(kind.own) + len(shared)
        told = [values for values in shared.values() if values]
        for row in rows:
            class_oid, object_oid, sub_id, is_blocked = row[:_PLACE]
            subject = ObjectId(name, tuple([intern(part) for part in row[_PLACE:named]]))
            subject = subjects.get(subject, subject)
            address = Address(numbers(class_oid, class_oid), numbers(object_oid, object_oid), sub_id)
            self.addresses[subject] = before if (before := addresses.get(subject)) == address else address
            own = row[named:]
            seen = tuple([values.get(address, _NOTHING) for values in told])
            try:
                attributes = known.get(own + seen)
            except TypeError:  # a list
                own = tuple(map(plain, own))
                attributes = known.get(own + seen)
            if attributes is None:
                attributes = self._like.attributes(subject, _attributes(kind, own) | _seen(address, shared))
                known[own + seen] = attributes
            vanished = not is_blocked and attributes.get(DEFINITION, "") is None
            if words or is_blocked or vanished:
                if vanished and not again:
                    raise RacedError(f"{name} {subject.name} vanished")
                if words or vanished:
                    self.broken[subject] = words or "its definition is not there"
                if is_blocked or vanished:
                    self.stale.add(subject)
                    self.objects[subject] = {}
                    continue
            self.objects[subject] = attributes
            if len(attributes) < whole:
                self.hidden.add(subject)


def _attributes(kind: Kind, values: Sequence[Value]) -> dict[str, Value]:
    """An object's own but for those that are hidden."""
    return {
        attribute.name: value
        for attribute, value in zip(kind.own, values, strict=True)
        if value is not None or not attribute.veiled
    }


def _seen(address: Address, facets: Shared) -> dict[str, Value]:
    """An object's facets but for those that are hidden: for which the query says NULL, where it might say nothing."""
    return {
        name: values.get(address)
        for name, values in facets.items()
        if address not in values or values[address] is not None
    }


def plain(value: Value | list[str]) -> Value:
    """A value as a snapshot holds it."""
    return tuple(value) if isinstance(value, list) else value
