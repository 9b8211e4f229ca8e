"""A drop's life: suspected, counted, open, over. One case and its count -> the next level."""

from typing import Literal

import msgspec

from watchdog.finding import Severity
from watchdog.rows.case import Case
from watchdog.rows.facts import Confirmation
from watchdog.rows.flow import followed
from watchdog.rows.growth import began
from watchdog.rows.level import TRUST, Drop, Level, Observation
from watchdog.rows.message import beyond, drop_message, row_finding
from watchdog.rows.peak import Peak
from watchdog.rows.reading import Source
from watchdog.rows.usual import Break

# follow: the reading is the new level; stand: all stays as it was told; disproved: a count found the rows, nothing is
# open; doubted: a count found that it is not worse; unseen: nothing can be said; drop: the drop opens, or is told anew.
Step = Literal["follow", "stand", "disproved", "doubted", "unseen", "drop"]


def floor(case: Case) -> int | None:
    """How far to count; None when nothing depends on it."""
    drop = case.level.drop
    if drop is None:
        return case.expected - case.warn + 1 if case.is_loss and not case.is_disproved else None
    if case.is_back:
        return max(case.expected - case.warn // 2, 1) if case.is_lesser else None
    if not drop.settled:
        return case.expected - case.warn + 1
    worse = case.is_critical_loss and drop.finding.severity is not Severity.CRITICAL
    return case.expected - case.critical + 1 if worse and not case.is_disproved else None


def floor_of_unknown(case: Case) -> int | None:
    """Of rows that may all be gone; None when a count would be refused, or has spoken and nothing moved since."""
    level, now = case.level, case.now
    if now.obstacle or not case.is_loss or (level.vouched and now.is_unmoved_since(level.latest)):
        return None
    return case.expected - (case.warn - 1 if level.drop is None else case.warn // 2)


def step(case: Case) -> Step:
    drop = case.level.drop
    return _step_while_closed(case) if drop is None else _step_while_open(case, drop)


def _step_while_closed(case: Case) -> Step:
    if case.is_enough:
        return "disproved"
    if not case.is_loss:
        # Deletes may be told up to ten seconds after an ANALYZE has seen that they are gone.
        waited = case.level.last is not None and case.expected - (case.level.last.rows or 0) >= case.warn
        return "stand" if case.is_silent and not waited else "follow"
    return "drop" if case.is_counted else "stand" if case.is_disproved else _step_uncounted(case)


def _step_uncounted(case: Case) -> Step:
    again = case.confirmation is None or case.confirmation.again
    if not case.vouched:
        # The difference between two sources by itself. Who can never count has to take the new one's word.
        return "unseen" if again else "follow"
    # What the catalogs do not bear out waits for its count, as long as there may be one.
    return "unseen" if again and case.known.proven < case.lost else "drop"


def _step_while_open(case: Case, drop: Drop) -> Step:
    if case.is_enough and not drop.settled:
        return "disproved"
    if case.is_lesser and not case.is_counted:
        return "unseen"
    if case.is_back:
        return "follow"
    if case.is_enough:
        return "doubted"
    last = case.level.latest
    moved = (case.now.rows, case.now.source) != (last.rows, last.source)
    return "drop" if case.confirmation is not None or (moved and not case.is_disproved) else "stand"


def next_level(database: str, case: Case, taken: Step) -> Level:
    level, now = case.level, case.now
    if now.rows is None:
        # Counted: what is unknown is never the base, for nothing could be compared with it.
        drop = _drop(database, case) if taken == "drop" else None if taken == "follow" else level.drop
        return msgspec.structs.replace(level, last=now, drop=drop, vouched=True)
    if taken == "follow":
        gone = (case.known.proven if case.known.most is None else case.known.most) - case.gone
        allowance = case.meant.allowance if case.meant else None
        return followed(level, now, case.terms, gone=0 if case.meant or case.is_undone else gone, allowance=allowance)
    if taken == "disproved":
        return msgspec.structs.replace(level, last=now, drop=None, disproved=now.rows)
    if taken == "doubted":
        return msgspec.structs.replace(level, last=now, disproved=now.rows)
    if taken == "drop":
        rows = level.rows if level.drop else case.rows + case.lost
        drop = _drop(database, case)
        return msgspec.structs.replace(
            level, rows=rows, last=now, drop=drop, disproved=None, since=case.since, gone=case.gone
        )
    return msgspec.structs.replace(level, last=now)


def next_of_unknown(level: Level, now: Observation, confirmation: Confirmation | None) -> Level:
    """Neither read nor counted to the end: a count may have found enough, now or when nothing had moved yet."""
    enough = confirmation is not None and confirmation.enough
    vouched = enough or (confirmation is None and level.vouched and now.is_unmoved_since(level.latest))
    return msgspec.structs.replace(level, last=now, drop=None if enough else level.drop, vouched=vouched)


def accept(level: Level) -> Level:
    """The level after a person said that it is meant to be so: the latest known reading, nothing open or learned."""
    now = level.latest
    track = level.track
    if level.drop is not None:
        # The heights of before are no measure any more, and its hours no habit.
        accepted = Break(level.at, now.at, level.rows)
        peaks = () if now.rows is None else (Peak(now.at, now.rows, track.removed, track.inserted),)
        track = msgspec.structs.replace(track, peaks=peaks, breaks=(*track.breaks[-9:], accepted))
    elif track.pulse is not None:
        track = msgspec.structs.replace(track, pulse=began(now.at))
    if now.rows is not None:
        # An estimate may not know yet what a count has seen.
        counted = left(level.drop) if level.drop is not None and level.drop.counted else now.rows
        return Level(rows=min(counted, now.rows), base=now, track=track)
    # The rows are unknown: of them the drop knows most.
    return level if level.drop is None else Level(rows=left(level.drop), base=level.base, last=now, track=track)


def left(drop: Drop) -> int:
    """The rows that an open drop left."""
    return int(drop.finding.actual or 0)


def _drop(database: str, case: Case) -> Drop:
    before = case.level.drop
    counted = case.is_exact or case.now.source == "exact" or (before is not None and before.counted)
    proven = case.known.proven >= case.lost
    was_critical = before is not None and before.finding.severity is Severity.CRITICAL
    becomes_critical = case.is_critical_loss and (case.is_exact or proven)
    stays_critical = was_critical and 2 * case.lost > case.critical
    severity = Severity.CRITICAL if becomes_critical or stays_critical else Severity.WARNING
    # What was counted for want of a reading, live statistics may end; a planner's estimate may not.
    source: Source = "planner" if case.now.source == "planner" else "live"
    if before is not None and TRUST[before.source] > TRUST[source]:
        source = before.source
    expected = case.level.rows if before is not None else case.rows + case.lost
    # What an estimate has fallen beyond what can have gone was there before it, and is still.
    rows = max(case.rows, expected - case.lost)
    counted_rows = case.rows if case.is_exact or case.now.source == "exact" else before.counted_rows if before else None
    since = "" if counted_rows is None or rows >= counted_rows else f" of {counted_rows:,} rows before"
    return Drop(
        finding=row_finding(
            database,
            case.now.name,
            "rows",
            severity=severity,
            expected=str(expected),
            actual=str(rows),
            message=drop_message(
                case, rows, expected=expected, evidence=_evidence(case, counted=counted, proven=proven) + since
            ),
        ),
        source=source,
        counted=counted,
        counted_rows=counted_rows,
        settled=counted or proven or (before is not None and before.settled),
        beyond=beyond(case),
        allowed=case.warn - 1 if case.meant else before.allowed if before else None,
    )


def _evidence(case: Case, *, counted: bool, proven: bool) -> str:
    if counted:
        return "confirmed by count"
    if proven:
        return "borne out by the catalogs"
    reason = case.confirmation.reason if case.confirmation is not None else ""
    return f"not confirmed: {reason or case.now.obstacle or 'not counted yet'}"
