"""Every exported metric, as a view of the status board: nothing is kept here, so no series outlives its subject."""

import platform
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import accumulate
from typing import get_args

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from watchdog import __version__
from watchdog.alerts.alert import SELF
from watchdog.alerts.policy import FindingEvent
from watchdog.finding import Severity
from watchdog.metrics.accepted import OPENMETRICS, prefers_openmetrics
from watchdog.metrics.family import PREFIX, counter, gauge
from watchdog.metrics.tables import tables
from watchdog.metrics.telling import told
from watchdog.status import (
    CHECK_NAMES,
    DURATION_BUCKETS_SECONDS,
    OUTCOMES,
    CheckName,
    DatabaseStatus,
    Histogram,
    StatusBoard,
)
from watchdog.status.report import outcome as outcome_of


class BoardCollector(Collector):
    """Reads the board anew at each scrape.

    Args:
        board: what is known now.
        kinds: the kinds of object that findings can be of; "rows" is added. Each has its series at 0 from the start.
        clock: the time now, UTC.
    """

    def __init__(self, board: StatusBoard, kinds: Sequence[str], clock: Callable[[], datetime]) -> None:
        self._board = board
        self._kinds = tuple(dict.fromkeys((*kinds, "rows")))
        self._clock = clock

    def collect(self) -> Iterator[Metric]:
        board = self._board.snapshot()
        databases = [board.databases[name] for name in sorted(board.databases)]
        yield _build_info()
        yield _database_up(databases)
        yield _database_status(databases, self._clock())
        yield _intervals(databases)
        yield _last_success(databases)
        yield _durations(databases)
        yield _checks(databases)
        yield from _numbers(databases)
        yield _counters_trusted(databases)
        yield _findings(databases, self._kinds)
        yield _finding_events(board)
        yield _missing_expectations(databases)
        yield _baseline_captured(databases)
        yield _coverage(databases)
        yield _sequence_used(databases)
        yield from tables(databases)
        yield from told(board)


def exported(board: StatusBoard, kinds: Sequence[str], clock: Callable[[], datetime]) -> CollectorRegistry:
    """The board, and the process itself in the words that all of Prometheus' clients have for theirs."""
    registry = CollectorRegistry()
    registry.register(BoardCollector(board, kinds, clock))
    ProcessCollector(registry=registry)
    return registry


def render(metrics: BoardCollector | CollectorRegistry, accept_header: str | None) -> tuple[bytes, str]:
    """The body and its content type: OpenMetrics for those who ask for it, Prometheus' text format otherwise."""
    encode, content_type = choose_encoder(OPENMETRICS if prefers_openmetrics(accept_header or "") else "")
    return encode(metrics), content_type


def _checks_of(database: DatabaseStatus) -> list[CheckName]:
    return [check for check in CHECK_NAMES if check in database.every or check in database.latest]


def _build_info() -> Metric:
    family = gauge("build_info", "The running watchdog; always 1.", "version", "python")
    family.add_metric([__version__, platform.python_version()], 1)
    return family


def _database_up(databases: Sequence[DatabaseStatus]) -> Metric:
    family = gauge("database_up", "Whether the database answered when last asked.", "database")
    for database in databases:
        family.add_metric([database.name], int(database.up))
    return family


def _database_status(databases: Sequence[DatabaseStatus], now: datetime) -> Metric:
    documentation = "What the page calls the database: 1 for the status that it has, 0 for the others."
    family = gauge("database_status", documentation, "database", "status")
    for database in databases:
        standing = outcome_of(database, now)
        for status in OUTCOMES:
            family.add_metric([database.name, status], int(status == standing))
    return family


def _intervals(databases: Sequence[DatabaseStatus]) -> Metric:
    family = gauge("check_interval_seconds", "How often a check is made, as configured.", "database", "check")
    for database in databases:
        for check, seconds in database.every.items():
            family.add_metric([database.name, check], seconds)
    return family


def _last_success(databases: Sequence[DatabaseStatus]) -> Metric:
    family = gauge("check_last_success_timestamp_seconds", "When the last conclusive check began.", "database", "check")
    for database in databases:
        for check in CHECK_NAMES:
            if check in database.last_success:
                family.add_metric([database.name, check], database.last_success[check].timestamp())
    return family


def _durations(databases: Sequence[DatabaseStatus]) -> Metric:
    family = HistogramMetricFamily(
        PREFIX + "check_duration_seconds", "How long checks took, conclusive or not.", labels=("database", "check")
    )
    bounds = [*(str(bound) for bound in DURATION_BUCKETS_SECONDS), "+Inf"]
    for database in databases:
        for check in _checks_of(database):
            histogram = database.durations.get(check, Histogram())
            buckets = list(zip(bounds, accumulate(histogram.counts), strict=True))
            family.add_metric([database.name, check], buckets, histogram.total_seconds)
    return family


