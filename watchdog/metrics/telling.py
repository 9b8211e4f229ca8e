"""What people were told, what still waits, and the state that both are kept in."""

from collections.abc import Iterator
from typing import get_args

from prometheus_client.core import Metric

from watchdog.alerts.alert import SELF
from watchdog.alerts.states import AlertState
from watchdog.finding import Severity
from watchdog.metrics.family import counter, gauge
from watchdog.status import DeliveryOutcome, StatusBoard


def told(board: StatusBoard) -> Iterator[Metric]:
    """Of all databases and channels."""
    yield _alerts(board)
    yield _deliveries(board)
    yield _delivered_at(board)
    yield _outbox(board)
    yield _oldest(board)
    yield _dead_letters(board)
    yield _heartbeats(board)
    yield _heartbeat_at(board)
    yield _state_up(board)


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
