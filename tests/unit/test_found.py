"""Rows of the catalogs become objects: what is locked, and what a role may not see."""

import gc
import weakref
from typing import Any

from watchdog.postgres.columns import Columns
from watchdog.postgres.found import Found
from watchdog.schema.kinds import KINDS
from watchdog.schema.snapshot import Address, ObjectId

SETTING = KINDS["server_setting"]


def taken(*, is_blocked: bool) -> Found:
    """One setting, of which the query says NULL."""
    found = Found()
    row = (1260, 16384, 0, is_blocked, "work_mem", None, None)
    found.take(SETTING, [row], again=False)
    return found


def test_what_a_role_may_not_see_is_hidden_and_what_is_locked_is_only_that() -> None:
    setting = ObjectId("server_setting", ("work_mem",))
    unlocked, locked = taken(is_blocked=False), taken(is_blocked=True)
    assert (unlocked.hidden, unlocked.stale, unlocked.objects) == ({setting}, set(), {setting: {}})
    assert (locked.hidden, locked.stale, locked.objects) == (set(), {setting}, {setting: {}})


def test_what_columns_tell_of_their_relation_stands_in_its_place_among_the_relations_own() -> None:
    relation, columns = KINDS["relation"], KINDS["column"]
    holder: Any = {"oid": 7, "schema": "public", "relation": "t", "is_ordered": True}
    of_column: Any = (1259, [7], [1], False, "a", "a", 23, 0, *[None] * (len(columns.own) - 1))
    of_relation: Any = (1259, 7, 0, False, "public", "t", *[None] * (len(relation.own) - 1))
    found = Found(columns=Columns([holder]))
    found.take(columns, [of_column], again=False)
    found.take(relation, [of_relation], again=False)
    attributes = found.objects[ObjectId("relation", ("public", "t"))]
    assert list(attributes) == [attribute.name for attribute in relation.own]
    assert attributes["column_order"] == ("a",)
    assert found.addresses[ObjectId("column", ("public", "t", "a"))] == Address(1259, 7, 1)
    assert found.objects[ObjectId("column", ("public", "t", "a"))]["position"] == 1
    assert not found.hidden


def test_what_was_found_goes_with_the_last_who_holds_it() -> None:
    """A daemon looks for garbage now and then only, and this holds the whole of two schemas."""
    gc.disable()
    try:
        found = weakref.ref(taken(is_blocked=False))
        assert found() is None
    finally:
        gc.enable()
