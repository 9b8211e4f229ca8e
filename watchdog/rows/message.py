"""A row drop in one sentence, and as a finding."""

from collections.abc import Sequence
from datetime import UTC, datetime

from watchdog.finding import Finding, Severity, fingerprint
from watchdog.rows.cause import Cause
from watchdog.rows.level import Level, Name, Observation
from watchdog.rows.reading import Source
from watchdog.sqltext import display_name

MOST_NAMED = 3

SOURCES: dict[Source, str] = {
    "exact": "by count",
    "live": "by live statistics",
    "planner": "by the planner's estimate",
    "unknown": "by no reading",
}


def message(level: Level, now: Observation, *, expected: int, rows: int, cause: Cause, evidence: str) -> str:
    """Before, now, lost, since when, by which source, and why as far as it is known.

    >>> public.user_signals lost 9,000 of 10,000 rows (90 %) since 14:31 UTC: 9,000 rows deleted; by live ...
    """
    lost = expected - rows
    how_many = (
        f"all {expected:,} rows" if rows == 0 else f"{lost:,} of {expected:,} rows ({_percent(lost, expected)} %)"
    )
    since = _clock(level.at, now.at)
    why = f": {', '.join(cause.words)}" if cause.words else ""
    return f"{display_name(now.name)} lost {how_many} since {since}{why}; {SOURCES[now.source]}, {evidence}"


def doubt(unknown: Sequence[Observation]) -> str:
    """Which tables may have lost rows unseen, and of the first why; empty without any."""
    if not unknown:
        return ""
    named = ", ".join(display_name(each.name) for each in unknown[:MOST_NAMED])
    more = f" and {len(unknown) - MOST_NAMED} more" if len(unknown) > MOST_NAMED else ""
    return f"the rows of {named}{more} are unknown: {unknown[0].note}"


def row_finding(database: str, name: Name, *, severity: Severity, expected: int, actual: int, message: str) -> Finding:
    """One finding a table, whatever the numbers: a drop that gets worse stays the same finding."""
    return Finding(
        fingerprint=fingerprint(database, "rows", name, "changed", "rows"),
        kind="rows",
        identity=name,
        change="changed",
        attribute="rows",
        expected=str(expected),
        actual=str(actual),
        severity=severity,
        message=message,
    )


def _percent(lost: int, expected: int) -> str:
    """Rounded down: 99.9 % lost is not all of it."""
    whole = 100 * lost // expected
    return f"{whole}" if whole < 99 else f"{1000 * lost // expected / 10:g}"  # noqa: PLR2004 close to all, one digit more


def _clock(at: datetime, now: datetime) -> str:
    at, now = at.astimezone(UTC), now.astimezone(UTC)
    return f"{at:%H:%M} UTC" if at.date() == now.date() else f"{at:%Y-%m-%d %H:%M} UTC"
