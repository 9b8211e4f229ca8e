"""The one mutable cell: what is known now. A check writes it; metrics, pages, API and health only read it."""

import bisect
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Literal, get_args

import msgspec

from watchdog.alerts.policy import FindingEvent
from watchdog.alerts.queue import Queue
from watchdog.alerts.states import AlertCounts
from watchdog.finding import Coverage, Finding
from watchdog.rows.reading import Reading
from watchdog.schema.snapshot import Server

CheckName = Literal["probe", "schema", "rows", "queries"]
Outcome = Literal["ok", "drift", "unverified"]
# Of an attempt: taken, to be tried again, or the last of many.
DeliveryOutcome = Literal["delivered", "failed", "given_up"]
# Of a heartbeat that is due: taken, not taken, or not sent as the watchdog does not work as it should.
HeartbeatOutcome = Literal["sent", "failed", "withheld"]
CHECK_NAMES: tuple[CheckName, ...] = get_args(CheckName)
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)

DURATION_BUCKETS_SECONDS = (0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class CheckResult(msgspec.Struct, frozen=True, kw_only=True):
    """One look at one database, judged.

    Attributes:
        checked_at: when the look began, UTC.
        outcome: "drift" when any finding is one; "unverified" when none is, but not all could be looked at or judged.
        server: None when it was never reached.
        readings: row counts, only of the check "rows".
        sequence_used: how full the fullest sequence is, 0 to 1, only of the check "schema"; None: none may be seen.
        reason: why it is unverified, or what of it is in doubt though the rest is verified; None otherwise.
    """

    database: str
    check: CheckName
    checked_at: datetime
    duration_seconds: float
    outcome: Outcome
    server: Server | None = None
    findings: tuple[Finding, ...] = ()
    coverage: Coverage = Coverage()
    readings: tuple[Reading, ...] = ()
    sequence_used: float | None = None
    reason: str | None = None


class Histogram(msgspec.Struct, frozen=True):
    """Counts per bucket of DURATION_BUCKETS_SECONDS (not cumulative, the last above them all); the sum in seconds."""

    counts: tuple[int, ...] = (0,) * (len(DURATION_BUCKETS_SECONDS) + 1)
    total_seconds: float = 0.0

    def observe(self, seconds: float) -> "Histogram":
        bucket = bisect.bisect_left(DURATION_BUCKETS_SECONDS, seconds)
        counts = tuple(count + (index == bucket) for index, count in enumerate(self.counts))
        return Histogram(counts, self.total_seconds + seconds)


class DatabaseStatus(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of one database.

    Attributes:
        every: check -> its interval in seconds; what readiness is judged by.
        results: check -> the last result that could conclude something, kept while later ones are unverified.
        latest: check -> the last result of all.
        last_success: check -> when the last conclusive look began, UTC.
        outcomes: (check, outcome) -> how often.
        durations: check -> histogram of seconds.
        baseline_captured_at: None when the expectation has no date.
        components: whose needs are looked at.
        watched_tables: tables whose rows become series of their own, already capped.
        queries: how many questions it was asked, answered or not, and how many seconds they took.
        cost_limit: how many seconds they may take in a minute.
        noticed: how often its catalogs were seen to have moved between two scheduled looks.
        postponed: how often a look had to wait for that limit.
        distrust: why its counters do not tell what changed; empty where they do.
    """

    name: str
    every: Mapping[CheckName, float] = {}
    up: bool = False
    results: Mapping[CheckName, CheckResult] = {}
    latest: Mapping[CheckName, CheckResult] = {}
    last_success: Mapping[CheckName, datetime] = {}
    outcomes: Mapping[tuple[CheckName, Outcome], int] = {}
    durations: Mapping[CheckName, Histogram] = {}
    misfires: int = 0
    baseline_captured_at: datetime | None = None
    components: frozenset[str] = frozenset()
    watched_tables: frozenset[tuple[str, str]] = frozenset()
    queries: int = 0
    query_seconds: float = 0.0
    cost_limit: float = 0.0
    noticed: int = 0
    postponed: int = 0
    distrust: str = ""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Of all checks, worst first, then by name."""
        return worst_first(self.unsorted)

    @property
    def unsorted(self) -> Iterator[Finding]:
        """The same in no order: to sort ten thousand takes longer than to count them."""
        return (finding for result in self.results.values() for finding in result.findings)

    def overdue(self, now: datetime) -> tuple["Overdue", ...]:
        """Checks without a conclusive look within `patience`: their verdict is too old to stand for now.

        A look in the future was dated by a clock that was set back since: how old it is, nobody knows. That a database
        answers is no verdict, so the probe is not among them.
        """
        return tuple(
            overdue
            for check in self.every
            if check != "probe" and (overdue := self.overdue_check(check, now)) is not None
        )

    def overdue_check(self, check: CheckName, now: datetime) -> "Overdue | None":
        """One check without a conclusive look within `patience`; None where it had one."""
        since = self.last_success.get(check)
        if since is not None and timedelta(0) <= now - since <= patience(self.every[check]):
            return None
        return Overdue(self.name, check, since, self.latest[check].reason if check in self.latest else None)


def patience(every: float) -> timedelta:
    """How old a verdict may be of a check that looks every so many seconds: 2.5 intervals and 30 s."""
    return timedelta(seconds=2.5 * every + 30)


class Overdue(msgspec.Struct, frozen=True):
    """A check that has not concluded anything lately.

    Attributes:
        last_success_at: None when it never did.
        reason: why its last look was unverified, if it was.
    """

    database: str
    check: CheckName
    last_success_at: datetime | None
    reason: str | None

    @property
    def words(self) -> str:
        since = self.last_success_at
        if since is None:
            return f"no conclusive look yet: {self.reason}" if self.reason else "not checked yet"
        return f"no conclusive look since {since:%Y-%m-%d %H:%M:%S} UTC" + (f": {self.reason}" if self.reason else "")


def worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda f: (-f.severity.rank, f.kind, f.identity, f.attribute or "")))


