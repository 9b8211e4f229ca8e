import msgspec
import pytest

from tests.unit.schema.samples import SERVER, column, findings, relation, snapshot, thing, whole
from watchdog.schema.diff import diff
from watchdog.schema.snapshot import Address, Attributes, ObjectId, Snapshot

HERE = msgspec.structs.replace(SERVER, system_identifier="1", database="milo")


def placed(*objects: tuple[tuple[ObjectId, Attributes], Address]) -> Snapshot:
    """A snapshot of one database, with the place of each object in its catalogs."""
    return msgspec.structs.replace(
        snapshot(*(each for each, _ in objects)),
        server=HERE,
        addresses={subject: address for (subject, _), address in objects},
    )


TABLE, COLUMN, INDEX = Address(1259, 16400, 0), Address(1259, 16400, 1), Address(1259, 16401, 0)
BEFORE = placed(
    (relation("public", "t"), TABLE),
    (column("public", "t", "a"), COLUMN),
    (whole("index", "public", "t", "t_a", definition="CREATE INDEX t_a ON public.t USING btree (a)"), INDEX),
)


def told(expected: Snapshot, actual: Snapshot) -> list[tuple[str, str, str]]:
    return [(each.kind, each.change, each.message) for each in findings(expected, actual)]


def test_a_renamed_column_is_one_finding_and_the_index_that_names_it_is_none() -> None:
    after = placed(
        (relation("public", "t"), TABLE),
        (column("public", "t", "b"), COLUMN),
        (whole("index", "public", "t", "t_a", definition="CREATE INDEX t_a ON public.t USING btree (b)"), INDEX),
    )
    [found] = findings(BEFORE, after)
    assert found.message == "column public.t.a is now called public.t.b"
    assert (found.change, found.severity, found.expected, found.actual) == (
        "renamed",
        "critical",
        "public.t.a",
        "public.t.b",
    )
    assert found.remedy is not None
    assert found.remedy.sql == "ALTER TABLE public.t RENAME COLUMN b TO a;"
    assert found.remedy.revert_sql == "ALTER TABLE public.t RENAME COLUMN a TO b;"


def test_a_renamed_table_takes_its_columns_and_indexes_with_it() -> None:
    after = placed(
        (relation("public", "u"), TABLE),
        (column("public", "u", "a"), COLUMN),
        (whole("index", "public", "u", "t_a", definition="CREATE INDEX t_a ON public.u USING btree (a)"), INDEX),
    )
    assert told(BEFORE, after) == [("relation", "renamed", "table public.t is now called public.u")]


def test_a_column_of_a_renamed_table_can_change_and_be_renamed_too() -> None:
    after = placed(
        (relation("public", "u"), TABLE),
        (column("public", "u", "b", data_type="text"), COLUMN),
        (whole("index", "public", "u", "t_a", definition="CREATE INDEX t_a ON public.u USING btree (b)"), INDEX),
    )
    assert told(BEFORE, after) == [
        ("column", "renamed", "column public.t.a is now called public.u.b"),
        ("column", "changed", "column public.u.b: data type is text, expected integer"),
        ("relation", "renamed", "table public.t is now called public.u"),
    ]


def test_two_tables_that_changed_places_are_compared_by_their_names() -> None:
    other = Address(1259, 16500, 0)
    before = placed((relation("s", "now"), TABLE), (relation("s", "old", persistence="unlogged"), other))
    after = placed((relation("s", "old"), TABLE), (relation("s", "now", persistence="unlogged"), other))
    assert {change for _, change, _ in told(before, after)} == {"changed"}


@pytest.mark.parametrize("facts", [{"system_identifier": "2"}, {"database": "other"}, {"system_identifier": None}])
def test_elsewhere_the_same_place_says_nothing(facts: dict[str, str | None]) -> None:
    after = placed((relation("public", "t"), TABLE), (column("public", "t", "b"), COLUMN))
    elsewhere = msgspec.structs.replace(after, server=msgspec.structs.replace(HERE, **facts))
    assert {change for kind, change, _ in told(BEFORE, elsewhere) if kind == "column"} == {"missing", "unexpected"}


def test_an_object_of_another_kind_at_the_same_place_is_another_object() -> None:
    after = placed((thing("enum", "public", "t"), TABLE))
    assert {change.change for change in diff(BEFORE, after).changes} == {"missing", "unexpected"}
