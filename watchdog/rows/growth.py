"""When rows came last, and whether they have stopped coming."""

from datetime import datetime, timedelta

import msgspec

from watchdog.rows.history import HOUR

WEEK = timedelta(weeks=1)
# How many whole weeks a table must have kept its pace before its silence means something.
WEEKS = 3
# Once a day, but for one at the week's edge: what comes more seldom has no pace that three weeks could show.
_LEAST_A_WEEK = 6


class Pace(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """How rows came in one week: gaps of less than an hour count as one.

    Attributes:
        began: of the week, UTC.
        gaps: how many.
        longest: of them, in seconds.
    """

    began: datetime
    gaps: int
    longest: float


class Pulse(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """When rows came, as far as the statistics told.

    Attributes:
        grew_at: the last look that saw new rows, UTC; at first the first look of all.
        gap_at: where the gap that is being measured began.
        weeks: the whole weeks before this one, and this one as the last.
    """

    grew_at: datetime
    gap_at: datetime
    weeks: tuple[Pace, ...]


def began(at: datetime) -> Pulse:
    """At first sight nothing is known of the time before."""
    return Pulse(grew_at=at, gap_at=at, weeks=(Pace(at, 0, 0.0),))


def beaten(pulse: Pulse, at: datetime, inserted: int | None, *, trains: bool = True) -> Pulse:
    """The pulse after a look.

    Args:
        pulse: before it.
        at: its time, UTC.
        inserted: rows since the look before; None when the statistics do not tell, which ends no gap and begins one.
        trains: False when a silence that was told ends: it was no habit.
    """
    week = pulse.weeks[-1]
    weeks = pulse.weeks
    if at - week.began >= WEEK:
        whole = (at - week.began) // WEEK
        # Weeks without a look are no weeks of silence: what was learned before them is too old.
        weeks = (*(weeks if whole == 1 else ()), Pace(week.began + whole * WEEK, 0, 0.0))[-WEEKS - 1 :]
    if inserted is None:
        return msgspec.structs.replace(pulse, grew_at=at, gap_at=at, weeks=weeks)
    if inserted <= 0:
        return msgspec.structs.replace(pulse, weeks=weeks)
    gap = at - pulse.gap_at
    if gap < HOUR:
        return msgspec.structs.replace(pulse, grew_at=at, weeks=weeks)
    if trains:
        now = weeks[-1]
        weeks = (*weeks[:-1], Pace(now.began, now.gaps + 1, max(now.longest, gap.total_seconds())))
    return Pulse(grew_at=at, gap_at=at, weeks=weeks)


def longest_silence(pulse: Pulse) -> timedelta | None:
    """How long the table may be without a new row, by what it does itself: twice its longest gap in three weeks.

    None when it has no even pace: of a table that is written on workdays, or by chance, silence says nothing.
    """
    whole = pulse.weeks[:-1]
    if len(whole) < WEEKS or min(pace.gaps for pace in whole) < _LEAST_A_WEEK:
        return None
    mean = WEEKS * WEEK / sum(pace.gaps for pace in whole)
    longest = timedelta(seconds=max(pace.longest for pace in pulse.weeks))
    return 2 * longest if longest <= 2 * mean else None
