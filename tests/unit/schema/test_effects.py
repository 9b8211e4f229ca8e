import msgspec
import pytest

from tests.unit.alerts.samples import finding
from tests.unit.schema.samples import HOSTILE, column, findings, relation, snapshot
from watchdog.schema.effects import effect
from watchdog.schema.snapshot import Attributes, ObjectId, Snapshot

ORDERS, ID = relation("public", "orders"), column("public", "orders", "id")
VIEW = relation("public", "orders", relation_kind="view")


def effects(before: Snapshot, after: Snapshot) -> list[str]:
    return [effect(each, before, after) for each in findings(after, before)]


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ([ORDERS], [ORDERS, ID], "adds column public.orders.id"),
        ([ORDERS, ID], [ORDERS], "drops column public.orders.id"),
        ([], [ORDERS], "adds table public.orders"),
        ([], [VIEW], "adds view public.orders"),
        ([VIEW], [], "drops view public.orders"),
        (
            [ORDERS, column("public", "orders", "id")],
            [ORDERS, column("public", "orders", "id", not_null=True)],
            "changes not null of column public.orders.id",
        ),
        (
            [ORDERS, column("public", "orders", "id")],
            [ORDERS, column("public", "orders", "id", data_type="bigint")],
            "changes data type of column public.orders.id",
        ),
    ],
)
def test_each_change_is_one_clause(
    before: list[tuple[ObjectId, Attributes]], after: list[tuple[ObjectId, Attributes]], words: str
) -> None:
    assert effects(snapshot(*before), snapshot(*after)) == [words]


def test_what_changes_nothing_has_no_effect() -> None:
    assert effects(snapshot(ORDERS, ID), snapshot(ORDERS, ID)) == []


def test_hostile_names_stay_on_one_line() -> None:
    hostile = column("public", "orders", HOSTILE)
    (clause,) = effects(snapshot(ORDERS), snapshot(ORDERS, hostile))
    assert clause.startswith('adds column public.orders."')
    assert clause.isprintable()


def test_a_renamed_object_is_said_with_both_names() -> None:
    told = msgspec.structs.replace(
        finding("public", "orders", "sum", change="renamed"), expected="public.orders.sum", actual="public.orders.t\x1b"
    )
    nothing = snapshot()
    assert effect(told, nothing, nothing) == "renames public.orders.t\\u001b to public.orders.sum"
