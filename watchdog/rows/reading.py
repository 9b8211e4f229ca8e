"""What is known of a table's row count, and by which source."""

from datetime import datetime
from typing import Literal

import msgspec

Source = Literal["exact", "live", "planner", "unknown"]


class Counted(msgspec.Struct, frozen=True, gc=False):
    """All rows, counted one by one, and when, UTC."""

    rows: int
    at: datetime


class Reading(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One table's row count at one moment.

    Attributes:
        rows: the count, or None when nobody can vouch for one (source "unknown").
        source: "exact" was counted; "live" is n_live_tup of the statistics, or a count carried on by what came and went
            since; "planner" is reltuples.
        note: why the source is what it is, in words a person can act on; empty when there is nothing to say.
        counted: the last count of all rows, of this look or of one before.
        counted_before: where this look counted, the count before it, if there was one.
        newest_at: the newest value of the column that tells how fresh the table is, where one is declared, UTC.
    """

    schema: str
    table: str
    rows: int | None
    source: Source
    note: str = ""
    counted: Counted | None = None
    counted_before: Counted | None = None
    newest_at: datetime | None = None
