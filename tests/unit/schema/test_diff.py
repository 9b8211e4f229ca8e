import msgspec
import pytest
from hypothesis import given

from tests.unit.schema.samples import (
    COVERS,
    SERVER,
    column,
    relation,
    sequence,
    snapshot,
    snapshots,
    thing,
    whole,
    without,
)
from watchdog.finding import ChangeKind
from watchdog.schema.diff import Change, diff
from watchdog.schema.snapshot import ObjectId, Server, Snapshot

WAY_BACK: dict[ChangeKind, ChangeKind] = {"missing": "unexpected", "unexpected": "missing", "changed": "changed"}
ORDERS, TOTAL = relation("public", "orders"), column("public", "orders", "total")
PUBLIC = thing("schema", "public")


@given(snapshots())
def test_nothing_differs_from_itself(one: Snapshot) -> None:
    assert diff(one, one).changes == ()
    assert diff(one, msgspec.structs.replace(one, objects=dict(one.objects))).changes == ()


@given(snapshots(), snapshots())
def test_the_way_back_mirrors_the_way_there(one: Snapshot, other: Snapshot) -> None:
    there, back = diff(one, other), diff(other, one)
    mirrored = [
        msgspec.structs.replace(change, change=WAY_BACK[change.change], expected=change.actual, actual=change.expected)
        for change in there.changes
    ]
    assert mirrored == list(back.changes)
    assert (there.kinds, there.compared) == (back.kinds, back.compared)


def test_a_changed_attribute_is_one_change_with_both_values() -> None:
    found = diff(snapshot(ORDERS, TOTAL), snapshot(ORDERS, column("public", "orders", "total", data_type="text")))
    assert found.changes == (
        Change(subject=TOTAL[0], change="changed", attribute="data_type", expected="integer", actual="text"),
    )
    assert found.compared == 2


def test_a_child_of_a_missing_or_unexpected_parent_is_not_repeated_at_any_depth() -> None:
    whole, empty = snapshot(PUBLIC, ORDERS, TOTAL), snapshot()
    assert [change.subject for change in diff(whole, empty).changes] == [PUBLIC[0]]
    assert [change.subject for change in diff(empty, whole).changes] == [PUBLIC[0]]
    assert [change.subject for change in diff(whole, without(whole, ORDERS[0], TOTAL[0])).changes] == [ORDERS[0]]


def test_a_sequence_is_told_by_the_column_that_takes_it_along() -> None:
    holder = relation("public", "Q", relation_kind="sequence")
    whole = snapshot(ORDERS, TOTAL, holder, sequence("public", "Q", owned_by="public.orders.total"))
    table, column_ = snapshot(), without(whole, TOTAL[0], holder[0], ObjectId("sequence", ("public", "Q")))
    alone = without(whole, holder[0], ObjectId("sequence", ("public", "Q")))
    for less, told in [(table, ORDERS[0]), (column_, TOTAL[0]), (alone, holder[0])]:
        assert [change.subject for change in diff(whole, less).changes] == [told]
        assert [change.subject for change in diff(less, whole).changes] == [told]


def test_a_child_is_told_when_its_parents_kind_is_not_compared() -> None:
    covers = {"column": COVERS["column"]}
    assert [each.subject for each in diff(snapshot(TOTAL, covers=covers), snapshot(ORDERS)).changes] == [TOTAL[0]]


def test_only_what_both_sides_cover_is_compared_and_the_rest_is_said() -> None:
    old = snapshot(TOTAL, covers={"column": ("data_type", "not_null", "of_the_future"), "of_the_future": ("x",)})
    new = snapshot(column("public", "orders", "total", default="1"), ORDERS)
    found = diff(old, new)
    assert found.changes == ()
    assert found.kinds == ("column",)
    assert "relation" in found.not_covered
    assert "column.default" in found.not_covered
    assert "column.data_type" not in found.not_covered
    assert "column" not in found.not_covered


def test_a_columns_place_is_not_compared() -> None:
    moved = column("public", "orders", "total", position=7)
    assert diff(snapshot(ORDERS, TOTAL), snapshot(ORDERS, moved)).changes == ()


def test_an_object_that_could_not_be_read_is_neither_missing_nor_changed() -> None:
    unread = msgspec.structs.replace(snapshot((ORDERS[0], {}), (TOTAL[0], {})), stale=frozenset({ORDERS[0], TOTAL[0]}))
    assert diff(snapshot(ORDERS, TOTAL), unread).changes == ()


def test_changes_stand_in_the_order_of_kind_name_and_attribute() -> None:
    before = [column("public", "b", "x"), column("public", "a", "x")]
    after = [column("public", name, "x", not_null=True, data_type="text", default="1") for name in ("b", "a")]
    told = [(each.subject.name[1], each.attribute) for each in diff(snapshot(*before), snapshot(*after)).changes]
    assert told == [(name, attribute) for name in "ab" for attribute in ("data_type", "default", "not_null")]


HERE = msgspec.structs.replace(SERVER, system_identifier="1")


@pytest.mark.parametrize(
    ("server", "found", "unsaid"),
    [
        (HERE, {"role", "extension"}, set()),
        (msgspec.structs.replace(HERE, system_identifier="2"), {"extension"}, {"role"}),
        (msgspec.structs.replace(HERE, system_identifier=None), {"extension"}, {"role"}),
        (msgspec.structs.replace(HERE, version_num=170001), {"role"}, {"extension.version"}),
    ],
)
def test_what_holds_only_within_a_cluster_or_a_major_is_compared_there_and_named_elsewhere(
    server: Server, found: set[str], unsaid: set[str]
) -> None:
    before = snapshot(whole("role", "ada", login=True), whole("extension", "x", version="1.1"))
    after = snapshot(whole("role", "ada", login=False), whole("extension", "x", version="1.2"))
    compared = diff(msgspec.structs.replace(before, server=HERE), msgspec.structs.replace(after, server=server))
    assert {change.subject.kind for change in compared.changes} == found
    assert unsaid <= set(compared.not_comparable)
    assert not found & set(compared.not_comparable)


def test_of_an_order_only_what_both_have_is_compared() -> None:
    def table(*order: str) -> Snapshot:
        return snapshot(relation("s", "t", column_order=order))

    assert diff(table("a", "b", "c"), table("a", "c", "d")).changes == ()
    [change] = diff(table("a", "b", "c"), table("c", "a")).changes
    assert (change.attribute, change.expected, change.actual) == ("column_order", ("a", "c"), ("c", "a"))
