"""Reports as text for a terminal or a log. Pure: every name in them is made to stay on its line."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta

from watchdog.finding import Coverage, Finding, Remedy, Subject
from watchdog.queries.words import words as words_of_queries
from watchdog.rows.reading import Counted, Reading
from watchdog.rows.times import span
from watchdog.sqltext import display_name, how_many, is_the_same_pasted, visible
from watchdog.status import CheckResult
from watchdog.status.report import Report

INDENT = "    "
HEADS = ("table", "rows", "source", "last day", "counted (UTC)")
# A longer name moves its own line, not all the others.
WIDEST_NAME = 40
MOST_NAMED = 10


def report_text(report: Report) -> str:
    """The verdict, each finding with its way out, and what the verdict covers."""
    lines = [f"{visible(report.database)}: {verdict_words(report)}", ""]
    for finding in report.findings:
        lines += [*_finding(finding), ""]
    if report.rows:
        lines += ["rows, counted to the end:", *(f"{INDENT}{counted_text(reading)}" for reading in report.rows), ""]
    return "\n".join([*lines, *coverage_lines(report.coverage)]).rstrip("\n")


def counted_text(reading: Reading) -> str:
    """What a table held when it was counted before, and what it holds now.

    >>> public.sealed_epochs: 1,230 rows, unchanged since 2025-11-17 14:31 UTC
    """
    now, before = reading.counted, reading.counted_before
    name = display_name((reading.schema, reading.table))
    if now is None or before is None:
        return f"{name}: not counted again" + (
            f"; {how_many(now.rows, 'row')} at {now.at:%Y-%m-%d %H:%M} UTC" if now else ""
        )
    return f"{name}: {how_many(now.rows, 'row')}, {compared(now, before)}"


def compared(now: Counted, before: Counted) -> str:
    """`unchanged since 2025-11-17 14:31 UTC`, or how many more or fewer than then."""
    difference = now.rows - before.rows
    moved = f"{abs(difference):,} {'more' if difference > 0 else 'fewer'} than" if difference else "unchanged since"
    return f"{moved} {before.at:%Y-%m-%d %H:%M} UTC"


def rows_text(result: CheckResult, trends: Mapping[tuple[str, str], str]) -> str:
    """A table a line, and below it what there is to say of it, the findings first.

    >>> table                       rows  source      last day  counted (UTC)
    >>> public.sealed_epochs       1,230  exact   ▁▂▃▄▄▄▅▅▆▆▇█  2025-11-17 14:31
    """
    findings: dict[tuple[str, ...], list[Finding]] = {}
    for finding in result.findings:
        findings.setdefault(finding.identity, []).append(finding)
    lines = [f"{result.database}: {how_many(len(result.readings), 'table')}"]
    if result.reason:
        lines.append(f"  not verified: {visible(result.reason)}")
    if not result.readings:
        return "\n".join(lines)
    cells = [HEADS, *(_cells(reading, trends) for reading in result.readings)]
    table = max(len(line[0]) for line in cells if len(line[0]) <= WIDEST_NAME)
    rows, source, trend = (max(len(line[column]) for line in cells) for column in (1, 2, 3))
    said = [[], *(_words(each, findings.get((each.schema, each.table), []), result) for each in result.readings)]
    for line, words in zip(cells, said, strict=True):
        lines.append(
            f"  {line[0]:{table}}  {line[1]:>{rows}}  {line[2]:{source}}  {line[3]:>{trend}}  {line[4]}".rstrip()
        )
        lines += [f"{INDENT}  {each}" for each in words if each]
    return "\n".join(lines)


def _cells(reading: Reading, trends: Mapping[tuple[str, str], str]) -> tuple[str, str, str, str, str]:
    name = (reading.schema, reading.table)
    rows = "unknown" if reading.rows is None else f"{reading.rows:,}"
    counted = f"{reading.counted.at:%Y-%m-%d %H:%M}" if reading.counted else "never"
    return display_name(name), rows, reading.source, trends.get(name, ""), counted


def _words(reading: Reading, findings: Iterable[Finding], result: CheckResult) -> Iterator[str]:
    state = {"open": "", "accepted": "accepted, ", "in_transition": ""}
    for finding in findings:
        yield f"{state[finding.state]}{finding.severity.upper()}: {finding.message}"
    # When an exact number was counted stands in the line.
    yield "" if reading.source == "exact" else visible(reading.note)
    if reading.counted is not None and reading.counted_before is not None:
        yield f"counted now: {compared(reading.counted, reading.counted_before)}"
    if reading.newest_at is not None:
        age = span(max(result.checked_at - reading.newest_at, timedelta(0)))
        yield f"newest value: {age} old, of {reading.newest_at:%Y-%m-%d %H:%M:%S} UTC"


def remedy_text(remedy: Remedy) -> str:
    """SQL with all that must be known before pasting it, as comments; not indented, as a name may span two lines.

    SQL that cannot be pasted to the letter is not shown at all: pasted, it would make something else.
    """
    notes = [
        f"-- {visible(remedy.safety)}",
        f"-- lock: {visible(remedy.lock)}; rewrites the table: {'yes' if remedy.rewrites_table else 'no'}",
    ]
    if not can_be_pasted(remedy):
        notes.append("-- not shown, as its names or values hold characters that do not print, so that pasting would")
        notes.append("-- change them: `schema-watchdog check --format json` has the SQL to the letter")
        return "\n".join(notes)
    parts = [*notes, remedy.before_sql, remedy.sql, "-- check:", remedy.verify_sql, "-- way back:"]
    way_back = [f"--   {line}" for line in remedy.revert_sql.split("\n")]
    return "\n".join([*parts, *way_back])


def can_be_pasted(remedy: Remedy) -> bool:
    """Whether its SQL says the same when it is copied from a terminal."""
    return is_the_same_pasted(remedy.before_sql + remedy.sql + remedy.verify_sql + remedy.revert_sql)


def verdict_words(report: Report) -> str:
    """`drift, 3 findings (PostgreSQL 18.6)`, and where not all could be verified, why: one line."""
    opened = sum(finding.state == "open" for finding in report.findings)
    words = {
        "ok": "no drift" + (", migrations are pending" if opened else ""),
        "drift": f"drift, {how_many(opened, 'finding')}",
        "unverified": "could not be verified",
    }
    why = visible(" ".join((report.reason or "").split()))
    # Beside what was verified there may be something that was not.
    but = "" if not why else f": {why}" if report.status == "unverified" else f"; but not verified: {why}"
    return f"{words[report.status]}{server_words(report)}{but}"


def server_words(report: Report) -> str:
    """` (PostgreSQL 18.6, standby)`; nothing for a server that was never reached."""
    server = report.server
    if server is None:
        return ""
    version = f"{server.version_num // 10000}.{server.version_num % 10000}"
    return f" (PostgreSQL {version}{', standby' if server.in_recovery else ''})"


def state_words(finding: Finding) -> str:
    """`[accepted] ` or `[in transition] `; nothing for an open finding."""
    return "" if finding.state == "open" else f"[{finding.state.replace('_', ' ')}] "


def details(finding: Finding) -> Iterator[str]:
    """What is known of a finding beside its sentence, each on a line, the fingerprint last."""
    if finding.locations:
        yield f"at {visible(', '.join(map(str, finding.locations)))}"
    if finding.components:
        yield f"needed by {visible(', '.join(finding.components))}"
    if finding.origin != "unknown":
        yield f"origin: {finding.origin}"
    if finding.accepted:
        yield visible(finding.accepted.words)
    # The words that patterns in the configuration match by.
    yield f"fingerprint {finding.fingerprint} ({finding.kind}, {finding.attribute or finding.change})"


def _finding(finding: Finding) -> Iterator[str]:
    yield f"{finding.severity.upper():8} {state_words(finding)}{visible(finding.message)}"
    yield from (f"{INDENT}{line}" for line in details(finding))
    if finding.remedy:
        yield remedy_text(finding.remedy)


def coverage_lines(coverage: Coverage) -> Iterator[str]:
    """What a verdict speaks for and what it does not, each on a line; nothing for a look at nothing."""
    if coverage.kinds:
        objects, kinds = how_many(coverage.compared, "object"), how_many(len(coverage.kinds), "kind")
        yield f"compared: {objects} of {kinds} ({', '.join(coverage.kinds)})"
    if coverage.unmodelled:
        counts = ", ".join(f"{count} {kind}" for kind, count in coverage.unmodelled.items())
        yield f"not compared, of kinds not known here: {counts}"
    if coverage.not_comparable:
        yield f"not comparable between these servers: {', '.join(coverage.not_comparable)}"
    if coverage.partition_churn:
        yield f"partitions that came or went, which is no finding: {coverage.partition_churn}"
    if coverage.excluded:
        yield f"left out by configuration: {how_many(coverage.excluded, 'finding')}"
    for words in coverage.in_flight:
        yield f"under way: {visible(words)}"
    if coverage.not_in_baseline:
        yield f"not spoken of by what is expected, so not compared: {', '.join(coverage.not_in_baseline)}"
    yield from coverage.notes
    if coverage.queries:
        yield from words_of_queries(coverage.queries)
    yield from _unread(coverage.stale)
    if coverage.hidden:
        yield f"not visible to this role: {_names(coverage.hidden)}"


def _unread(stale: tuple[Subject, ...]) -> Iterator[str]:
    if locked := tuple(subject for subject in stale if not subject.reason):
        yield f"not read, locked by another session: {_names(locked)}"
    for subject in [subject for subject in stale if subject.reason][:MOST_NAMED]:
        yield f"not read, the server cannot render it: {_names((subject,))}: {visible(subject.reason)}"


def _names(subjects: tuple[Subject, ...]) -> str:
    named = [
        f"{subject.kind} {display_name(subject.identity)}"
        + (f" ({', '.join(subject.attributes)})" if subject.attributes else "")
        for subject in subjects[:MOST_NAMED]
    ]
    more = f" and {len(subjects) - MOST_NAMED} more" if len(subjects) > MOST_NAMED else ""
    return ", ".join(named) + more
