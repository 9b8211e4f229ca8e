from datetime import timedelta

from tests.unit.rows.samples import START
from watchdog.rows.growth import WEEK, Pulse, beaten, began, longest_silence
from watchdog.rows.history import HOUR

MINUTE = timedelta(minutes=1)


def ran(gap: timedelta, weeks: float, odd: dict[int, timedelta] | None = None) -> Pulse:
    """A pulse of one row a gap, watched every ten minutes; the n-th gap may be another."""
    at, pulse, number = START, began(START), 0
    due = at + gap
    while at < START + weeks * WEEK:
        at += 10 * MINUTE
        grew = at >= due
        if grew:
            number += 1
            due = at + (odd or {}).get(number, gap)
        pulse = beaten(pulse, at, int(grew))
    return pulse


def test_an_even_pace_is_known_after_three_whole_weeks() -> None:
    assert longest_silence(ran(HOUR, 3.1)) == 2 * HOUR
    assert longest_silence(ran(HOUR, 2.9)) is None
    daily = longest_silence(ran(timedelta(days=1), 3.1))
    assert daily is not None
    assert timedelta(days=2) <= daily <= timedelta(days=2, hours=1)


def test_rows_by_the_minute_pause_for_an_hour_at_least() -> None:
    assert longest_silence(ran(10 * MINUTE, 3.1)) == 2 * HOUR


def test_a_table_that_rests_on_weekends_or_comes_seldom_has_no_pace() -> None:
    weekends = {number: timedelta(days=2) for number in range(120, 600, 120)}
    assert longest_silence(ran(HOUR, 3.1, weekends)) is None
    assert longest_silence(ran(timedelta(days=2), 5)) is None


def test_a_silence_that_was_told_is_no_habit_and_one_that_was_not_is() -> None:
    pulse = ran(HOUR, 3.1)
    at = pulse.grew_at + 5 * HOUR
    assert longest_silence(beaten(pulse, at, 1, trains=False)) == 2 * HOUR
    assert longest_silence(beaten(pulse, at, 1)) is None, "a pause of five hours between those of one is uneven"


def test_lost_statistics_neither_end_a_gap_nor_begin_the_silence_earlier() -> None:
    pulse = ran(HOUR, 3.1)
    at = pulse.grew_at + 5 * HOUR
    after = beaten(pulse, at, None)
    assert (after.grew_at, after.gap_at) == (at, at)
    assert longest_silence(beaten(after, at + HOUR, 3)) == 2 * HOUR


def test_weeks_without_a_look_teach_nothing() -> None:
    pulse = ran(HOUR, 3.1)
    assert longest_silence(beaten(pulse, pulse.grew_at + 5 * WEEK, 1)) is None
