import msgspec

from tests.unit.schema.samples import column, relation, snapshot, without
from watchdog.schema.diff import diff
from watchdog.schema.snapshot import Snapshot, carry_forward

ORDERS, TOTAL = relation("public", "orders"), column("public", "orders", "total")
KNOWN = snapshot(ORDERS, TOTAL)


def locked(whole: Snapshot) -> Snapshot:
    return msgspec.structs.replace(whole, objects={**whole.objects, TOTAL[0]: {}}, stale=frozenset({TOTAL[0]}))


def test_an_object_that_is_locked_now_is_judged_by_what_was_last_known_of_it() -> None:
    carried = carry_forward(locked(KNOWN), KNOWN)
    assert carried.objects == KNOWN.objects
    assert carried.stale == {TOTAL[0]}
    drifted = snapshot(ORDERS, column("public", "orders", "total", data_type="text"))
    assert [each.attribute for each in diff(KNOWN, carry_forward(locked(KNOWN), drifted)).changes] == ["data_type"]


def test_what_is_known_is_carried_through_several_locked_looks() -> None:
    first = carry_forward(locked(KNOWN), KNOWN)
    assert carry_forward(locked(KNOWN), first).objects == KNOWN.objects


def test_an_object_that_was_never_read_stays_without_attributes() -> None:
    assert carry_forward(locked(KNOWN), None).objects[TOTAL[0]] == {}
    assert carry_forward(locked(KNOWN), without(KNOWN, TOTAL[0])).objects[TOTAL[0]] == {}


def test_what_was_read_now_is_never_replaced_by_what_was_known() -> None:
    old = snapshot(relation("public", "orders", persistence="unlogged"), TOTAL)
    assert carry_forward(locked(KNOWN), old).objects[ORDERS[0]]["persistence"] == "permanent"
    assert carry_forward(KNOWN, old) is KNOWN


def test_a_dropped_object_does_not_come_back_from_what_was_known() -> None:
    assert TOTAL[0] not in carry_forward(without(KNOWN, TOTAL[0]), KNOWN).objects
