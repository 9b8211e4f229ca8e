"""What a mark says beside an earlier one."""

from datetime import UTC, datetime

import pytest

from watchdog.schema.gate import Mark, distrust, moved

START = datetime(2026, 11, 30, tzinfo=UTC)
LATER = datetime(2026, 12, 1, tzinfo=UTC)


def mark(epoch: datetime = START, why: str = "", **catalogs: tuple[int, ...]) -> Mark:
    return Mark(epoch=(epoch,), catalogs=catalogs, distrust=why)


def test_what_differs_has_moved_and_what_came_or_went_too() -> None:
    before = mark(pg_class=(1, 2, 3), pg_proc=(4, 5, 6), pg_old=(0, 0, 0))
    now = mark(pg_class=(1, 2, 3), pg_proc=(4, 5, 7), pg_new=(0, 0, 0))
    assert moved(before, now) == frozenset({"pg_proc", "pg_old", "pg_new"})
    assert moved(now, now) == frozenset()


def test_a_mark_that_could_not_be_made_says_nothing() -> None:
    assert moved(mark(), mark()) is None


@pytest.mark.parametrize("before", [None, mark(LATER, pg_class=(1,)), mark(why="track_counts is off", pg_class=(1,))])
def test_numbers_of_another_epoch_or_another_kind_say_nothing(before: Mark | None) -> None:
    assert moved(before, mark(pg_class=(1,))) is None


def test_counters_are_trusted_where_they_arrive() -> None:
    assert distrust(15, in_recovery=False, is_counting=True, may_ask=True) == ""
    assert "standby" in distrust(18, in_recovery=True, is_counting=True, may_ask=True)
    assert "track_counts" in distrust(18, in_recovery=False, is_counting=False, may_ask=True)
    assert "execute" in distrust(18, in_recovery=False, is_counting=True, may_ask=False)
    assert "PostgreSQL 14" in distrust(14, in_recovery=False, is_counting=True, may_ask=True)
