"""/metrics is a view of the board: what it shows, what it never shows, and that both formats survive hostile names."""

import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from watchdog import __version__
from watchdog.alerts.alert import SELF
from watchdog.alerts.queue import Queue
from watchdog.check import MOST_TABLE_SERIES
from watchdog.finding import Coverage, Finding, FindingState, Severity, Subject
from watchdog.metrics import BoardCollector, exported, render
from watchdog.rows.reading import Reading
from watchdog.schema.kinds import KINDS
from watchdog.status import CheckName, CheckResult, Outcome, StatusBoard

NOW = datetime(2025, 11, 17, 14, 31, 2, tzinfo=UTC)
GOLDEN = Path(__file__).parents[1] / "golden" / "metrics.txt"
HOSTILE = 'it"s\n<script>\\n{}%s\r\t🙂\u2028,le="1"} 9'
OPENMETRICS = "application/openmetrics-text; version=1.0.0"


def found(
    kind: str = "column",
    severity: Severity = Severity.CRITICAL,
    state: FindingState = "open",
    components: tuple[str, ...] = ("milo-aggregator",),
) -> Finding:
    return Finding(
        fingerprint="f",
        kind=kind,
        identity=("public", "sealed_epochs", "token_group"),
        change="missing",
        severity=severity,
        state=state,
        message="column public.sealed_epochs.token_group is missing",
        components=components,
    )


def looked(
    outcome: Outcome, *findings: Finding, database: str = "production", check: CheckName = "schema"
) -> CheckResult:
    return CheckResult(
        database=database, check=check, checked_at=NOW, duration_seconds=0.2, outcome=outcome, findings=findings
    )


def counted(*readings: Reading, database: str = "production") -> CheckResult:
    return msgspec.structs.replace(looked("ok", database=database, check="rows"), readings=readings)


def samples(board: StatusBoard, name: str, **labels: str) -> dict[tuple[str, ...], float]:
    """Label values, in the order of the labels' names and without those asked for -> value."""
    return {
        tuple(value for key, value in sorted(sample.labels.items()) if key not in labels): sample.value
        for family in BoardCollector(board, ["column"], lambda: NOW).collect()
        for sample in family.samples
        if sample.name == f"schema_watchdog_{name}" and labels.items() <= sample.labels.items()
    }


def busy_board() -> StatusBoard:
    """A database with drift, one that was never reached, and a channel that has trouble."""
    board = StatusBoard()
    board.watch("production", {"probe": 5.0, "schema": 300.0, "rows": 60.0})
    board.watch("staging", {"schema": 300.0})
    coverage = Coverage(
        kinds=("column", "index"),
        compared=41,
        unmodelled={"cast": 1, "publication": 2},
        hidden=(Subject("relation", ("secret", "salaries")),),
        stale=(Subject("relation", ("public", "user_mapping")),),
    )
    drift = looked("drift", found(), found("index", Severity.WARNING, "accepted", ()))
    board.record(looked("ok", check="probe"))
    board.record(msgspec.structs.replace(drift, coverage=coverage, sequence_used=0.81))
    board.record(
        counted(
            Reading(schema="public", table="sealed_epochs", rows=1230, source="exact", newest_at=NOW),
            Reading(schema="public", table="user_signals", rows=10_000_000, source="planner"),
            Reading(schema="public", table="user_mapping", rows=None, source="unknown"),
        )
    )
    watched = frozenset({("public", "sealed_epochs"), ("public", "user_mapping")})
    board.update("production", up=True, baseline_captured_at=NOW, watched_tables=watched)
    board.became("production", ["firing", "firing", "accepted"])
    board.became(SELF, ["firing"])
    board.misfired("production")
    board.asked("production", 0.25)
    board.asked("production", 1.5)
    board.waiting({"ops": Queue(waiting=2, oldest_at=NOW - timedelta(minutes=3), given_up=1), "team": Queue()})
    board.delivered("ops", "failed", NOW)
    board.delivered("team", "delivered", NOW)
    board.alerted({("production", Severity.CRITICAL, "told"): 1, ("production", Severity.WARNING, "silenced"): 2})
    board.expect_heartbeats(are_configured=True)
    board.heartbeat("sent", NOW)
    board.heartbeat("withheld", NOW + timedelta(minutes=1))
    return board


