"""The words of a message: one line that says what a person needs, and the findings behind it."""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from watchdog.alerts.alert import Message, Occasion, Status
from watchdog.finding import Finding, Severity
from watchdog.sqltext import how_many, visible

LINE_CHARACTERS = 500
# What nobody reads in a message is not carried in it: it is on the page and in the API.
MOST_FINDINGS = 100

_SAID: Mapping[Occasion, str] = {
    "worse": "worse: ",
    "repeat": "still: ",
    "flapping": "flapping: ",
    "resolved": "resolved: ",
    "accepted": "accepted: ",
    "acknowledged": "acknowledged: ",
    "unacknowledged": "in nobody's hands any more: ",
    "test": "test: ",
}


def composed(
    status: Status,
    database: str,
    findings: Mapping[str, Finding],
    *,
    occasion: Occasion,
    since: Mapping[str, datetime],
    thread: str,
    standing: Collection[Finding],
    notes: Sequence[str],
    now: datetime,
    link: str,
) -> Message:
    """A message about these findings, of which there is one at least.

    Args:
        status: as receivers read it.
        database: its configured name.
        findings: fingerprint -> what it tells of; the worst of them are in it.
        occasion: why now.
        since: fingerprint -> when it was first found, UTC.
        thread: of all messages about the same trouble.
        standing: what of the thread is open from now on.
        notes: sentences for a person.
        now: UTC.
        link: the page that shows all.
    """
    ordered = worst_first(findings.values())
    shown = ordered[:MOST_FINDINGS]
    return Message(
        status=status,
        database=database,
        message=_line(database, status, occasion, ordered),
        findings=shown,
        sent_at=now,
        id=hashlib.sha256(f"{database} {thread} {status} {occasion} {now.isoformat()}".encode()).hexdigest()[:16],
        thread=thread,
        occasion=occasion,
        since={finding.fingerprint: since[finding.fingerprint] for finding in shown if finding.fingerprint in since},
        standing=counted(standing),
        more=len(ordered) - len(shown),
        notes=tuple(notes[:MOST_FINDINGS]),
        link=link,
    )


def counted(findings: Iterable[Finding]) -> dict[Severity, int]:
    """How many of each severity, worst first."""
    counts = Counter(finding.severity for finding in findings)
    return {severity: counts[severity] for severity in reversed(Severity) if counts[severity]}


def tally(findings: Iterable[Finding]) -> str:
    """How many of each severity, worst first: `2 critical, 1 warning`; empty without findings."""
    return in_words(counted(findings))


def in_words(counts: Mapping[Severity, int]) -> str:
    """`2 critical, 1 warning`."""
    return ", ".join(
        how_many(count, "warning") if severity is Severity.WARNING else f"{count:,} {severity}"
        for severity, count in counts.items()
    )


def one_line(text: str, characters: int) -> str:
    """The text with what does not print made visible, cut to a length: names are written by whoever may run DDL."""
    line = visible(text[: characters + 1])  # what is visible is never shorter
    return line if len(line) <= characters else line[: characters - 1].rstrip() + "…"


def worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(
        sorted(findings, key=lambda f: (-f.severity.rank, f.kind, f.identity, f.attribute or "", f.fingerprint))
    )


def accepted_by(findings: Sequence[Finding]) -> list[str]:
    """Who bears what of these has ended by being accepted, and why: nobody shall take it for mended."""
    told = [(each, each.accepted.words) for each in findings if each.state == "accepted" and each.accepted]
    if len(told) == len(findings) and len({words for _, words in told}) == 1:
        return [f"{told[0][1]}; {'it is as it was' if len(told) == 1 else 'they are as they were'} found"]
    return [f"{words}; it is as it was found: {each.message}" for each, words in told]


def ending(finding: Finding) -> str:
    """What stands before the sentence of a finding that has ended: the sentence itself says that it stands."""
    return "accepted, as it is: " if finding.state == "accepted" else "no longer: "


def _line(database: str, status: Status, occasion: Occasion, findings: Sequence[Finding]) -> str:
    rest = f" (and {len(findings) - 1:,} more)" if len(findings) > 1 else ""
    # Of the occasion "accepted" the line has said so.
    ended = ending(findings[0]) if status == "resolved" and occasion != "accepted" else ""
    start = one_line(f"{database}: {_SAID.get(occasion, '')}{tally(findings)}:", LINE_CHARACTERS // 2)
    start = f"{start} {ended}".rstrip()
    return f"{start} {one_line(findings[0].message, LINE_CHARACTERS - len(start) - len(rest) - 1)}{rest}"
