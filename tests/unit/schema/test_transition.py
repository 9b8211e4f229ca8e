import zlib
from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.schema.samples import column, findings, relation, snapshot, whole
from watchdog.finding import Finding
from watchdog.schema.diff import diff
from watchdog.schema.findings import judge_state
from watchdog.schema.kinds import KINDS
from watchdog.schema.snapshot import InFlight, Value
from watchdog.schema.transition import explained, hold, migration_tools, words

NOON = datetime(2025, 11, 17, 12, tzinfo=UTC)
LONGEST = timedelta(minutes=10)
ON_T = frozenset({("public", "t")})
NOTHING = InFlight()
CHANGING = InFlight(changing=ON_T)


def dropped_column(table: str = "t") -> Finding:
    there = relation("public", table)
    [found] = findings(snapshot(there, column("public", table, "c")), snapshot(there))
    return found


def unfinished(kind: str, **facts: Value) -> Finding:
    name = ("public", "t", "i")[: len(KINDS[kind].identity)]
    actual = snapshot(relation("public", "t"), whole(kind, *name, **facts))
    [found] = judge_state("production", diff(snapshot(), actual), actual)
    return found


@pytest.mark.parametrize(
    ("in_flight", "is_explained"),
    [
        (NOTHING, False),
        (CHANGING, True),
        (InFlight(changing=frozenset({("public", "u")})), False),
        (InFlight(building=ON_T), False),
        (InFlight(tools=("Flyway",)), True),
    ],
)
def test_a_lost_column_is_explained_by_a_change_of_its_table_or_a_migration_tool(
    in_flight: InFlight, *, is_explained: bool
) -> None:
    assert explained(dropped_column(), in_flight) is is_explained


def test_a_build_explains_what_is_found_of_indexes_only() -> None:
    building = InFlight(building=ON_T)
    there = relation("public", "t")
    [lost] = findings(snapshot(there, whole("index", "public", "t", "i")), snapshot(there))
    assert explained(lost, building)
    assert not explained(dropped_column(), building)


def test_what_a_migration_explains_is_held_and_opens_when_its_time_is_over() -> None:
    first = hold([dropped_column()], CHANGING, {}, NOON, LONGEST)
    assert [finding.state for finding in first.findings] == ["in_transition"]
    late = hold([dropped_column()], CHANGING, first.since, NOON + LONGEST - timedelta(seconds=1), LONGEST)
    assert [finding.state for finding in late.findings] == ["in_transition"]
    over = hold([dropped_column()], CHANGING, late.since, NOON + LONGEST, LONGEST)
    assert [finding.state for finding in over.findings] == ["open"]


def test_it_opens_at_once_when_the_migration_is_over() -> None:
    first = hold([dropped_column()], CHANGING, {}, NOON, LONGEST)
    over = hold([dropped_column()], NOTHING, first.since, NOON, LONGEST)
    assert [finding.state for finding in over.findings] == ["open"]


def test_what_was_found_long_before_the_migration_is_not_held_for_it() -> None:
    first = hold([dropped_column()], NOTHING, None, NOON, LONGEST)
    later = hold([dropped_column()], CHANGING, first.since, NOON + timedelta(seconds=1), LONGEST)
    assert [finding.state for finding in (*first.findings, *later.findings)] == ["open", "open"]


@pytest.mark.parametrize(
    ("kind", "facts"),
    [("index", {"valid": False}), ("constraint", {"valid": False}), ("relation", {"detach_pending": True})],
)
def test_what_is_unfinished_is_held_while_it_is_young_and_nobody_knows_its_age_at_the_first_look(
    kind: str, facts: dict[str, Value]
) -> None:
    found = unfinished(kind, **facts)
    assert [each.state for each in hold([found], NOTHING, None, NOON, LONGEST).findings] == ["open"]
    young = hold([found], NOTHING, {}, NOON, LONGEST)
    assert [each.state for each in young.findings] == ["in_transition"]
    old = hold([found], NOTHING, young.since, NOON + LONGEST, LONGEST)
    assert [each.state for each in old.findings] == ["open"]


def test_of_several_findings_only_the_explained_are_held() -> None:
    held = hold([dropped_column(), dropped_column("u")], CHANGING, {}, NOON, LONGEST)
    assert [finding.state for finding in held.findings] == ["in_transition", "open"]


def test_migration_tools_are_known_by_their_locks() -> None:
    crc = zlib.crc32(b"milo")
    signed = ((2053462845 * crc) & 0xFFFFFFFFFFFFFFFF) - (1 << 64)
    assert migration_tools([72707369], "milo") == ("Prisma",)
    assert migration_tools([2053462845 * crc], "milo") == migration_tools([signed], "milo") == ("Rails",)
    assert migration_tools([2053462845 * crc], "other") == ()
    assert migration_tools([77431708279161 - 1234567], "milo") == ("Flyway",)
    assert migration_tools([1, 2, 3], "milo") == ()
    assert migration_tools([5887940537704921958, 72707369], "milo") == ("Prisma", "goose")


def test_what_is_under_way_has_words() -> None:
    in_flight = InFlight(changing=ON_T, building=frozenset({("public", "u")}), tools=("Flyway",))
    assert words(in_flight) == [
        "Flyway holds its migration lock",
        "public.t is being changed",
        "an index is being built on public.u",
    ]
