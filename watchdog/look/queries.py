"""The look at the application's statements: whether each still plans on this server."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from watchdog.finding import Coverage, Finding, QueryCoverage, Subject
from watchdog.look.seen import Policy, Seen
from watchdog.queries.judge import KIND, MOST_SAID, Judged, judge
from watchdog.queries.memory import Known, remembered
from watchdog.queries.merge import merge
from watchdog.queries.plan import Plan
from watchdog.queries.statement import Harvest, Statement
from watchdog.schema.snapshot import Server
from watchdog.sqltext import how_many


class Planner(Protocol):
    """A server that is asked; see `watchdog.postgres.planning.Planner`. Each raises UnverifiedError."""

    async def server(self) -> Server: ...

    async def recorded(self) -> tuple[Sequence[Statement], str]:
        """What the server recorded, and what of it is not among that, in words; nothing where it is not asked for."""
        ...

    async def plan(self, statements: Sequence[str]) -> Sequence[Plan]: ...

    async def relations(self) -> Collection[tuple[str, str]]: ...


class QueriesLook:
    """Asks the server to plan each statement. Nothing is executed."""

    def __init__(
        self,
        database: str,
        planner: Planner,
        harvest: Callable[[], Harvest],
        memory: Callable[[], Awaitable[Mapping[str, Known]]],
        known: Callable[[], Sequence[Finding]],
        policy: Policy,
    ) -> None:
        """Take what a look needs.

        Args:
            database: its name.
            planner: the server.
            harvest: the statements of the application's sources, read anew for each look. Raises UnverifiedError.
            memory: what earlier looks saw of recorded statements.
            known: what is known to be wrong with the schema, and what pending migrations bring.
            policy: what a team has decided about findings.
        """
        self._database = database
        self._planner = planner
        self._harvest = harvest
        self._memory = memory
        self._known = known
        self._policy = policy

    async def __call__(self, now: datetime) -> Seen:
        harvest = await asyncio.to_thread(self._harvest)
        memory = await self._memory()
        server = await self._planner.server()
        recorded, beyond = await self._planner.recorded()
        statements = merge([harvest, Harvest(statements=tuple(recorded))]).statements
        plans = await self._planner.plan([statement.sql for statement in statements])
        asked = list(zip(statements, plans, strict=True))
        refused = any(plan.verdict == "refused" for plan in plans)
        relations = await self._planner.relations() if refused else ()
        judged = judge(self._database, asked, harvest, memory, self._known(), relations)
        known = remembered(memory, asked, now, all_asked=not beyond)
        findings, excluded = await self._policy.decided(judged.findings, now)
        return Seen(
            server=server,
            findings=findings,
            coverage=Coverage(excluded=excluded, queries=coverage_of(judged, beyond)),
            unseen=tuple(
                Subject(KIND, (digest,))
                for digest in (
                    *(statement.digest for statement, plan in asked if plan.verdict == "unanswered"),
                    *(known.keys() - {statement.digest for statement in statements}),
                )
            ),
            statements=known,
            gap=gap_of(judged),
        )


def coverage_of(judged: Judged, beyond: str) -> QueryCoverage:
    """What the verdict speaks for."""
    said = [*judged.unanswered, *judged.unjudged, *judged.unread]
    return QueryCoverage(
        checked=judged.checked,
        unjudged=len(judged.unjudged),
        unread=len(judged.unread),
        beyond=beyond,
        said=tuple(said[:MOST_SAID]),
    )


def gap_of(judged: Judged) -> str:
    """Why nothing found is no verdict; empty where it is one."""
    if judged.unanswered:
        return f"{how_many(len(judged.unanswered), 'statement')} could not be asked, the first: {judged.unanswered[0]}"
    if judged.checked or judged.unjudged:
        return ""
    if judged.unread:
        return f"of what was found nothing could be read whole, so nothing was checked, the first: {judged.unread[0]}"
    return "no statement was found, so none was checked (see to the paths of queries)"
