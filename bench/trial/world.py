"""A simulated PostgreSQL 18: tables whose true row counts are known, and what a watchdog is shown of them."""

import copy
import random
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Unpack

from bench.trial.table import Counts, Name, Options, Table
from watchdog.rows.facts import Confirmation, Newest, ServerFacts, TableFacts

# A Monday, so that weekends are where one thinks.
START = datetime(2026, 1, 5, tzinfo=UTC)
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0

# What a sequential scan gets through: a disk that reads 200 MB a second.
PAGES_PER_SECOND = 25_000

_TIMELINE = "timeline" in ServerFacts.__struct_fields__


def moment(at: float) -> datetime:
    return START + timedelta(seconds=at)


class World:
    """One database of one cluster. Times are seconds since START; what a method does is committed when it returns.

    Attributes:
        delay: how many seconds after its commit a session's counts reach the statistics.
        standby: a streaming replica is what answers: the same rows and catalogs, and no statistics of tables.
    """

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.now = 0.0
        self.delay = 0.0
        self.tables: dict[Name, Table] = {}
        self.standby = False
        self.timeline = 1
        self.started_at = moment(-90 * DAY)
        self.stats_reset_at: datetime | None = None
        self.shared_reset_at = self.started_at
        self.system_identifier = "7438291"
        self.counts = 0
        self.counted_pages = 0
        self._numbers = iter(range(16_400, 2**31, 7))

    # Tables.

    def create(self, name: Name, rows: int = 0, **options: Unpack[Options]) -> Table:
        """A new table, with so many rows loaded into it."""
        table = Table(name, next(self._numbers), self.rng, **options)
        self.tables[name] = table
        if rows:
            self.write(table, inserted=rows)
        return table

    def table(self, name: Name) -> Table:
        return self.tables[name]

    def drop(self, table: Table) -> None:
        del self.tables[table.name]

    def rename(self, table: Table, name: str) -> None:
        leaves = self.leaves_of(table)
        del self.tables[table.name]
        table.moved(name=(table.name[0], name), root=table.root)
        self.tables[table.name] = table
        for leaf in leaves:
            leaf.moved(root=table.name)

    def detach(self, leaf: Table) -> None:
        leaf.moved()

    def leaves_of(self, root: Table) -> list[Table]:
        return [table for table in self.tables.values() if table.root is not None and table.root == root.name]

    # Rows.

    def write(self, table: Table, *, inserted: int = 0, updated: int = 0, deleted: int = 0) -> None:
        if inserted:
            table.newest_at = moment(self.now)
        self._send(table, table.change(inserted, updated, min(deleted, table.rows + inserted)))

    def roll_back(self, table: Table, *, inserted: int = 0, updated: int = 0, deleted: int = 0) -> None:
        self._send(table, table.roll_back(inserted, updated, min(deleted, table.rows + inserted)))

    def truncate(self, table: Table, reloaded: int = 0) -> None:
        """TRUNCATE, and in the same transaction so many rows again (by COPY FREEZE, INSERT: all look the same)."""
        self._send(table, table.empty(next(self._numbers), reloaded))

    def vacuum_full(self, table: Table) -> None:
        table.compact(next(self._numbers))

    def rewrite(self, table: Table) -> None:
        table.rewrite(next(self._numbers))

    def analyze(self, table: Table) -> None:
        table.analyze(moment(self.now))

    def _send(self, table: Table, counts: Counts) -> None:
        if self.delay:
            table.pending.append((self.now + self.delay, counts))
        else:
            table.count(counts)

    # The server.

    def settle(self, now: float) -> None:
        """Time passes: counts arrive, autovacuum comes by."""
        self.now = now
        at = moment(now)
        for table in self.tables.values():
            table.arrive(now)
            table.autovacuum_if_due(now, at)

    def reset_statistics(self) -> None:
        """pg_stat_reset()."""
        self.stats_reset_at = moment(self.now)
        for table in self.tables.values():
            table.forget()

    def reset_statistics_of(self, table: Table) -> None:
        """pg_stat_reset_single_table_counters(): the database is marked, one table is emptied."""
        self.stats_reset_at = moment(self.now)
        table.forget()

    def restart(self) -> None:
        """A clean one: the statistics are kept."""
        self.started_at = moment(self.now)
        for table in self.tables.values():
            table.arrive(float("inf"))

    def crash(self, *, of_postmaster: bool = False) -> None:
        """A backend dies, or the server with it; recovery loses the statistics, and empties what is not logged."""
        if of_postmaster:
            self.started_at = moment(self.now)
        self._recovered()

    def fail_over(self) -> None:
        """Its standby is promoted and answers from now on: the same rows, statistics of its own."""
        self.timeline += 1
        self.started_at = moment(self.now - 40 * DAY)
        self._recovered()

    def snapshot(self) -> Mapping[Name, Table]:
        """A backup: the files, as a base backup has them."""
        return {name: copy.copy(table) for name, table in self.tables.items()}

    def restore(self, backup: Mapping[Name, Table]) -> None:
        """The files of a backup, and a server that starts on them."""
        self.tables = {name: copy.copy(table) for name, table in backup.items()}
        self.timeline += 1
        self.started_at = moment(self.now)
        self._recovered()

    def _recovered(self) -> None:
        self.shared_reset_at = moment(self.now)
        self.stats_reset_at = None
        for table in self.tables.values():
            table.crash()

    # What is shown. The watchdog's `Counter`, and what an exporter reads.

    async def facts(self) -> tuple[ServerFacts, tuple[TableFacts, ...]]:
        extra: dict[str, Any] = {"timeline": self.timeline} if _TIMELINE else {}
        server = ServerFacts(
            version_num=180006,
            in_recovery=self.standby,
            started_at=self.started_at,
            stats_reset_at=self.stats_reset_at,
            shared_reset_at=self.shared_reset_at,
            track_counts=True,
            system_identifier=self.system_identifier,
            **extra,
        )
        return server, tuple(table.facts(standby=self.standby) for table in self.tables.values())

    async def confirm(self, schema: str, table: str, floor: int, seconds: float = 10.0) -> Confirmation:
        """From the truth, at the price of reading as much of the heap as it takes."""
        one = self.tables.get((schema, table))
        if one is None:
            return Confirmation(floor=floor, reason="the table is gone", again=True)
        parts = self.leaves_of(one) if one.relkind == "p" else [one]
        rows = sum(part.rows for part in parts)
        pages = sum(part.pages for part in parts)
        read = pages if rows < floor else pages * floor // max(rows, 1)
        self.counts += 1
        self.counted_pages += min(read, int(seconds * PAGES_PER_SECOND))
        if read > seconds * PAGES_PER_SECOND:
            return Confirmation(floor=floor, reason=f"the count did not end within {seconds:g} s", again=True)
        return Confirmation(floor=floor, counted=min(rows, floor))

    async def newest(self, schema: str, table: str, *_: object) -> Newest:
        """The newest value of a column that holds when each row came."""
        one = self.tables[schema, table]
        parts = self.leaves_of(one) if one.relkind == "p" else [one]
        newest = max((part.newest_at for part in parts if part.newest_at), default=None)
        return Newest(at=newest, empty=newest is None)

    def exported(self) -> Iterator[tuple[Name, int]]:
        """n_live_tup of pg_stat_user_tables; of a partitioned table the sum, as a careful person would query it."""
        sums: dict[Name, int] = {}
        for table in self.tables.values():
            name = table.root or table.name
            sums[name] = sums.get(name, 0) + (0 if self.standby else table.statistics.live)
        yield from sums.items()
