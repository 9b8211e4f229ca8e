"""A year of many tables of which nothing is lost, and of a server to which happens what happens to servers."""

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.trial.adapter import watchdog
from bench.trial.behaviour import (
    daily,
    following,
    growing,
    office_hours,
    queue,
    sessions,
    updated,
    weekly,
)
from bench.trial.harmless import DROPPED_DAILY, daily_partitions
from bench.trial.judge import LEARNING, Judge, Record
from bench.trial.losses import NIGHTLY, PURGE
from bench.trial.rules import rules
from bench.trial.run import ENGINE
from bench.trial.scenario import Declared
from bench.trial.stage import Stage
from bench.trial.table import Table
from bench.trial.world import DAY, HOUR, MINUTE, World

Progress = Callable[[float, Mapping[str, Judge]], None]


@dataclass(frozen=True, kw_only=True)
class Year:
    """What each watch made of the fleet.

    Attributes:
        kinds: how many tables behave how.
        kind_of: by table name.
        table_years: simulated, after learning.
    """

    records: Mapping[str, Record]
    kinds: Mapping[str, int]
    kind_of: Mapping[str, str]
    table_years: float
    counts: int
    counted_pages: int
    engine_seconds: float
    table_looks: int


def _size(rng: random.Random, low: float = 1, high: float = 7) -> int:
    return int(10 ** rng.uniform(low, high))


def _constant(stage: Stage, name: str) -> None:
    stage.table(name, _size(stage.rng, 0))


def _empty(stage: Stage, name: str) -> None:
    stage.world.create(("public", name))


def _growing(stage: Stage, name: str) -> None:
    rows = _size(stage.rng)
    stage.table(name, rows, growing(rows * 10 ** stage.rng.uniform(-5, -3)))


def _office_hours(stage: Stage, name: str) -> None:
    rows = _size(stage.rng, high=5)
    stage.table(name, rows, office_hours(rows * 10 ** stage.rng.uniform(-4, -3)))


def _daily(stage: Stage, name: str) -> None:
    low = _size(stage.rng, 2, 6)
    curve = daily(low, low * stage.rng.uniform(1.2, 3.5))
    stage.table(name, round(curve(0)), following(curve, low / 20))


def _weekly(stage: Stage, name: str) -> None:
    rows = _size(stage.rng, 2, 6)
    curve = weekly(rows, rows * stage.rng.uniform(0.4, 0.8), stage.rng.uniform(3, 12) * HOUR)
    stage.table(name, rows, following(curve, rows / 50))


