"""The look at the schema: what is there, beside what should be and what is needed."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from watchdog.expect.expected import Expected
from watchdog.finding import Finding
from watchdog.look.seen import Policy, Seen
from watchdog.schema.compare import compare
from watchdog.schema.rules import ruled
from watchdog.schema.selection import untaken
from watchdog.schema.snapshot import Snapshot, carry_forward
from watchdog.schema.transition import hold


class Expectation(Protocol):
    """Says what should be there. Raises UnverifiedError."""

    def expected(self, actual: Snapshot, now: datetime) -> Awaitable[Expected]: ...


class SchemaLook:
    """Compares the schema that is there with the one that should be.

    Attributes:
        known: after a look, what it found and what pending migrations bring, for who asks what a statement lacks.
    """

    def __init__(
        self, database: str, capture: Callable[[], Awaitable[Snapshot]], expectation: Expectation, policy: Policy
    ) -> None:
        self._database = database
        self._capture = capture
        self._expectation = expectation
        self._policy = policy
        self._last: Snapshot | None = None
        self._since: Mapping[str, datetime] | None = None
        self.known: Sequence[Finding] = ()

    async def __call__(self, now: datetime) -> Seen:
        captured = await self._capture()
        self._last = carry_forward(captured, self._last)
        expected = await self._expectation.expected(captured, now)
        drift, coverage = compare(self._database, expected.snapshot, self._last, self._policy.selection, state=True)
        findings = (
            *expected.findings,
            *(
                msgspec.structs.replace(finding, origin=expected.origin)
                for finding in drift
                if finding.identity[:2] not in expected.tables
            ),
        )
        acceptances = await asyncio.to_thread(self._policy.acceptances)
        findings, excluded = ruled(findings, self._policy.rules, acceptances, now.date())
        held = hold(findings, captured.in_flight, self._since, now, self._policy.transition)
        self._since = held.since
        self.known = (*held.findings, *expected.coming)
        return Seen(
            server=captured.server,
            findings=held.findings,
            coverage=msgspec.structs.replace(coverage, excluded=excluded, notes=expected.notes),
            unseen=(*coverage.stale, *coverage.hidden),
            uncompared=(*coverage.not_comparable, *coverage.not_in_baseline),
            gap=untaken(self._policy.selection, expected.snapshot, captured),
            baseline_captured_at=expected.captured_at,
        )
