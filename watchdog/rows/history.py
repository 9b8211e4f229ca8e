"""What a table's readings were, span by span."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

FIVE_MINUTES = timedelta(minutes=5)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

# Span -> how long its points are kept, finest first.
KEPT: Mapping[timedelta, timedelta] = {
    FIVE_MINUTES: timedelta(hours=12),
    HOUR: timedelta(weeks=6),
    DAY: timedelta(days=2 * 365),
}


class Point(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One table's readings in one span of time. A span in which nothing moved has no point: what was before it holds.

    Attributes:
        at: when the span began, UTC; of a single reading, when it was read.
        rows: the last reading in it.
        low: the lowest.
        high: the highest.
        inserted: rows that came in it, as far as the statistics told.
        deleted: rows that went in it, likewise.
    """

    at: datetime
    rows: int
    low: int
    high: int
    inserted: int = 0
    deleted: int = 0
