"""The look at the schema: what is there, beside what should be and what is needed."""

import asyncio
import operator
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from watchdog.contracts.compare import compare as compare_contracts
from watchdog.contracts.contract import Contract
from watchdog.contracts.merge import merged
from watchdog.expect.expected import Expected
from watchdog.finding import Finding, Subject
from watchdog.look.seen import Policy, Seen
from watchdog.schema.compare import compare
from watchdog.schema.selection import untaken
from watchdog.schema.snapshot import Snapshot, carry_forward
from watchdog.schema.state import most_used
from watchdog.schema.transition import hold
from watchdog.sqltext import display_name, how_many


class Expectation(Protocol):
    """Says what should be there. Raises UnverifiedError."""

    def expected(self, actual: Snapshot, now: datetime) -> Awaitable[Expected]: ...


class SchemaLook:
    """Compares the schema that is there with the one that should be.

    Attributes:
        known: after a look, what it found and what pending migrations bring, for who asks what a statement lacks.
    """

    def __init__(
        self,
        database: str,
        capture: Callable[[], Awaitable[Snapshot]],
        expectation: Expectation | None,
        policy: Policy,
        contracts: Sequence[Contract] = (),
    ) -> None:
        """Without an expectation nothing is said of the whole schema, only of what the contracts need."""
        self._database = database
        self._capture = capture
        self._expectation = expectation
        self._policy = policy
        self._contracts = contracts
        self._last: Snapshot | None = None
        self._moved = False
        self._since: Mapping[str, datetime] | None = None
        self.known: Sequence[Finding] = ()

    async def __call__(self, now: datetime) -> Seen:
        captured, before = await self._capture(), self._last
        self._last = carry_forward(captured, before)
        # Also of looks that came to no verdict: nobody was told of those.
        self._moved |= before is not None and await asyncio.to_thread(operator.ne, before.objects, self._last.objects)
        expected = await self._expectation.expected(captured, now) if self._expectation else _nothing(self._last)
        there = expected.without_made(self._last)
        # In a thread, as ten thousand differences take seconds, in which people and Prometheus want answers.
        drift, coverage = await asyncio.to_thread(
            compare, self._database, expected.snapshot, there, self._policy.selection, state=True
        )
        if self._expectation is None:
            coverage = msgspec.structs.replace(coverage, kinds=(), compared=0, not_in_baseline=(), not_comparable=())
        needs, unjudged = compare_contracts(self._database, self._contracts, self._last)
        departures = [
            # What is faulty as it stands, and was meant to stand so, is nobody's departure.
            msgspec.structs.replace(finding, origin=expected.origin if finding.state == "open" else "unknown")
            for finding in drift
            if not expected.expects_nothing_of(finding)
        ]
        findings = (*expected.findings, *merged(departures, needs))
        findings, excluded = await self._policy.decided(findings, now)
        held = hold(findings, captured.in_flight, self._since, now, self._policy.transition)
        self._since = held.since
        self.known = (*held.findings, *expected.coming)
        has_moved, self._moved = self._moved, False
        return Seen(
            server=captured.server,
            findings=held.findings,
            coverage=msgspec.structs.replace(coverage, excluded=excluded, notes=expected.notes),
            unseen=(*coverage.stale, *coverage.hidden, *unjudged),
            uncompared=(*coverage.not_comparable, *coverage.not_in_baseline),
            gap="; ".join(
                filter(None, (untaken(self._policy.selection, expected.snapshot, captured), _unjudged(unjudged)))
            ),
            moved=has_moved,
            components=frozenset(contract.component for contract in self._contracts),
            baseline_captured_at=expected.captured_at,
            sequence_used=most_used(self._last, self._policy.selection),
        )


def _nothing(there: Snapshot) -> Expected:
    """An expectation that speaks of nothing: what there is counts as expected, and is judged as it stands."""
    return Expected(snapshot=there, notes=("no baseline and no migrations: only what contracts need was compared",))


def _unjudged(subjects: Sequence[Subject]) -> str:
    """Why a contract is not known to be met, one sentence; empty where all of it could be judged."""
    if not subjects:
        return ""
    first = subjects[0]
    more = f" and {how_many(len(subjects) - 1, 'more object')}" if len(subjects) > 1 else ""
    name = f"{first.kind} {display_name(first.identity)}"
    return f"what a contract needs of {name}{more} could not be judged: {first.reason}"
