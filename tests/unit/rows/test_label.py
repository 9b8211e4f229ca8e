from datetime import timedelta

import msgspec
import pytest

from tests.unit.rows.samples import ANALYZED, BOOT, RECOVERED, RESET, SERVER, STANDBY, START, Looks, analyzed, table
from watchdog.rows.facts import ServerFacts, TableFacts
from watchdog.rows.label import label
from watchdog.rows.level import Level, Name, Observation

RESTARTED = msgspec.structs.replace(SERVER, started_at=START)
PROMOTED = msgspec.structs.replace(STANDBY, in_recovery=False, shared_reset_at=BOOT + timedelta(days=1))
POSTGRES_13 = msgspec.structs.replace(SERVER, version_num=130023)


def seen(
    now: TableFacts,
    *,
    before: TableFacts | None = None,
    server: ServerFacts = SERVER,
    server_before: ServerFacts = SERVER,
) -> Observation:
    """The observation of `now`, where the look before, if any, had read `before`."""
    levels: dict[Name, Level] = {}
    if before is not None:
        [first] = label(server_before, [before], {}, START)
        levels = {first.name: Level(rows=first.rows or 0, base=first)}
    [observation] = label(server, [now], levels, START + timedelta(minutes=1))
    return observation


@pytest.mark.parametrize(
    ("now", "rows", "source"),
    [
        (table(10_000), 10_000, "live"),
        (table(0), 0, "live"),
        (analyzed(10_000, live=1_000, deleted=9_000), 1_000, "live"),
        (analyzed(10_000, live=0, inserted=0, analyzed_at=None), 10_000, "planner"),
        (table(10, reltuples=10_000, relpages=90), 10_000, "planner"),
        (table(10, reltuples=10_000, relpages=90, inserted=10_010, deleted=10_000), 10, "live"),
        (table(0, relpages=90), None, "unknown"),
    ],
    ids=["never analysed", "empty", "deleted", "reset", "few inserts after a reset", "vacuumed", "never measured"],
)
def test_at_first_sight_live_statistics_are_believed_unless_something_speaks_against_them(
    now: TableFacts, rows: int | None, source: str
) -> None:
    observation = seen(now)
    assert (observation.rows, observation.source) == (rows, source)
    assert (observation.note == "") is (source == "live")


@pytest.mark.parametrize("server", [RESET, RECOVERED])
def test_statistics_that_were_wiped_leave_the_planners_count_and_say_so(server: ServerFacts) -> None:
    before = analyzed(10_000)
    observation = seen(analyzed(10_000, live=0, inserted=0, analyzed_at=None), before=before, server=server)
    assert (observation.rows, observation.source) == (10_000, "planner")
    assert "2025-11-17 14:31:30 UTC, not a drop" in observation.note


def test_rows_inserted_after_a_reset_are_not_taken_for_all_rows() -> None:
    observation = seen(table(25), before=table(10_000), server=RESET)
    assert (observation.rows, observation.source) == (None, "unknown")
    assert observation.note.startswith("statistics were reset at 2025-11-17 14:31:30 UTC, not a drop; never analysed")


def test_a_crash_of_a_backend_is_seen_although_the_postmaster_lives_on() -> None:
    assert RECOVERED.started_at == SERVER.started_at
    assert RECOVERED.stats_reset_at == SERVER.stats_reset_at
    observation = seen(table(40), before=table(10_000), server=RECOVERED)
    assert observation.source == "unknown"
    assert "lost when the server recovered" in observation.note


def test_counters_that_go_back_betray_lost_statistics_by_themselves() -> None:
    assert seen(table(50), before=table(10_000)).source == "unknown"


def test_an_analyze_that_is_forgotten_betrays_lost_statistics_by_itself() -> None:
    before = analyzed(10_000, inserted=0)
    assert seen(table(50, reltuples=10_000, relpages=90), before=before).source == "planner"


def test_a_clean_restart_keeps_the_live_statistics() -> None:
    observation = seen(table(9_990, inserted=10_000, deleted=10), before=table(10_000), server=RESTARTED)
    assert (observation.rows, observation.source) == (9_990, "live")


def test_where_the_shared_statistics_have_no_date_a_restart_counts_as_their_beginning() -> None:
    undated = msgspec.structs.replace(SERVER, shared_reset_at=None)
    restarted = msgspec.structs.replace(undated, started_at=START)
    assert not undated.same_statistics(restarted)


