"""Looks: each asks one question of a database and says what it saw, and what that speaks for."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import msgspec
import structlog

from watchdog.errors import UnverifiedError
from watchdog.expect.baseline import Baseline
from watchdog.finding import Coverage, Finding, Subject
from watchdog.rows.carry import carried
from watchdog.rows.drop import accept
from watchdog.rows.facts import Confirmation, Newest, ServerFacts, TableFacts
from watchdog.rows.history import Point
from watchdog.rows.judge import Evidence, Purpose, Suspect, Verdict, doubtful, routine, suspects
from watchdog.rows.judge import judge as judge_rows
from watchdog.rows.label import label
from watchdog.rows.level import Level, Name, Observation, read_levels
from watchdog.rows.life import TOLERANCE
from watchdog.rows.message import doubt
from watchdog.rows.reading import Reading
from watchdog.rows.terms import Budget, Freshness, Terms
from watchdog.rows.usual import REMEMBERED, Usual, usual
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
Points = Mapping[Name, Point]

# A reason that names a hundred tables is read by nobody.
MOST_DOUBTS = 3


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What one look saw.

    Attributes:
        unseen: objects, or their attributes, of which this look can say nothing, so that nothing of theirs is resolved.
        uncompared: kinds, or kind.attribute, of which the same holds.
        levels: row levels to keep for the next look.
        points: readings for the history, of the tables whose rows moved.
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
    points: Points = {}
    baseline_captured_at: datetime | None = None
    gap: str = ""
    doubt: str = ""


class Look(Protocol):
    """Raises UnverifiedError when nothing can be concluded."""

    def __call__(self, now: datetime, /) -> Awaitable[Seen]: ...


class Expectation(Protocol):
    def expected(self, actual: Snapshot, now: datetime) -> Awaitable[Baseline]: ...


class Counter(Protocol):
    """Reads row counts; see `watchdog.postgres.readings.Counter`."""

    async def facts(self) -> tuple[ServerFacts, tuple[TableFacts, ...]]: ...

    async def confirm(self, schema: str, table: str, floor: int, seconds: float) -> Confirmation: ...

    async def newest(self, schema: str, table: str, freshness: Freshness, not_after: datetime) -> Newest: ...


class RowMemory(Protocol):
    """What a look at rows needs of the looks before; see `watchdog.store.state.State`."""

    async def levels(self) -> Mapping[Name, bytes]: ...

    async def history(self, name: Name, since: datetime) -> Sequence[Point]:
        """An hour a point, oldest first."""
        ...


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
        memory: RowMemory,
        watched: Callable[[str, str], bool],
        terms: Callable[[Name], Terms],
        budget: Budget = Budget(),  # noqa: B008 frozen
        policy: Policy = Policy(),  # noqa: B008 frozen
    ) -> None:
        self._database = database
        self._counter = counter
        self._memory = memory
        self._watched = watched
        self._terms = terms
        self._budget = budget
        self._policy = policy
        self._unread: frozenset[Name] = frozenset()
        # Asked once an hour: what a table usually does at this hour stays the same within it.
        self._usual: dict[tuple[Name, datetime], Usual] = {}

    async def __call__(self, now: datetime) -> Seen:
        levels = await self._levels()
        server, facts = await self._counter.facts()
        standing = label(server, facts, levels, now)
        observed = [_carried(each, levels) for each in standing if self._watched(*each.name)]
        evidence = Evidence(terms=self._terms, standing={part.oid: each for each in standing for part in each.parts})
        doubts = doubtful(levels, observed, evidence)
        histories = {name: await self._asked(name, levels[name], now, since) for name, since in doubts.items()}
        evidence = msgspec.structs.replace(evidence, usual=histories)
        evidence = msgspec.structs.replace(
            evidence,
            counts=await self._counted(
                suspects(levels, observed, evidence), routine(levels, observed, self._budget, now)
            ),
            newest=await self._newest(observed, now),
        )
        judged = judge_rows(self._database, levels, observed, evidence)
        acceptances = await asyncio.to_thread(self._policy.acceptances)
        findings, excluded = ruled(judged.findings, self._policy.rules, acceptances, now.date())
        return Seen(
            server=Server(version_num=server.version_num, in_recovery=server.in_recovery),
            findings=findings,
            coverage=Coverage(kinds=("rows",), compared=len(observed), excluded=excluded),
            readings=tuple(each.reading for each in observed),
            unseen=judged.unseen,
            doubt="; ".join(filter(None, (doubt(judged.unknown), *judged.doubts[:MOST_DOUBTS]))),
            levels={name: msgspec.msgpack.encode(level) for name, level in _accepted(judged, findings).items()},
            points=judged.points,
        )

    async def _levels(self) -> dict[Name, Level]:
        stored = await self._memory.levels()
        levels, unread = read_levels({name: body for name, body in stored.items() if self._watched(*name)})
        if unread - self._unread:
            # Its table is measured anew, which is nobody's loss.
            log.warning("levels.unreadable", database=self._database, tables=sorted(".".join(name) for name in unread))
        self._unread = unread
        return levels

    async def _asked(self, name: Name, level: Level, now: datetime, since: datetime) -> Usual:
        hour = now.replace(minute=0, second=0, microsecond=0)
        if (name, hour) not in self._usual:
            self._usual = {key: known for key, known in self._usual.items() if key[1] == hour}
            points = await self._memory.history(name, now - REMEMBERED)
            self._usual[name, hour] = usual(points, now, since, level.track.breaks)
        return self._usual[name, hour]

    async def _counted(
        self, suspected: Sequence[Suspect], others: Sequence[Suspect]
    ) -> dict[tuple[Name, Purpose], Confirmation]:
        """The counts that the budget allows: of what is suspected, and then of what else is due."""
        pages, deadline = self._budget.pages, time.monotonic() + self._budget.seconds
        answers: dict[tuple[Name, Purpose], Confirmation] = {}
        for suspect in (*suspected, *others):
            seconds = deadline - time.monotonic()
            if suspect.pages > self._budget.pages:
                reason = f"a count may read {suspect.pages:,} pages, and counting.pages allows {self._budget.pages:,}"
                answers[suspect.key] = Confirmation(floor=suspect.floor, reason=reason)
            elif suspect.pages > pages or seconds <= 0:
                reason = "this look has counted as much as it may (see counting)"
                answers[suspect.key] = Confirmation(floor=suspect.floor, reason=reason, again=True)
            else:
                pages -= suspect.pages
                answers[suspect.key] = await self._counter.confirm(*suspect.name, suspect.floor, seconds)
        return answers

    async def _newest(self, observed: Sequence[Observation], now: datetime) -> dict[Name, Newest]:
        fresh = {each.name: self._terms(each.name).freshness for each in observed}
        return {
            name: await self._counter.newest(*name, freshness, now + TOLERANCE)
            for name, freshness in fresh.items()
            if freshness is not None
        }


def _carried(now: Observation, levels: Mapping[Name, Level]) -> Observation:
    level = levels.get(now.name)
    return carried(now, level.track.count) if level else now


def _accepted(judged: Verdict, findings: Sequence[Finding]) -> dict[Name, Level]:
    """The levels, with those of which a person accepted what was found as it now is."""
    names = {
        (finding.identity[0], finding.identity[1])
        for finding in findings
        if finding.state == "accepted" and finding.attribute == "rows"
    }
    return {name: accept(level) if name in names else level for name, level in judged.levels.items()}


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
