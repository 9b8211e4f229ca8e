"""Which tables are counted to the end without a suspicion, and what follows from it."""

from datetime import timedelta

import msgspec

from tests.unit.rows.samples import RESET, SERVER, STANDBY, START, Looks, analyzed, table
from watchdog.finding import Severity, Subject
from watchdog.rows.facts import EVERYTHING, Confirmation, TableFacts
from watchdog.rows.judge import Evidence, Suspect, judge, nothing_due, pages_of, recount, routine
from watchdog.rows.label import label
from watchdog.rows.level import Count, Level, Name, Observation, Track
from watchdog.rows.terms import Budget, MeantDrop, Terms

NAME = ("public", "user_signals")
BUDGET = Budget(exact_every=timedelta(days=1), exact_pages=100)


def observed(*tables: TableFacts) -> list[Observation]:
    return list(label(SERVER, tables, {}, START))


def counted(now: Observation, ago: timedelta) -> dict[Name, Level]:
    then = msgspec.structs.replace(now, at=START - ago)
    return {now.name: Level(rows=1, base=now, track=Track(count=Count(rows=1, then=then)))}


def names(suspects: tuple[Suspect, ...]) -> list[str]:
    assert all((each.purpose, each.floor) == ("exact", EVERYTHING) for each in suspects)
    return [each.table for each in suspects]


def test_each_table_is_counted_once_in_a_while_the_longest_waiting_first() -> None:
    one, two, three = observed(*(table(10, table=name) for name in ("one", "two", "three")))
    levels = counted(one, timedelta(hours=30)) | counted(two, timedelta(hours=20)) | counted(three, timedelta(days=3))
    assert names(routine(levels, [one, two, three], BUDGET)) == ["three", "one"]
    assert names(routine({}, [one], BUDGET)) == ["one"]
    assert routine({}, [one], Budget(exact_every=None)) == ()
    assert nothing_due({}, [one], BUDGET) == ()


def test_a_count_of_a_time_to_come_is_none_to_wait_for() -> None:
    [one] = observed(table(10))
    assert names(routine(counted(one, timedelta(hours=-2)), [one], BUDGET)) == ["user_signals"]


def test_routine_counts_keep_to_their_pages_and_leave_out_what_may_not_be_counted() -> None:
    small = [table(3_000, table=name, relpages=40) for name in ("a", "b", "c")]
    assert names(routine({}, observed(*small), BUDGET)) == ["a", "b"]
    assert names(routine({}, observed(table(20_000, table="large")), BUDGET)) == []
    hidden = [table(1, table="x", may_select=False), table(1, table="y", row_security=True)]
    assert names(routine({}, observed(*hidden), BUDGET)) == []


def test_what_was_counted_before_is_counted_again_on_demand() -> None:
    one, two = observed(table(10, table="one"), table(10, table="two"))
    assert names(recount(counted(one, timedelta(minutes=1)), [one, two], BUDGET)) == ["one"]


def test_the_price_of_a_count_is_by_the_rows_where_pages_are_not_known_yet() -> None:
    [loaded] = observed(table(1_000_000))
    assert pages_of(loaded, EVERYTHING) == 10_000
    [known] = observed(analyzed(10_000, relpages=500))
    assert (pages_of(known, EVERYTHING), pages_of(known, 1_000)) == (500, 50)


def by_routine(before: TableFacts, after: TableFacts, rows: int, base: object = SERVER) -> list[Severity]:
    """What a routine count makes of a table whose statistics are void by then."""
    looks = Looks()
    looks(before, server=base)  # type: ignore[arg-type]
    now = label(RESET if base is SERVER else STANDBY, [after], looks.levels, looks.at)
    counts = {(NAME, "exact"): Confirmation(floor=EVERYTHING, counted=rows)}
    evidence = Evidence(terms=lambda *_: Terms(), counts=counts)  # type: ignore[arg-type]
    return [finding.severity for finding in judge("production", looks.levels, now, evidence).findings]


def test_a_routine_count_finds_a_loss_that_the_statistics_forgot() -> None:
    forgotten = analyzed(10_000, live=0, inserted=0, analyzed_at=None)
    assert by_routine(analyzed(10_000), forgotten, 3_000) == [Severity.CRITICAL]
    assert by_routine(analyzed(10_000), forgotten, 9_990) == []


def test_a_routine_count_is_not_compared_with_a_level_that_was_an_estimate() -> None:
    estimate = analyzed(0, reltuples=10_000, relpages=99)
    assert by_routine(estimate, estimate, 3_000, base=STANDBY) == []


def test_maintenance_neither_begins_nor_ends_what_is_told_of_bounds_and_silence() -> None:
    muted = MeantDrop(opened=lambda *_: START, mutes=True)
    looks = Looks(terms=Terms(min_rows=100, meant=(muted,)))
    verdict = looks(table(5), counts={NAME: 5})
    assert verdict.findings == ()
    assert {Subject("rows", NAME, (name,)) for name in ("min_rows", "max_rows", "growth", "freshness")} <= set(
        verdict.unseen
    )


def test_a_table_whose_silence_nobody_wants_to_hear_of_may_be_silent() -> None:
    looks = Looks(terms=Terms(paced=False))
    looks.every = timedelta(hours=1)
    for hour in range(24 * 22):
        looks(table(hour + 1))
    assert all(looks(table(24 * 22)).findings == () for _ in range(12))
