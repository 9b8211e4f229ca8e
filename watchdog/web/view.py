"""What the page shows, decided apart from how it looks: the board, the events and the time -> words. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Literal, Protocol

import msgspec

from watchdog.finding import Finding, Severity
from watchdog.rows.reading import Reading
from watchdog.schema.snapshot import Server
from watchdog.sqltext import display_name, how_many, visible
from watchdog.status import CHECK_NAMES, CheckName, DatabaseStatus
from watchdog.status.report import Report, standing
from watchdog.web.spoken import Talk, said_of
from watchdog.web.words import ago, coverage_in_words, duration, interval, visible_lines

Tone = Literal["critical", "warning", "unknown", "info", "ok"]
TONES: tuple[Tone, ...] = ("critical", "warning", "unknown", "info", "ok")

# A page that lists thousands is neither read nor loaded on a phone; the API has them all.
FINDINGS_SHOWN = 200
ROWS_SHOWN = 200

REFRESH_SECONDS = 10


class PastEvent(Protocol):
    """One line of history, as the state keeps it."""

    @property
    def at(self) -> datetime: ...
    @property
    def database(self) -> str: ...
    @property
    def event(self) -> str: ...
    @property
    def severity(self) -> Severity: ...
    @property
    def message(self) -> str: ...


class FindingView(msgspec.Struct, frozen=True, kw_only=True):
    """A finding; `sql`, `verify_sql` and `revert_sql` are to be copied, so they stand exactly as they are."""

    severity: Severity
    label: str
    message: str
    expected: str | None
    actual: str | None
    components: str
    origin: str
    sql: str
    notes: tuple[str, ...]
    verify_sql: str
    revert_sql: str
    said: tuple[str, ...]


class CheckView(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    tone: Tone
    words: str
    detail: str


class RowView(msgspec.Struct, frozen=True, kw_only=True):
    """A table's count; `known` is when it was last counted to the end and how new its newest row is."""

    table: str
    rows: str
    source: str
    note: str
    known: tuple[str, ...]


