"""The watchdog's engine as something that watches: the one place that knows how it is put together."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from bench.trial.judge import Alarm
from bench.trial.scenario import Declared
from bench.trial.table import Name
from bench.trial.world import START, World, moment
from watchdog.finding import Severity
from watchdog.look.rows import RowsLook
from watchdog.look.seen import Seen
from watchdog.rows.drop import accept
from watchdog.rows.history import Point
from watchdog.rows.level import Level
from watchdog.rows.terms import MeantDrop, Terms

DATABASE = "trial"


class Kept:
    """What the state keeps between looks: levels as they are, points an hour each."""

    def __init__(self) -> None:
        self.bodies: dict[Name, bytes] = {}
        self._points: dict[Name, dict[datetime, Point]] = {}

    async def levels(self) -> Mapping[Name, bytes]:
        return self.bodies

    async def history(self, name: Name, since: datetime) -> Sequence[Point]:
        points = self._points.get(name, {})
        before = [point for at, point in points.items() if at < since][-1:]
        return [*before, *(point for at, point in points.items() if at >= since)]

    def keep(self, seen: Seen) -> None:
        self.bodies |= {name: body for name, body in seen.levels.items() if body is not None}
        for name, point in seen.points.items():
            hour = point.at.replace(minute=0, second=0, microsecond=0)
            spans = self._points.setdefault(name, {})
            before = spans.get(hour)
            spans[hour] = msgspec.structs.replace(point, at=hour) if before is None else merged(before, point)


def merged(before: Point, point: Point) -> Point:
    """One more reading of the same span."""
    return Point(
        at=before.at,
        rows=point.rows,
        low=min(before.low, point.low),
        high=max(before.high, point.high),
        inserted=before.inserted + point.inserted,
        deleted=before.deleted + point.deleted,
    )


class Engine:
    """The watchdog's look at row counts.

    Attributes:
        seconds: of the processor that the engine itself took, all looks together.
        table_looks: how many tables it judged, all looks together.
    """

    def __init__(self, look: RowsLook, kept: Kept, world: World) -> None:
        self._look = look
        self._kept = kept
        self._world = world
        self.seconds = 0.0
        self.table_looks = 0

    async def look(self, at: float) -> Mapping[str, Alarm]:
        started = time.process_time()
        seen = await self._look(moment(at))
        self._kept.keep(seen)
        self.seconds += time.process_time() - started
        self.table_looks += len(self._world.tables)
        return {
            finding.fingerprint: Alarm(table=(finding.identity[0], finding.identity[1]), words=finding.message)
            for finding in seen.findings
            if finding.severity.rank >= Severity.WARNING.rank and finding.state == "open"
        }

    def accept(self, alarm: Alarm) -> None:
        """A person says that it was meant."""
        if body := self._kept.bodies.get(alarm.table):
            level = msgspec.msgpack.decode(body, type=Level)
            self._kept.bodies[alarm.table] = msgspec.msgpack.encode(accept(level))


def watchdog(world: World, declared: Declared) -> Engine:
    """The engine in front of this world, told what people declared."""
    kept = Kept()
    look = RowsLook(DATABASE, world, kept, lambda *_: True, terms_of(declared))
    return Engine(look, kept, world)


def terms_of(declared: Declared) -> Callable[[str, str], Terms]:
    """What holds for each table, in the engine's own words."""
    terms = {table: _terms(what) for table, what in declared.items()}
    return lambda _schema, table: terms.get(table, Terms())


def _terms(declared: Mapping[str, Any]) -> Terms:
    rest = {name: value for name, value in declared.items() if name != "retention"}
    return Terms(meant=tuple(_meant(each) for each in declared.get("retention", ())), **rest)


def _meant(declared: Mapping[str, Any]) -> MeantDrop:
    every, at, lasts = (float(declared[name]) for name in ("every", "at", "lasts"))
    bounds = {name: value for name, value in declared.items() if name not in ("every", "at", "lasts")}

    def opened(since: datetime, until: datetime) -> datetime | None:
        last = math.floor(((until - START).total_seconds() - at) / every) * every + at
        return START + timedelta(seconds=last) if START + timedelta(seconds=last + lasts) >= since else None

    return MeantDrop(opened=opened, **bounds)
