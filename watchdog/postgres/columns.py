"""The columns of relations, of which those that are alike are told once; and what they tell of their relations."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import asyncpg

from watchdog.schema.snapshot import Address, Value

# A column is kept as one integer: its number, and in so many bits behind it that of its face.
_FACE_BITS = 32
_PG_CLASS = 1259
COLUMN = "column"


class Columns:
    """What is told of the columns of relations, and by them once all have been told."""

    def __init__(self, holders: Sequence[asyncpg.Record]) -> None:
        """`holders` are what sql/holders.sql told of the relations."""
        self._names = {row["oid"]: (row["schema"], row["relation"]) for row in holders}
        self._ordered = {row["oid"] for row in holders if row["is_ordered"]}
        self._dropped: dict[int, list[int]] = defaultdict(list)
        self._of: dict[int, list[int]] = defaultdict(list)
        # A column's name as it is printed, its type and collation, and whether it stands where its parent has it.
        self._faces: dict[tuple[str, int, int, bool], int] = {}

    def each(self, rows: Iterable[asyncpg.Record]) -> Iterator[tuple[Any, ...]]:
        """Of rows of the columns' query one for each column: as other kinds' queries tell them, with its position."""
        names, dropped, of = self._names, self._dropped, self._of
        for class_oid, relations, numbers, is_blocked, name, quoted, type_oid, collation_oid, *own in rows:
            places = zip(relations, numbers, strict=True)
            if name is None:
                for relation, number in places:
                    dropped[relation].append(number)
                continue
            like = (quoted, type_oid, collation_oid, own[-1] == "inherited")
            face = self._faces.setdefault(like, len(self._faces))
            shared = tuple(own)
            for relation, number in places:
                of[relation].append(number << _FACE_BITS | face)
                before = sum(each < number for each in dropped[relation]) if relation in dropped else 0
                yield (class_oid, relation, number, is_blocked, *names[relation], name, *shared, number - before)

    @cached_property
    def orders(self) -> Mapping[Address, Value]:
        """The columns of relations in order, as they are printed; without those that stand where a parent has them."""
        faces = [None if inherited else quoted for quoted, _, _, inherited in self._faces]
        known: dict[tuple[int, ...], tuple[str, ...]] = {}
        found: dict[Address, Value] = {}
        for relation, columns in self._keys.items():
            order = known.get(columns)
            if order is None:
                own = [faces[each & ((1 << _FACE_BITS) - 1)] for each in columns]
                order = known[columns] = tuple(name for name in own if name is not None)
            if order and relation in self._ordered:
                found[Address(_PG_CLASS, relation, 0)] = order
        return found

    @cached_property
    def alike(self) -> tuple[list[int], list[int]]:
        """Relations, and for each one of which all columns have the same numbers, names, types and collations.

        Those dropped have the same numbers too, also at the end, where the others' numbers do not tell it.
        """
        first: dict[tuple[tuple[int, ...], ...], int] = {}
        dropped = {relation: tuple(sorted(numbers)) for relation, numbers in self._dropped.items()}
        return list(self._keys), [
            first.setdefault((columns, dropped.get(relation, ())), relation) for relation, columns in self._keys.items()
        ]

    @cached_property
    def _keys(self) -> Mapping[int, tuple[int, ...]]:
        return {relation: tuple(sorted(columns)) for relation, columns in self._of.items()}