class DatabaseView(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    tone: Tone
    label: str
    headline: str
    facts: tuple[str, ...]
    checks: tuple[CheckView, ...]
    findings: tuple[FindingView, ...]
    findings_left_out: int
    coverage: tuple[str, ...]
    rows: tuple[RowView, ...]
    rows_left_out: int
    rows_note: str


class EventView(msgspec.Struct, frozen=True, kw_only=True):
    at: str
    ago: str
    database: str
    event: str
    tone: Tone
    message: str


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """All that the template needs.

    Attributes:
        silences: that hold now; None when they could not be read, and nor could what else was said of alerts.
        events: None when they could not be read.
        refresh_seconds: None when the reader has paused the page.
    """

    title: str
    tone: Tone
    now: str
    databases: tuple[DatabaseView, ...]
    silences: tuple[str, ...] | None
    events: tuple[EventView, ...] | None
    refresh_seconds: int | None


def page_view(
    databases: Sequence[DatabaseStatus],
    events: Sequence[PastEvent] | None,
    now: datetime,
    *,
    talk: Talk | None = Talk(),  # noqa: B008 frozen
    paused: bool = False,
) -> Page:
    """The page at `now`: databases worst first, findings worst first, events as they came."""
    views = sorted(
        (database_view(status, now, talk) for status in databases), key=lambda view: (TONES.index(view.tone), view.name)
    )
    troubled = sum(view.tone != "ok" for view in views)
    title = "No database is watched yet"
    if views:
        title = f"{troubled} of {how_many(len(views), 'database')} not in order" if troubled else "All in order"
    return Page(
        title=title,
        tone=views[0].tone if views else "unknown",
        now=f"{now:%Y-%m-%d %H:%M:%S} UTC",
        databases=tuple(views),
        silences=None if talk is None else talk.silences,
        events=None if events is None else tuple(_event(event, now) for event in events),
        refresh_seconds=None if paused else REFRESH_SECONDS,
    )


def database_view(status: DatabaseStatus, now: datetime, talk: Talk | None = None) -> DatabaseView:
    report = standing(status, now)
    tone, label, headline = _verdict(status, report)
    rows, rows_note = _rows(status, now)
    return DatabaseView(
        name=visible(status.name),
        tone=tone,
        label=label,
        headline=headline,
        facts=_facts(status, report.server),
        checks=tuple(_check(status, check, now) for check in CHECK_NAMES if check in status.every),
        findings=tuple(_finding(finding, said_of(finding, talk)) for finding in report.findings[:FINDINGS_SHOWN]),
        findings_left_out=max(0, len(report.findings) - FINDINGS_SHOWN),
        coverage=coverage_in_words(report.coverage) if status.latest else ("Nothing was compared yet.",),
        rows=rows[:ROWS_SHOWN],
        rows_left_out=max(0, len(rows) - ROWS_SHOWN),
        rows_note=rows_note,
    )


def _verdict(status: DatabaseStatus, report: Report) -> tuple[Tone, str, str]:
    """How bad, in two words, in a sentence. A finding outranks a doubt: it is known."""
    open_findings = [finding for finding in report.findings if finding.state == "open"]
    settled = len(report.findings) - len(open_findings)
    doubt = visible(report.reason) if report.reason else ""
    if not status.latest:
        return "unknown", "Not checked yet", "The first look has not ended. Nothing is known."
    if open_findings:
        counts = Counter(finding.severity for finding in open_findings)
        label = ", ".join(f"{counts[severity]} {severity}" for severity in reversed(Severity) if counts[severity])
        since = []
        if not status.up:
            since.append("It does not answer now.")
        if doubt:
            since.append(
                f"Not verified again: {doubt}. The findings stand from the last look that concluded something."
            )
        worst = max(counts, key=lambda severity: severity.rank)
        return _TONE_OF[worst], label, " ".join(since)
    if not status.up:
        return "critical", "Unreachable", doubt or "It does not answer."
    if report.status == "unverified":
        return "unknown", "Not verified", doubt or "Not all could be looked at."
    known = f"{how_many(settled, 'known difference')} accepted or in transition." if settled else ""
    if doubt:
        return "unknown", "Not verified", f"{doubt}. {known}".strip()
    return "ok", "In order", f"All that was compared is as expected. {known}".strip()


_TONE_OF: dict[Severity, Tone] = {Severity.INFO: "info", Severity.WARNING: "warning", Severity.CRITICAL: "critical"}


def _facts(status: DatabaseStatus, server: Server | None) -> tuple[str, ...]:
    facts = []
    if server is not None:
        role = "standby" if server.in_recovery else "primary"
        facts.append(f"PostgreSQL {server.major}.{server.version_num % 10000}, {role}")
    if status.baseline_captured_at is not None:
        facts.append(f"baseline of {status.baseline_captured_at:%Y-%m-%d %H:%M} UTC")
    if status.misfires:
        facts.append(f"{how_many(status.misfires, 'check')} skipped or late")
    if status.postponed:
        facts.append(f"{how_many(status.postponed, 'check')} put off for the cost limit")
    if status.distrust:
        facts.append(f"changes are looked for in the catalogs' rows: {status.distrust}")
    return tuple(facts)


def _check(status: DatabaseStatus, check: CheckName, now: datetime) -> CheckView:
    every = f"every {interval(status.every[check])}"
    latest = status.latest.get(check)
    if latest is None:
        return CheckView(name=check, tone="unknown", words="not checked yet", detail=every)
    words = {"ok": "in order", "drift": how_many(len(latest.findings), "finding"), "unverified": "not verified"}
    tones: dict[str, Tone] = {"ok": "ok", "drift": "warning", "unverified": "unknown"}
    outcome = "unverified" if latest.reason and latest.outcome == "ok" else latest.outcome
    worst = max((finding.severity for finding in latest.findings), key=lambda severity: severity.rank, default=None)
    late = any(overdue.check == check for overdue in status.overdue(now))
    return CheckView(
        name=check,
        tone="unknown" if late else _TONE_OF[worst] if worst else tones[outcome],
        words=f"{words[outcome]}, {ago(latest.checked_at, now)}{', overdue' if late else ''}",
        detail=f"took {duration(latest.duration_seconds)}, {every}",
    )


def _finding(finding: Finding, said: tuple[str, ...]) -> FindingView:
    remedy = finding.remedy
    sql = ""
    notes: tuple[str, ...] = ()
    if remedy is not None:
        sql = "\n".join(part for part in (remedy.before_sql.strip(), remedy.sql.strip()) if part)
        rewrite = "rewrites the table" if remedy.rewrites_table else ""
        notes = tuple(note for note in (remedy.safety, f"lock: {remedy.lock}" if remedy.lock else "", rewrite) if note)
    return FindingView(
        severity=finding.severity,
        label=finding.severity if finding.state == "open" else f"{finding.severity}, {finding.state.replace('_', ' ')}",
        message=visible(finding.message),
        expected=None if finding.expected is None else visible_lines(finding.expected),
        actual=None if finding.actual is None else visible_lines(finding.actual),
        components=", ".join(visible(component) for component in finding.components),
        origin="" if finding.origin == "unknown" else finding.origin,
        sql=sql,
        notes=tuple(visible(note) for note in notes),
        verify_sql=remedy.verify_sql if remedy else "",
        revert_sql=remedy.revert_sql if remedy else "",
        said=said,
    )


def _rows(status: DatabaseStatus, now: datetime) -> tuple[tuple[RowView, ...], str]:
    """The counts, watched tables first, and a word on how far they can be trusted."""
    latest, known = status.latest.get("rows"), status.results.get("rows")
    if latest is None:
        return (), "Rows are not counted yet." if "rows" in status.every else "Rows are not counted on this database."
    note = f"Read {ago(latest.checked_at, now)}."
    if latest.outcome == "unverified":
        note = f"The last look failed: {visible(latest.reason or 'not verified')}."
        if not latest.readings and known is not None:
            note += f" These counts are {duration((now - known.checked_at) / timedelta(seconds=1))} old."
    shown = latest if latest.readings or known is None else known
    readings = sorted(
        shown.readings, key=lambda r: ((r.schema, r.table) not in status.watched_tables, r.schema, r.table)
    )
    rows = tuple(
        RowView(
            table=display_name((reading.schema, reading.table)),
            rows="unknown" if reading.rows is None or reading.source == "unknown" else f"{reading.rows:,}",
            source=reading.source,
            # When an exact number was counted is said in any case.
            note="" if reading.source == "exact" else visible(reading.note),
            known=tuple(_known(reading, now)),
        )
        for reading in readings
    )
    if not rows and latest.outcome != "unverified":
        note += " There is no table to count."
    return rows, note


def _known(reading: Reading, now: datetime) -> Iterator[str]:
    if reading.counted is not None:
        yield f"counted {reading.counted.rows:,} at {reading.counted.at:%Y-%m-%d %H:%M} UTC"
    if reading.newest_at is not None:
        yield f"newest row {ago(reading.newest_at, now)}"


_GOOD_NEWS = ("resolved", "accepted")


def _event(event: PastEvent, now: datetime) -> EventView:
    return EventView(
        at=f"{event.at:%Y-%m-%d %H:%M:%S} UTC",
        ago=ago(event.at, now),
        database=visible(event.database),
        event=visible(event.event),
        tone=_TONE_OF[event.severity] if event.event == "firing" else "ok" if event.event in _GOOD_NEWS else "info",
        message=visible(event.message),
    )
