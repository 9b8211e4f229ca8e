"""Levels and readings -> which drops to confirm -> findings and the next levels."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from watchdog.finding import Finding, Severity, Subject
from watchdog.rows.cause import cause
from watchdog.rows.facts import Confirmation
from watchdog.rows.level import TRUST, Drop, Level, Name, Observation
from watchdog.rows.loss import Thresholds, expected
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


Step = Literal["follow", "stand", "disproved", "doubted", "unseen", "drop"]


class _Case(msgspec.Struct, frozen=True, kw_only=True):
    """One table's numbers, side by side. `rows` is the best that is known: counted, else read."""

    level: Level
    now: Observation
    confirmation: Confirmation | None
    expected: int
    vouched: bool
    rows: int
    warn: int
    critical: int

    @property
    def lost(self) -> int:
        return self.expected - self.rows

    @property
    def is_counted(self) -> bool:
        return self.confirmation is not None and self.confirmation.counted is not None

    @property
    def is_back(self) -> bool:
        """Within half of the threshold, so that a count at its edge does not open and resolve in turns."""
        return 2 * self.lost <= self.warn

    @property
    def is_lesser(self) -> bool:
        """Read from a source of less trust than the one that showed the open drop."""
        return self.level.drop is not None and TRUST[self.now.source] < TRUST[self.level.drop.source]


def suspects(
    levels: Mapping[Name, Level], observed: Iterable[Observation], thresholds: Thresholds
) -> tuple[Suspect, ...]:
    """The tables that a count must speak for before `judge` is asked."""
    found: list[Suspect] = []
    for now in observed:
        level = levels.get(now.name)
        if level is None or now.rows is None:
            continue
        floor = _floor(_case(level, now, now.rows, None, thresholds), thresholds)
        if floor is not None:
            found.append(Suspect(now.schema, now.table, floor))
    return tuple(found)


def _floor(case: _Case, thresholds: Thresholds) -> int | None:
    drop = case.level.drop
    is_drop = case.expected > 0 and case.lost >= case.warn
    if drop is None:
        return case.expected - case.warn + 1 if is_drop and not _is_disproved(case, thresholds) else None
    if case.is_back:
        return max(case.expected - case.warn // 2, 1) if case.is_lesser else None
    if not drop.settled:
        return case.expected - case.warn + 1
    worse = case.lost >= case.critical and drop.finding.severity is not Severity.CRITICAL
    if worse and not _is_disproved(case, thresholds):
        return case.expected - case.critical + 1
    return None


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
            case = _case(level, now, now.rows, confirmations.get(now.name), thresholds)
            step = _step(case, thresholds)
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


def _case(
    level: Level, now: Observation, read: int, confirmation: Confirmation | None, thresholds: Thresholds
) -> _Case:
    basis = expected(level, now)
    rows = read
    if confirmation is not None and confirmation.exact is not None:
        rows = confirmation.exact
    elif confirmation is not None and confirmation.enough:
        rows = max(read, confirmation.floor)
    return _Case(
        level=level,
        now=now,
        confirmation=confirmation,
        expected=basis.rows,
        vouched=basis.vouched,
        rows=rows,
        warn=thresholds.warn(basis.rows),
        critical=thresholds.critical(basis.rows),
    )


def _is_disproved(case: _Case, thresholds: Thresholds) -> bool:
    """A count showed this reading to be too low; what it says counts again once it falls by a threshold more."""
    before = case.level.disproved
    fallen = None if before is None or case.now.rows is None else before - case.now.rows
    return before is not None and fallen is not None and (fallen <= 0 or fallen < thresholds.warn(before))


def _step(case: _Case, thresholds: Thresholds) -> Step:
    return (
        _step_while_open(case, case.level.drop, thresholds) if case.level.drop else _step_while_closed(case, thresholds)
    )


def _step_while_closed(case: _Case, thresholds: Thresholds) -> Step:
    confirmation = case.confirmation
    if confirmation is not None and confirmation.enough:
        return "disproved"
    if case.expected == 0 or case.lost < case.warn:
        return "follow"
    if not case.is_counted and _is_disproved(case, thresholds):
        return "stand"
    if not case.vouched and not case.is_counted:
        # The difference between two sources by itself. Who can never count has to take the new one's word.
        return "follow" if confirmation is not None and not confirmation.again else "unseen"
    return "drop"


def _step_while_open(case: _Case, drop: Drop, thresholds: Thresholds) -> Step:
    last = case.level.latest
    enough = case.confirmation is not None and case.confirmation.enough
    if enough and not drop.settled:
        return "disproved"
    if case.is_lesser and not case.is_counted:
        return "unseen"
    if case.is_back:
        return "follow"
    if enough:
        return "doubted"
    moved = (case.now.rows, case.now.source) != (last.rows, last.source)
    if case.confirmation is None and (not moved or _is_disproved(case, thresholds)):
        return "stand"
    return "drop"


def _next(database: str, case: _Case, step: Step) -> Level:
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


def _drop(database: str, case: _Case) -> Drop:
    known = cause(case.level.base, case.now)
    before = case.level.drop
    counted_now = case.confirmation is not None and case.confirmation.exact is not None
    counted = counted_now or (before is not None and before.counted)
    proven = known.proven >= case.lost
    was_critical = before is not None and before.finding.severity is Severity.CRITICAL
    becomes_critical = case.lost >= case.critical and (counted_now or proven)
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


def _evidence(case: _Case, *, counted: bool, proven: bool) -> str:
    if counted:
        return "confirmed by count"
    if proven:
        return "borne out by the catalogs"
    reason = case.confirmation.reason if case.confirmation is not None else ""
    return f"not confirmed: {reason or case.now.obstacle or 'not counted yet'}"
