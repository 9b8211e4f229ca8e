"""The words of a message: one line that says what a person needs, and the findings behind it."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from watchdog.alerts.alert import Message
from watchdog.alerts.policy import Decision
from watchdog.finding import Finding, Severity
from watchdog.sqltext import visible

LINE_CHARACTERS = 500


def compose(database: str, decision: Decision, minimum: Severity, now: datetime) -> tuple[Message, ...]:
    """At most one firing and one resolved message, in this order: bad news must not wait for good news.

    Args:
        database: its configured name.
        decision: what is news.
        minimum: findings below it are left out; a message that would hold none is not made.
        now: what `sent_at` says until the first attempt, UTC.
    """
    told: tuple[tuple[Literal["firing", "resolved"], tuple[Finding, ...]], ...] = (
        ("firing", _worst_first(decision.fired, minimum)),
        ("resolved", _worst_first(decision.resolved, minimum)),
    )
    return tuple(
        Message(
            status=status,
            database=database,
            message=_line(database, status, findings),
            findings=findings,
            sent_at=now,
        )
        for status, findings in told
        if findings
    )


def tally(findings: Iterable[Finding]) -> str:
    """How many of each severity, worst first: `2 critical, 1 warning`; empty without findings."""
    counts = Counter(finding.severity for finding in findings)
    return ", ".join(f"{counts[severity]} {severity}" for severity in reversed(Severity) if counts[severity])


def one_line(text: str, characters: int) -> str:
    """The text with what does not print made visible, cut to a length: names are written by whoever may run DDL."""
    line = visible(text)
    return line if len(line) <= characters else line[: characters - 1].rstrip() + "…"


def _worst_first(findings: Iterable[Finding], minimum: Severity) -> tuple[Finding, ...]:
    loud = (finding for finding in findings if finding.severity.rank >= minimum.rank)
    return tuple(sorted(loud, key=lambda f: (-f.severity.rank, f.kind, f.identity, f.attribute or "", f.fingerprint)))


def _line(database: str, status: str, findings: tuple[Finding, ...]) -> str:
    verb = "resolved: " if status == "resolved" else ""
    rest = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
    start = one_line(f"{database}: {verb}{tally(findings)}:", LINE_CHARACTERS // 2)
    return f"{start} {one_line(findings[0].message, LINE_CHARACTERS - len(start) - len(rest) - 1)}{rest}"
