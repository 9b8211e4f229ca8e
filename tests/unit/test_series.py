"""However much there is to tell, the number of series stays below what docs/prometheus.md promises."""

import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

from prometheus_client.parser import text_string_to_metric_families as parse_text

from watchdog.alerts.queue import Queue
from watchdog.alerts.states import AlertState
from watchdog.check import MOST_TABLE_SERIES
from watchdog.config.alerts import MORE_KINDS
from watchdog.finding import Coverage, Finding, FindingState, Severity
from watchdog.metrics import BoardCollector, render
from watchdog.rows.reading import Reading
from watchdog.schema.kinds import KINDS
from watchdog.status import CHECK_NAMES, OUTCOMES, CheckResult, DeliveryOutcome, StatusBoard

NOW = datetime(2025, 11, 17, 14, 31, 2, tzinfo=UTC)
DOCS = Path(__file__).parents[2] / "docs" / "prometheus.md"
DATABASES = 3
TABLES = 10_000
CHANNELS = 20
COMPONENTS = 50
# 63 bytes, the longest name that PostgreSQL takes.
HOSTILE = ('it"s\n<script>\\n{}%s\r\t🙂\u2028,le="1"} ' + "x" * 63).encode()[:57].decode()


def finding(kind: str, severity: Severity, state: FindingState, number: int) -> Finding:
    return Finding(
        fingerprint=f"{kind}{number}",
        kind=kind,
        identity=(HOSTILE, f"{HOSTILE}{number}"),
        change="missing",
        severity=severity,
        state=state,
        message="gone",
        components=(f"component {number % COMPONENTS} {HOSTILE}",),
    )


def crowded_board() -> StatusBoard:
    """Everything that a metric can tell apart, of everything there is."""
    board = StatusBoard()
    kinds = (*KINDS, *MORE_KINDS)
    findings = tuple(
        finding(kind, severity, state, number)
        for number in range(COMPONENTS)
        for kind in kinds
        for severity in Severity
        for state in get_args(FindingState)
    )
    readings = tuple(
        Reading(schema=HOSTILE, table=f"{number:06}{HOSTILE}", rows=number, source="live", newest_at=NOW)
        for number in range(TABLES)
    )
    for name in (f"{HOSTILE} {number}" for number in range(DATABASES)):
        board.watch(name, dict.fromkeys(CHECK_NAMES, 60.0))
        for check in CHECK_NAMES:
            for outcome in OUTCOMES:
                result = CheckResult(
                    database=name,
                    check=check,
                    checked_at=NOW,
                    duration_seconds=1.0,
                    outcome=outcome,
                    coverage=Coverage(),
                )
                board.record(result)
        board.record(
            CheckResult(
                database=name, check="schema", checked_at=NOW, duration_seconds=1.0, outcome="drift", findings=findings
            )
        )
        board.record(
            CheckResult(
                database=name, check="rows", checked_at=NOW, duration_seconds=1.0, outcome="ok", readings=readings
            )
        )
        watched = frozenset((each.schema, each.table) for each in readings[:MOST_TABLE_SERIES])
        board.update(name, up=True, baseline_captured_at=NOW, watched_tables=watched)
    channels = [f"{HOSTILE} {number}" for number in range(CHANNELS)]
    board.waiting({channel: Queue(waiting=1, oldest_at=NOW) for channel in channels})
    for channel in channels:
        for outcome in get_args(DeliveryOutcome):
            board.delivered(channel, outcome, NOW)
    board.alerted(
        {
            (name, severity, state): 1
            for name in board.databases
            for severity in Severity
            for state in get_args(AlertState)
        }
    )
    board.expect_heartbeats(are_configured=True)
    board.heartbeat("sent", NOW)
    return board


def promised() -> tuple[int, int, int]:
    """Of docs/prometheus.md: series a database, a channel, and beside them."""
    text = DOCS.read_text(encoding="utf-8")
    found = re.search(
        r"\*\*([\d,]+) series a database\*\*.*\*\*(\d+) a channel\*\*.*\*\*(\d+)\*\* for the process", text
    )
    assert found is not None
    database, channel, itself = (int(number.replace(",", "")) for number in found.groups())
    return database, channel, itself


def test_the_series_of_a_crowded_board_are_as_many_as_the_docs_promise_at_most() -> None:
    board = crowded_board()

    body, _ = render(BoardCollector(board, tuple(KINDS), lambda: NOW), None)

    samples = [sample for family in parse_text(body.decode()) for sample in family.samples]
    assert len({(each.name, frozenset(each.labels.items())) for each in samples}) == len(samples)
    of_databases = Counter(
        each.labels["database"] for each in samples if each.labels.get("database") in board.databases
    )
    of_channels = Counter(each.labels["channel"] for each in samples if "channel" in each.labels)
    database, channel, itself = promised()
    assert set(of_databases) == set(board.databases)
    # Close to what is promised, or the board is not as crowded as can be.
    assert all(0.9 * database < count - COMPONENTS <= database for count in of_databases.values())
    assert set(of_channels.values()) == {channel}
    assert len(samples) - of_databases.total() - of_channels.total() <= itself
    without = [each.value for each in samples if each.name == "schema_watchdog_tables_without_series"]
    assert without == [TABLES - MOST_TABLE_SERIES] * DATABASES
    assert f"**{MOST_TABLE_SERIES} tables**" in DOCS.read_text(encoding="utf-8")