def test_resetting_the_statistics_of_another_table_voids_neither_an_analysed_nor_an_unmoved_one() -> None:
    assert seen(analyzed(9_000, inserted=10_000), before=analyzed(10_000), server=RESET).source == "live"
    assert seen(table(10_000), before=table(10_000), server=RESET).source == "live"


def test_an_analyze_after_the_reset_makes_live_statistics_valid_again() -> None:
    looks = Looks()
    looks(table(10_000))
    looks(table(3), server=RESET)
    late = analyzed(10_003, inserted=3, analyzed_at=START + timedelta(minutes=2))
    [observation] = label(RESET, [late], looks.levels, START + timedelta(minutes=2))
    assert (observation.rows, observation.source) == (10_003, "live")


def test_live_statistics_stay_void_from_look_to_look_until_then() -> None:
    looks = Looks()
    looks(analyzed(10_000))
    after_reset = analyzed(10_000, live=3, inserted=3, analyzed_at=None)
    for _ in range(3):
        [observation] = label(RESET, [after_reset], looks.levels, looks.at)
        assert (observation.rows, observation.source) == (10_000, "planner")
        looks(after_reset, server=RESET)
    assert "until the next ANALYZE" in observation.note


def test_what_was_void_at_first_sight_stays_void_however_much_is_inserted_later() -> None:
    before = table(10, reltuples=10_000, relpages=90)
    observation = seen(table(10_010, reltuples=10_000, relpages=180), before=before)
    assert (observation.rows, observation.source) == (10_000, "planner")
    assert "incomplete until the next ANALYZE" in observation.note


def test_zero_in_a_table_with_pages_needs_deletes_that_explain_it() -> None:
    before = analyzed(10_000)
    emptied = analyzed(10_000, live=0, deleted=10_000)
    assert (seen(emptied, before=before).rows, seen(emptied, before=before).source) == (0, "live")
    unexplained = analyzed(10_000, live=0, deleted=10)
    assert (seen(unexplained, before=before).rows, seen(unexplained, before=before).source) == (10_000, "planner")
    assert "101 pages" in seen(unexplained, before=before).note


def test_an_analyze_that_found_nothing_explains_zero_too() -> None:
    now = analyzed(10_000, live=0, reltuples=0, deleted=10_000, analyzed_at=ANALYZED + timedelta(days=1))
    assert (seen(now).rows, seen(now).source) == (0, "live")


def test_a_truncated_table_is_empty_by_live_statistics() -> None:
    now = analyzed(10_000, live=0, relpages=0, reltuples=-1, relfilenode=104588)
    observation = seen(now, before=analyzed(10_000))
    assert (observation.rows, observation.source) == (0, "live")


def test_a_new_file_with_old_counters_is_doubted_for_one_look_only() -> None:
    looks = Looks()
    looks(analyzed(10_000))
    rewritten = analyzed(10_000, relpages=0, reltuples=-1, relfilenode=104588)
    [first] = label(SERVER, [rewritten], looks.levels, looks.at)
    assert first.source == "unknown"
    looks(rewritten)
    [second] = label(SERVER, [rewritten], looks.levels, looks.at)
    assert (second.rows, second.source) == (10_000, "live")


def test_a_standby_has_only_the_planners_count() -> None:
    observation = seen(analyzed(4_000, live=0, inserted=0, analyzed_at=None), server=STANDBY)
    assert (observation.rows, observation.source) == (4_000, "planner")
    assert seen(table(0), server=STANDBY).source == "unknown"


def test_a_promoted_standby_is_not_believed_before_it_was_analysed() -> None:
    before = analyzed(4_000, live=0, inserted=0, analyzed_at=None)
    promoted = analyzed(4_000, live=7, inserted=7, analyzed_at=None)
    assert seen(promoted, before=before, server=PROMOTED, server_before=STANDBY).source == "planner"


def test_another_cluster_behind_the_same_address_is_not_continuous() -> None:
    other = msgspec.structs.replace(SERVER, system_identifier="1")
    observation = seen(table(10), before=table(10_000), server=other)
    assert observation.source == "unknown"
    assert "another server answers" in observation.note


def test_before_postgresql_14_a_planners_zero_without_pages_is_no_count() -> None:
    lost = table(0, reltuples=0)
    assert seen(lost, before=table(500, reltuples=0), server=RECOVERED).rows == 0
    recovered_13 = msgspec.structs.replace(POSTGRES_13, shared_reset_at=START)
    observation = seen(lost, before=table(500, reltuples=0), server=recovered_13, server_before=POSTGRES_13)
    assert observation.source == "unknown"


