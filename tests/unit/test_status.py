"""The board keeps what was concluded, and a report never says more than was looked at."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from watchdog.finding import Coverage, Finding, Severity, Subject
from watchdog.rows.reading import Reading
from watchdog.schema.snapshot import Server
from watchdog.status import DURATION_BUCKETS_SECONDS, CheckName, CheckResult, Histogram, Outcome, StatusBoard
from watchdog.status.report import joined, report, standing

NOW = datetime(2025, 11, 17, 14, 31, 2, tzinfo=UTC)
SEVEN_COLUMNS = Coverage(kinds=("column",), compared=7)


def found(severity: Severity, column: str = "token_group") -> Finding:
    return Finding(
        fingerprint=f"{severity}-{column}",
        kind="column",
        identity=("public", "sealed_epochs", column),
        change="missing",
        severity=severity,
        message=f"column public.sealed_epochs.{column} is missing",
    )


def looked(
    outcome: Outcome = "ok",
    *findings: Finding,
    check: CheckName = "schema",
    at: datetime = NOW,
    coverage: Coverage = SEVEN_COLUMNS,
    reason: str | None = None,
) -> CheckResult:
    return CheckResult(
        database="production",
        check=check,
        checked_at=at,
        duration_seconds=0.2,
        outcome=outcome,
        server=Server(version_num=150018, in_recovery=False),
        findings=findings,
        coverage=coverage,
        reason=reason,
    )


def watching(*results: CheckResult, every: dict[CheckName, float] | None = None) -> StatusBoard:
    board = StatusBoard()
    board.watch("production", every or {"schema": 300.0})
    for result in results:
        board.record(result)
    return board


def test_an_unverified_look_leaves_the_findings_of_the_last_conclusive_one_standing() -> None:
    board = watching(looked("drift", found(Severity.CRITICAL)), looked("unverified", reason="a lock was held"))

    status = board.databases["production"]

    assert [finding.severity for finding in status.findings] == [Severity.CRITICAL]
    assert status.latest["schema"].outcome == "unverified"
    assert status.outcomes == {("schema", "drift"): 1, ("schema", "unverified"): 1}


def test_a_result_of_a_forgotten_database_does_not_bring_it_back() -> None:
    board = watching()
    board.forget("production")

    board.record(looked())
    board.misfired("production")
    board.update("production", up=True)

    assert board.databases == {}


def test_watching_again_keeps_what_is_known_but_not_of_checks_that_are_no_longer_made() -> None:
    rows = looked("drift", found(Severity.WARNING), check="rows")
    board = watching(looked(), rows, every={"schema": 300.0, "rows": 60.0})

    board.watch("production", {"schema": 600.0})

    status = board.databases["production"]
    assert set(status.results) == set(status.latest) == set(status.last_success) == set(status.durations) == {"schema"}
    assert status.outcomes == {("schema", "ok"): 1}
    assert status.findings == ()


@pytest.mark.parametrize(("seconds", "bucket"), [(0.0, 0), (0.005, 0), (0.0051, 1), (60.0, 10), (61.0, 11)])
def test_a_duration_falls_into_the_bucket_whose_bound_it_does_not_exceed(seconds: float, bucket: int) -> None:
    histogram = Histogram().observe(seconds)

    assert histogram.counts.index(1) == bucket
    assert sum(histogram.counts) == 1
    assert len(histogram.counts) == len(DURATION_BUCKETS_SECONDS) + 1
    assert histogram.total_seconds == seconds


def test_a_report_has_exactly_the_fields_that_others_read_and_the_worst_finding_first() -> None:
    result = looked("drift", found(Severity.INFO), found(Severity.CRITICAL, 'it"s\n<script>%s{}🙂'))

    document = msgspec.json.decode(msgspec.json.encode(report(result)))

    assert list(document) == [
        "version",
        "status",
        "database",
        "checked_at",
        "server",
        "findings",
        "coverage",
        "reason",
        "rows",
    ]
    assert (document["version"], document["status"], document["checked_at"]) == (1, "drift", "2025-11-17T14:31:02Z")
    assert document["server"].items() >= {"version_num": 150018, "in_recovery": False}.items()
    assert [finding["severity"] for finding in document["findings"]] == ["critical", "info"]
    assert document["findings"][0]["identity"][2] == 'it"s\n<script>%s{}🙂'
    assert {"kinds", "unmodelled", "hidden", "stale", "not_in_baseline"} <= set(document["coverage"])


def test_a_database_that_was_never_checked_is_unverified_and_says_so() -> None:
    verdict = standing(watching().databases["production"], NOW)

    assert (verdict.status, verdict.checked_at, verdict.server) == ("unverified", None, None)
    assert verdict.reason == "schema: not checked yet"


def test_a_database_is_ok_only_while_every_check_has_lately_concluded_so() -> None:
    every: dict[CheckName, float] = {"probe": 5.0, "schema": 300.0, "rows": 60.0}
    board = watching(looked(), looked(check="rows", at=NOW - timedelta(seconds=60)), every=every)
    status = board.databases["production"]

    fresh = standing(status, NOW)
    assert (fresh.status, fresh.reason, fresh.checked_at) == ("ok", None, NOW - timedelta(seconds=60))

    stale = standing(status, NOW + timedelta(seconds=121))
    assert stale.status == "unverified"
    assert stale.reason == "rows: no conclusive look since 2025-11-17 14:30:02 UTC"


def test_a_standing_report_joins_findings_and_coverage_of_all_checks() -> None:
    hidden = Subject("relation", ("secret", "salaries"))
    schema = looked(
        "drift",
        found(Severity.WARNING),
        coverage=Coverage(kinds=("column", "index"), compared=5, unmodelled={"cast": 1}, hidden=(hidden,)),
    )
    rows = looked(
        "drift",
        found(Severity.CRITICAL),
        check="rows",
        coverage=Coverage(kinds=("rows",), compared=2, hidden=(hidden,), not_in_baseline=("policy",)),
    )

    verdict = standing(watching(schema, rows).databases["production"], NOW)

    assert [finding.severity for finding in verdict.findings] == [Severity.CRITICAL, Severity.WARNING]
    assert verdict.coverage == Coverage(
        kinds=("column", "index", "rows"),
        compared=7,
        unmodelled={"cast": 1},
        hidden=(hidden,),
        not_in_baseline=("policy",),
    )


def test_a_database_whose_migrations_wait_is_in_order() -> None:
    waits = msgspec.structs.replace(found(Severity.INFO), kind="migration", origin="pending-migration")
    assert standing(watching(looked("ok", waits)).databases["production"], NOW).status == "ok"
    both = looked("drift", waits, found(Severity.INFO))
    assert standing(watching(both).databases["production"], NOW).status == "drift"


def test_findings_stand_with_the_reason_why_they_could_not_be_verified_again() -> None:
    board = watching(
        looked("drift", found(Severity.CRITICAL)),
        looked("unverified", coverage=Coverage(), at=NOW + timedelta(minutes=5), reason="connection refused"),
    )

    verdict = standing(board.databases["production"], NOW + timedelta(minutes=5))

    assert verdict.status == "drift"
    assert verdict.checked_at == NOW
    assert verdict.reason == "schema: connection refused"
    assert verdict.coverage.compared == 0


def test_a_check_is_overdue_after_two_and_a_half_intervals_and_half_a_minute() -> None:
    status = watching(looked(), every={"probe": 5.0, "schema": 300.0}).databases["production"]

    assert status.overdue(NOW + timedelta(seconds=780)) == ()
    assert [late.check for late in status.overdue(NOW + timedelta(seconds=781))] == ["schema"]


def test_readings_stay_with_their_result() -> None:
    reading = Reading(schema="public", table="sealed_epochs", rows=1230, source="exact")
    result = msgspec.structs.replace(looked(check="rows"), readings=(reading,))

    assert watching(result).databases["production"].latest["rows"].readings == (reading,)


def test_looks_that_fail_for_one_reason_say_it_once() -> None:
    reasons: dict[CheckName, str] = {
        "schema": "cannot connect to db",
        "rows": "cannot connect to db; tried again in 1 s",
        "queries": "cannot connect to db2",
    }
    looks = [
        msgspec.structs.replace(looked("unverified", check=check), reason=reason) for check, reason in reasons.items()
    ]
    assert joined(looks).reason == "schema, rows: cannot connect to db; queries: cannot connect to db2"
