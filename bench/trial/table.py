"""One table of the simulated server: its true rows, its heap, and what PostgreSQL's statistics make of them.

After `pgstat_relation.c`, `analyze.c` and `vacuum.c` of PostgreSQL 18; held against a real server by
`tests/postgres/test_trial_world.py`.
"""

import math
import random
from datetime import datetime
from typing import Any, TypedDict, Unpack

from watchdog.rows.facts import TableFacts

Name = tuple[str, str]

# ANALYZE samples at most 300 rows for each point of the statistics target (100), each from a page of its own.
SAMPLED_PAGES = 30_000
# A table of fewer pages has no run of all-visible ones that is long enough for VACUUM to skip.
SKIPPABLE_PAGES = 32

# Whether these facts can be told yet.
_MAINTAINED = "maintained" in TableFacts.__struct_fields__


class Statistics:
    """The entry of one table in the cumulative statistics."""

    __slots__ = (
        "analyzed_at",
        "dead",
        "deleted",
        "inserted",
        "live",
        "maintained",
        "modified",
        "unvacuumed",
        "updated",
    )

    def __init__(self) -> None:
        self.live = 0
        self.dead = 0
        self.inserted = 0
        self.updated = 0
        self.deleted = 0
        self.modified = 0  # since the last ANALYZE
        self.unvacuumed = 0  # inserted since the last VACUUM
        self.maintained = 0
        self.analyzed_at: datetime | None = None


class Options(TypedDict, total=False):
    """What a table may be, beside an ordinary one.

    Attributes:
        relkind: "p" for the root of a partitioned table.
        root: of a leaf.
        estimate_error: one sigma of what ANALYZE makes of the row count where it samples, as a share.
    """

    relkind: str
    root: Name | None
    unlogged: bool
    estimate_error: float


ROWS_PER_PAGE = 100


class Counts:
    """What one transaction did to one table, as it reaches the statistics."""

    __slots__ = ("committed", "deleted", "emptied", "inserted", "updated")

    def __init__(self, inserted: int, updated: int, deleted: int, *, committed: bool, emptied: bool = False) -> None:
        self.inserted = inserted
        self.updated = updated
        self.deleted = deleted
        self.committed = committed
        self.emptied = emptied