def hostile_board() -> StatusBoard:
    board = StatusBoard()
    board.watch(HOSTILE, {"schema": 300.0, "rows": 60.0})
    finding = found(kind=HOSTILE, components=(HOSTILE,))
    board.record(looked("drift", finding, database=HOSTILE))
    reading = Reading(schema=HOSTILE, table=HOSTILE, rows=3, source="live", note=HOSTILE)
    board.record(counted(reading, database=HOSTILE))
    board.update(HOSTILE, watched_tables=frozenset({(HOSTILE, HOSTILE)}))
    board.waiting({HOSTILE: Queue(waiting=1, oldest_at=NOW)})
    board.delivered(HOSTILE, "delivered", NOW)
    board.alerted({(HOSTILE, Severity.CRITICAL, "told"): 1})
    return board


def test_the_exposition_of_a_busy_board_is_the_golden_text() -> None:
    body, content_type = render(BoardCollector(busy_board(), ["column", "index"], lambda: NOW), None)

    text = body.decode().replace(platform.python_version(), "PYTHON").replace(__version__, "VERSION")

    assert content_type == "text/plain; version=0.0.4; charset=utf-8"
    assert text == GOLDEN.read_text(encoding="utf-8")


def test_promtool_finds_nothing_to_say_of_busy_hostile_and_empty_boards(promtool: str) -> None:
    for board in (busy_board(), hostile_board(), StatusBoard()):
        body, _ = render(BoardCollector(board, ["column"], lambda: NOW), None)

        checked = subprocess.run([promtool, "check", "metrics"], input=body, capture_output=True, check=False)

        assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")


@pytest.mark.parametrize(("accept", "openmetrics"), [(None, False), (OPENMETRICS, True)])
def test_hostile_names_come_back_from_a_parser_as_they_were(*, accept: str | None, openmetrics: bool) -> None:
    body, _ = render(BoardCollector(hostile_board(), ["column"], lambda: NOW), accept)

    families: list[Metric] = list((parse_openmetrics if openmetrics else parse_text)(body.decode()))

    read = {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }

    def value(name: str, **labels: str) -> float:
        return read[f"schema_watchdog_{name}", frozenset(labels.items())]

    assert value("table_rows", database=HOSTILE, schema=HOSTILE, table=HOSTILE, source="live") == 3
    assert value("findings", database=HOSTILE, kind=HOSTILE, severity="critical", state="open") == 1
    assert value("missing_expectations", database=HOSTILE, component=HOSTILE) == 1
    assert value("deliveries_total", channel=HOSTILE, outcome="delivered") == 1
    assert {dict(labels)["database"] for _, labels in read if "database" in dict(labels)} == {HOSTILE, SELF}


# As Prometheus 2.42 asks, and 3 by its defaults; as it does with `scrape_protocols: [PrometheusText0.0.4, ...]`.
PROMETHEUS_2 = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,"
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)
PROMETHEUS_3_TEXT = (
    "text/plain;version=0.0.4;q=0.6,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,*/*;q=0.2"
)


@pytest.mark.parametrize(
    ("accept", "openmetrics"),
    [
        (PROMETHEUS_2, True),
        (PROMETHEUS_3, True),
        (PROMETHEUS_3_TEXT, False),
        (f"{OPENMETRICS},text/plain;q=0.5", True),
        ("application/openmetrics-text", True),
        (f"text/plain;q=0.3, {OPENMETRICS}; q=0.8", True),
        ("text/plain;version=1.0.0;escaping=allow-utf-8,application/openmetrics-text;version=1.0.0;q=0.1", False),
        ("application/openmetrics-text;version=0.0.1", False),
        ("application/openmetrics-text;version=2.0.0", False),
        ("application/openmetrics-text;version=x.y", False),
        (f"{OPENMETRICS};q=0", False),
        (f"{OPENMETRICS};q=nan", False),
        (f"{OPENMETRICS};q=9", False),
        ("text/html,*/*;q=0.1", False),
        (";;=,,;q", False),
        ("", False),
    ],
)
def test_openmetrics_is_served_only_to_those_who_would_rather_have_it(accept: str, *, openmetrics: bool) -> None:
    body, content_type = render(BoardCollector(busy_board(), ["column"], lambda: NOW), accept)

    assert content_type.startswith("application/openmetrics-text; version=1.0.0" if openmetrics else "text/plain")
    assert body.endswith(b"# EOF\n") == openmetrics


