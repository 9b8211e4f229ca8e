"""Columns that are told together are each an object of its own, and say what order they stand in."""

from typing import Any, cast

import asyncpg
import pytest

from watchdog.postgres.columns import Columns
from watchdog.schema.snapshot import Address

NAMES = {1: "first", 2: "second", 3: "a view"}
HOLDERS: Any = [
    {"oid": oid, "schema": "public", "relation": name, "is_ordered": oid != 3} for oid, name in NAMES.items()
]


def told(
    relations: list[int],
    numbers: list[int],
    name: str | None,
    inheritance: str | None = None,
    of_type: tuple[int, int] = (23, 0),
) -> asyncpg.Record:
    """A row of the columns' query, of which only one attribute of their own matters here."""
    return cast("asyncpg.Record", (1259, relations, numbers, False, name, f'"{name}"', *of_type, inheritance))


def test_each_has_its_relations_name_and_its_place_among_those_that_are_left() -> None:
    columns = Columns(HOLDERS)
    rows = [told([2, 3], [1, 2], None), told([1, 2], [1, 2], "a"), told([1, 2, 3], [2, 3, 1], "b")]
    assert list(columns.each(rows)) == [
        (1259, 1, 1, False, "public", "first", "a", None, 1),
        (1259, 2, 2, False, "public", "second", "a", None, 1),
        (1259, 1, 2, False, "public", "first", "b", None, 2),
        (1259, 2, 3, False, "public", "second", "b", None, 2),
        (1259, 3, 1, False, "public", "a view", "b", None, 1),
    ]
    assert columns.orders == {Address(1259, oid, 0): ('"a"', '"b"') for oid in (1, 2)}
    # A dropped column makes the others' numbers other ones.
    assert columns.alike == ([1, 2, 3], [1, 2, 3])


def test_what_stands_where_a_parent_has_it_has_no_place_in_the_order() -> None:
    columns = Columns(HOLDERS)
    both = told([1], [1], "a", "inherited and its own")
    rows = [told([1, 2], [3, 1], "late"), both, told([2], [2], "a", "inherited")]
    assert len(list(columns.each(rows))) == 4
    assert columns.orders == {Address(1259, 1, 0): ('"a"', '"late"'), Address(1259, 2, 0): ('"late"',)}

    heirs = Columns(HOLDERS)
    list(heirs.each([told([1], [1], "a", "inherited")]))
    assert heirs.orders == {}


def test_relations_are_alike_whose_columns_have_the_same_numbers_names_and_types() -> None:
    columns = Columns(HOLDERS)
    list(columns.each([told([2, 3, 1], [1, 1, 1], "a"), told([1, 3, 2], [2, 2, 2], "b")]))
    assert columns.alike == ([2, 3, 1], [2, 2, 2])

    other = Columns(HOLDERS)
    list(other.each([told([2, 3, 1], [1, 1, 1], "a"), told([3], [2], "b"), told([1, 2], [2, 3], "b")]))
    assert other.alike == ([2, 3, 1], [2, 3, 3])


@pytest.mark.parametrize(
    "other",
    [
        [told([2], [1], "a", of_type=(20, 0))],
        [told([2], [1], "a", of_type=(23, 100))],
        # A dropped one at the end leaves the others' numbers as they are.
        [told([2], [2], None), told([2], [1], "a")],
    ],
)
def test_relations_of_which_a_column_is_another_are_not_alike(other: list[asyncpg.Record]) -> None:
    columns = Columns(HOLDERS)
    list(columns.each([*other, told([1, 3], [1, 1], "a")]))
    assert columns.alike == ([2, 1, 3], [2, 1, 1])