def _checks(databases: Sequence[DatabaseStatus]) -> Metric:
    family = counter("checks", "Checks made, by what they concluded.", "database", "check", "outcome")
    for database in databases:
        for check in _checks_of(database):
            for outcome in OUTCOMES:
                family.add_metric([database.name, check, outcome], database.outcomes.get((check, outcome), 0))
    return family


def _numbers(databases: Sequence[DatabaseStatus]) -> Iterator[Metric]:
    """What is one number a database."""
    for make, name, documentation, number in _NUMBERS:
        family = make(name, documentation, "database")
        for database in databases:
            family.add_metric([database.name], number(database))
        yield family


Make = Callable[..., CounterMetricFamily | GaugeMetricFamily]
_NUMBERS: Sequence[tuple[Make, str, str, Callable[[DatabaseStatus], float]]] = (
    (counter, "check_misfires", "Scheduled checks that were skipped or came too late.", lambda each: each.misfires),
    (counter, "queries", "Questions that a database was asked, answered or not.", lambda each: each.queries),
    (counter, "query_seconds", "How long the answers took, as the watchdog saw it.", lambda each: each.query_seconds),
    (gauge, "cost_limit_seconds", "How long the answers may take in a minute.", lambda each: each.cost_limit),
    (counter, "checks_postponed", "Checks that had to wait for the cost limit.", lambda each: each.postponed),
    (
        counter,
        "changes_noticed",
        "Probes that saw the catalogs move, so that they were read at once.",
        lambda each: each.noticed,
    ),
)


def _counters_trusted(databases: Sequence[DatabaseStatus]) -> Metric:
    documentation = "Whether the server's counters tell what changed (1), or its catalogs are gone through for it (0)."
    family = gauge("counters_trusted", documentation, "database")
    for database in databases:
        if "probe" in database.results:
            family.add_metric([database.name], 0 if database.distrust else 1)
    return family


def _findings(databases: Sequence[DatabaseStatus], kinds: Sequence[str]) -> Metric:
    family = gauge(
        "findings", "Differences from what is expected that stand now.", "database", "kind", "severity", "state"
    )
    for database in databases:
        counts = {(kind, severity, "open"): 0 for kind in kinds for severity in Severity}
        counts |= Counter((finding.kind, finding.severity, finding.state) for finding in database.unsorted)
        for (kind, severity, state), count in counts.items():
            family.add_metric([database.name, kind, severity.value, state], count)
    return family


def _finding_events(board: StatusBoard) -> Metric:
    documentation = "What became of findings: they began or became worse (firing), ended, or are borne from now on."
    family = counter("finding_events", documentation, "database", "event")
    for name in (*sorted(board.databases), SELF):
        for event in get_args(FindingEvent):
            family.add_metric([name, event], board.finding_events[name, event])
    return family


def _missing_expectations(databases: Sequence[DatabaseStatus]) -> Metric:
    family = gauge(
        "missing_expectations",
        "Needs of a component that the database does not meet, and that nobody bears.",
        "database",
        "component",
    )
    for database in databases:
        counts = Counter(dict.fromkeys(database.components, 0))
        standing = (finding for finding in database.unsorted if finding.state == "open")
        counts.update(component for finding in standing for component in set(finding.components))
        for component in sorted(counts):
            family.add_metric([database.name, component], counts[component])
    return family


def _baseline_captured(databases: Sequence[DatabaseStatus]) -> Metric:
    family = gauge("baseline_captured_timestamp_seconds", "When the expectation was captured.", "database")
    for database in databases:
        if database.baseline_captured_at is not None:
            family.add_metric([database.name], database.baseline_captured_at.timestamp())
    return family


def _coverage(databases: Sequence[DatabaseStatus]) -> Metric:
    family = gauge(
        "coverage_objects", "Objects that the latest schema check could and could not judge.", "database", "state"
    )
    for database in databases:
        if "schema" in database.latest:
            coverage = database.latest["schema"].coverage
            family.add_metric([database.name, "compared"], coverage.compared)
            family.add_metric([database.name, "unmodelled"], sum(coverage.unmodelled.values()))
            family.add_metric([database.name, "hidden"], len(coverage.hidden))
            family.add_metric([database.name, "stale"], len(coverage.stale))
    return family


def _sequence_used(databases: Sequence[DatabaseStatus]) -> Metric:
    documentation = "How full the fullest sequence is, 0 to 1; without a series where none may be seen."
    family = gauge("sequence_used_ratio", documentation, "database")
    for database in databases:
        # A look that concludes nothing empties no sequence.
        result = database.results.get("schema")
        if result is not None and result.sequence_used is not None:
            family.add_metric([database.name], result.sequence_used)
    return family
