"""When a letter is due that is sent by a cron expression: once for each of its times, whatever happens in between."""

from datetime import UTC, datetime, timedelta, tzinfo

import msgspec

from watchdog.cron import Window

# A time that was missed, as nothing ran then, is made up for so long.
MADE_UP_FOR = timedelta(hours=6)
# A letter for a time that is further ahead was sent by a clock that was wrong.
CLOCK_SET_BACK_BY = timedelta(days=2)
_CRON_COUNTS_IN = timedelta(minutes=1)


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done now.

    Attributes:
        due: the time whose letter is to be sent; None for none.
        last: what to remember as the time of the last letter; None to leave it.
        missed: a time that had no letter, for which it is too late now.
    """

    due: datetime | None = None
    last: datetime | None = None
    missed: datetime | None = None


def turn(times: Window, last: datetime | None, now: datetime, zone: tzinfo = UTC) -> Turn:
    """What is to be done now.

    A clock that was set back brings times again that had their letter: these are let pass. Only where the clock was
    so wrong that several times would pass without a letter, it begins anew.

    Args:
        times: each is open as long as it is made up for.
        last: the time that had the last letter, UTC; None when none had: then they begin with the next.
        now: UTC.
        zone: that of the times: an hour that comes twice, when its clocks are set back, has its letter once.
    """
    if last is None:
        return Turn(last=now)
    if last > now:
        earlier = times.opened(now, last - _CRON_COUNTS_IN)
        is_wrong = last - now > CLOCK_SET_BACK_BY and earlier is not None and earlier > now
        return Turn(last=now) if is_wrong else Turn()
    latest = times.opened(last, now)
    if latest is None or latest <= last:
        return Turn()
    if latest.astimezone(zone).replace(tzinfo=None) == last.astimezone(zone).replace(tzinfo=None):
        return Turn(last=latest)
    return Turn(due=latest, last=latest) if now - latest <= times.lasts else Turn(last=now, missed=latest)
