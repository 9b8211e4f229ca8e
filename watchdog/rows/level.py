"""What a table's rows are measured against, and all that must be remembered of one look for the next."""

from collections.abc import Mapping
from datetime import datetime
from typing import Self

import msgspec

from watchdog.finding import Finding
from watchdog.rows.facts import ServerFacts
from watchdog.rows.growth import Pulse
from watchdog.rows.peak import Peak
from watchdog.rows.reading import Reading, Source
from watchdog.rows.usual import Break

Name = tuple[str, str]

# How far a source is to be believed where two disagree.
TRUST: dict[Source, int] = {"unknown": 0, "planner": 1, "live": 2, "exact": 3}


class Part(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One physical table behind a reading: the table itself, or one leaf of a partitioned table.

    Attributes:
        source: which of the two counts stands for this part.
        live: the last live count that could be believed: of this look or, while it is void, of one before.
        planner: the planner's count at this look; None when it had none.
        trusted: `live` is of this look.
    """

    schema: str
    table: str
    oid: int
    relfilenode: int
    relpages: int
    inserted: int
    updated: int
    deleted: int
    analyzed_at: datetime | None
    source: Source
    live: int | None
    planner: int | None
    trusted: bool
    maintained: int = 0

    @property
    def name(self) -> Name:
        return (self.schema, self.table)

    @property
    def marks(self) -> tuple[object, ...]:
        """What moves when rows come or go."""
        return (self.name, self.oid, self.relfilenode, self.relpages, self.inserted, self.updated, self.deleted)

    def rows_by(self, source: Source) -> int | None:
        """The count of one of the two sources; None when it had none."""
        return {"live": self.live, "planner": self.planner}.get(source)


class Observation(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A reading with what lies behind it.

    Attributes:
        at: when it was read, UTC.
        parts: the table itself, or the leaves of a partitioned table.
        obstacle: why a count would be refused; empty when it would not.
        counted_at: when the count ended that `rows` is carried on from; None when they are read.
    """

    at: datetime
    schema: str
    table: str
    rows: int | None
    source: Source
    note: str = ""
    server: ServerFacts
    parts: tuple[Part, ...]
    obstacle: str = ""
    counted_at: datetime | None = None

    @property
    def name(self) -> Name:
        return (self.schema, self.table)

    def is_unmoved_since(self, then: "Observation") -> bool:
        """Nothing was written between the two, as far as the statistics would know."""
        return self.server.same_statistics(then.server) and [part.marks for part in self.parts] == [
            part.marks for part in then.parts
        ]

    @property
    def reading(self) -> Reading:
        """What is shown to others."""
        return Reading(schema=self.schema, table=self.table, rows=self.rows, source=self.source, note=self.note)


class Drop(msgspec.Struct, frozen=True, kw_only=True):
    """An open drop.

    Attributes:
        finding: as last told.
        source: the best source that showed it; a lesser one cannot end it.
        counted: a count confirmed it.
        counted_rows: that the last count found; None when none was to the end.
        settled: a count, or the catalogs by themselves, leave no doubt.
        beyond: in words, what may go as declared, where more went.
        allowed: how many rows that is.
    """

    finding: Finding
    source: Source
    counted: bool
    settled: bool
    beyond: str = ""
    allowed: int | None = None
    counted_rows: int | None = None


class Count(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The last count of all rows, and the look that made it.

    Attributes:
        settled: the statistics of that look told of the same rows, or tell of others for good.
    """

    rows: int
    then: Observation
    settled: bool = True


class Allowance(msgspec.Struct, frozen=True, kw_only=True):
    """What a declared drop has used of what it may.

    Attributes:
        opened: when its window began, UTC.
        since: the same, or, where the table was first seen in the midst of it, when that was.
        rows: that the table held then.
        removed: rows that are known to have gone since.
        partitions: that have gone since, and how many rows with them.
        times: how many windows it is for, where nobody could tell the rows in between.
    """

    opened: datetime
    since: datetime
    rows: int
    removed: int = 0
    partitions: int = 0
    partition_rows: int = 0
    times: int = 1


class Load(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A rise from one look to the next by as much as would be a loss."""

    at: datetime
    before: int
    after: int


class Track(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What is remembered of a table beside its level: pulse and count as of the last look, the rest as of the base.

    Attributes:
        peaks: the heights of the last week that it has fallen from.
        removed: all rows that are known to have gone since the first look, but for those that were meant to.
        inserted: all that are known to have come since then.
        load: the last sudden rise, which may be undone.
        breaks: the drops that a person accepted, but for those from which the table came back.
        short: a reading below `min_rows` that a count showed to be too low.
        over: a reading above `max_rows` that a count showed to be too high.
    """

    peaks: tuple[Peak, ...] = ()
    removed: int = 0
    inserted: int = 0
    load: Load | None = None
    breaks: tuple[Break, ...] = ()
    allowance: Allowance | None = None
    count: Count | None = None
    pulse: Pulse | None = None
    short: int | None = None
    over: int | None = None


class Level(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What a table is measured against. It carries its own name, so that it can be stored as it stands.

    Attributes:
        rows: never None, as only a known reading makes a level.
        base: the observation that set it, or, of a fall by steps that is open, the last before it was one.
        last: the latest observation, where it did not become the base (an open drop, an unknown or disproved reading),
            or where the table is gone: the base itself then.
        drop: the open drop, if any.
        disproved: a reading that a count showed to be too low; not doubted again until it falls by a threshold more.
        vouched: a count spoke for rows that are unknown, and does until the table moves.
        since: when the fall began, where that was before the base; `gone` rows went from then to the base.
    """

    rows: int
    base: Observation
    since: datetime | None = None
    gone: int = 0
    track: Track = Track()
    last: Observation | None = None
    drop: Drop | None = None
    disproved: int | None = None
    vouched: bool = False

    @property
    def name(self) -> Name:
        return self.base.name

    @property
    def source(self) -> Source:
        return self.base.source

    @property
    def at(self) -> datetime:
        """When the table was last seen at this level, UTC."""
        return self.since or self.base.at

    @property
    def latest(self) -> Observation:
        return self.last or self.base


def read_levels(stored: Mapping[Name, bytes]) -> tuple[dict[Name, Level], frozenset[Name]]:
    """The levels that were kept, and the tables whose level cannot be read, such as one of a later version."""
    levels = {}
    for name, body in stored.items():
        try:
            levels[name] = msgspec.msgpack.decode(body, type=Level)
        except (msgspec.DecodeError, TypeError):  # the latter of what is no bytes, which SQLite keeps in any column
            continue
    return levels, frozenset(stored) - frozenset(levels)


class Moment(msgspec.Struct, frozen=True, gc=False):
    """When a look was made, and what its server's WAL had come to: all that passes where nothing moves."""

    at: datetime
    wal_position: int | None

    @classmethod
    def of(cls, one: Observation) -> Self:
        return cls(one.at, one.server.wal_position)


def as_of(level: Level, moment: Moment) -> Level:
    """The level of a table that still stood so at a later look, which had nothing to write down."""
    base, track = level.base, level.track
    if level.drop is not None or level.last is not None or moment.at <= base.at:
        return level
    *before, last = track.peaks or (None,)
    peaks = track.peaks if last is None else (*before, msgspec.structs.replace(last, at=moment.at))
    server = base.server
    if server.wal_position != moment.wal_position:
        server = msgspec.structs.replace(server, wal_position=moment.wal_position)
    return msgspec.structs.replace(
        level,
        base=msgspec.structs.replace(base, at=moment.at, server=server),
        track=msgspec.structs.replace(track, peaks=peaks),
    )


def is_as_before(level: Level, before: Level) -> bool:
    """Whether nothing but time and WAL has passed between two levels, so that `as_of` makes the one of the other."""
    return level.base.at >= before.base.at and level == as_of(before, Moment.of(level.base))
