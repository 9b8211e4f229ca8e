"""Times as a person reads them in a verdict."""

from datetime import UTC, datetime, timedelta

_TEN = 10
_UNITS = ((timedelta(days=1), "d"), (timedelta(hours=1), "h"), (timedelta(minutes=1), "min"))


def moment(at: datetime) -> str:
    """`2025-11-17 14:31:02 UTC`."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def clock(at: datetime, now: datetime) -> str:
    """`14:31 UTC` of today, else with its day."""
    at, now = at.astimezone(UTC), now.astimezone(UTC)
    return f"{at:%H:%M} UTC" if at.date() == now.date() else f"{at:%Y-%m-%d %H:%M} UTC"


def span(time: timedelta) -> str:
    """In the largest unit of which there are two, with one digit more below ten: `90 min`, `2.5 h`, `3 d`, `45 s`."""
    for unit, name in _UNITS:
        if time >= 2 * unit or time == unit:
            count = time / unit
            return f"{round(count, 1 if count < _TEN else None):g} {name}"
    return f"{time.total_seconds():.0f} s"
