"""The look at the schema: what is there, beside what should be."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import datetime
from typing import Protocol

import msgspec

from watchdog.expect.baseline import Baseline
from watchdog.finding import Coverage, Finding, Subject
from watchdog.look.seen import Policy, Seen
from watchdog.schema.diff import diff
from watchdog.schema.findings import judge, judge_state
from watchdog.schema.hints import hinted
from watchdog.schema.inherited import followed
from watchdog.schema.partitions import settled
from watchdog.schema.rules import ruled
from watchdog.schema.selection import Selection, select, untaken
from watchdog.schema.snapshot import Snapshot, carry_forward, unread
from watchdog.schema.transition import hold, words


class Expectation(Protocol):
    def expected(self, actual: Snapshot, now: datetime) -> Awaitable[Baseline]: ...


class SchemaLook:
    """Compares the schema that is there with the one that should be."""

    def __init__(
        self, database: str, capture: Callable[[], Awaitable[Snapshot]], expectation: Expectation, policy: Policy
    ) -> None:
        self._database = database
        self._capture = capture
        self._expectation = expectation
        self._policy = policy
        self._last: Snapshot | None = None
        self._since: Mapping[str, datetime] | None = None

    async def __call__(self, now: datetime) -> Seen:
        captured = await self._capture()
        self._last = carry_forward(captured, self._last)
        baseline = await self._expectation.expected(captured, now)
        findings, coverage = compare(self._database, baseline.snapshot, self._last, self._policy.selection, state=True)
        acceptances = await asyncio.to_thread(self._policy.acceptances)
        findings, excluded = ruled(findings, self._policy.rules, acceptances, now.date())
        held = hold(findings, captured.in_flight, self._since, now, self._policy.transition)
        self._since = held.since
        return Seen(
            server=captured.server,
            findings=held.findings,
            coverage=msgspec.structs.replace(coverage, excluded=excluded),
            unseen=(*coverage.stale, *coverage.hidden),
            uncompared=(*coverage.not_comparable, *coverage.not_in_baseline),
            gap=untaken(self._policy.selection, baseline.snapshot, captured),
            baseline_captured_at=baseline.captured_at,
        )


def compare(
    database: str, expected: Snapshot, actual: Snapshot, selection: Selection, *, state: bool = False
) -> tuple[tuple[Finding, ...], Coverage]:
    """Judge the selected part of two snapshots (with `state` also what is faulty as it stands); and what it covers."""
    expected, actual = select(expected, selection), select(actual, selection)
    difference = diff(expected, actual)
    changes = followed(hinted(difference.changes, difference.expected, actual), difference.expected, actual)
    partition_churn = 0
    if "partitions" in selection.without:
        changes, partition_churn = settled(changes, difference.expected, actual)
    difference = msgspec.structs.replace(difference, changes=changes)
    findings = judge(database, difference, actual)
    if state:
        findings += judge_state(database, difference, actual)
    return findings, Coverage(
        kinds=difference.kinds,
        compared=difference.compared,
        unmodelled=dict(actual.unmodelled),
        hidden=tuple(_hidden(actual)),
        stale=unread(actual),
        not_in_baseline=difference.not_covered,
        not_comparable=difference.not_comparable,
        partition_churn=partition_churn,
        in_flight=tuple(words(actual.in_flight)),
    )


def _hidden(actual: Snapshot) -> Iterator[Subject]:
    for subject in sorted(actual.hidden):
        names = tuple(name for name in actual.covers[subject.kind] if name not in actual.objects[subject])
        if names:
            yield Subject(*subject, names)
