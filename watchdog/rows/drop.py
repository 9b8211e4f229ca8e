"""Levels and readings -> which drops to confirm -> findings and the next levels."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from watchdog.finding import Finding, Severity, Subject
from watchdog.rows.case import Case, case_of
from watchdog.rows.cause import cause
from watchdog.rows.facts import Confirmation
from watchdog.rows.level import TRUST, Drop, Level, Name, Observation
from watchdog.rows.loss import Thresholds
from watchdog.rows.message import message, row_finding
from watchdog.rows.reading import Source

KIND = "rows"


class Suspect(msgspec.Struct, frozen=True):
    """A table to count before it is judged, up to `floor` rows: as many prove that nothing changes."""

    schema: str
    table: str
    floor: int

    @property
    def name(self) -> Name:
        return (self.schema, self.table)


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a look concludes.

    Attributes:
        findings: of open drops, in the order of the observations.
        levels: for the next look; tables that were not observed keep theirs.
        unseen: tables of which this look could say nothing, so nothing of theirs is resolved.
        unknown: those that may have lost rows, and neither a reading nor a count says whether they did.
    """

    findings: tuple[Finding, ...]
    levels: Mapping[Name, Level]
    unseen: tuple[Subject, ...]
    unknown: tuple[Observation, ...] = ()


# follow: the reading is the new level; stand: all stays as it was told; disproved: a count found the rows, nothing is
# open; doubted: a count found that it is not worse; unseen: nothing can be said; drop: the drop opens, or is told anew.
Step = Literal["follow", "stand", "disproved", "doubted", "unseen", "drop"]


def suspects(
    levels: Mapping[Name, Level], observed: Iterable[Observation], thresholds: Thresholds
) -> tuple[Suspect, ...]:
    """The tables that a count must speak for before `judge` is asked."""
    found: list[Suspect] = []
    for now in observed:
        level = levels.get(now.name)
        if level is None:
            continue
        if now.rows is None:
            floor = _floor_of_unknown(level, now, thresholds)
        else:
            floor = _floor(case_of(level, now, now.rows, None, thresholds))
        if floor is not None:
            found.append(Suspect(now.schema, now.table, floor))
    return tuple(found)


def _floor(case: Case) -> int | None:
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


