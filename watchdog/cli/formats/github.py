"""GitHub's workflow commands: each finding is an annotation, at the line it is about where it has one.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands. Of each level GitHub shows ten
annotations a step, the first ones; the log has them all. So the verdicts come first, and then what is worst.
"""

from collections.abc import Iterator, Sequence

from watchdog.cli.text import details, remedy_text, state_words, verdict_words
from watchdog.finding import Finding, Severity
from watchdog.sqltext import visible
from watchdog.status.report import Report

LEVELS = {Severity.CRITICAL: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
TITLE = "schema-watchdog"


def commands(reports: Sequence[Report]) -> str:
    """A command a line and nothing else: also in plain text between them the runner would look for commands.

    (It takes `##[...]` anywhere in a line that does not begin with `::`.)
    """
    found = [(report, finding) for report in reports for finding in report.findings]
    found.sort(key=lambda one: (one[1].state != "open", -one[1].severity.rank))
    return "\n".join([_summary(reports), *_verdicts(reports), *(_finding(*one) for one in found)])


def _summary(reports: Sequence[Report]) -> str:
    counts = {status: sum(report.status == status for report in reports) for status in ("ok", "drift", "unverified")}
    words = {"ok": "without drift", "drift": "with drift", "unverified": "not verified"}
    partly = sum(report.status == "drift" and report.reason is not None for report in reports)
    told = [f"{count} {words[status]}" for status, count in counts.items() if count]
    told += [f"of {partly} not all could be verified"] if partly else []
    return command("notice", f"databases: {', '.join(told)}", title=TITLE)


def _verdicts(reports: Sequence[Report]) -> Iterator[str]:
    for report in reports:
        level = "error" if report.status == "unverified" or report.reason else "notice"
        yield command(level, f"{report.database}: {verdict_words(report)}", title=TITLE)


def _finding(report: Report, finding: Finding) -> str:
    """Of several places the first one is annotated; all of them stand in the text."""
    level = LEVELS[finding.severity] if finding.state == "open" else "notice"
    lines = [f"{report.database}: {state_words(finding)}{finding.severity}: {finding.message}", *details(finding)]
    text = "\n".join([*map(visible, lines), *([remedy_text(finding.remedy)] if finding.remedy else [])])
    where = finding.locations[0] if finding.locations else None
    at = {"file": visible(where.file), "line": str(where.line)} if where else {}
    return command(level, text, **at, title=f"{TITLE}: {finding.kind} {finding.attribute or finding.change}")


def command(level: str, text: str, **properties: str) -> str:
    """`::error file=a.sql,line=1,title=...::text`, one line whatever the text and the properties hold."""
    given = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{level} {given}::{_data(text)}"


def _data(text: str) -> str:
    """As the toolkit of GitHub's actions escapes it; what else a terminal might take for an end of line is shown."""
    lines = text.replace("%", "%25").split("\n")
    return "%0A".join(map(visible, lines))


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