def test_there_are_no_exemplars_and_no_times_of_making() -> None:
    body, _ = render(BoardCollector(busy_board(), ["column"], lambda: NOW), OPENMETRICS)

    assert [line for line in body.splitlines() if b" # " in line or b"_created" in line] == []


@pytest.mark.parametrize("accept", [None, OPENMETRICS])
def test_what_is_exported_is_the_board_and_the_process(accept: str | None) -> None:
    body, _ = render(exported(busy_board(), ["column"], lambda: NOW), accept)
    of_board, _ = render(BoardCollector(busy_board(), ["column"], lambda: NOW), accept)

    lines = body.decode().splitlines()

    assert set(of_board.decode().splitlines()) <= set(lines)
    [resident] = [line for line in lines if line.startswith("process_resident_memory_bytes ")]
    [started] = [line for line in lines if line.startswith("process_start_time_seconds ")]
    assert float(resident.split()[1]) > 1e6
    assert float(started.split()[1]) > NOW.timestamp()


def status_of(board: StatusBoard, name: str = "production") -> set[str]:
    """Those that hold; there must be one."""
    statuses = samples(board, "database_status", database=name)
    assert set(statuses) == {("ok",), ("drift",), ("unverified",)}
    return {status for (status,), value in statuses.items() if value == 1}


def test_the_status_of_a_database_is_what_the_page_calls_it() -> None:
    board = StatusBoard()
    board.watch("production", {"schema": 300.0, "rows": 60.0})
    assert status_of(board) == {"unverified"}

    board.record(looked("ok"))
    assert status_of(board) == {"unverified"}, "the rows were not looked at"

    board.record(counted())
    assert status_of(board) == {"ok"}

    board.record(msgspec.structs.replace(counted(), reason="the freshness of public.orders could not be asked"))
    assert status_of(board) == {"unverified"}, "part of a look is in doubt"

    board.record(looked("drift", found()))
    assert status_of(board) == {"drift"}

    board.record(looked("ok", found(state="accepted")))
    board.record(msgspec.structs.replace(counted(), checked_at=NOW - timedelta(seconds=181)))
    assert status_of(board) == {"unverified"}, "a verdict is too old"


def test_no_series_outlives_its_database() -> None:
    board = busy_board()
    board.forget("production")

    body, _ = render(BoardCollector(board, ["column", "index"], lambda: NOW), None)

    assert b"production" not in body
    assert b'database="staging"' in body


def test_findings_are_zero_for_every_kind_and_severity_before_the_first_check() -> None:
    board = StatusBoard()
    board.watch("production", {"schema": 300.0})

    assert samples(board, "findings", database="production", state="open") == {
        (kind, severity): 0 for kind in ("column", "rows") for severity in ("critical", "info", "warning")
    }
    assert samples(board, "findings", state="accepted") == samples(board, "findings", state="in_transition") == {}
    assert samples(board, "check_last_success_timestamp_seconds") == {}
    assert samples(board, "coverage_objects") == {}


def test_what_became_of_findings_is_counted_from_zero_and_of_what_is_watched_alone() -> None:
    board = busy_board()
    board.became("production", ["resolved"])

    events = {("production", event): count for event, count in (("accepted", 1), ("firing", 2), ("resolved", 1))}
    events |= {("staging", event): 0 for event in ("accepted", "firing", "resolved")}
    assert samples(board, "finding_events_total") == events | {
        (SELF, "accepted"): 0,
        (SELF, "firing"): 1,
        (SELF, "resolved"): 0,
    }

    board.forget("production")
    board.became("production", ["resolved"])
    assert samples(board, "finding_events_total", database="production") == {}


