from datetime import timedelta

import pytest

from tests.unit.queries.samples import NOON, ran, refused, written
from watchdog.queries import memory
from watchdog.queries.memory import Known, remembered
from watchdog.queries.plan import PLANS, Plan

SQL = "SELECT a FROM t"
BROKEN = refused("42703", SQL, "a")
LATER = Plan(verdict="unanswered", words="locked")
HOUR = timedelta(hours=1)


def of(before: Known | None, calls: int, plan: Plan) -> Known:
    statement = ran(SQL, calls)
    known = {statement.digest: before} if before else {}
    return remembered(known, [(statement, plan)], NOON, all_asked=True)[statement.digest]


def test_when_it_planned_last_is_kept_through_refusals_and_silence() -> None:
    planned = of(None, 5, PLANS)
    assert planned == Known(planned_at=NOON, calls=5)
    earlier = Known(planned_at=NOON - HOUR, calls=5)
    assert of(earlier, 5, BROKEN).planned_at == of(earlier, 5, LATER).planned_at == NOON - HOUR
    assert of(earlier, 5, PLANS).planned_at == NOON
    assert of(None, 5, BROKEN).planned_at is None


def test_when_it_was_seen_to_run_is_when_its_calls_had_grown() -> None:
    assert of(None, 5, PLANS).ran_at is None, "how long ago nobody knows"
    earlier = Known(planned_at=NOON - HOUR, calls=5, ran_at=NOON - HOUR)
    assert of(earlier, 6, BROKEN) == Known(planned_at=NOON - HOUR, calls=6, ran_at=NOON)
    assert of(earlier, 5, BROKEN).ran_at == NOON - HOUR
    # The server's counters were reset, and it ran since.
    assert of(earlier, 2, BROKEN).ran_at == NOON


def test_statements_of_sources_are_not_remembered_and_others_are_forgotten_as_the_server_did() -> None:
    gone = {ran("SELECT gone").digest: Known(planned_at=NOON)}
    asked = [(written(SQL), PLANS), (ran("SELECT b"), PLANS)]
    assert set(remembered(gone, asked, NOON, all_asked=True)) == {ran("SELECT b").digest}


def test_what_others_overtook_is_remembered_as_long_as_not_all_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    beyond = Known(planned_at=NOON - HOUR, calls=3)
    before = {ran(f"SELECT {number}").digest: beyond for number in range(3)}
    asked = [(ran("SELECT 0"), PLANS), (ran("SELECT new"), PLANS)]
    found = remembered(before, asked, NOON, all_asked=False)
    assert found[ran("SELECT 1").digest] == found[ran("SELECT 2").digest] == beyond
    assert found[ran("SELECT 0").digest].planned_at == NOON
    monkeypatch.setattr(memory, "MOST_KEPT", 3)
    kept = remembered(before, asked, NOON, all_asked=False)
    assert set(kept) == {ran(f"SELECT {each}").digest for each in (0, 2, "new")}