def _floor_of_unknown(level: Level, now: Observation, thresholds: Thresholds) -> int | None:
    """Of rows that may all be gone; None when a count would be refused, or has spoken and nothing moved since."""
    case = case_of(level, now, 0, None, thresholds)
    if now.obstacle or not case.is_loss or (level.vouched and now.is_unmoved_since(level.latest)):
        return None
    return case.expected - (case.warn - 1 if level.drop is None else case.warn // 2)


def judge(
    database: str,
    levels: Mapping[Name, Level],
    observed: Sequence[Observation],
    confirmations: Mapping[Name, Confirmation],
    thresholds: Thresholds,
) -> Verdict:
    """The drops that are open now, and what the next look is measured against.

    Args:
        database: part of each finding's fingerprint.
        levels: as the look before left them; empty at first.
        observed: this look's; a table that is not among them keeps its level and is not judged.
        confirmations: the answers for what `suspects` named; one may be absent when there was no time for it.
        thresholds: when a loss is a drop.
    """
    after = dict(levels)
    findings: list[Finding] = []
    unknown: list[Observation] = []
    # A table that is gone has no rows that could come back: its open drop stands beside what the schema says of it,
    # until the table is back with its rows, the drop is accepted, or the table is no longer watched.
    here = {now.name for now in observed}
    unseen = [Subject(KIND, name) for name, level in levels.items() if level.drop is not None and name not in here]
    for now in observed:
        level, confirmation = levels.get(now.name), confirmations.get(now.name)
        if level is None and now.rows is None:
            unseen.append(Subject(KIND, now.name))
        elif level is None:
            after[now.name] = Level(rows=now.rows or 0, base=now)
        elif now.rows is None and (confirmation is None or confirmation.exact is None):
            after[now.name] = _next_of_unknown(level, now, confirmation)
            if not after[now.name].vouched:
                unseen.append(Subject(KIND, now.name))
                unknown += [now] if level.rows else []
        else:
            case = case_of(level, now, now.rows or 0, confirmation, thresholds)
            step = _step(case)
            after[now.name] = _next(database, case, step)
            if step == "unseen":
                unseen.append(Subject(KIND, now.name))
        if now.name in after and (drop := after[now.name].drop) is not None:
            findings.append(drop.finding)
    return Verdict(findings=tuple(findings), levels=after, unseen=tuple(unseen), unknown=tuple(unknown))


def accept(level: Level) -> Level:
    """The level after a person said that the drop was meant: the latest known reading, nothing open."""
    now = level.latest
    if now.rows is not None:
        return Level(rows=now.rows, base=now)
    # The rows are unknown: of them the drop knows most.
    return level if level.drop is None else msgspec.structs.replace(level, rows=_left(level.drop), drop=None)


def _left(drop: Drop) -> int:
    return int(drop.finding.actual or 0)


def _step(case: Case) -> Step:
    drop = case.level.drop
    return _step_while_closed(case) if drop is None else _step_while_open(case, drop)


def _step_while_closed(case: Case) -> Step:
    if case.is_enough:
        return "disproved"
    if not case.is_loss:
        return "follow"
    if not case.is_counted and case.is_disproved:
        return "stand"
    if not case.is_counted and not case.vouched:
        # The difference between two sources by itself. Who can never count has to take the new one's word.
        return "follow" if case.confirmation is not None and not case.confirmation.again else "unseen"
    return "drop"


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


def _next(database: str, case: Case, step: Step) -> Level:
    level, now = case.level, case.now
    if now.rows is None:
        # Counted: what is unknown is never the base, for nothing could be compared with it.
        drop = _drop(database, case) if step == "drop" else None if step == "follow" else level.drop
        return msgspec.structs.replace(level, last=now, drop=drop, vouched=True)
    if step == "follow":
        return Level(rows=now.rows, base=now)
    if step == "disproved":
        return msgspec.structs.replace(level, last=now, drop=None, disproved=now.rows)
    if step == "doubted":
        return msgspec.structs.replace(level, last=now, disproved=now.rows)
    if step == "drop":
        return msgspec.structs.replace(level, last=now, drop=_drop(database, case), disproved=None)
    return msgspec.structs.replace(level, last=now)


def _next_of_unknown(level: Level, now: Observation, confirmation: Confirmation | None) -> Level:
    """Neither read nor counted to the end: a count may have found enough, now or when nothing had moved yet."""
    enough = confirmation is not None and confirmation.enough
    vouched = enough or (confirmation is None and level.vouched and now.is_unmoved_since(level.latest))
    return msgspec.structs.replace(level, last=now, drop=None if enough else level.drop, vouched=vouched)


def _drop(database: str, case: Case) -> Drop:
    known = cause(case.level.base, case.now)
    before = case.level.drop
    counted = case.is_exact or (before is not None and before.counted)
    proven = known.proven >= case.lost
    was_critical = before is not None and before.finding.severity is Severity.CRITICAL
    becomes_critical = case.is_critical_loss and (case.is_exact or proven)
    stays_critical = was_critical and 2 * case.lost > case.critical
    severity = Severity.CRITICAL if becomes_critical or stays_critical else Severity.WARNING
    # What was counted for want of a reading, live statistics may end; a planner's estimate may not.
    source: Source = "live" if case.now.source == "unknown" else case.now.source
    if before is not None and TRUST[before.source] > TRUST[source]:
        source = before.source
    return Drop(
        finding=row_finding(
            database,
            case.now.name,
            severity=severity,
            expected=case.expected,
            actual=case.rows,
            message=message(
                case.level,
                case.now,
                expected=case.expected,
                rows=case.rows,
                cause=known,
                evidence=_evidence(case, counted=counted, proven=proven),
            ),
        ),
        source=source,
        counted=counted,
        settled=counted or proven or (before is not None and before.settled),
    )


def _evidence(case: Case, *, counted: bool, proven: bool) -> str:
    if counted:
        return "confirmed by count"
    if proven:
        return "borne out by the catalogs"
    reason = case.confirmation.reason if case.confirmation is not None else ""
    return f"not confirmed: {reason or case.now.obstacle or 'not counted yet'}"
