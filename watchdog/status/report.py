"""What stands, as one verdict that machines and people read."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from watchdog.finding import Coverage, Finding
from watchdog.rows.reading import Reading
from watchdog.schema.snapshot import Server
from watchdog.status import CHECK_NAMES, CheckName, CheckResult, DatabaseStatus, Outcome, worst_first


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict as machines read it: `check --format json` and the HTTP API encode it as it stands.

    Attributes:
        checked_at: when the look began, UTC; of several looks the oldest; None when there was none yet.
        coverage: of the latest looks, which may cover less than those that the standing findings came from.
        rows: of the tables that were ever counted to the end; empty where none was, or rows were not looked at.
        reason: why not all could be verified, one sentence a check; None when all was.
    """

    version: int = 1
    status: Outcome
    database: str
    checked_at: datetime | None
    server: Server | None
    findings: tuple[Finding, ...]
    coverage: Coverage
    reason: str | None
    rows: tuple[Reading, ...] = ()


def report(result: CheckResult) -> Report:
    """One look as a report."""
    return Report(
        status=result.outcome,
        database=result.database,
        checked_at=result.checked_at,
        server=result.server,
        findings=worst_first(result.findings),
        coverage=result.coverage,
        rows=tuple(reading for reading in result.readings if reading.counted is not None),
        reason=result.reason,
    )


def joined(results: Sequence[CheckResult]) -> CheckResult:
    """Several looks at one database, made one after the other, as one; the first names it."""
    first = results[0]
    outcomes = {result.outcome for result in results}
    whys: dict[str, list[str]] = {}
    for result in results:
        if result.reason:
            # The first look's failure to connect is the next one's too, with how long it is not tried again.
            same = next((why for why in whys if f"{result.reason}; ".startswith(f"{why}; ")), result.reason)
            whys.setdefault(same, []).append(result.check)
    return msgspec.structs.replace(
        first,
        duration_seconds=sum(result.duration_seconds for result in results),
        outcome="drift" if "drift" in outcomes else "unverified" if "unverified" in outcomes else "ok",
        server=next((result.server for result in results if result.server), None),
        findings=tuple(finding for result in results for finding in result.findings),
        coverage=_together([result.coverage for result in results]),
        readings=tuple(reading for result in results for reading in result.readings),
        reason="; ".join(f"{', '.join(checks)}: {why}" for why, checks in whys.items()) or None,
    )


def standing(status: DatabaseStatus, now: datetime) -> Report:
    """All that stands at `now`: the findings of the last conclusive looks, and what the latest looks could not see.

    It is "ok" only while every check has lately concluded so: an old verdict is no verdict.
    """
    looks = _looks(status)
    doubts = _doubts(status, now)
    return Report(
        status=_outcome(status, doubts),
        database=status.name,
        checked_at=min((verdict.checked_at for verdict in _verdicts(status)), default=None),
        server=max(looks, key=lambda look: look.checked_at).server if looks else None,
        findings=status.findings,
        coverage=_together([look.coverage for look in looks]),
        reason="; ".join(f"{check}: {doubt}" for check, doubt in doubts.items()) or None,
    )


def outcome(status: DatabaseStatus, now: datetime) -> Outcome:
    """The status of `standing` alone, for whoever asks often: to sort ten thousand findings takes long."""
    return _outcome(status, _doubts(status, now))


def _outcome(status: DatabaseStatus, doubts: Mapping[CheckName, str]) -> Outcome:
    if any(finding.is_drift for finding in status.unsorted):
        return "drift"
    return "unverified" if doubts or not _verdicts(status) else "ok"


def _doubts(status: DatabaseStatus, now: datetime) -> dict[CheckName, str]:
    """Why a check is not verified, or not wholly; a sentence each."""
    doubts = {
        look.check: look.reason or "not verified"
        for look in _looks(status)
        if look.reason or look.outcome == "unverified"
    }
    for late in status.overdue(now):
        doubts.setdefault(late.check, late.words)
    return doubts


def _verdicts(status: DatabaseStatus) -> list[CheckResult]:
    """The last conclusive looks. That a database answers is no verdict, so the probe is not among them."""
    return [status.results[check] for check in CHECK_NAMES if check != "probe" and check in status.results]


def _looks(status: DatabaseStatus) -> list[CheckResult]:
    """The latest looks, conclusive or not."""
    return [status.latest[check] for check in CHECK_NAMES if check != "probe" and check in status.latest]


def _together(coverages: Sequence[Coverage]) -> Coverage:
    """What several looks cover as one: each object counted once where it can be told apart."""
    unmodelled: dict[str, int] = {}
    for coverage in coverages:
        unmodelled |= coverage.unmodelled
    return Coverage(
        kinds=tuple(dict.fromkeys(kind for coverage in coverages for kind in coverage.kinds)),
        compared=sum(coverage.compared for coverage in coverages),
        unmodelled=unmodelled,
        hidden=tuple(dict.fromkeys(subject for coverage in coverages for subject in coverage.hidden)),
        stale=tuple(dict.fromkeys(subject for coverage in coverages for subject in coverage.stale)),
        not_in_baseline=tuple(dict.fromkeys(name for coverage in coverages for name in coverage.not_in_baseline)),
        not_comparable=tuple(dict.fromkeys(name for coverage in coverages for name in coverage.not_comparable)),
        partition_churn=sum(coverage.partition_churn for coverage in coverages),
        excluded=sum(coverage.excluded for coverage in coverages),
        in_flight=tuple(dict.fromkeys(words for coverage in coverages for words in coverage.in_flight)),
        queries=next((coverage.queries for coverage in coverages if coverage.queries), None),
        notes=tuple(dict.fromkeys(note for coverage in coverages for note in coverage.notes)),
    )
