"""A database in figures: what a healthy look reads, and looks that follow one another."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from watchdog.rows.carry import carried
from watchdog.rows.facts import Confirmation, Newest, ServerFacts, TableFacts
from watchdog.rows.history import Point
from watchdog.rows.judge import Evidence, Verdict, doubtful, judge, suspects
from watchdog.rows.label import label
from watchdog.rows.level import Level, Name, Observation
from watchdog.rows.loss import Thresholds
from watchdog.rows.terms import Terms
from watchdog.rows.usual import usual

START = datetime(2025, 11, 17, 14, 31, tzinfo=UTC)
BOOT = datetime(2025, 11, 1, 8, 0, tzinfo=UTC)
ANALYZED = datetime(2025, 11, 16, 3, 0, tzinfo=UTC)

SERVER = ServerFacts(
    version_num=180006,
    in_recovery=False,
    started_at=BOOT,
    stats_reset_at=None,
    shared_reset_at=BOOT,
    track_counts=True,
    system_identifier="7438291",
)
RESET = msgspec.structs.replace(SERVER, stats_reset_at=START + timedelta(seconds=30))
RECOVERED = msgspec.structs.replace(SERVER, shared_reset_at=START + timedelta(seconds=30))
STANDBY = msgspec.structs.replace(SERVER, in_recovery=True)


def table(rows: int = 10_000, **facts: object) -> TableFacts:
    """A table that holds `rows`, all inserted since its statistics began, and was never analysed."""
    usual: dict[str, object] = {
        "schema": "public",
        "table": "user_signals",
        "oid": 24588,
        "relkind": "r",
        "relfilenode": 24589,
        "relpages": 0,
        "reltuples": -1,
        "live": rows,
        "inserted": rows,
        "updated": 0,
        "deleted": 0,
        "analyzed_at": None,
    }
    return msgspec.convert({**usual, **facts}, TableFacts)


def analyzed(rows: int = 10_000, **facts: object) -> TableFacts:
    """The same, analysed when it held `rows`."""
    usual = {"relpages": rows // 100 + 1, "reltuples": rows, "analyzed_at": ANALYZED}
    return table(rows, **{**usual, **facts})


class Looks:
    """Looks a minute apart at one database, each with what the one before left."""

    def __init__(self, thresholds: Thresholds = Thresholds(), terms: Terms | None = None) -> None:  # noqa: B008 frozen
        self.levels: Mapping[Name, Level] = {}
        self.at = START
        self.terms = terms or Terms(thresholds=thresholds)
        self.floors: dict[Name, int] = {}
        self.every = timedelta(minutes=1)
        self.history: dict[Name, list[Point]] = {}
        self.observed: dict[Name, Observation] = {}

    def __call__(
        self,
        *tables: TableFacts,
        server: ServerFacts = SERVER,
        counts: Mapping[Name, int] | None = None,
        refused: str = "no SELECT privilege",
        again: bool = False,
        newest: Mapping[Name, Newest] | None = None,
    ) -> Verdict:
        """One look. `counts` is what is truly there, for a role that may count; else each count is `refused`."""
        observed = [
            carried(each, self.levels[each.name].track.count) if each.name in self.levels else each
            for each in label(server, tables, self.levels, self.at)
        ]
        self.observed = {each.name: each for each in observed}
        standing = {part.oid: each for each in observed for part in each.parts}
        evidence = Evidence(terms=lambda *_: self.terms, standing=standing, newest=newest or {})
        asked = doubtful(self.levels, observed, evidence)
        histories = {
            name: usual(self.history.get(name, []), self.at, since, self.levels[name].track.breaks)
            for name, since in asked.items()
        }
        evidence = msgspec.structs.replace(evidence, usual=histories)
        suspected = suspects(self.levels, observed, evidence)
        self.floors = {one.name: one.floor for one in suspected}
        answers = {
            one.key: Confirmation(floor=one.floor, reason=refused, again=again)
            if counts is None
            else Confirmation(floor=one.floor, counted=min(one.floor, counts[one.name]))
            for one in suspected
        }
        evidence = msgspec.structs.replace(evidence, counts=answers)
        verdict = judge("production", self.levels, observed, evidence)
        # Through the disk and back, as between two runs of the process.
        stored = msgspec.msgpack.encode(list(verdict.levels.values()))
        self.levels = {level.name: level for level in msgspec.msgpack.decode(stored, type=list[Level])}
        for name, point in verdict.points.items():
            self.history[name] = noted(self.history.get(name, []), point)
        self.at += self.every
        return verdict


def noted(points: Sequence[Point], new: Point) -> list[Point]:
    """The hours of a history with one reading more, as the state keeps them."""
    hour = new.at.replace(minute=0, second=0, microsecond=0)
    if not points or points[-1].at != hour:
        return [*points, msgspec.structs.replace(new, at=hour)]
    last = points[-1]
    merged = Point(
        at=hour,
        rows=new.rows,
        low=min(last.low, new.low),
        high=max(last.high, new.high),
        inserted=last.inserted + new.inserted,
        deleted=last.deleted + new.deleted,
    )
    return [*points[:-1], merged]
