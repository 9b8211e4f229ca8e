"""A trend in one word of text."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from watchdog.rows.history import Point

BARS = "▁▂▃▄▅▆▇█"


def sparkline(points: Sequence[Point], now: datetime, span: timedelta, count: int) -> str:
    """The last `count` spans of a history, a bar each from the lowest to the highest; blank where nothing is known.

    Args:
        points: oldest first, each holding until the next.
        now: in the last of the spans, UTC.
        span: how long each is.
        count: how many.
    """
    begin = now - (count - 1) * span
    rows: list[int | None] = []
    known = None
    rest = list(points)
    for number in range(count):
        while rest and rest[0].at <= begin + number * span:
            known = rest.pop(0).rows
        rows.append(known)
    there = [each for each in rows if each is not None]
    low, high = min(there, default=0), max(there, default=0)
    middle = BARS[len(BARS) // 2 - 1]
    return "".join(
        " " if each is None else middle if low == high else BARS[(each - low) * (len(BARS) - 1) // (high - low)]
        for each in rows
    )