def test_statistics_that_nobody_keeps_are_not_believed() -> None:
    server = msgspec.structs.replace(SERVER, track_counts=False)
    assert seen(analyzed(10_000), server=server).note.startswith("track_counts is off")


def test_the_planners_count_of_an_unlogged_table_proves_nothing_after_a_crash() -> None:
    before = analyzed(10_000, unlogged=True)
    now = analyzed(10_000, unlogged=True, live=0, inserted=0, analyzed_at=None)
    assert seen(now, before=before, server=RECOVERED).source == "unknown"


def test_a_recreated_table_that_is_empty_is_believed_unless_statistics_were_lost_meanwhile() -> None:
    recreated = table(0, oid=30_000)
    assert seen(recreated, before=table(10_000)).rows == 0
    assert seen(recreated, before=table(10_000), server=RECOVERED).source == "unknown"


def test_a_materialized_view_without_data_has_no_count() -> None:
    observation = seen(table(0, relkind="m", populated=False))
    assert (observation.rows, observation.note) == (None, "the materialized view is not populated")


ROOT = ("public", "events")


def leaf(name: str, rows: int, **facts: object) -> TableFacts:
    return table(rows, **{"table": name, "root": ROOT, "oid": sum(map(ord, name)), **facts})


def root() -> TableFacts:
    return table(0, table="events", relkind="p", relfilenode=0)


def test_a_partitioned_table_is_the_sum_of_its_leaves_and_they_are_not_told_alone() -> None:
    [observation] = label(SERVER, [root(), leaf("a", 700), leaf("b", 300)], {}, START)
    assert (observation.name, observation.rows, observation.source) == (ROOT, 1_000, "live")


def test_a_partitioned_table_is_only_as_sure_as_its_least_leaf() -> None:
    lost = analyzed(300, live=0, inserted=0, analyzed_at=None, table='b"\n', root=ROOT)
    [mixed] = label(SERVER, [root(), leaf("a", 700), lost], {}, START)
    assert (mixed.rows, mixed.source) == (1_000, "planner")
    assert mixed.note.startswith('partition public."b""\\u000a": the statistics say 0 rows')
    [unknown] = label(SERVER, [root(), leaf("a", 700), lost, leaf("c", 0, relpages=9)], {}, START)
    assert (unknown.rows, unknown.source) == (None, "unknown")


def test_a_foreign_partition_that_was_never_analysed_makes_the_sum_unknown() -> None:
    [observation] = label(SERVER, [root(), leaf("a", 700), leaf("far", 0, relkind="f")], {}, START)
    assert observation.rows is None


def test_a_partitioned_table_without_leaves_is_empty() -> None:
    [observation] = label(SERVER, [root()], {}, START)
    assert (observation.rows, observation.source) == (0, "live")


def test_an_attached_table_keeps_its_statistics_past() -> None:
    looks = Looks()
    looks(root(), table(10_000, table="a"))
    [observation] = label(RESET, [root(), leaf("a", 25, oid=24588)], looks.levels, looks.at)
    assert observation.rows is None
    assert "statistics were reset" in observation.note


def test_of_two_levels_that_knew_a_table_the_later_look_is_held_against_it() -> None:
    looks = Looks()
    looks(table(10_000, table="a"))
    looks(root(), leaf("a", 10_000, oid=24588), server=RESET)
    looks.levels = dict(sorted(looks.levels.items(), reverse=True))
    [observation] = label(RESET, [root(), leaf("a", 10_000, oid=24588, live=9_990, deleted=10)], looks.levels, looks.at)
    assert (observation.rows, observation.source) == (9_990, "live")


@pytest.mark.parametrize(
    ("facts", "obstacle"),
    [
        ({"may_select": False}, "no SELECT privilege"),
        ({"row_security": True}, "row level security filters what this role can count"),
        ({}, ""),
    ],
)
def test_what_would_stand_in_a_counts_way_is_told(facts: dict[str, object], obstacle: str) -> None:
    assert seen(table(5, **facts)).obstacle == obstacle


def test_what_is_shown_to_others_is_the_reading_alone() -> None:
    reading = seen(table(10_000)).reading
    assert (reading.schema, reading.table, reading.rows, reading.source) == ("public", "user_signals", 10_000, "live")


def test_an_estimate_of_rows_in_no_page_is_none() -> None:
    before = table(0)
    assert seen(table(0, relpages=0, reltuples=1), before=before, server=RESET).rows != 1
    assert seen(table(0, relpages=1, reltuples=1), before=before, server=RESET).rows == 1
