from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watchdog.cron import Span, Window, starts, time_zone

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BERLIN = "Europe/Berlin"
# A Sunday.
BEGIN = datetime(2026, 11, 1, tzinfo=UTC)


def window(expression: str, lasts: timedelta = HOUR, zone: str = "UTC") -> Window:
    return Window(starts=starts(expression, time_zone(zone)), lasts=lasts)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def began(expression: str, begin: datetime, days: int, zone: str = "UTC") -> list[datetime]:
    """Every time at which a window opens in so many days, asked for each quarter of an hour."""
    made, quarter = window(expression, timedelta(0), zone), timedelta(minutes=15)
    asked = (made.opened(at, at) for at in (begin + n * quarter for n in range(days * 24 * 4)))
    return [at for at in asked if at is not None]


@pytest.mark.parametrize(
    ("weekdays", "expected"),
    [
        ("0", "Sun"),
        ("7", "Sun"),
        ("1", "Mon"),
        ("6", "Sat"),
        ("sun", "Sun"),
        ("SAT", "Sat"),
        ("1-5", "Mon Tue Wed Thu Fri"),
        ("mon-fri", "Mon Tue Wed Thu Fri"),
        ("0-2", "Sun Mon Tue"),
        ("5-7", "Sun Fri Sat"),
        ("fri-sun", "Sun Fri Sat"),
        ("sat-0", "Sun Sat"),
        ("*", "Sun Mon Tue Wed Thu Fri Sat"),
        ("*/2", "Sun Tue Thu Sat"),
        ("1-5/2", "Mon Wed Fri"),
        ("mon-fri/2", "Mon Wed Fri"),
        ("0,3,wed,7", "Sun Wed"),
    ],
)
def test_days_of_the_week_are_cron_s(weekdays: str, expected: str) -> None:
    days = [at.strftime("%a") for at in began(f"0 3 * * {weekdays}", BEGIN, 7)]
    assert " ".join(days) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("0 * * * *", [f"2026-11-01T{hour:02}:00" for hour in range(24)]),
        ("*/30 3 * * *", ["2026-11-01T03:00", "2026-11-01T03:30"]),
        ("15,45 3-4 1 11 *", ["2026-11-01T03:15", "2026-11-01T03:45", "2026-11-01T04:15", "2026-11-01T04:45"]),
        ("  0   0  1 SEP-nov/2\t* ", ["2026-11-01T00:00"]),
        ("0 0 * sep-dec/3 *", []),
    ],
)
def test_a_window_opens_when_cron_would_start_its_job(expression: str, expected: list[str]) -> None:
    assert began(expression, BEGIN, 1) == [utc(each) for each in expected]


