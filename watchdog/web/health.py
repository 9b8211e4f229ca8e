"""Whether the process turns over, and whether every database was checked lately. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from watchdog.status import DatabaseStatus, Overdue

BEAT_LIMIT_SECONDS = 10.0


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """`healthy` is false when the loop is stuck; beat_age_seconds is None when it has not turned over yet."""

    healthy: bool
    beat_age_seconds: float | None
    reason: str | None = None


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """`ready` is false while any database's verdict is missing or too old; `overdue` names which and since when."""

    ready: bool
    overdue: tuple[Overdue, ...] = ()
    reason: str | None = None


def health(beat_at: datetime | None, now: datetime) -> Health:
    if beat_at is None:
        return Health(healthy=False, beat_age_seconds=None, reason="the loop has not turned over yet")
    age = round((now - beat_at) / timedelta(seconds=1), 3)
    if age < 0:
        return Health(healthy=False, beat_age_seconds=age, reason="the clock was set back, and no beat came since")
    if age >= BEAT_LIMIT_SECONDS:
        return Health(healthy=False, beat_age_seconds=age, reason=f"the loop last turned over {age:g} s ago")
    return Health(healthy=True, beat_age_seconds=age)


def readiness(databases: Sequence[DatabaseStatus], now: datetime) -> Readiness:
    if not databases:
        return Readiness(ready=False, reason="no database is watched yet")
    overdue = tuple(late for database in databases for late in database.overdue(now))
    if overdue:
        named = "; ".join(f"{late.database}: {late.check}: {late.words}" for late in overdue)
        return Readiness(ready=False, overdue=overdue, reason=named)
    return Readiness(ready=True)
