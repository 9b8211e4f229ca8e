"""A comment on a pull request, in GitHub's and GitLab's Markdown.

What comes from a database, a file or a server stands in code: there nothing is a mention, a link, a reference, an
emoji or HTML, whatever it holds, and it can be copied as it is. It is never the first of a line, where it might begin
a block.
"""

import re
from collections.abc import Iterator, Sequence

from watchdog.alerts.message import one_line, tally
from watchdog.cli.text import coverage_lines, details, remedy_text, server_words
from watchdog.finding import Finding
from watchdog.status.report import Report

# A bot finds its own comment by the first line, to replace it.
MARKER = "<!-- schema-watchdog -->"
# What GitHub takes (its API answers "body is too long (maximum is 65536 characters)"), as JavaScript counts them.
COMMENT_UNITS = 65_536
CLOSING_UNITS = 300  # kept free for what says how many more
VERDICTS_UNITS = 15_000
COVERAGE_UNITS = 15_000
LINE_CHARACTERS = 1_000
SQL_UNITS = 10_000

_TICKS = re.compile("`+")


def comment(reports: Sequence[Report]) -> str:
    """The verdict of each database, the findings, open ones first and of these the worst, and what was covered.

    What has no room is left out whole, and counted.
    """
    head = [MARKER, "### schema-watchdog", ""]
    verdicts = _fitting([_verdict(report) for report in reports], VERDICTS_UNITS, "databases", "")
    covered = _fitting(list(_coverage(reports)), COVERAGE_UNITS, "lines", "")
    tail = (
        ["", "<details>", "<summary>What the verdict covers</summary>", "", *covered, "", "</details>"]
        if covered
        else []
    )
    found = [(report, finding) for report in reports for finding in report.findings]
    found.sort(key=lambda one: (one[1].state != "open", -one[1].severity.rank))
    blocks = [_finding(report, finding, named=len(reports) > 1) for report, finding in found]
    room = COMMENT_UNITS - sum(_units(line) + 1 for line in (*head, *verdicts, *tail))
    more = ": `schema-watchdog check` shows all"
    return "\n".join([*head, *verdicts, *_fitting(blocks, room, "findings", more), *tail])


def code(text: str) -> str:
    """Text as a code span of one line: between more backticks than it holds in a row (CommonMark 6.1)."""
    shown = one_line(text, LINE_CHARACTERS) or " "
    ticks = "`" * (max(map(len, _TICKS.findall(shown)), default=0) + 1)
    # One space is taken off on both sides again, so those that the text itself has stay.
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}"


def fenced(sql: str) -> str:
    """SQL as a block of code, whose fence is longer than any row of backticks inside (CommonMark 4.5)."""
    fence = "`" * max(3, *(len(ticks) + 1 for ticks in _TICKS.findall(sql)), 0)
    return f"{fence}sql\n{sql}\n{fence}"


def _verdict(report: Report) -> str:
    mark = {"ok": "no drift", "drift": "**drift**", "unverified": "**could not be verified**"}[report.status]
    counts = tally(finding for finding in report.findings if finding.state == "open")
    partly = ", **not all could be verified**" if report.reason and report.status != "unverified" else ""
    why = f": {code(' '.join(report.reason.split()))}" if report.reason else ""
    return f"- {code(report.database)}: {mark}{f', {counts}' if counts else ''}{server_words(report)}{partly}{why}"


def _finding(report: Report, finding: Finding, *, named: bool) -> str:
    """A paragraph, and the SQL below it, where it has room: half a statement is a trap to whoever pastes it."""
    state = "" if finding.state == "open" else f" ({finding.state.replace('_', ' ')})"
    where = f" in {code(report.database)}" if named else ""
    lines = ["", f"**{finding.severity}**{state}{where}: {code(finding.message)}  "]
    lines.append(" · ".join(code(line) for line in details(finding)))
    if finding.remedy:
        sql = fenced(remedy_text(finding.remedy))
        lines += ["", sql if _units(sql) <= SQL_UNITS else "SQL that has no room here: `schema-watchdog plan`"]
    return "\n".join(lines)


def _coverage(reports: Sequence[Report]) -> Iterator[str]:
    for report in reports:
        for line in coverage_lines(report.coverage):
            yield f"- {code(f'{report.database}: {line}' if len(reports) > 1 else line)}"


def _fitting(blocks: Sequence[str], room: int, what: str, more: str) -> list[str]:
    """As many as have room, in order, and a last one that says how many have none."""
    shown: list[str] = []
    for block in blocks:
        room -= _units(block) + 1
        if room < CLOSING_UNITS:
            return [*shown, "", f"**And {len(blocks) - len(shown)} more {what}{more}.**"]
        shown.append(block)
    return shown


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", errors="surrogatepass")) // 2
