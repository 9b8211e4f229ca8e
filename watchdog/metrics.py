"""Every exported metric, as a view of the status board: nothing is kept here, so no series outlives its subject."""

import platform
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import get_args

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from watchdog import __version__
from watchdog.alerts.alert import SELF
from watchdog.alerts.states import AlertState
from watchdog.finding import Severity
from watchdog.rows.reading import Reading
from watchdog.status import (
    CHECK_NAMES,
    DURATION_BUCKETS_SECONDS,
    OUTCOMES,
    CheckName,
    DatabaseStatus,
    DeliveryOutcome,
    Histogram,
    StatusBoard,
)

PREFIX = "schema_watchdog_"


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
        databases = [self._board.databases[name] for name in sorted(self._board.databases)]
        yield _build_info()
        yield _database_up(databases)
        yield _last_success(databases)
        yield _durations(databases)
        yield _checks(databases)
        yield _misfires(databases)
        yield _findings(databases, self._kinds)
        yield _missing_expectations(databases)
        yield _baseline_captured(databases)
        yield _coverage(databases)
        yield _table_rows(databases)
        yield _table_rows_unknown(databases)
        yield _newest_row(databases)
        yield _alerts(self._board)
        yield _deliveries(self._board)
        yield _delivered_at(self._board)
        yield _outbox(self._board)
        yield _oldest(self._board)
        yield _dead_letters(self._board)
        yield _heartbeats(self._board)
        yield _heartbeat_at(self._board)
        yield _state_up(self._board)


def render(metrics: BoardCollector | CollectorRegistry, accept_header: str | None) -> tuple[bytes, str]:
    """The body and its content type: OpenMetrics for those who ask for it, Prometheus' text format otherwise."""
    encode, content_type = choose_encoder(accept_header or "")
    return encode(metrics), content_type


