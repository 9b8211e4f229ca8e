"""Each time of a schedule has one letter: not two, and none that comes a day late."""

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchdog.alerts.calendar import MADE_UP_FOR, Turn, turn
from watchdog.cron import Window, starts

NINE = datetime(2025, 11, 17, 9, 0, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
DAILY = Window(starts=starts("0 9 * * *"), lasts=MADE_UP_FOR)
WEEKLY = Window(starts=starts("0 9 * * 1"), lasts=MADE_UP_FOR)


def sent(times: Window, clock: list[datetime], last: datetime | None, zone: tzinfo = UTC) -> list[datetime]:
    """The times that had letters, as the clock shows one moment after the other."""
    found = []
    for now in clock:
        now_due = turn(times, last, now, zone)
        found += [now_due.due] if now_due.due else []
        last = now_due.last or last
    return found


def every(step: timedelta, start: datetime, end: datetime) -> list[datetime]:
    return [start + step * number for number in range(int((end - start) / step) + 1)]


def test_the_first_letter_is_that_of_the_next_time_and_not_of_one_before_the_first_start() -> None:
    assert turn(DAILY, None, NINE + HOUR) == Turn(last=NINE + HOUR)
    assert sent(DAILY, every(HOUR / 2, NINE + HOUR, NINE + 3 * DAY), None) == [NINE + n * DAY for n in (1, 2, 3)]


def test_each_time_has_one_letter_however_often_it_is_asked() -> None:
    clock = every(30 * MINUTE / 60, NINE - HOUR, NINE + HOUR)
    assert sent(DAILY, clock, NINE - DAY) == [NINE]


@pytest.mark.parametrize("late", [timedelta(0), MINUTE, 5 * HOUR, MADE_UP_FOR])
def test_a_time_that_was_missed_is_made_up_once_within_hours(late: timedelta) -> None:
    assert sent(DAILY, [NINE + late, NINE + late, NINE + late + MINUTE], NINE - DAY) == [NINE]


def test_what_is_missed_for_longer_is_said_to_be_missed_once_and_the_next_time_has_its_letter() -> None:
    late = NINE + MADE_UP_FOR + timedelta(seconds=1)
    assert turn(DAILY, NINE - 10 * DAY, late) == Turn(last=late, missed=NINE)
    assert turn(DAILY, late, late + MINUTE) == Turn()
    assert sent(DAILY, every(HOUR, late, late + DAY), NINE - 10 * DAY) == [NINE + DAY]


def test_of_many_times_that_were_missed_only_the_latest_is_made_up() -> None:
    often = Window(starts=starts("*/5 * * * *"), lasts=MADE_UP_FOR)
    assert sent(often, [NINE + 2 * MINUTE] * 3, NINE - 30 * DAY) == [NINE]


@pytest.mark.parametrize("back", [MINUTE, HOUR, DAY, 30 * HOUR])
def test_a_clock_that_is_set_back_sends_nothing_twice(back: timedelta) -> None:
    just_after = NINE + MINUTE
    clock = [just_after, *every(10 * MINUTE, just_after - back, just_after + DAY)]
    assert sent(DAILY, clock, NINE - DAY) == [NINE, NINE + DAY]


def test_a_weeks_letter_that_was_sent_days_too_early_by_a_wrong_clock_is_not_sent_again() -> None:
    clock = [NINE + MINUTE, *every(HOUR, NINE - 6 * DAY, NINE + 7 * DAY)]
    assert sent(WEEKLY, clock, NINE - 7 * DAY) == [NINE, NINE + 7 * DAY]


def test_a_clock_that_was_a_year_ahead_keeps_back_no_letters_for_a_year() -> None:
    clock = [NINE + 365 * DAY, *every(HOUR, NINE + HOUR, NINE + 2 * DAY)]
    assert sent(DAILY, clock, NINE) == [NINE + 365 * DAY, NINE + DAY, NINE + 2 * DAY]


@pytest.mark.parametrize(
    ("day", "times"),
    [
        # In the night of 2025-10-26 the hour from 2 to 3 comes twice, in that of 2026-03-29 it does not come.
        (datetime(2025, 10, 25, tzinfo=UTC), ["25 00:30", "26 00:30", "27 01:30"]),
        (datetime(2026, 3, 28, tzinfo=UTC), ["28 01:30", "29 00:30", "30 00:30"]),
    ],
)
def test_a_night_in_which_the_clocks_change_has_one_letter(day: datetime, times: list[str]) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    nights = Window(starts=starts("30 2 * * *", berlin), lasts=MADE_UP_FOR)
    clock = every(10 * MINUTE, day, day + 3 * DAY - HOUR)
    assert [f"{each:%d %H:%M}" for each in sent(nights, clock, day, berlin)] == times


@given(st.lists(st.integers(0, 20 * 24 * 60), max_size=60).map(sorted), st.booleans())
def test_while_the_clock_only_goes_on_no_time_has_two_letters_and_none_is_late(
    minutes: list[int], weekly: bool
) -> None:
    times = WEEKLY if weekly else DAILY
    last: datetime | None = NINE - DAY
    found: list[datetime] = []
    for now in (NINE + number * MINUTE for number in minutes):
        result = turn(times, last, now)
        last = result.last or last
        if result.due is not None:
            assert timedelta(0) <= now - result.due <= MADE_UP_FOR
            found.append(result.due)
    assert found == sorted(set(found))
