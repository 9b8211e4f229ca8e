"""The rules that people have today, over what an exporter shows: n_live_tup of pg_stat_user_tables."""

import math
from collections import deque
from collections.abc import Mapping

from bench.trial.judge import Alarm, Watch
from bench.trial.table import Name
from bench.trial.world import HOUR, World

FALLEN = 0.8
WINDOW_HOURS = 14 * 24
FEWEST_POINTS = 7
SIGMAS = 3


class Previous:
    """Fewer than the reading before, less 20 %."""

    def __init__(self) -> None:
        self._before: dict[Name, int] = {}

    def fires(self, name: Name, rows: int, _at: float) -> bool:
        before = self._before.get(name, 0)
        self._before[name] = rows
        return rows < FALLEN * before


class ThreeSigma:
    """Below the mean of two weeks of hourly readings less three sigma; the reading itself is not among them."""

    def __init__(self) -> None:
        self._points: dict[Name, deque[int]] = {}
        self._sums: dict[Name, tuple[int, int]] = {}
        self._hours: dict[Name, int] = {}

    def fires(self, name: Name, rows: int, at: float) -> bool:
        points = self._points.setdefault(name, deque())
        total, squares = self._sums.get(name, (0, 0))
        count = len(points)
        fires = False
        if count >= FEWEST_POINTS:
            mean = total / count
            fires = rows < mean - SIGMAS * math.sqrt(max(squares / count - mean * mean, 0.0)) - 1e-6 * mean
        if (hour := int(at // HOUR)) != self._hours.get(name):
            self._hours[name] = hour
            points.append(rows)
            gone = points.popleft() if count == WINDOW_HOURS else 0
            self._sums[name] = (total + rows - gone, squares + rows * rows - gone * gone)
        return fires


class Minimum:
    """Fewer than 80 % of what was there when the rule was written."""

    def __init__(self) -> None:
        self._floors: dict[Name, float] = {}

    def fires(self, name: Name, rows: int, _at: float) -> bool:
        return rows < self._floors.setdefault(name, FALLEN * rows)


class Rule:
    """One of these rules as something that watches."""

    def __init__(self, world: World, rule: Previous | ThreeSigma | Minimum) -> None:
        self._world = world
        self._rule = rule

    async def look(self, at: float) -> Mapping[str, Alarm]:
        return {
            name[1]: Alarm(table=name, words=f"{rows:,} rows")
            for name, rows in self._world.exported()
            if self._rule.fires(name, rows, at)
        }

    def accept(self, _: Alarm) -> None:
        """Nothing to be told: a rule follows what it reads."""


def rules(world: World) -> dict[str, Watch]:
    return {
        "previous - 20 %": Rule(world, Previous()),
        "mean - 3 sigma": Rule(world, ThreeSigma()),
        "min_rows": Rule(world, Minimum()),
    }
