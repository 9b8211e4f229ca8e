"""What was read, before anyone judges it: of the server, of each table, and by a count."""

from datetime import datetime
from typing import Literal

import msgspec

# Of Unix time in a column of numbers.
Unit = Literal["s", "ms"]

# As a floor: more rows than any table has, so that what is counted up to it is counted to the end.
EVERYTHING = 2**62


class ServerFacts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What decides whether the statistics of two looks belong together. Times are the server's, UTC.

    Attributes:
        version_num: as server_version_num, 150018 for 15.18.
        started_at: of the postmaster; a crashed backend empties the statistics without moving it.
        stats_reset_at: the last pg_stat_reset of this database or of a table of it. From 15 a crash leaves it NULL.
        shared_reset_at: when the statistics shared by all databases began. A clean restart keeps it, every kind of
            crash recovery moves it (measured, 13 to 18).
        track_counts: False when this role's sessions count nothing, and others likely neither.
        system_identifier: of the cluster; None when this role may not read it.
        timeline: counts the recoveries that ended in a promotion. On a standby that of its last restartpoint, so that
            it may come late. None when the server does not tell.
        wal_position: bytes of WAL written, or replayed on a standby, since the cluster was made; with the timeline it
            shows a restore to an earlier point. None when the server does not tell.
    """

    version_num: int
    in_recovery: bool
    started_at: datetime
    stats_reset_at: datetime | None
    shared_reset_at: datetime | None
    track_counts: bool
    system_identifier: str | None
    timeline: int | None = None
    wal_position: int | None = None

    def same_statistics(self, other: "ServerFacts") -> bool:
        """Nothing wiped the statistics of the whole database between the two. One table's may still have been lost."""
        return (
            self.system_identifier == other.system_identifier
            and self.in_recovery == other.in_recovery
            # A promoted standby counts by itself; a copy of a server's files has when that began to count, too.
            and not self.failed_over(other)
            and self.stats_reset_at == other.stats_reset_at
            and (self.shared_reset_at or self.started_at) == (other.shared_reset_at or other.started_at)
        )

    def failed_over(self, other: "ServerFacts") -> bool:
        """A recovery has ended in a promotion between the two."""
        return None not in (self.timeline, other.timeline) and self.timeline != other.timeline

    @property
    def statistics_since(self) -> datetime:
        """When the statistics that are there began, as far as the server knows: one table's may be younger."""
        began = self.shared_reset_at or self.started_at
        return max(began, self.stats_reset_at or began)


class TableFacts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One relation that holds rows, or the root of a partitioned table, as the catalogs and the statistics have it.

    Attributes:
        relkind: "r" table, "m" materialized view, "p" partitioned root, "f" foreign table (only as a partition).
        reltuples: the planner's count; -1 when never measured, which before PostgreSQL 14 is written 0.
        live: n_live_tup.
        inserted: since the table's statistics began, rolled back ones too; so for updated and deleted.
        analyzed_at: the last ANALYZE, by hand or not. Whatever wipes a table's statistics wipes it too.
        maintained: how often it was vacuumed or analysed, by hand or not. Where it moved, `live` may have been replaced
            by an estimate.
        root: (schema, table) of the partitioned table whose leaf this is, however deep.
        populated: False for a materialized view WITH NO DATA.
        row_security: a policy would filter what this role counts.
        may_select: this role may count it.
    """

    schema: str
    table: str
    oid: int
    relkind: str
    unlogged: bool = False
    relfilenode: int
    relpages: int
    reltuples: int
    live: int
    inserted: int
    updated: int
    deleted: int
    analyzed_at: datetime | None
    maintained: int = 0
    root: tuple[str, str] | None = None
    populated: bool = True
    row_security: bool = False
    may_select: bool = True


class Confirmation(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to "are there at least `floor` rows?".

    Attributes:
        counted: `floor` when there are that many or more, else the exact count; None when nothing could be counted.
        reason: why nothing was counted; empty otherwise.
        again: the reason may be gone at the next look (a lock, a timeout).
    """

    floor: int
    counted: int | None = None
    reason: str = ""
    again: bool = False

    @property
    def exact(self) -> int | None:
        """The count, when there are fewer than `floor` rows."""
        return self.counted if self.counted is not None and self.counted < self.floor else None

    @property
    def enough(self) -> bool:
        """There are at least `floor` rows."""
        return self.counted is not None and self.counted >= self.floor


class Newest(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to "of when is the newest value of this column?".

    Attributes:
        at: UTC; None when there is no such value or it could not be read.
        reason: why it could not be read, and what to do about it; empty otherwise.
        again: the reason may be gone at the next look (a lock, a timeout).
        empty: it was read, and no row has a value that counts: one that is finite and not of the future.
    """

    at: datetime | None = None
    reason: str = ""
    again: bool = False
    empty: bool = False
