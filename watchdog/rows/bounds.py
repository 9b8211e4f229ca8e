"""The fewest and the most rows that were declared for a table."""

from collections.abc import Mapping

import msgspec

from watchdog.finding import Finding, Severity
from watchdog.rows.facts import Confirmation
from watchdog.rows.level import Level, Observation, Track
from watchdog.rows.message import few_message, many_message, row_finding
from watchdog.rows.terms import Terms


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """What counts said of a table that read beyond a bound; None where none was asked."""

    few: Confirmation | None = None
    many: Confirmation | None = None


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """What follows from the bounds of one table.

    Attributes:
        unseen: the attributes of which nothing can be said, each with why.
    """

    track: Track
    findings: tuple[Finding, ...] = ()
    unseen: Mapping[str, str] = {}


def few_floor(level: Level | None, now: Observation, terms: Terms) -> int | None:
    """How far to count where the table reads as too small; None when nothing depends on it."""
    if terms.min_rows is None or now.counted_at is not None or now.obstacle:
        return None
    short = level.track.short if level else None
    disproved = short is not None and now.rows is not None and now.rows >= short
    return terms.min_rows if (now.rows is None or now.rows < terms.min_rows) and not disproved else None


def many_floor(level: Level | None, now: Observation, terms: Terms) -> int | None:
    """The same of one that reads as too large."""
    if terms.max_rows is None or now.counted_at is not None or now.obstacle:
        return None
    over = level.track.over if level else None
    disproved = over is not None and now.rows is not None and now.rows <= over
    return terms.max_rows + 1 if now.rows is not None and now.rows > terms.max_rows and not disproved else None


def bounded(database: str, track: Track, now: Observation, terms: Terms, answers: Answers) -> Bounds:
    """Findings of what lies beyond a bound. Only a count, or the catalogs where nobody may count, make one."""
    few, track, few_unseen = _few(database, track, now, terms, answers.few)
    many, track, many_unseen = _many(database, track, now, terms, answers.many)
    unseen = {"min_rows": (few_unseen, answers.few), "max_rows": (many_unseen, answers.many)}
    return Bounds(
        track=track,
        findings=tuple(filter(None, (few, many))),
        unseen={name: _why(now, answer) for name, (is_unseen, answer) in unseen.items() if is_unseen},
    )


def _few(
    database: str, track: Track, now: Observation, terms: Terms, answer: Confirmation | None
) -> tuple[Finding | None, Track, bool]:
    least = terms.min_rows
    if least is None:
        return None, track, False
    exact = now.counted_at is not None or (answer is not None and answer.exact is not None)
    rows = answer.exact if answer is not None and answer.exact is not None else now.rows
    if answer is not None and answer.enough:
        return None, msgspec.structs.replace(track, short=now.rows), False
    if rows is None or (answer is not None and answer.counted is None and answer.again):
        return None, track, True
    if rows >= least:
        return None, msgspec.structs.replace(track, short=None), False
    if not exact and answer is None and not now.obstacle:
        return None, track, False  # a count has found enough, and the reading has not fallen since
    finding = row_finding(
        database,
        now.name,
        "min_rows",
        severity=Severity.CRITICAL,
        expected=f"at least {least}",
        actual="fewer",
        message=few_message(now, rows, least, exact=exact),
        components=terms.short_of(rows),
    )
    return finding, track, False


def _many(
    database: str, track: Track, now: Observation, terms: Terms, answer: Confirmation | None
) -> tuple[Finding | None, Track, bool]:
    most = terms.max_rows
    if most is None:
        return None, track, False
    if answer is not None and answer.exact is not None:
        return None, msgspec.structs.replace(track, over=now.rows), False
    if now.rows is None or (answer is not None and answer.counted is None and answer.again):
        return None, track, True
    if now.rows <= most:
        return None, msgspec.structs.replace(track, over=None), False
    exact = now.counted_at is not None or (answer is not None and answer.enough)
    if not exact and answer is None and not now.obstacle:
        return None, track, False
    finding = row_finding(
        database,
        now.name,
        "max_rows",
        severity=Severity.WARNING,
        expected=f"at most {most}",
        actual="more",
        message=many_message(now, now.rows, most, exact=exact),
    )
    return finding, track, False


def _why(now: Observation, answer: Confirmation | None) -> str:
    return (answer.reason if answer else now.obstacle) or now.note