def _queue(stage: Stage, name: str) -> None:
    highest = _size(stage.rng, 1, 3.5)
    stage.table(name, highest // 2, queue(highest, highest * 20))


def _sessions(stage: Stage, name: str) -> None:
    rows = _size(stage.rng, 2.5, 5)
    stage.table(name, rows, sessions(rows, stage.rng.uniform(0.3, 4) * HOUR))


def _updated(stage: Stage, name: str) -> None:
    rows = _size(stage.rng, 2, 6.7)
    stage.table(name, rows, updated(rows / 5), estimate_error=stage.rng.uniform(0.005, 0.05))


def _staging(stage: Stage, name: str) -> None:
    table = stage.table(name, 0, growing(_size(stage.rng, 2.5, 5)))
    stage.every(HOUR, lambda: stage.world.truncate(table), first=HOUR)


def _reloaded(stage: Stage, name: str) -> None:
    table = stage.table(name, _size(stage.rng, 2, 6))
    rows = table.rows
    stage.daily(2.0, lambda: stage.world.truncate(table, round(rows * stage.rng.uniform(0.98, 1.02))))


def _purged_hourly(stage: Stage, name: str) -> None:
    rows = _size(stage.rng, 3, 6)
    table = stage.table(name, rows, growing(rows / 9))
    stage.every(HOUR, lambda: stage.world.write(table, deleted=table.rows // 10), first=HOUR)


def _purged_nightly(stage: Stage, name: str) -> None:
    rows = _size(stage.rng, 3, 6)
    table = stage.table(name, rows, growing(rows / 48))
    stage.daily(3.0, lambda: stage.world.write(table, deleted=table.rows // 3))


def _partitioned(stage: Stage, name: str) -> None:
    per_day = _size(stage.rng, 3, 5)
    daily_partitions(stage, name, per_day)


# How many in a hundred behave so, how it is set, and what is declared of it.
KINDS: dict[str, tuple[int, Callable[[Stage, str], None], Mapping[str, Any]]] = {
    "constant": (25, _constant, {}),
    "growing": (24, _growing, {}),
    "empty": (9, _empty, {}),
    "daily season": (9, _daily, {}),
    "weekly season": (6, _weekly, {}),
    "office hours": (6, _office_hours, {}),
    "updated": (5, _updated, {}),
    "queue": (4, _queue, {}),
    "sessions": (4, _sessions, {}),
    "reloaded nightly": (2, _reloaded, {}),
    "staging, undeclared": (1, _staging, {}),
    "purged hourly, declared": (2, _purged_hourly, {"retention": [PURGE]}),
    "purged nightly, declared": (2, _purged_nightly, {"retention": [NIGHTLY]}),
    "partitions dropped nightly, declared": (1, _partitioned, {"retention": [DROPPED_DAILY]}),
}
# Whose rows stay where nobody takes them: what was loaded into one of these can be deleted again. Not of an empty one:
# a table that is emptied is told.
LASTING = ("constant", "growing", "office hours", "updated")


def _happen(stage: Stage, days: float, lasting: Sequence[Table]) -> None:
    """What people and machines do to a server in a year, each at an hour that chance chooses."""
    world, rng = stage.world, stage.rng

    def often(times_a_year: float, act: Callable[[], None]) -> None:
        for _ in range(max(round(times_a_year * days / 365), 1)):
            stage.at(rng.randrange(int(days * 24)) * HOUR, act)

    def some() -> Table:
        return rng.choice([table for table in world.tables.values() if table.relkind != "p"])

    def load_and_undo() -> None:
        table = rng.choice(lasting)
        rows = table.rows + 1000
        world.write(table, inserted=rows)
        # What is taken back later than within the hour is told: nobody can know that it was not missed.
        stage.at(world.now + 40 * MINUTE, lambda: world.write(table, deleted=rows))

    def roll_back() -> None:
        table = some()
        world.roll_back(table, inserted=1000, deleted=table.rows)

    def standby(*, answers: bool) -> None:
        world.standby = answers

    def see_a_standby() -> None:
        standby(answers=True)
        stage.at(world.now + 2 * HOUR, lambda: standby(answers=False))

    def be_away() -> None:
        stage.blind(world.now, world.now + 6 * HOUR)

    often(12, world.reset_statistics)
    often(12, lambda: world.reset_statistics_of(some()))
    often(4, world.crash)
    often(2, lambda: world.crash(of_postmaster=True))
    often(12, world.restart)
    often(2, world.fail_over)
    often(4, see_a_standby)
    often(12, be_away)
    often(200, lambda: world.vacuum_full(some()))
    often(50, lambda: world.rewrite(some()))
    often(500, lambda: world.analyze(some()))
    often(50, roll_back)
    often(24, load_and_undo)


async def play_year(tables: int, days: float, progress: Progress, seed: int = 1) -> Year:
    """A look an hour. Deterministic for the same arguments."""
    rng = random.Random(seed)
    world = World(rng)
    end = days * DAY
    stage = Stage(world=world, rng=rng, event=end, end=end)
    names = [kind for kind, (share, *_) in KINDS.items() for _ in range(share)]
    kind_of = {f"t{number:05}": names[number * 37 % len(names)] for number in range(tables)}
    declared: dict[str, Mapping[str, Any]] = {}
    for name, kind in kind_of.items():
        _, settle, terms = KINDS[kind]
        settle(stage, name)
        if terms:
            declared[name] = terms
    lasting = [stage.world.table(("public", name)) for name, kind in kind_of.items() if kind in LASTING]
    _happen(stage, days, lasting)
    return await _watched(stage, declared, kind_of, progress)


async def _watched(stage: Stage, declared: Declared, kind_of: Mapping[str, str], progress: Progress) -> Year:
    world = stage.world
    engine = watchdog(world, declared)
    judges = {name: Judge(watch) for name, watch in {ENGINE: engine, **rules(world)}.items()}
    # Not always at the same minute, or what happens hourly would be seen at one of its moments only.
    for at in stage.looks(HOUR, 0, 0, jitter=50 * MINUTE):
        stage.play(at)
        for judge in judges.values():
            await judge.look(at, ())
        progress(at, judges)
    return Year(
        records={name: judge.record(()) for name, judge in judges.items()},
        kinds=Counter(kind_of.values()),
        kind_of=kind_of,
        table_years=len(kind_of) * max(stage.end - LEARNING, 0) / DAY / 365,
        counts=world.counts,
        counted_pages=world.counted_pages,
        engine_seconds=engine.seconds,
        table_looks=engine.table_looks,
    )
