"""Today's statements on tomorrow's schema: what the pending migrations would break."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from watchdog.expect.migrations import Culprit, Rehearsed
from watchdog.finding import Coverage, Finding, Location
from watchdog.look.queries import Planner, coverage_of, gap_of
from watchdog.look.seen import Policy, Seen
from watchdog.queries.judge import judge
from watchdog.queries.memory import Known
from watchdog.queries.merge import merge
from watchdog.queries.plan import Plan
from watchdog.queries.statement import Harvest, Statement
from watchdog.sqltext import how_many, visible


class Rehearsal(Protocol):
    """Applies the pending migrations on a scratch server, planning the statements between. Raises UnverifiedError."""

    def __call__(self, statements: Sequence[str], /) -> Awaitable[Rehearsed]: ...


class TomorrowLook:
    """Asks production what it plans today, and a scratch server what it would after the pending migrations."""

    def __init__(
        self, database: str, planner: Planner, harvest: Callable[[], Harvest], rehearsal: Rehearsal, policy: Policy
    ) -> None:
        self._database = database
        self._planner = planner
        self._harvest = harvest
        self._rehearsal = rehearsal
        self._policy = policy

    async def __call__(self, now: datetime) -> Seen:
        harvest = await asyncio.to_thread(self._harvest)
        server = await self._planner.server()
        recorded, beyond = await self._planner.recorded()
        statements = merge([harvest, Harvest(statements=tuple(recorded))]).statements
        today = await self._planner.plan([each.sql for each in statements])
        working = [each for each, plan in zip(statements, today, strict=True) if plan.verdict == "plans"]
        rehearsed = await self._rehearsal([each.sql for each in working])
        asked = [
            *_of_today(statements, today),
            *(
                (each, _of_tomorrow(*plans))
                for each, *plans in zip(working, rehearsed.before, rehearsed.after, strict=True)
            ),
        ]
        # What plans today is a break when it is refused tomorrow, also where a server recorded it.
        memory = {each.digest: Known(planned_at=now) for each in working}
        judged = judge(self._database, asked, harvest, memory, (), rehearsed.relations)
        culprits = {each.digest: culprit for each, culprit in zip(working, rehearsed.broken_by, strict=True)}
        findings = tuple(_blaming(finding, culprits.get(finding.identity[0])) for finding in judged.findings)
        findings, excluded = await self._policy.decided(findings, now)
        pending = how_many(rehearsed.migrations, "pending migration")
        note = f"planned as after {pending}, on a throw-away server that has run the whole folder"
        return Seen(
            server=server,
            findings=findings,
            coverage=Coverage(excluded=excluded, queries=coverage_of(judged, beyond), notes=(note,)),
            gap=gap_of(judged),
        )


def _of_today(statements: Sequence[Statement], today: Sequence[Plan]) -> list[tuple[Statement, Plan]]:
    """Those that do not plan today: no migration can break them."""
    return [
        (each, plan if plan.verdict == "unanswered" else _unjudged(f"does not plan today either: {plan.words}"))
        for each, plan in zip(statements, today, strict=True)
        if plan.verdict != "plans"
    ]


def _of_tomorrow(before: Plan, after: Plan) -> Plan:
    if before.verdict == "unanswered":
        return before
    if before.verdict != "plans":
        return _unjudged(f"does not plan on a server that has only what the migrations make: {before.words}")
    return after


def _unjudged(words: str) -> Plan:
    return Plan(verdict="unjudged", words=words)


def _blaming(finding: Finding, culprit: Culprit | None) -> Finding:
    if culprit is None:
        return finding
    others = f" or one of the {culprit.more} after it" if culprit.more else ""
    return msgspec.structs.replace(
        finding,
        message=f"{finding.message}; it plans today, and pending migration {visible(culprit.file)}{others} breaks it",
        origin="pending-migration",
        locations=(*finding.locations, Location(culprit.file, 1)),
    )