def _gauge(name: str, documentation: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(PREFIX + name, documentation, labels=labels)


def _counter(name: str, documentation: str, *labels: str) -> CounterMetricFamily:
    return CounterMetricFamily(PREFIX + name, documentation, labels=labels)


def _checks_of(database: DatabaseStatus) -> list[CheckName]:
    return [check for check in CHECK_NAMES if check in database.every or check in database.latest]


def _build_info() -> Metric:
    family = _gauge("build_info", "The running watchdog; always 1.", "version", "python")
    family.add_metric([__version__, platform.python_version()], 1)
    return family


def _database_up(databases: Sequence[DatabaseStatus]) -> Metric:
    family = _gauge("database_up", "Whether the database answered when last asked.", "database")
    for database in databases:
        family.add_metric([database.name], int(database.up))
    return family


def _last_success(databases: Sequence[DatabaseStatus]) -> Metric:
    family = _gauge(
        "check_last_success_timestamp_seconds", "When the last conclusive check began.", "database", "check"
    )
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
    family = _counter("checks", "Checks made, by what they concluded.", "database", "check", "outcome")
    for database in databases:
        for check in _checks_of(database):
            for outcome in OUTCOMES:
                family.add_metric([database.name, check, outcome], database.outcomes.get((check, outcome), 0))
    return family


def _misfires(databases: Sequence[DatabaseStatus]) -> Metric:
    family = _counter("check_misfires", "Scheduled checks that were skipped or came too late.", "database")
    for database in databases:
        family.add_metric([database.name], database.misfires)
    return family


def _findings(databases: Sequence[DatabaseStatus], kinds: Sequence[str]) -> Metric:
    family = _gauge(
        "findings", "Differences from what is expected that stand now.", "database", "kind", "severity", "state"
    )
    for database in databases:
        counts = {(kind, severity, "open"): 0 for kind in kinds for severity in Severity}
        counts |= Counter((finding.kind, finding.severity, finding.state) for finding in database.findings)
        for (kind, severity, state), count in counts.items():
            family.add_metric([database.name, kind, severity.value, state], count)
    return family


def _missing_expectations(databases: Sequence[DatabaseStatus]) -> Metric:
    family = _gauge(
        "missing_expectations", "Needs of a component that the database does not meet.", "database", "component"
    )
    for database in databases:
        counts = Counter(dict.fromkeys(database.components, 0))
        counts.update(component for finding in database.findings for component in set(finding.components))
        for component in sorted(counts):
            family.add_metric([database.name, component], counts[component])
    return family


def _baseline_captured(databases: Sequence[DatabaseStatus]) -> Metric:
    family = _gauge("baseline_captured_timestamp_seconds", "When the expectation was captured.", "database")
    for database in databases:
        if database.baseline_captured_at is not None:
            family.add_metric([database.name], database.baseline_captured_at.timestamp())
    return family


def _coverage(databases: Sequence[DatabaseStatus]) -> Metric:
    family = _gauge(
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


def _readings(database: DatabaseStatus) -> dict[tuple[str, str], Reading]:
    """Of the latest look only: when it failed, the counts before it are nobody's word any more."""
    result = database.latest.get("rows")
    return {(reading.schema, reading.table): reading for reading in result.readings} if result else {}


def _table_rows(databases: Sequence[DatabaseStatus]) -> Metric:
    family = _gauge("table_rows", "Rows of a watched table, and who says so.", "database", "schema", "table", "source")
    for database in databases:
        for name, reading in sorted(_readings(database).items()):
            if name in database.watched_tables and reading.source != "unknown" and reading.rows is not None:
                family.add_metric([database.name, reading.schema, reading.table, reading.source], reading.rows)
    return family


def _table_rows_unknown(databases: Sequence[DatabaseStatus]) -> Metric:
    family = _gauge("table_rows_unknown", "Tables whose row count nobody can vouch for.", "database")
    for database in databases:
        readings = _readings(database)
        vouched = {
            name for name, reading in readings.items() if reading.source != "unknown" and reading.rows is not None
        }
        before = database.results.get("rows")
        known = {(reading.schema, reading.table) for reading in before.readings} if before else set()
        family.add_metric([database.name], len((known | set(readings) | database.watched_tables) - vouched))
    return family


def _newest_row(databases: Sequence[DatabaseStatus]) -> Metric:
    documentation = "Of when the newest value is of the column that tells how fresh a table is."
    family = _gauge("table_newest_row_timestamp_seconds", documentation, "database", "schema", "table")
    for database in databases:
        for name, reading in sorted(_readings(database).items()):
            if name in database.watched_tables and reading.newest_at is not None:
                family.add_metric([database.name, reading.schema, reading.table], reading.newest_at.timestamp())
    return family


def _alerts(board: StatusBoard) -> Metric:
    family = _gauge("alerts", "Open alerts, by how they stand with people.", "database", "severity", "state")
    if board.alerts is not None:
        states = get_args(AlertState)
        names = (*sorted(board.databases), SELF)
        counts = {(name, severity, state): 0 for name in names for severity in Severity for state in states}
        counts |= {key: count for key, count in board.alerts.items() if key in counts}
        for (database, severity, state), count in counts.items():
            family.add_metric([database, severity.value, state], count)
    return family


def _deliveries(board: StatusBoard) -> Metric:
    family = _counter("deliveries", "Attempts to deliver a message.", "channel", "outcome")
    counts = {(channel, outcome): 0 for channel in sorted(board.queues) for outcome in get_args(DeliveryOutcome)}
    counts |= board.deliveries
    for (channel, outcome), count in sorted(counts.items()):
        family.add_metric([channel, outcome], count)
    return family


def _delivered_at(board: StatusBoard) -> Metric:
    documentation = "When a channel last took a message, since this process began."
    family = _gauge("notifications_last_success_timestamp_seconds", documentation, "channel")
    for channel, at in sorted(board.delivered_at.items()):
        family.add_metric([channel], at.timestamp())
    return family


def _outbox(board: StatusBoard) -> Metric:
    family = _gauge("outbox_messages", "Messages that wait to be sent.", "channel")
    for channel, queue in sorted(board.queues.items()):
        family.add_metric([channel], queue.waiting)
    return family


def _oldest(board: StatusBoard) -> Metric:
    documentation = "When the oldest message that waits was made; without a series where none waits."
    family = _gauge("outbox_oldest_timestamp_seconds", documentation, "channel")
    for channel, queue in sorted(board.queues.items()):
        if queue.oldest_at is not None:
            family.add_metric([channel], queue.oldest_at.timestamp())
    return family


def _dead_letters(board: StatusBoard) -> Metric:
    family = _gauge("dead_letters", "Messages that were given up and are still kept.", "channel")
    for channel, queue in sorted(board.queues.items()):
        family.add_metric([channel], queue.given_up)
    return family


def _heartbeats(board: StatusBoard) -> Metric:
    family = _counter("heartbeats", "Heartbeats that were due; withheld while the watchdog does not work.", "outcome")
    for outcome, count in sorted((board.heartbeats or {}).items()):
        family.add_metric([outcome], count)
    return family


def _heartbeat_at(board: StatusBoard) -> Metric:
    documentation = "When the last heartbeat was taken, since this process began."
    family = _gauge("heartbeat_last_success_timestamp_seconds", documentation)
    if board.heartbeat_at is not None:
        family.add_metric([], board.heartbeat_at.timestamp())
    return family


def _state_up(board: StatusBoard) -> Metric:
    family = _gauge("state_up", "Whether the state's file can be used; what is known is else kept in memory alone.")
    family.add_metric([], int(board.state_failure is None))
    return family
