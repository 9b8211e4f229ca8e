"""A stage: a world with tables that behave, what happens on it at which moment, and what is truly lost of it."""

import heapq
import itertools
import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Unpack

from bench.trial.behaviour import Behaviour
from bench.trial.table import Name, Options, Table
from bench.trial.world import DAY, HOUR, MINUTE, World

Action = Callable[[], None]

# What the watchdog calls a loss by default: of fewer rows only the last one counts.
WARN_SHARE, WARN_ROWS = 0.2, 100


@dataclass
class Loss:
    """Rows that are gone though nobody meant them to go.

    Attributes:
        at: when the first of them went, seconds.
        due: when as many were gone as a watchdog has to tell; None as long as there were fewer.
    """

    table: Name
    at: float
    of: int
    rows: int = 0
    due: float | None = None

    @property
    def share(self) -> float:
        return self.rows / self.of if self.of else 0.0

    def more(self, rows: int, at: float) -> None:
        self.rows += rows
        enough = self.share >= WARN_SHARE - 1e-9 and (self.rows >= WARN_ROWS or self.rows >= self.of)
        if self.due is None and enough:
            self.due = at


@dataclass
class Stage:
    """What a scenario is played on.

    Attributes:
        event: when that happens which the scenario is about, seconds.
        end: when the scenario is over.
    """

    world: World
    rng: random.Random
    event: float
    end: float
    behaviours: dict[Name, Behaviour] = field(default_factory=dict)
    losses: list[Loss] = field(default_factory=list)
    away: list[tuple[float, float]] = field(default_factory=list)
    close: list[tuple[float, float]] = field(default_factory=list)
    _agenda: list[tuple[float, int, Action]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    # Setting it.

    def table(self, table: str, rows: int, behaviour: Behaviour | None = None, **options: Unpack[Options]) -> Table:
        """A table of `public` that was there before, analysed, with its behaviour."""
        name = ("public", table)
        made = self.world.create(name, rows, **options)
        if made.relkind != "p":
            self.world.analyze(made)
        if behaviour is not None:
            self.behaviours[name] = behaviour
        return made

    def partitioned(self, root: str, leaves: dict[str, int]) -> Table:
        made = self.table(root, 0, relkind="p")
        for leaf, rows in leaves.items():
            self.table(leaf, rows, root=made.name)
        return made

    def at(self, when: float, action: Action) -> None:
        heapq.heappush(self._agenda, (when, next(self._numbers), action))

    def every(self, period: float, action: Action, *, first: float = 0.0, until: float = math.inf) -> None:
        """Once a period, from the first time that is not past."""

        def act() -> None:
            action()
            if self.world.now + period <= until:
                self.at(self.world.now + period, act)

        self.at(first, act)

    def daily(self, hour: float, action: Action) -> None:
        self.every(DAY, action, first=hour * HOUR)

    def blind(self, since: float, until: float) -> None:
        """Nobody looks between the two."""
        self.away.append((since, until))

    # Losing.

    def lose(self, table: Name, rows: int, *, of: int, anew: bool = True) -> None:
        """Notes that rows of the table are gone; not `anew`: more of the loss that is under way."""
        mine = [loss for loss in self.losses if loss.table == table]
        if anew or not mine:
            mine = [Loss(table, self.world.now, of)]
            self.losses += mine
        mine[-1].more(rows, self.world.now)

    def delete(self, table: Table, share: float, *, anew: bool = True, of: int | None = None) -> None:
        """A DELETE that nobody meant."""
        rows = math.ceil(table.rows * share)
        self.lose(table.name, rows, of=of or table.rows, anew=anew)
        self.world.write(table, deleted=rows)

    def truncate(self, table: Table, reloaded: int = 0) -> None:
        """A TRUNCATE that nobody meant."""
        self.lose(table.name, table.rows - reloaded, of=table.rows)
        self.world.truncate(table, reloaded)

    # Playing.

    def play(self, until: float) -> None:
        """Everything up to this moment."""
        while self._agenda and self._agenda[0][0] <= until:
            when, _, action = heapq.heappop(self._agenda)
            self._pass(when)
            action()
        self._pass(until)

    def _pass(self, until: float) -> None:
        since = self.world.now
        if until <= since:
            return
        self.world.now = until
        for name, behaviour in self.behaviours.items():
            table = self.world.tables.get(name)
            if table is not None:
                flow = behaviour(table.rows, since, until, self.rng)
                if flow.inserted or flow.updated or flow.deleted:
                    self.world.write(table, inserted=flow.inserted, updated=flow.updated, deleted=flow.deleted)
        self.world.settle(until)

    def looks(self, coarse: float, before: float, after: float, jitter: float = 2) -> Iterator[float]:
        """When the watchdog looks: once a minute around the event, else at longer steps; never while it is away."""
        at = coarse
        minute = self.event - self.event % MINUTE
        close = [(minute - before, minute + after), *self.close]
        while at < self.end:
            if not any(since <= at < until for since, until in self.away):
                yield at + self.rng.random() * jitter
            near = any(since <= at < until for since, until in close)
            step = MINUTE if near else coarse
            next_close = min((since for since, _ in close if since > at), default=math.inf)
            at = min(at + step, max(next_close, at + MINUTE))
