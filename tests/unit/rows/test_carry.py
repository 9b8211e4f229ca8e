from datetime import timedelta

import msgspec
import pytest

from tests.unit.rows.samples import RESET, SERVER, STANDBY, START, analyzed, table
from watchdog.rows.carry import LATEST_NEWS, carried, counted
from watchdog.rows.facts import ServerFacts, TableFacts
from watchdog.rows.label import label
from watchdog.rows.level import Count, Level, Observation

LATER = START + timedelta(hours=2)


def observe(facts: TableFacts, server: ServerFacts = SERVER, before: Observation | None = None) -> Observation:
    levels = {before.name: Level(rows=before.rows or 0, base=before)} if before else {}
    [observation] = label(server, [facts], levels, LATER if before else START)
    return observation


def moved(
    now: TableFacts, *, counted: int, server: ServerFacts = SERVER, then: TableFacts | None = None
) -> Observation:
    before = observe(then or table(10_000))
    return carried(observe(now, server, before), Count(rows=counted, then=before))


def test_what_was_counted_is_exact_as_long_as_nothing_moves() -> None:
    now = moved(table(10_000), counted=9_990)
    assert (now.rows, now.source, now.note) == (9_990, "exact", "counted at 14:31 UTC")
    assert now.counted_at == START


def test_inserts_and_deletes_carry_a_count_on() -> None:
    now = moved(table(10_000, live=10_200, inserted=10_500, deleted=300), counted=9_000)
    assert (now.rows, now.source) == (9_200, "live")
    assert now.note == "500 inserted and 300 deleted since it was counted at 14:31 UTC"


def test_what_was_rolled_back_is_left_out_where_the_live_count_knows() -> None:
    rolled_back = table(10_000, inserted=60_000, deleted=9_000)
    assert moved(rolled_back, counted=10_000).rows == 10_000


def test_an_estimate_that_replaced_the_live_count_does_not_move_a_counted_one() -> None:
    jittered = analyzed(10_000, live=10_800, inserted=10_010, maintained=1)
    assert moved(jittered, counted=10_000, then=analyzed(10_000)).rows == 10_010


def test_where_the_estimate_contradicts_what_is_carried_on_the_count_has_had_its_word() -> None:
    rolled_back_and_analyzed = analyzed(10_000, inserted=60_000, maintained=1)
    now = moved(rolled_back_and_analyzed, counted=10_000, then=analyzed(10_000))
    assert (now.rows, now.counted_at) == (10_000, None)


@pytest.mark.parametrize(
    ("now", "server"),
    [
        (table(10_000, live=0, relfilenode=7), SERVER),
        (table(10_000, oid=7), SERVER),
        (table(30), RESET),
        (table(0), STANDBY),
        (table(10_000, inserted=5), SERVER),
    ],
    ids=["truncated", "recreated", "reset", "standby", "statistics of the table lost"],
)
def test_what_breaks_the_statistics_ends_a_count(now: TableFacts, server: ServerFacts) -> None:
    assert moved(now, counted=9_990, server=server).counted_at is None


def test_without_a_count_nothing_is_carried() -> None:
    now = observe(table(10_000))
    assert carried(now, None) is now


def test_a_count_is_never_carried_below_nothing() -> None:
    assert moved(table(10_000, live=9_000, deleted=1_000), counted=500).rows == 0


def test_a_count_of_other_rows_than_were_read_is_carried_on_only_after_one_more() -> None:
    read = observe(table(10_000))
    assert counted(9_950, read, None).settled
    first = counted(7_000, read, None)
    assert carried(read, first) is read
    for later, settled in ((LATEST_NEWS / 2, False), (LATEST_NEWS, True)):
        now = msgspec.structs.replace(read, at=START + later)
        assert counted(7_000, now, first).settled is settled
