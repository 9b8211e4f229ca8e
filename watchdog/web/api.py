"""The JSON documents of /api/v1, each with a version of its own. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from watchdog.finding import Severity
from watchdog.rows.reading import Reading
from watchdog.schema.snapshot import Server
from watchdog.status import CHECK_NAMES, CheckName, DatabaseStatus, Outcome
from watchdog.status.report import Report, standing


class FindingsDocument(msgspec.Struct, frozen=True, kw_only=True):
    version: int = 1
    databases: tuple[Report, ...]


class RowsOfDatabase(msgspec.Struct, frozen=True, kw_only=True):
    """The latest look at rows; `status` and `checked_at` are None before the first one."""

    database: str
    status: Outcome | None
    checked_at: datetime | None
    readings: tuple[Reading, ...]
    reason: str | None


class RowsDocument(msgspec.Struct, frozen=True, kw_only=True):
    version: int = 1
    databases: tuple[RowsOfDatabase, ...]


class CheckState(msgspec.Struct, frozen=True, kw_only=True):
    """One check of one database: its last look, and its last conclusive one; None before there is any."""

    every_seconds: float | None
    outcome: Outcome | None
    checked_at: datetime | None
    duration_seconds: float | None
    last_success_at: datetime | None
    reason: str | None


class DatabaseState(msgspec.Struct, frozen=True, kw_only=True):
    """A database at a glance; `findings` counts the open ones by severity.

    `counters_distrusted` says why its catalogs are gone through for changes; None where its counters tell of them.
    """

    database: str
    status: Outcome
    up: bool
    server: Server | None
    findings: Mapping[str, int]
    checks: Mapping[CheckName, CheckState]
    misfires: int
    changes_noticed: int
    checks_postponed: int
    counters_distrusted: str | None
    baseline_captured_at: datetime | None
    reason: str | None


class DatabasesDocument(msgspec.Struct, frozen=True, kw_only=True):
    version: int = 1
    databases: tuple[DatabaseState, ...]


def findings_document(reports: Sequence[Report]) -> FindingsDocument:
    return FindingsDocument(databases=tuple(reports))


def rows_document(databases: Sequence[DatabaseStatus]) -> RowsDocument:
    return RowsDocument(databases=tuple(_rows(status) for status in databases))


def databases_document(databases: Sequence[DatabaseStatus], now: datetime) -> DatabasesDocument:
    return DatabasesDocument(databases=tuple(_state(status, now) for status in databases))


def _rows(status: DatabaseStatus) -> RowsOfDatabase:
    latest = status.latest.get("rows")
    return RowsOfDatabase(
        database=status.name,
        status=latest.outcome if latest else None,
        checked_at=latest.checked_at if latest else None,
        readings=latest.readings if latest else (),
        reason=latest.reason if latest else "not checked yet" if "rows" in status.every else "not checked",
    )


def _state(status: DatabaseStatus, now: datetime) -> DatabaseState:
    report = standing(status, now)
    counts = Counter(finding.severity for finding in report.findings if finding.state == "open")
    checks = [check for check in CHECK_NAMES if check in status.every or check in status.latest]
    return DatabaseState(
        database=status.name,
        status=report.status,
        up=status.up,
        server=report.server,
        findings={severity.value: counts[severity] for severity in Severity},
        checks={check: _check(status, check) for check in checks},
        misfires=status.misfires,
        changes_noticed=status.noticed,
        checks_postponed=status.postponed,
        counters_distrusted=status.distrust or None,
        baseline_captured_at=status.baseline_captured_at,
        reason=report.reason,
    )


def _check(status: DatabaseStatus, check: CheckName) -> CheckState:
    latest = status.latest.get(check)
    return CheckState(
        every_seconds=status.every.get(check),
        outcome=latest.outcome if latest else None,
        checked_at=latest.checked_at if latest else None,
        duration_seconds=latest.duration_seconds if latest else None,
        last_success_at=status.last_success.get(check),
        reason=latest.reason if latest else "not checked yet",
    )
