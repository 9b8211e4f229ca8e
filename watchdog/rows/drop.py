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
    """

    findings: tuple[Finding, ...]
    levels: Mapping[Name, Level]
    unseen: tuple[Subject, ...]


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
        if level is None or now.rows is None:
            continue
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
    unseen: list[Subject] = []
    for now in observed:
        level = levels.get(now.name)
        if now.rows is None:
            unseen.append(Subject(KIND, now.name))
            if level is not None:
                after[now.name] = msgspec.structs.replace(level, last=now)
        elif level is None:
            after[now.name] = Level(rows=now.rows, base=now)
        else:
            case = case_of(level, now, now.rows, confirmations.get(now.name), thresholds)
            step = _step(case)
            after[now.name] = _next(database, case, step)
            if step == "unseen":
                unseen.append(Subject(KIND, now.name))
        if now.name in after and (drop := after[now.name].drop) is not None:
            findings.append(drop.finding)
    return Verdict(findings=tuple(findings), levels=after, unseen=tuple(unseen))


def accept(level: Level) -> Level:
    """The level after a person said that the drop was meant: the latest known reading, nothing open."""
    now = level.latest
    return level if now.rows is None else Level(rows=now.rows, base=now)


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
    if step == "follow":
        return Level(rows=now.rows or 0, base=now)
    if step == "disproved":
        return msgspec.structs.replace(level, last=now, drop=None, disproved=now.rows)
    if step == "doubted":
        return msgspec.structs.replace(level, last=now, disproved=now.rows)
    if step == "drop":
        return msgspec.structs.replace(level, last=now, drop=_drop(database, case), disproved=None)
    return msgspec.structs.replace(level, last=now)


def _drop(database: str, case: Case) -> Drop:
    known = cause(case.level.base, case.now)
    before = case.level.drop
    counted = case.is_exact or (before is not None and before.counted)
    proven = known.proven >= case.lost
    was_critical = before is not None and before.finding.severity is Severity.CRITICAL
    becomes_critical = case.is_critical_loss and (case.is_exact or proven)
    stays_critical = was_critical and 2 * case.lost > case.critical
    severity = Severity.CRITICAL if becomes_critical or stays_critical else Severity.WARNING
    source = case.now.source
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