def test_the_fullest_sequence_is_that_of_the_last_conclusive_look_and_without_one_no_series() -> None:
    board = busy_board()
    board.record(looked("unverified"))

    assert samples(board, "sequence_used_ratio") == {("production",): 0.81}
    assert samples(board, "check_interval_seconds", database="production") == {
        ("probe",): 5,
        ("rows",): 60,
        ("schema",): 300,
    }

    board.record(looked("ok"))
    assert samples(board, "sequence_used_ratio") == {}


def test_a_finding_of_a_kind_that_nobody_announced_is_counted_all_the_same() -> None:
    board = busy_board()

    assert samples(board, "findings", database="production", kind="index", state="accepted") == {("warning",): 1}


def test_every_outcome_of_every_scheduled_check_starts_at_zero() -> None:
    assert samples(busy_board(), "checks_total", database="staging") == {
        ("schema", "drift"): 0,
        ("schema", "ok"): 0,
        ("schema", "unverified"): 0,
    }


def test_a_component_named_twice_in_one_finding_lacks_one_thing_and_what_is_accepted_is_no_lack() -> None:
    board = StatusBoard()
    board.watch("production", {"schema": 300.0})
    borne = found(components=("a", "content"), state="accepted")
    board.record(looked("drift", found(components=("a", "a", "b")), found(components=("a",)), borne))

    board.update("production", components=frozenset({"a", "content"}))
    assert samples(board, "missing_expectations", database="production") == {("a",): 2, ("b",): 1, ("content",): 0}


def test_rows_are_shown_of_watched_tables_only_and_never_when_nobody_vouches_for_them() -> None:
    board = busy_board()

    assert samples(board, "table_rows") == {("production", "public", "exact", "sealed_epochs"): 1230}
    assert samples(board, "table_rows_unknown") == {("production",): 1, ("staging",): 0}


def test_tables_without_series_of_their_own_are_counted_also_while_looks_fail() -> None:
    board = busy_board()

    assert samples(board, "tables_without_series") == {("production",): 1, ("staging",): 0}
    board.record(looked("unverified", check="rows"))
    assert samples(board, "tables_without_series", database="production") == {(): 1}


def test_questions_are_counted_of_watched_databases_only() -> None:
    board = busy_board()
    assert samples(board, "queries_total") == {("production",): 2, ("staging",): 0}
    assert samples(board, "query_seconds_total", database="production") == {(): 1.75}

    board.forget("production")
    board.asked("production", 1.0)  # by a look that was under way

    assert samples(board, "queries_total") == {("staging",): 0}


def test_what_happens_while_the_board_is_read_changes_nothing_of_what_is_read() -> None:
    board = busy_board()
    families = BoardCollector(board, ["column"], lambda: NOW).collect()
    next(families)

    board.forget("production")
    board.delivered("third", "delivered", NOW)

    read = [sample for family in families for sample in family.samples]
    assert {sample.labels["database"] for sample in read if "database" in sample.labels} >= {"production"}
    assert not [sample for sample in read if "third" in sample.labels.values()]


@pytest.mark.parametrize("tables", [0, MOST_TABLE_SERIES, 10_000])
def test_the_series_of_a_database_are_bounded_whatever_it_holds(tables: int) -> None:
    def series(board: StatusBoard) -> int:
        return sum(len(family.samples) for family in BoardCollector(board, tuple(KINDS), lambda: NOW).collect())

    board = StatusBoard()
    board.alerted({})
    without = series(board)
    every: dict[CheckName, float] = {"probe": 5.0, "schema": 300.0, "rows": 60.0, "queries": 600.0}
    board.watch("production", every)
    for check in every:
        board.record(msgspec.structs.replace(looked("ok", check=check), sequence_used=0.5))
    readings = [Reading(schema="public", table=f"t{number}", rows=1, source="live") for number in range(tables)]
    board.record(counted(*readings))
    watched = frozenset((reading.schema, reading.table) for reading in readings[:MOST_TABLE_SERIES])
    board.update("production", up=True, baseline_captured_at=NOW, watched_tables=watched)

    assert series(board) - without == 254 + min(tables, MOST_TABLE_SERIES)