class Table:
    """A table, or a leaf of a partitioned one, or (relkind "p") its root."""

    def __init__(self, name: Name, oid: int, rng: random.Random, **options: Unpack[Options]) -> None:
        self.name = name
        self.oid = oid
        self.relkind = options.get("relkind", "r")
        self.relfilenode = 0 if self.relkind == "p" else oid
        self.root = options.get("root")
        self.unlogged = options.get("unlogged", False)
        self.autovacuum = True
        self.rows = 0
        self.newest_at: datetime | None = None
        self.statistics = Statistics()
        self.pending: list[tuple[float, Counts]] = []
        self.next_autovacuum = 0.0
        self.relpages = 0
        self.reltuples = -1
        self._pages = 0
        self._dead = 0
        self._free = 0
        self._touched = 0  # pages that the next VACUUM cannot skip
        self._error = options.get("estimate_error", 0.005)
        self._rng = rng
        self._facts: TableFacts | None = None

    @property
    def pages(self) -> int:
        """The true size of the heap."""
        return self._pages

    # What sessions do.

    def change(self, inserted: int, updated: int, deleted: int) -> Counts:
        """Rows written and committed; deletes come after the inserts."""
        self._write(inserted + updated, deleted + updated)
        self.rows = max(self.rows + inserted - deleted, 0)
        return Counts(inserted, updated, deleted, committed=True)

    def roll_back(self, inserted: int, updated: int, deleted: int) -> Counts:
        """The same, undone: what was written stays as dead rows until VACUUM."""
        self._write(inserted + updated, inserted + updated)
        return Counts(inserted, updated, deleted, committed=False)

    def empty(self, file: int, reloaded: int = 0) -> Counts:
        """TRUNCATE, and in the same transaction so many rows again."""
        self.relfilenode = file
        self.relpages, self.reltuples = 0, -1
        self.rows = reloaded
        self._pages = self._dead = self._free = self._touched = 0
        self._write(reloaded, 0)
        return Counts(reloaded, 0, 0, committed=True, emptied=True)

    def _write(self, written: int, killed: int) -> None:
        self._facts = None
        reused = min(written, self._free)
        self._free -= reused
        self._dead += killed
        room = self._pages * ROWS_PER_PAGE - self.rows - self._dead - self._free
        grown = max(written - reused - max(room, 0), 0)
        self._pages += math.ceil(grown / ROWS_PER_PAGE)
        self._touched += (written + killed) // ROWS_PER_PAGE + 1

    # What the statistics make of it.

    def count(self, counts: Counts) -> None:
        """The counts of a transaction arrive."""
        self._facts = None
        of = self.statistics
        of.inserted += counts.inserted
        of.updated += counts.updated
        of.deleted += counts.deleted
        if counts.emptied:
            of.live = of.dead = of.unvacuumed = 0
        of.unvacuumed += counts.inserted
        if counts.committed:
            of.live = max(of.live + counts.inserted - counts.deleted, 0)
            of.dead += counts.updated + counts.deleted
            of.modified += counts.inserted + counts.updated + counts.deleted
        else:
            of.dead += counts.inserted + counts.updated

    def arrive(self, now: float) -> None:
        """Whatever is due by now."""
        if self.pending:
            for _, counts in (each for each in self.pending if each[0] <= now):
                self.count(counts)
            self.pending = [each for each in self.pending if each[0] > now]

    def forget(self) -> None:
        """The statistics are lost; what is on its way to them still arrives."""
        self._facts = None
        self.statistics = Statistics()

    def crash(self) -> None:
        """The sessions die with their counts; an unlogged table is empty, which the catalogs are not told."""
        self.forget()
        self.pending = []
        if self.unlogged:
            self.rows = self._pages = self._dead = self._free = self._touched = 0

    # Maintenance.

    def analyze(self, at: datetime) -> None:
        sampled = self._estimate(self.rows) if self._pages > SAMPLED_PAGES else self.rows
        self._measured(sampled)
        self.statistics.analyzed_at = at
        self.statistics.modified = 0

    def vacuum(self) -> None:
        self._free += self._dead
        self._dead = 0
        if not self.rows:
            self._pages = self._free = 0
        self._measured(self._vacuumed())
        self.statistics.unvacuumed = 0
        self._touched = 0

    def _vacuumed(self) -> int:
        """The rows as VACUUM extrapolates them: counted in the pages it read, of the others as it last knew."""
        read = min(self._touched, self._pages)
        if self._pages <= SKIPPABLE_PAGES or read >= self._pages or self.reltuples < 0 or self.relpages == 0:
            return self.rows
        if self.relpages == self._pages and read < self._pages * 0.02:
            return self.reltuples
        share = read / self._pages
        return round(self.rows * share + self.reltuples / self.relpages * self._pages * (1 - share))

    def _estimate(self, rows: int) -> int:
        return max(round(rows * (1 + self._rng.gauss(0, self._error))), 0)

    def _measured(self, rows: int) -> None:
        self._facts = None
        self.statistics.live = self.reltuples = rows
        self.statistics.dead = self._dead
        self.statistics.maintained += 1
        self.relpages = self._pages

    def compact(self, file: int) -> None:
        """VACUUM FULL or CLUSTER: a new file, measured as it is written; the statistics are not told."""
        self.rewrite(file)
        self.relpages, self.reltuples = self._pages, self.rows

    def rewrite(self, file: int) -> None:
        """An ALTER TABLE that rewrites: a new file, which nothing has measured yet."""
        self._facts = None
        self.relfilenode = file
        self.relpages, self.reltuples = 0, -1
        self._dead = self._free = self._touched = 0
        self._pages = math.ceil(self.rows / ROWS_PER_PAGE)

    def autovacuum_if_due(self, now: float, at: datetime) -> None:
        """PostgreSQL's defaults; a worker comes by once a minute at best."""
        of = self.statistics
        if not self.autovacuum or now < self.next_autovacuum or self.relkind == "p":
            return
        measured = max(self.reltuples, 0)
        vacuum = of.dead > 50 + 0.2 * measured or of.unvacuumed > 1000 + 0.2 * measured
        analyze = of.modified > 50 + 0.1 * measured
        if vacuum or analyze:
            self.next_autovacuum = now + 60 + self._rng.random() * 60
        if vacuum:
            self.vacuum()
        if analyze:
            self.analyze(at)

    # What is shown.

    def moved(self, name: Name | None = None, root: Name | None = None) -> None:
        """Renamed or detached."""
        self._facts = None
        self.name = name or self.name
        self.root = root

    def facts(self, *, standby: bool) -> TableFacts:
        """As the watchdog's query reads them."""
        if standby:
            return self._told(Statistics())
        if self._facts is None:
            self._facts = self._told(self.statistics)
        return self._facts

    def _told(self, of: Statistics) -> TableFacts:
        extra: dict[str, Any] = {"maintained": of.maintained} if _MAINTAINED else {}
        return TableFacts(
            schema=self.name[0],
            table=self.name[1],
            oid=self.oid,
            relkind=self.relkind,
            unlogged=self.unlogged,
            relfilenode=self.relfilenode,
            relpages=self.relpages,
            reltuples=self.reltuples,
            live=of.live,
            inserted=of.inserted,
            updated=of.updated,
            deleted=of.deleted,
            analyzed_at=of.analyzed_at,
            root=self.root,
            **extra,
        )