def test_days_of_the_month_and_of_the_week_are_both_meant_unless_one_begins_with_a_star() -> None:
    assert [at.day for at in began("0 0 3,4 * 2", BEGIN, 11)] == [3, 4, 10]
    assert [at.day for at in began("0 0 */3 * 2", BEGIN, 11)] == [10]
    assert [at.day for at in began("0 0 3,4 * */2", BEGIN, 11)] == [3]
    assert [at.day for at in began("0 0 31 11 1", BEGIN, 10)] == [2, 9]


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("0 * * *", r"has 4 fields, but cron has five: minute hour day-of-month month day-of-week$"),
        ("", r"has 0 fields"),
        ("0 0 * * * *", r"has 6 fields"),
        ("@hourly", r"has 1 fields"),
        ("x * * * *", r"its minute is x, but cron knows only numbers"),
        ("0 0 last * *", r"its day is last"),
        ("0 0 ? * *", r"its day is \?"),
        ("0 0 * may-janx *", r"its month is 5-janx"),
        ("0 0 * * mondays", r"its day of week is mondays, but cron knows only 0 to 7, sun to sat"),
        ("0 0 * * 8", r"its day of week is 8"),
        ("0 0 * * 5-2", r"its day of week is 5-2, where a range ends before it begins"),
        ("0 0 * * 1/2", r"its day of week is 1/2"),
        ("60 * * * *", r"its minute is 60, but the last value \(60\) is higher than the maximum value \(59\)$"),
        ("0 24 * * *", r"its hour is 24, but .* higher than the maximum value \(23\)"),
        ("0 0 0 * *", r"its day is 0, but .* lower than the minimum value \(1\)"),
        ("0 0 * 13 *", r"its month is 13, but .* higher than the maximum value \(12\)"),
        ("5-1 * * * *", r"its minute is 5-1, but .* minimum value in a range must not be higher"),
        ("*/0 * * * *", r"its minute is \*/0, but Increment must be higher than 0"),
        (", * * * *", r'its minute is ,, but Unrecognized expression ""'),
        ("0 0 30 2 *", r"never comes: no month that it names has such a day$"),
        ("0 0 31 4,6,9,11 *", r"never comes"),
    ],
)
def test_what_is_no_cron_expression_is_refused_in_words(expression: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        starts(expression)


def test_the_leap_day_comes() -> None:
    made = window("0 0 29 2 *")
    assert made.opened(utc("2026-11-01"), utc("2028-02-29T00:30")) == utc("2028-02-29")
    assert made.opened(utc("2026-11-01"), utc("2028-02-28T23:59")) is None


def test_a_window_is_open_at_both_its_ends_and_between_but_not_beside_them() -> None:
    made = window("0 3 * * *")
    three, tick = utc("2026-11-01T03:00"), timedelta(microseconds=1)
    assert made.opened(three - HOUR, three - tick) is None
    for since, until in (
        (-HOUR, 0 * HOUR),
        (0 * HOUR, 0 * HOUR),
        (MINUTE, 2 * MINUTE),
        (HOUR, HOUR),
        (-HOUR, 9 * HOUR),
    ):
        assert made.opened(three + since, three + until) == three
    assert made.opened(three + HOUR + tick, three + DAY - tick) is None


def test_of_several_windows_the_latest_counts() -> None:
    made = window("*/10 * * * *", 365 * DAY)
    assert made.opened(BEGIN, BEGIN + 29 * MINUTE) == BEGIN + 20 * MINUTE
    assert made.opened(BEGIN - 300 * DAY, BEGIN - MINUTE) == BEGIN - 10 * MINUTE


FIELDS = st.tuples(
    st.sampled_from(["*", "*/7", "0", "13,47", "50-55"]),
    st.sampled_from(["*", "*/5", "0", "2", "1-3", "23"]),
    st.sampled_from(["*", "1", "10-20/3", "29,31"]),
    st.sampled_from(["*", "1", "3", "10-11"]),
    st.sampled_from(["*", "0", "mon-fri"]),
)


@settings(deadline=None)
@given(
    FIELDS,
    st.datetimes(utc("2026-03-27").replace(tzinfo=None), utc("2026-04-02").replace(tzinfo=None)),
    st.integers(0, 3 * 24 * 60),
    st.integers(0, 26 * 60),
)
def test_the_latest_is_the_one_that_one_finds_by_going_through_all(
    fields: tuple[str, ...], since: datetime, minutes: int, lasts: int
) -> None:
    since = since.replace(tzinfo=UTC)
    until = since + minutes * MINUTE
    trigger = starts(" ".join(fields))
    passed = []
    start = trigger.get_next_fire_time(None, since - lasts * MINUTE)
    while start is not None and start <= until:
        passed.append(start)
        start = trigger.get_next_fire_time(None, start + MINUTE)
    found = Window(starts=trigger, lasts=lasts * MINUTE).opened(since, until)
    assert found == (passed[-1] if passed else None)


def test_a_time_zone_is_followed_through_the_year() -> None:
    made = window("30 2 * * *", zone=BERLIN)
    assert made.opened(utc("2026-01-15T00:00"), utc("2026-01-15T12:00")) == utc("2026-01-15T01:30")
    assert made.opened(utc("2026-07-15T00:00"), utc("2026-07-15T12:00")) == utc("2026-07-15T00:30")


def test_a_job_that_is_due_while_the_clock_leaps_may_run_at_its_leap() -> None:
    """On 29 March 2026 there is no 02:30 in Berlin: 01:59 is followed by 03:00, at 01:00 UTC."""
    made = window("30 2 * * *", timedelta(minutes=10), BERLIN)
    early, last = utc("2026-03-29T00:30"), utc("2026-03-29T01:09")
    opened = [made.opened(at, at) for at in (early - MINUTE, early, utc("2026-03-29T01:00"), last, last + MINUTE)]
    assert opened == [None, early, early, early, None]
    assert made.opened(early - DAY, last) == made.opened(early, early + 12 * HOUR) == early
    assert made.opened(last, last + DAY) == utc("2026-03-30T00:30")


def test_a_job_that_is_due_in_the_hour_that_comes_twice_may_run_in_either() -> None:
    """On 25 October 2026 Berlin has 02:30 at 00:30 and at 01:30 UTC."""
    assert began("30 2 * * *", utc("2026-10-25"), 1, BERLIN) == [utc("2026-10-25T00:30"), utc("2026-10-25T01:30")]


def test_an_hourly_job_runs_each_hour_also_when_the_clock_is_moved() -> None:
    for day in ("2026-03-29", "2026-10-25"):
        assert began("0 * * * *", utc(day), 1, BERLIN) == [utc(day) + hour * HOUR for hour in range(24)]


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "Europe", "/etc/passwd", "Europe/Berlin\0", "é", "utc "])
def test_a_time_zone_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no time zone is called so"):
        time_zone(name)


def test_a_span_is_open_once_from_end_to_end() -> None:
    begin = BEGIN.astimezone(timezone(HOUR))
    span = Span(begin=begin, end=begin + HOUR)
    tick = timedelta(microseconds=1)
    asked = [
        (BEGIN - HOUR, BEGIN - tick),
        (BEGIN - HOUR, BEGIN),
        (BEGIN + HOUR, BEGIN + DAY),
        (BEGIN + HOUR + tick, BEGIN + DAY),
    ]
    assert [span.opened(since, until) for since, until in asked] == [None, BEGIN, BEGIN, None]
    opened = span.opened(BEGIN, BEGIN)
    assert opened is not None
    assert opened.tzinfo is UTC