def test_a_failed_look_makes_all_counts_unknown_instead_of_repeating_old_ones() -> None:
    board = busy_board()
    board.record(looked("unverified", check="rows"))

    assert samples(board, "table_rows") == {}
    assert samples(board, "table_rows_unknown", database="production") == {(): 3}


def test_a_table_that_changes_its_source_leaves_no_second_series() -> None:
    board = busy_board()
    board.record(counted(Reading(schema="public", table="sealed_epochs", rows=1200, source="live")))

    assert samples(board, "table_rows") == {("production", "public", "live", "sealed_epochs"): 1200}


def test_a_histogram_is_cumulative_and_its_last_bucket_is_its_count() -> None:
    board = busy_board()
    labels: Mapping[str, str] = {"database": "production", "check": "schema"}

    buckets = samples(board, "check_duration_seconds_bucket", **labels)

    assert buckets["0.1",] == 0
    assert buckets["0.25",] == buckets["60.0",] == buckets["+Inf",] == 1
    assert samples(board, "check_duration_seconds_count", **labels) == {(): 1}
    assert samples(board, "check_duration_seconds_sum", **labels) == {(): 0.2}


def test_every_channel_has_its_series_before_the_first_delivery() -> None:
    board = StatusBoard()
    board.waiting({"ops": Queue()})

    assert samples(board, "deliveries_total") == {
        ("ops", "delivered"): 0,
        ("ops", "failed"): 0,
        ("ops", "given_up"): 0,
    }
    assert samples(board, "outbox_messages") == samples(board, "dead_letters") == {("ops",): 0}
    assert samples(board, "outbox_oldest_timestamp_seconds") == {}
    assert samples(board, "notifications_last_success_timestamp_seconds") == {}


def test_alerts_are_counted_by_how_they_stand_with_people_and_of_none_there_are_zero() -> None:
    board = busy_board()

    counts = samples(board, "alerts", database="production")

    assert len(counts) == 3 * 4
    assert {key for key, count in counts.items() if count} == {("critical", "told"), ("warning", "silenced")}
    assert counts["warning", "silenced"] == 2
    assert set(samples(board, "alerts", database="staging").values()) == {0}
    assert set(samples(board, "alerts", database=SELF).values()) == {0}


def test_a_process_that_tells_nobody_says_nothing_of_what_people_were_told() -> None:
    board = busy_board()
    board.alerted(None)

    assert samples(board, "alerts") == {}


def test_a_channel_that_is_no_longer_configured_leaves_no_series() -> None:
    board = busy_board()
    board.deliver_to(["team"])
    board.waiting({"team": Queue()})

    body, _ = render(BoardCollector(board, ["column"], lambda: NOW), None)

    assert b'"ops"' not in body
    assert samples(board, "deliveries_total", channel="team", outcome="delivered") == {(): 1}


def test_alerts_of_a_database_that_is_no_longer_watched_are_no_series() -> None:
    board = busy_board()
    board.forget("production")

    assert samples(board, "alerts", database="production") == {}


def test_heartbeats_are_counted_only_where_they_are_configured() -> None:
    board = busy_board()
    assert samples(board, "heartbeats_total") == {("failed",): 0, ("sent",): 1, ("withheld",): 1}
    assert samples(board, "heartbeat_last_success_timestamp_seconds") == {(): NOW.timestamp()}

    board.expect_heartbeats(are_configured=False)
    board.heartbeat("sent", NOW)

    assert samples(board, "heartbeats_total") == samples(board, "heartbeat_last_success_timestamp_seconds") == {}
