"""What a look is: one question to a database, what it saw, and what that speaks for."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from watchdog.errors import UnverifiedError
from watchdog.finding import Coverage, Finding, Subject
from watchdog.look.unfiled import Unfiled, nothing_unfiled
from watchdog.queries.memory import Known
from watchdog.rows.history import Point
from watchdog.rows.level import Name
from watchdog.rows.reading import Reading
from watchdog.schema.gate import Mark, moved
from watchdog.schema.rules import Acceptance, Rules, ruled
from watchdog.schema.selection import Selection
from watchdog.schema.snapshot import Server

Levels = Mapping[Name, bytes | None]
Points = Mapping[Name, Point]


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What one look saw.

    Attributes:
        server: None where the look was at no server.
        unseen: objects, or their attributes, of which this look can say nothing, so that nothing of theirs is resolved.
        uncompared: kinds, or kind.attribute, of which the same holds.
        levels: row levels to keep for the next look.
        points: readings for the history, of the tables whose rows moved.
        statements: what to remember of recorded statements, all of them; None to leave it as it is.
        components: whose needs were looked at; None where that was not the look's business.
        moved: what was looked at may differ from what the look before saw.
        distrust: why the server's counters do not tell what changed, empty if they do; None where nobody asked.
        baseline_captured_at: of the expectation that was compared with.
        sequence_used: the part of its range, 0 to 1, that the fullest sequence has used up; None: none may be seen.
        gap: what was to be looked at and was not, one sentence, so that nothing found is no verdict; empty if nothing.
        doubt: what could not be verified though all else was, one sentence; empty when nothing is left open.
    """

    server: Server | None
    findings: tuple[Finding, ...] = ()
    coverage: Coverage = Coverage()
    readings: tuple[Reading, ...] = ()
    unseen: tuple[Subject, ...] = ()
    uncompared: tuple[str, ...] = ()
    levels: Levels = {}
    points: Points = {}
    statements: Mapping[str, Known] | None = None
    components: frozenset[str] | None = None
    moved: bool = False
    distrust: str | None = None
    baseline_captured_at: datetime | None = None
    sequence_used: float | None = None
    gap: str = ""
    doubt: str = ""


class Look(Protocol):
    """Raises UnverifiedError when nothing can be concluded."""

    def __call__(self, now: datetime, /) -> Awaitable[Seen]: ...


def within(seconds: float, look: Look) -> Look:
    """The same look, given up after so many seconds: UnverifiedError."""

    async def bounded(now: datetime) -> Seen:
        try:
            async with asyncio.timeout(seconds):
                return await look(now)
        except TimeoutError:
            raise UnverifiedError(f"the look was given up after {seconds:g} s (see timeouts.look)") from None

    return bounded


def in_turn(first: Look, second: Look) -> tuple[Look, Look]:
    """The same looks, of which the second is not made before the first was made once, whatever came of it."""
    made = asyncio.Event()

    async def leading(now: datetime) -> Seen:
        try:
            return await first(now)
        finally:
            made.set()

    async def following(now: datetime) -> Seen:
        await made.wait()
        return await second(now)

    return leading, following


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What of a schema is looked at, and what a team has decided about what is found.

    Attributes:
        acceptances: of the file, read anew for each look. Raises BaselineError.
        unfiled: those that are in the state only.
        transition: how long a migration in flight may hold the findings that it explains.
    """

    selection: Selection = Selection()
    rules: Rules = Rules()
    acceptances: Callable[[], Sequence[Acceptance]] = tuple
    unfiled: Unfiled = nothing_unfiled
    transition: timedelta = timedelta(minutes=10)

    async def decided(self, findings: Sequence[Finding], now: datetime) -> tuple[tuple[Finding, ...], int]:
        """The findings as the team has decided about them, and how many were left out. Raises BaselineError."""
        filed, today = await asyncio.to_thread(self.acceptances), now.date()
        return ruled(findings, self.rules, filed, today, await self.unfiled(filed, today))


class Marked(Protocol):
    """A server that says whether its catalogs may have changed; see `watchdog.postgres.gate.Gate`."""

    async def read(self) -> tuple[Server, Mark]: ...


class ProbeLook:
    """Asks whether the server answers at all, and whether its catalogs may have changed since it last did."""

    def __init__(self, gate: Marked) -> None:
        self._gate = gate
        self._mark: Mark | None = None

    async def __call__(self, _: datetime) -> Seen:
        server, mark = await self._gate.read()
        before, self._mark = self._mark, mark
        # Before the first mark everything else is looked at anyway; and what stays unknown is no news.
        has_moved = before is not None and before != mark and moved(before, mark) != frozenset()
        return Seen(server=server, moved=has_moved, distrust=mark.distrust)
