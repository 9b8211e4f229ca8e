"""Health is the loop's, readiness is the databases'."""

from datetime import UTC, datetime, timedelta

import pytest

from watchdog.status import CheckName, CheckResult, Outcome, StatusBoard
from watchdog.web.health import health, readiness

NOW = datetime(2025, 11, 17, 14, 31, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("age", "healthy"), [(0.0, True), (9.9, True), (10.0, False), (3600.0, False), (-1.0, False), (-3600.0, False)]
)
def test_a_loop_that_has_not_turned_over_for_ten_seconds_is_not_healthy(*, age: float, healthy: bool) -> None:
    state = health(NOW - timedelta(seconds=age), NOW)

    assert (state.healthy, state.beat_age_seconds) == (healthy, age)
    assert (state.reason is None) == healthy


def test_a_loop_that_never_turned_over_is_not_healthy() -> None:
    assert health(None, NOW).healthy is False


def looked(check: CheckName, outcome: Outcome, age: float, reason: str | None = None) -> CheckResult:
    at = NOW - timedelta(seconds=age)
    return CheckResult(
        database="production", check=check, checked_at=at, duration_seconds=0.1, outcome=outcome, reason=reason
    )


def board(*results: CheckResult) -> StatusBoard:
    made = StatusBoard()
    made.watch("production", {"probe": 5.0, "schema": 300.0, "rows": 60.0})
    for result in results:
        made.record(result)
    return made


def test_nothing_is_ready_before_any_database_is_watched() -> None:
    assert readiness([], NOW).ready is False


def test_drift_is_a_conclusion_so_a_database_with_findings_is_ready() -> None:
    made = board(looked("schema", "drift", 780), looked("rows", "ok", 180))

    assert readiness(list(made.databases.values()), NOW).ready is True


def test_a_conclusion_of_the_future_is_none_for_the_clock_was_set_back_since() -> None:
    made = board(looked("schema", "ok", -1), looked("rows", "ok", 0))

    [late] = readiness(list(made.databases.values()), NOW).overdue
    assert late.check == "schema"


def test_the_probe_alone_neither_makes_ready_nor_unready() -> None:
    ready = board(looked("probe", "unverified", 0), looked("schema", "ok", 0), looked("rows", "ok", 0))
    unready = board(looked("probe", "ok", 0))

    assert readiness(list(ready.databases.values()), NOW).ready is True
    assert readiness(list(unready.databases.values()), NOW).ready is False


def test_readiness_names_which_check_of_which_database_and_since_when() -> None:
    made = board(looked("schema", "ok", 781), looked("schema", "unverified", 1, "a lock"), looked("rows", "ok", 0))

    state = readiness(list(made.databases.values()), NOW)

    assert state.ready is False
    assert [(late.database, late.check, late.last_success_at) for late in state.overdue] == [
        ("production", "schema", NOW - timedelta(seconds=781))
    ]
    assert state.reason == "production: schema: no conclusive look since 2025-11-17 14:18:01 UTC: a lock"
