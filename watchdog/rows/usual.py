"""What a table's history says of a fall: whether it does so by itself, at this hour."""

import math
import statistics
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from watchdog.rows.history import HOUR, KEPT, Point

DAY, WEEK = 24, 7 * 24
# For a table that does the same every week, three of them are the least that tells a habit from a chance.
LEARNED = timedelta(weeks=3)

# The same hour in the past: period in hours -> how many of them are asked, and how few are no answer.
_STRATA = {1: (24, 14), DAY: (14, 7), WEEK: (6, 3)}
# A normal distribution's deviation is 1.4826 times its median absolute deviation; four of them are left alone, and
# always what differs by a seventh, as few samples show less spread than there is.
_BAND = 4 * 1.4826
_LEAST_BAND = 0.15
_MOST_OF_IT = 0.9
# What falls on so many days of three weeks, at so many different hours, falls as it pleases.
_RESTLESS_DAYS, _RESTLESS_HOURS = 10, 4


class Break(msgspec.Struct, frozen=True, array_like=True):
    """A drop that a person accepted: from when to when it was open, and from how many rows it fell."""

    opened: datetime
    over: datetime
    rows: int


class Usual(msgspec.Struct, frozen=True, kw_only=True):
    """How deep a fall is nothing new at this hour, as a logarithm of the ratio: -0.69 is by half.

    Attributes:
        quick: within an hour.
        slow: from the highest of a week; None while less than three weeks are known.
        gone: rows that went in an hour, whatever took them, on average of the hours before the fall; None while less
            than a day of them is known.
    """

    quick: float = 0.0
    slow: float | None = None
    gone: float | None = None


class _Hour(msgspec.Struct, frozen=True):
    fall: float
    depth: float
    gone: int
    learned: bool


def ratio(rows: int, before: int) -> float:
    """The logarithm of a ratio. What is left of a hundredth is as good as nothing, so it is never below -4.6."""
    least = max(before / 100, 1)
    return math.log((rows + least) / (before + least))


def usual(points: Sequence[Point], now: datetime, since: datetime, breaks: Iterable[Break] = ()) -> Usual:
    """What the hours before this one tell; the present hour is not asked about itself.

    Median and median absolute deviation, because what one hour did wrong must not move the band that judges it.

    Args:
        points: of one table, an hour each, oldest first; an hour without one stood as the one before.
        now: the time of the fall.
        since: when the table last stood at the height that it fell from.
        breaks: drops that a person has accepted; they were meant, and are no habit.
    """
    hours = tuple(_hours(points, now, tuple(breaks)))
    learned = len(hours) * HOUR >= LEARNED
    before_the_fall = hours[: max(len(hours) - math.ceil((now - since) / HOUR), 0)]
    falls = [hour.fall if hour.learned else None for hour in hours]
    depths = [hour.depth if hour.learned else None for hour in hours]
    # Hours of all kinds together make a wide band: it is for the days before the same hour has been seen often enough.
    quick = list(_bands(falls, (DAY, WEEK))) or list(_bands(falls, (1,)))
    return Usual(
        quick=min((*quick, _restless(hours))),
        slow=min((0.0, *_bands(depths, (DAY, WEEK)))) if learned else None,
        gone=statistics.fmean(hour.gone for hour in before_the_fall) if len(before_the_fall) >= DAY else None,
    )


def _hours(points: Sequence[Point], now: datetime, breaks: Sequence[Break]) -> Iterator[_Hour]:
    """One value an hour, from the first point to the hour before `now`; only of the last six weeks."""
    end = _whole(now)
    begin = max(_whole(points[0].at), end - KEPT[HOUR]) if points else end
    by_hour = {(_whole(point.at) - begin) // HOUR: point for point in points}
    rows = next((point.rows for point in reversed(points) if point.at < begin), None)
    # Never rising, so what a higher one outdoes is at the end, and what is too old at the beginning.
    highs: deque[tuple[int, int]] = deque()
    for hour in range((end - begin) // HOUR):
        point = by_hour.get(hour)
        if point is None:
            low = high = last = rows or 0
        else:
            low, high, last = point.low, point.high, point.rows
        before = high if rows is None else rows
        at = begin + hour * HOUR if breaks else begin
        if breaks and any(at - HOUR < each.over <= at for each in breaks):
            highs.clear()
        while highs and highs[-1][1] <= high:
            highs.pop()
        while highs and hour - highs[0][0] >= WEEK:
            highs.popleft()
        highs.append((hour, max(high, before)))
        came, went = (point.inserted, point.deleted) if point and rows is not None else (0, 0)
        # A TRUNCATE deletes nothing, but what came and is not there has gone.
        gone = max(went, came - (last - before), 0)
        yield _Hour(
            _fall(before, point, gone) if point else 0.0,
            ratio(low, highs[0][1]),
            gone,
            not (breaks and any(_whole(each.opened) <= at <= each.over for each in breaks)),
        )
        rows = last


def _fall(before: int, point: Point, gone: int) -> float:
    """How deep the table fell in an hour. Whether its lowest came before its highest, only what has gone can tell."""
    high = max(point.high, before)
    if gone >= _MOST_OF_IT * (high - point.low):
        return ratio(point.low, high)
    return min(ratio(point.low, max(before, point.low)), ratio(point.rows, point.high))


def _bands(values: Sequence[float | None], periods: Iterable[int]) -> Iterator[float]:
    """The lower edge of each period's band, where there are enough samples."""
    for period in periods:
        most, least = _STRATA[period]
        # A job that is late, and a clock that is put forward or back, move a habit by an hour.
        near = (1, 0, -1) if period > 1 else (0,)
        places = (len(values) - period * number for number in range(1, most + 1) if period * number <= len(values))
        around = ([values[place + by] for by in near if 0 <= place + by < len(values)] for place in places)
        sample = [min(each) for each in ([value for value in one if value is not None] for one in around) if each]
        if len(sample) >= least:
            yield _edge(sample)


def _edge(sample: Sequence[float]) -> float:
    """The lower edge of what such samples leave room for."""
    middle = statistics.median(sample)
    return middle - max(_BAND * statistics.median(abs(value - middle) for value in sample), _LEAST_BAND)


def _restless(hours: Sequence[_Hour]) -> float:
    """How deep the table falls at any hour of most days; 0 when it does not."""
    recent = hours[-3 * WEEK :]
    deepest = sorted(
        min((hour.fall, index % DAY) for index, hour in enumerate(recent[day : day + DAY], day) if hour.learned)
        for day in range(0, len(recent), DAY)
        if any(hour.learned for hour in recent[day : day + DAY])
    )
    most = deepest[:_RESTLESS_DAYS]
    if len(most) < _RESTLESS_DAYS or len({at for _, at in most}) < _RESTLESS_HOURS:
        return 0.0
    return min(most[-1][0], _edge([fall for fall, _ in deepest]))


def _whole(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
