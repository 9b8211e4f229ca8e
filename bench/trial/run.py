"""Plays scenarios before the watchdog and before the rules that people have today."""

import random
from collections.abc import Mapping
from dataclasses import dataclass

from bench.trial.adapter import Engine, watchdog
from bench.trial.harmless import harmless
from bench.trial.judge import LEARNING, Judge, Record
from bench.trial.losses import loss
from bench.trial.rules import rules
from bench.trial.scenario import Scenario
from bench.trial.stage import Stage
from bench.trial.world import DAY, HOUR, MINUTE, World

SCENARIOS: tuple[Scenario, ...] = (*loss.all, *harmless.all)
ENGINE = "schema-watchdog"


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How closely a scenario is watched.

    Attributes:
        event_day: on which the event comes; learning is over then.
        days: that are played after it, at least.
        step: seconds between looks where nothing happens.
        before, after: seconds around the event with a look each minute.
    """

    event_day: int
    days: float
    step: float
    before: float
    after: float


FULL = Pace(event_day=28, days=5, step=10 * MINUTE, before=2 * HOUR, after=3 * HOUR)
SHORT = Pace(event_day=22, days=0.3, step=HOUR, before=10 * MINUTE, after=30 * MINUTE)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One scenario and what each watch made of it.

    Attributes:
        records: by the name of the watch; the first is the engine's.
        table_days: simulated, after learning.
        counts: that the engine asked for, and how many pages they read.
        engine_seconds: that it took for so many `table_looks`.
    """

    scenario: Scenario
    records: Mapping[str, Record]
    table_days: float
    counts: int
    counted_pages: int
    engine_seconds: float
    table_looks: int


async def play(scenario: Scenario, pace: Pace, seed: int = 1) -> Outcome:
    """The same for the same scenario, pace and seed, whatever was played before."""
    rng = random.Random(f"{scenario.name} {seed}")
    world = World(rng)
    event = pace.event_day * DAY + scenario.hour * HOUR + 23
    if scenario.hour == int(scenario.hour):
        event -= 23  # on the hour, as a job of that hour
    stage = Stage(world=world, rng=rng, event=event, end=event + max(pace.days, scenario.days) * DAY)
    scenario.play(stage)
    engine: Engine = watchdog(world, scenario.declared)
    judges = {name: Judge(watch) for name, watch in {ENGINE: engine, **rules(world)}.items()}
    table_seconds = 0.0
    last = LEARNING
    for at in stage.looks(pace.step, pace.before, pace.after):
        stage.play(at)
        for judge in judges.values():
            await judge.look(at, stage.losses)
        if at > last:
            table_seconds += (at - last) * len(world.tables)
            last = at
    return Outcome(
        scenario=scenario,
        records={name: judge.record(stage.losses) for name, judge in judges.items()},
        table_days=table_seconds / DAY,
        counts=world.counts,
        counted_pages=world.counted_pages,
        engine_seconds=engine.seconds,
        table_looks=engine.table_looks,
    )