class StatusBoard:
    """Holds one frozen DatabaseStatus a database, replaced whole at each change, so a reader never sees half of one."""

    def __init__(self) -> None:
        self.databases: dict[str, DatabaseStatus] = {}
        # (database, what became of a finding) -> how often, by the looks of this process.
        self.finding_events: Counter[tuple[str, FindingEvent]] = Counter()
        self.deliveries: dict[tuple[str, str], int] = {}
        self.delivered_at: dict[str, datetime] = {}
        self.queues: dict[str, Queue] = {}
        # None while this process tells nobody: then another does, or none.
        self.alerts: AlertCounts | None = None
        # None where none are configured.
        self.heartbeats: dict[HeartbeatOutcome, int] | None = None
        self.heartbeat_at: datetime | None = None
        self.beat_at: datetime | None = None
        # Why the state lives in memory; None while it lives in its file.
        self.state_failure: str | None = None

    def snapshot(self) -> "StatusBoard":
        """The board as it is now, for a reader in another thread: a cell that is changed in place is copied."""
        taken = StatusBoard()
        vars(taken).update({name: cell.copy() if isinstance(cell, dict) else cell for name, cell in vars(self).items()})
        return taken

    def watch(self, name: str, every: Mapping[CheckName, float], cost_limit: float = 0.0) -> None:
        """Make a database known before its first check.

        What is already known of it is kept, but for checks that are no longer made.
        """
        known = self.databases.get(name, DatabaseStatus(name=name))
        self.databases[name] = msgspec.structs.replace(
            known,
            every=dict(every),
            cost_limit=cost_limit,
            results={check: result for check, result in known.results.items() if check in every},
            latest={check: result for check, result in known.latest.items() if check in every},
            last_success={check: at for check, at in known.last_success.items() if check in every},
            outcomes={key: count for key, count in known.outcomes.items() if key[0] in every},
            durations={check: durations for check, durations in known.durations.items() if check in every},
        )

    def forget(self, name: str) -> None:
        """A database is no longer watched: no series outlives it."""
        self.databases.pop(name, None)

    def record(self, result: CheckResult) -> None:
        """Note a result. An unverified one leaves the findings of the last conclusive one standing."""
        known = self.databases.get(result.database)
        if known is None:  # forgotten while the check was under way
            return
        check = result.check
        outcome = (check, result.outcome)
        changes = {
            "latest": {**known.latest, check: result},
            "outcomes": {**known.outcomes, outcome: known.outcomes.get(outcome, 0) + 1},
            "durations": {
                **known.durations,
                check: known.durations.get(check, Histogram()).observe(result.duration_seconds),
            },
        }
        if result.outcome != "unverified":
            changes["results"] = {**known.results, check: result}
            changes["last_success"] = {**known.last_success, check: result.checked_at}
        self.databases[result.database] = msgspec.structs.replace(known, **changes)

    def update(self, name: str, **changes: object) -> None:
        """Replace single facts (`up`, `baseline_captured_at`, `components`, `watched_tables`) of a database."""
        if name in self.databases:
            self.databases[name] = msgspec.structs.replace(self.databases[name], **changes)

    def misfired(self, name: str) -> None:
        """A scheduled look was skipped because the one before had not ended, or the process was late."""
        self.update(name, misfires=self.databases[name].misfires + 1 if name in self.databases else 0)

    def noticed(self, name: str) -> None:
        """Its catalogs were seen to have moved."""
        if name in self.databases:
            self.update(name, noticed=self.databases[name].noticed + 1)

    def postponed(self, name: str) -> None:
        """A look has to wait, as its server has been asked much lately."""
        if name in self.databases:
            self.update(name, postponed=self.databases[name].postponed + 1)

    def asked(self, name: str, seconds: float) -> None:
        """A database was asked one question, which took so long."""
        if name in self.databases:
            known = self.databases[name]
            self.update(name, queries=known.queries + 1, query_seconds=known.query_seconds + seconds)

    def became(self, name: str, events: Iterable[FindingEvent]) -> None:
        """What became of findings by one look, at a database or at the watchdog itself."""
        self.finding_events.update((name, event) for event in events)

    def delivered(self, channel: str, outcome: DeliveryOutcome, at: datetime) -> None:
        """An attempt to deliver has ended, at a time in UTC."""
        self.deliveries[channel, outcome] = self.deliveries.get((channel, outcome), 0) + 1
        if outcome == "delivered":
            self.delivered_at[channel] = at

    def deliver_to(self, channels: Collection[str]) -> None:
        """These channels are configured from now on: no series outlives another."""
        self.deliveries = {key: count for key, count in self.deliveries.items() if key[0] in channels}
        self.delivered_at = {channel: at for channel, at in self.delivered_at.items() if channel in channels}

    def waiting(self, queues: Mapping[str, Queue]) -> None:
        """What waits, by channel; every configured one is named."""
        self.queues = dict(queues)

    def alerted(self, counts: AlertCounts | None) -> None:
        """How the open alerts stand with people; None: this process does not know any more."""
        self.alerts = counts

    def expect_heartbeats(self, *, are_configured: bool) -> None:
        """Count them from now on, or forget them."""
        self.heartbeats = (self.heartbeats or dict.fromkeys(get_args(HeartbeatOutcome), 0)) if are_configured else None
        self.heartbeat_at = self.heartbeat_at if are_configured else None

    def heartbeat(self, outcome: HeartbeatOutcome, at: datetime) -> None:
        """One was due, at a time in UTC."""
        if self.heartbeats is not None:
            self.heartbeats[outcome] += 1
            self.heartbeat_at = at if outcome == "sent" else self.heartbeat_at

    def beat(self, now: datetime) -> None:
        """The loop turned over."""
        self.beat_at = now
