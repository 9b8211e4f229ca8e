"""Every exported metric, as a view of the status board: nothing is kept here, so no series outlives its subject."""

import platform
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import get_args

from prometheus_client import CollectorRegistry
from prometheus_client.core import HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from watchdog import __version__
from watchdog.alerts.alert import SELF
from watchdog.alerts.states import AlertState
from watchdog.finding import Finding, Severity
from watchdog.histogram import DURATION_BUCKETS_SECONDS, Histogram
from watchdog.metrics.accepted import OPENMETRICS, prefers_openmetrics
from watchdog.metrics.families import PREFIX, counter, gauge
from watchdog.metrics.tables import tables
from watchdog.status import CHECK_NAMES, OUTCOMES, CheckName, DatabaseStatus, DeliveryOutcome, StatusBoard


class BoardCollector(Collector):
    """Reads the board anew at each scrape.

    Args:
        board: what is known now.
        kinds: the kinds of object that findings can be of; "rows" is added. Each has its series at 0 from the start.
    """

    def __init__(self, board: StatusBoard, kinds: Sequence[str]) -> None:
        self._board = board
        self._kinds = tuple(dict.fromkeys((*kinds, "rows")))

    def collect(self) -> Iterator[Metric]:
        board = self._board.snapshot()
        databases = [board.databases[name] for name in sorted(board.databases)]
        yield _build_info()
        yield _database_up(databases)
        yield _last_success(databases)
        yield _durations(databases)
        yield _checks(databases)
        yield _misfires(databases)
        yield _queries(databases)
        yield _query_seconds(databases)
        yield _findings(databases, self._kinds)
        yield _missing_expectations(databases)
        yield _baseline_captured(databases)
        yield _coverage(databases)
        yield from tables(databases)
        yield _alerts(board)
        yield _deliveries(board)
        yield _delivered_at(board)
        yield _outbox(board)
        yield _oldest(board)
        yield _dead_letters(board)
        yield _heartbeats(board)
        yield _heartbeat_at(board)
        yield _state_up(board)


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


def _misfires(databases: Sequence[DatabaseStatus]) -> Metric:
    family = counter("check_misfires", "Scheduled checks that were skipped or came too late.", "database")
    for database in databases:
        family.add_metric([database.name], database.misfires)
    return family


def _queries(databases: Sequence[DatabaseStatus]) -> Metric:
    family = counter("queries", "Questions that a database was asked, answered or not.", "database")
    for database in databases:
        family.add_metric([database.name], database.queries)
    return family


def _query_seconds(databases: Sequence[DatabaseStatus]) -> Metric:
    family = counter("query_seconds", "How long the answers took, as the watchdog saw it.", "database")
    for database in databases:
        family.add_metric([database.name], database.query_seconds)
    return family


def _standing(database: DatabaseStatus) -> Iterator[Finding]:
    """In no order: to sort ten thousand takes longer than to count them."""
    return (finding for result in database.results.values() for finding in result.findings)


def _findings(databases: Sequence[DatabaseStatus], kinds: Sequence[str]) -> Metric:
    family = gauge(
        "findings", "Differences from what is expected that stand now.", "database", "kind", "severity", "state"
    )
    for database in databases:
        counts = {(kind, severity, "open"): 0 for kind in kinds for severity in Severity}
        counts |= Counter((finding.kind, finding.severity, finding.state) for finding in _standing(database))
        for (kind, severity, state), count in counts.items():
            family.add_metric([database.name, kind, severity.value, state], count)
    return family


def _missing_expectations(databases: Sequence[DatabaseStatus]) -> Metric:
    family = gauge(
        "missing_expectations", "Needs of a component that the database does not meet.", "database", "component"
    )
    for database in databases:
        counts = Counter(dict.fromkeys(database.components, 0))
        counts.update(component for finding in _standing(database) for component in set(finding.components))
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


def _alerts(board: StatusBoard) -> Metric:
    family = gauge("alerts", "Open alerts, by how they stand with people.", "database", "severity", "state")
    if board.alerts is not None:
        states = get_args(AlertState)
        names = (*sorted(board.databases), SELF)
        counts = {(name, severity, state): 0 for name in names for severity in Severity for state in states}
        counts |= {key: count for key, count in board.alerts.items() if key in counts}
        for (database, severity, state), count in counts.items():
            family.add_metric([database, severity.value, state], count)
    return family


def _deliveries(board: StatusBoard) -> Metric:
    family = counter("deliveries", "Attempts to deliver a message.", "channel", "outcome")
    counts = {(channel, outcome): 0 for channel in sorted(board.queues) for outcome in get_args(DeliveryOutcome)}
    counts |= board.deliveries
    for (channel, outcome), count in sorted(counts.items()):
        family.add_metric([channel, outcome], count)
    return family


def _delivered_at(board: StatusBoard) -> Metric:
    documentation = "When a channel last took a message, since this process began."
    family = gauge("notifications_last_success_timestamp_seconds", documentation, "channel")
    for channel, at in sorted(board.delivered_at.items()):
        family.add_metric([channel], at.timestamp())
    return family


def _outbox(board: StatusBoard) -> Metric:
    family = gauge("outbox_messages", "Messages that wait to be sent.", "channel")
    for channel, queue in sorted(board.queues.items()):
        family.add_metric([channel], queue.waiting)
    return family


def _oldest(board: StatusBoard) -> Metric:
    documentation = "When the oldest message that waits was made; without a series where none waits."
    family = gauge("outbox_oldest_timestamp_seconds", documentation, "channel")
    for channel, queue in sorted(board.queues.items()):
        if queue.oldest_at is not None:
            family.add_metric([channel], queue.oldest_at.timestamp())
    return family


def _dead_letters(board: StatusBoard) -> Metric:
    family = gauge("dead_letters", "Messages that were given up and are still kept.", "channel")
    for channel, queue in sorted(board.queues.items()):
        family.add_metric([channel], queue.given_up)
    return family


def _heartbeats(board: StatusBoard) -> Metric:
    family = counter("heartbeats", "Heartbeats that were due; withheld while the watchdog does not work.", "outcome")
    for outcome, count in sorted((board.heartbeats or {}).items()):
        family.add_metric([outcome], count)
    return family


def _heartbeat_at(board: StatusBoard) -> Metric:
    documentation = "When the last heartbeat was taken, since this process began."
    family = gauge("heartbeat_last_success_timestamp_seconds", documentation)
    if board.heartbeat_at is not None:
        family.add_metric([], board.heartbeat_at.timestamp())
    return family


def _state_up(board: StatusBoard) -> Metric:
    family = gauge("state_up", "Whether the state's file can be used; what is known is else kept in memory alone.")
    family.add_metric([], int(board.state_failure is None))
    return family
