"""Looks: each asks one question of a database and says what it saw, and what that speaks for."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import msgspec
import structlog

from watchdog.errors import UnverifiedError
from watchdog.expect.baseline import Baseline
from watchdog.finding import Coverage, Finding, Subject
from watchdog.rows.drop import judge as judge_rows
from watchdog.rows.drop import suspects
from watchdog.rows.facts import Confirmation, Newest, ServerFacts, TableFacts, Unit
from watchdog.rows.label import label
from watchdog.rows.level import Name, read_levels
from watchdog.rows.loss import Thresholds
from watchdog.rows.message import doubt
from watchdog.rows.reading import Reading
from watchdog.schema.diff import diff
from watchdog.schema.findings import judge, judge_state
from watchdog.schema.hints import hinted
from watchdog.schema.inherited import followed
from watchdog.schema.partitions import settled
from watchdog.schema.rules import Acceptance, Rules, ruled
from watchdog.schema.selection import Selection, select, untaken
from watchdog.schema.snapshot import Server, Snapshot, carry_forward, unread
from watchdog.schema.transition import hold, words

log = structlog.get_logger()

Levels = Mapping[Name, bytes | None]


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What one look saw.

    Attributes:
        unseen: objects, or their attributes, of which this look can say nothing, so that nothing of theirs is resolved.
        uncompared: kinds, or kind.attribute, of which the same holds.
        levels: row levels to keep for the next look.
        baseline_captured_at: of the expectation that was compared with.
        gap: what was to be looked at and was not, one sentence, so that nothing found is no verdict; empty if nothing.
        doubt: what could not be verified though all else was, one sentence; empty when nothing is left open.
    """

    server: Server
    findings: tuple[Finding, ...] = ()
    coverage: Coverage = Coverage()
    readings: tuple[Reading, ...] = ()
    unseen: tuple[Subject, ...] = ()
    uncompared: tuple[str, ...] = ()
    levels: Levels = {}
    baseline_captured_at: datetime | None = None
    gap: str = ""
    doubt: str = ""


class Look(Protocol):
    """Raises UnverifiedError when nothing can be concluded."""

    def __call__(self, now: datetime, /) -> Awaitable[Seen]: ...


class Expectation(Protocol):
    def expected(self, actual: Snapshot, now: datetime) -> Awaitable[Baseline]: ...


class Counter(Protocol):
    """Reads row counts; see `watchdog.postgres.counter.Counter`."""

    async def facts(self) -> tuple[ServerFacts, tuple[TableFacts, ...]]: ...

    async def confirm(self, schema: str, table: str, floor: int, seconds: float) -> Confirmation: ...

    async def newest(self, schema: str, table: str, column: str, unit: Unit | None, not_after: datetime) -> Newest: ...


class Probed(Protocol):
    """A server that can be asked who it is; see `watchdog.postgres.connection.Connection`."""

    async def server(self) -> Server: ...


def within(seconds: float, look: Look) -> Look:
    """The same look, given up after so many seconds: UnverifiedError."""

    async def bounded(now: datetime) -> Seen:
        try:
            async with asyncio.timeout(seconds):
                return await look(now)
        except TimeoutError:
            raise UnverifiedError(f"the look was given up after {seconds:g} s (see timeouts.look)") from None

    return bounded


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What of a schema is looked at, and what a team has decided about what is found.

    Attributes:
        acceptances: read anew for each look. Raises BaselineError.
        transition: how long a migration in flight may hold the findings that it explains.
    """

    selection: Selection = Selection()
    rules: Rules = Rules()
    acceptances: Callable[[], Sequence[Acceptance]] = tuple
    transition: timedelta = timedelta(minutes=10)


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


class ProbeLook:
    """Asks the server who it is: whether it answers at all."""

    def __init__(self, connection: Probed) -> None:
        self._connection = connection

    async def __call__(self, _: datetime) -> Seen:
        return Seen(server=await self._connection.server())


class RowsLook:
    """Reads every table's row count from the catalogs, and counts only where a loss is suspected."""

    def __init__(
        self,
        database: str,
        counter: Counter,
        levels: Callable[[], Awaitable[Mapping[Name, bytes]]],
        watched: Callable[[str, str], bool],
        thresholds: Thresholds,
    ) -> None:
        self._database = database
        self._counter = counter
        self._levels = levels
        self._watched = watched
        self._thresholds = thresholds
        self._unread: frozenset[Name] = frozenset()

    async def __call__(self, now: datetime) -> Seen:
        stored = await self._levels()
        levels, unread = read_levels({name: body for name, body in stored.items() if self._watched(*name)})
        if unread - self._unread:
            # Its table is measured anew, which is nobody's loss.
            log.warning("levels.unreadable", database=self._database, tables=sorted(".".join(name) for name in unread))
        self._unread = unread
        server, facts = await self._counter.facts()
        observed = [each for each in label(server, facts, levels, now) if self._watched(*each.name)]
        confirmations = {
            suspect.name: await self._counter.confirm(*suspect.name, suspect.floor, seconds=10)
            for suspect in suspects(levels, observed, self._thresholds)
        }
        judged = judge_rows(self._database, levels, observed, confirmations, self._thresholds)
        return Seen(
            server=Server(version_num=server.version_num, in_recovery=server.in_recovery),
            findings=judged.findings,
            coverage=Coverage(kinds=("rows",), compared=len(observed)),
            readings=tuple(each.reading for each in observed),
            unseen=judged.unseen,
            doubt=doubt(judged.unknown),
            levels={name: msgspec.msgpack.encode(level) for name, level in judged.levels.items()},
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
