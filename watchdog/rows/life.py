"""Signs of life: whether rows still come, and how new the newest is."""

from datetime import datetime, timedelta

from watchdog.finding import Finding, Severity
from watchdog.rows.facts import Newest
from watchdog.rows.growth import Pulse, longest_silence
from watchdog.rows.level import Name
from watchdog.rows.message import row_finding, silence_message, stale_message
from watchdog.rows.terms import Terms

# Younger than that a value is not from the future: clocks differ.
TOLERANCE = timedelta(minutes=5)


def silent_beyond(pulse: Pulse, terms: Terms, now: datetime) -> timedelta | None:
    """How long the table may be silent, as declared or by its own pace; None where it is not for longer."""
    limit = terms.growth or (longest_silence(pulse) if terms.paced else None)
    return None if limit is None or now - pulse.grew_at <= limit else limit


def silence(database: str, name: Name, pulse: Pulse, terms: Terms, now: datetime) -> Finding | None:
    """That no row has come for longer than declared, or than the table ever paused by itself."""
    limit = silent_beyond(pulse, terms, now)
    if limit is None:
        return None
    return row_finding(
        database,
        name,
        "growth",
        severity=Severity.WARNING,
        expected="new rows",
        actual="none",
        message=silence_message(name, pulse.grew_at, now, limit, declared=terms.growth is not None),
    )


def staleness(database: str, name: Name, newest: Newest, terms: Terms, now: datetime) -> Finding | None:
    """That the newest value is older than declared, or that there is none: critical when it is twice as old."""
    fresh = terms.freshness
    if fresh is None or newest.reason or (newest.at is not None and now - newest.at <= fresh.max_age):
        return None
    long = newest.at is None or now - newest.at > 2 * fresh.max_age
    return row_finding(
        database,
        name,
        "freshness",
        severity=Severity.CRITICAL if long else Severity.WARNING,
        expected=f"a value of the last {fresh.max_age.total_seconds():g} s",
        actual="none",
        message=stale_message(name, fresh.column, newest.at, now, fresh.max_age),
        components=terms.waiting_for(None if newest.at is None else now - newest.at),
    )
