from datetime import UTC, datetime

import pytest

from tests.unit.doctor.samples import SOUND, only, wrong
from watchdog.doctor.facts import Replica, Wanted
from watchdog.doctor.line import Level


@pytest.mark.parametrize(
    ("version_num", "level", "what"),
    [
        (120020, Level.FAULT, "PostgreSQL 12.20 is older than 13"),
        (130022, Level.NOTE, "PostgreSQL 13.22, which ended on 2025-11-13"),
        (140019, None, ""),
        (190000, Level.WARNING, "PostgreSQL 19.0 is newer than 18"),
    ],
)
def test_only_what_is_watched_and_still_mended_is_without_a_word(
    version_num: int, level: Level | None, what: str
) -> None:
    assert [(line.level, line.what) for line in wrong(version_num=version_num)] == ([(level, what)] if level else [])


def test_an_end_that_is_near_is_told() -> None:
    line = only(version_num=140019, now=datetime(2026, 6, 1, tzinfo=UTC), clock=SOUND.clock)
    assert line.what == "PostgreSQL 14.19, which ends on 2026-11-12"


@pytest.mark.parametrize(
    ("setting", "value", "level"),
    [
        ("track_counts", "off", Level.FAULT),
        ("autovacuum", "off", Level.WARNING),
        ("track_activities", "off", Level.NOTE),
        ("log_statement", "all", Level.NOTE),
        ("log_min_duration_statement", "0", Level.NOTE),
        ("idle_session_timeout", "30000", Level.NOTE),
        ("idle_session_timeout", "0", None),
        ("log_statement", "ddl", None),
    ],
)
def test_a_setting_that_matters_is_told(setting: str, value: str, level: Level | None) -> None:
    lines = wrong(settings={**SOUND.settings, setting: value})
    assert [(line.check, line.level) for line in lines] == ([("settings", level)] if level else [])


def test_a_standby_is_told_with_its_lag_and_its_feedback() -> None:
    standby, feedback, lag = wrong(
        in_recovery=True, lag_seconds=61.0, settings={**SOUND.settings, "hot_standby_feedback": "off"}
    )
    assert standby.what == "this server is a standby"
    assert (feedback.level, lag.what) == (Level.NOTE, "it is 61 s behind its primary")
    assert len(wrong(in_recovery=True, lag_seconds=59.0)) == 1


def test_a_replica_that_cannot_count_is_told() -> None:
    assert wrong(replica=Replica(to=" to r/milo")) == []
    line = only(replica=Replica(to=" to r/milo", fault="the replica is of another cluster (see its address)"))
    assert line.what == "the replica that counts to r/milo cannot: the replica is of another cluster (see its address)"


@pytest.mark.parametrize(
    ("changed", "few"),
    [
        ({"used": 95}, False),
        ({"used": 96}, True),
        ({"used": 10, "database_limit": 12, "database_used": 10}, False),
        ({"used": 10, "database_limit": 12, "database_used": 11}, True),
        ({"used": 10, "database_limit": 0}, True),
    ],
)
def test_connections_that_run_short_are_told(changed: dict[str, int], *, few: bool) -> None:
    assert [line.check for line in wrong(**changed)] == (["connections"] if few else [])


def test_those_that_are_reserved_from_16_on_are_not_there_for_us() -> None:
    settings = {**SOUND.settings, "reserved_connections": "87"}
    assert wrong(Wanted(), settings={**SOUND.settings, "reserved_connections": "85"}) == []
    assert only(settings=settings).what == "10 of 100 are in use, 90 are reserved; the watchdog takes 1 connection"
