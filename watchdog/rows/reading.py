"""What is known of a table's row count, and by which source."""

from typing import Literal

import msgspec

Source = Literal["exact", "live", "planner", "unknown"]


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One table's row count at one moment.

    Attributes:
        rows: the count, or None when nobody can vouch for one (source "unknown").
        source: "exact" was counted; "live" is n_live_tup of the statistics; "planner" is reltuples.
        note: why the source is what it is, in words a person can act on; empty when there is nothing to say.
    """

    schema: str
    table: str
    rows: int | None
    source: Source
    note: str = ""
