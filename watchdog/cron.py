"""Stretches of time that return by a cron expression, or come once."""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import msgspec
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger

_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY = r"[0-7]|" + "|".join(_DAYS)
_DAYS_PART = re.compile(rf"(?:\*|(?P<first>{_DAY})-(?P<last>{_DAY}))(?:/(?P<step>[1-7]))?|(?P<only>{_DAY})")
_MONTH = re.compile(rf"\b(?:{'|'.join(_MONTHS)})\b")
# What APScheduler takes beyond cron, such as `last`, it takes also where more follows, which it does not read.
_NUMBERS = re.compile(r"[0-9*,/-]+")
# A leap year, so it has every day that any year has.
_SOME_LEAP_YEAR = datetime(2000, 1, 1, tzinfo=UTC)
_CRON_COUNTS_IN = timedelta(minutes=1)


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """Opens again and again, each time for as long. What `starts` gives is of whole minutes, as cron's."""

    starts: BaseTrigger
    lasts: timedelta

    def opened(self, since: datetime, until: datetime) -> datetime | None:
        """When, in UTC, the latest window began that is open at some time between the two; None when none is.

        It is searched for by halving, so that a year of windows a minute apart costs 20 steps.
        """
        began = self._next(since - self.lasts)
        if began is None or began > until:
            return None
        low, high = began, until
        while high - low >= _CRON_COUNTS_IN:
            middle = low + (high - low) / 2
            later = self._next(middle)
            if later is None or later > until:
                high = middle
            else:
                began, low = later, max(middle, later)
        return began

    def _next(self, moment: datetime) -> datetime | None:
        """The first start from `moment` on, in UTC.

        A time that the clock leaps over is taken for the earlier of the two that it could mean. It is found until the
        leap, so such a window is open until `lasts` after it: some schedulers run then what was due in between.
        """
        start = self.starts.get_next_fire_time(None, moment)
        return None if start is None else min(start.astimezone(UTC), start.replace(fold=1).astimezone(UTC))


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """Opens once. Both ends know their offset from UTC."""

    begin: datetime
    end: datetime

    def opened(self, since: datetime, until: datetime) -> datetime | None:
        """As for a window that returns."""
        return self.begin.astimezone(UTC) if self.begin <= until and self.end >= since else None


def starts(expression: str, zone: tzinfo = UTC) -> BaseTrigger:
    """What tells the next time of a cron expression of five fields, as crontab(5) reads it.

    Raises:
        ValueError: it is none, or there is no such day in any year.
    """
    fields = expression.lower().split()
    if len(fields) != 5:  # noqa: PLR2004 as said
        raise ValueError(f"has {len(fields)} fields, but cron has five: minute hour day-of-month month day-of-week")
    minute, hour, day, month, weekday = fields
    month = _MONTH.sub(lambda name: str(_MONTHS.index(name[0]) + 1), month)
    for name, field in {"minute": minute, "hour": hour, "day": day, "month": month}.items():
        if not _NUMBERS.fullmatch(field):
            raise ValueError(f"its {name} is {field}, but cron knows only numbers and * , - / there")
        try:
            CronTrigger(**{name: field}, timezone=UTC)
        except ValueError as error:
            raise ValueError(f"its {name} is {field}, but {str(error).rpartition(': ')[2]}") from None
    weekdays = _weekdays(weekday)
    # cron's own oddity: days of both kinds are all meant, unless one of them begins with a star.
    is_either = not day.startswith("*") and not weekday.startswith("*")
    choices = [(day, "*"), ("*", weekdays)] if is_either else [(day, weekdays)]
    triggers = [
        CronTrigger(minute=minute, hour=hour, day=on, month=month, day_of_week=of, timezone=zone) for on, of in choices
    ]
    # One that never starts is searched for through all years to come, each time that it is asked.
    ever = [trigger for trigger in triggers if trigger.get_next_fire_time(None, _SOME_LEAP_YEAR) is not None]
    if not ever:
        raise ValueError("never comes: no month that it names has such a day")
    return ever[0] if len(ever) == 1 else OrTrigger(ever)


def time_zone(name: str) -> tzinfo:
    """A time zone by its name in the IANA database. Raises ValueError where there is none."""
    if name == "UTC":  # also where there is no such database
        return UTC
    try:
        return ZoneInfo(name)
    except (OSError, LookupError, ValueError):
        raise ValueError("no time zone is called so; the names are those such as UTC or Europe/Berlin") from None


def _weekdays(field: str) -> str:
    """By name, for APScheduler's 0 is Monday, and its weeks end on Sunday."""
    days: set[int] = set()
    for part in field.split(","):
        found = _DAYS_PART.fullmatch(part)
        if found is None:
            raise ValueError(f"its day of week is {field}, but cron knows only 0 to 7, sun to sat and * , - / there")
        first = _weekday(found["first"] or found["only"] or "0")
        last = _weekday(found["last"] or found["only"] or "6")
        if first > last == 0:  # Sunday is both ends of a week
            last = 7
        if first > last:
            raise ValueError(f"its day of week is {field}, where a range ends before it begins")
        days.update(range(first, last + 1, int(found["step"] or 1)))
    return ",".join(_DAYS[day % 7] for day in sorted(days))


def _weekday(text: str) -> int:
    return int(text) if text.isdigit() else _DAYS.index(text)
