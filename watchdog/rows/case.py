"""One table's numbers, side by side: what was expected, what was read, what was counted."""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from watchdog.rows.cause import Cause, Standing, cause
from watchdog.rows.facts import Confirmation
from watchdog.rows.history import DAY, HOUR
from watchdog.rows.level import TRUST, Level, Observation
from watchdog.rows.loss import expected
from watchdog.rows.meant import Meant, meant
from watchdog.rows.peak import WINDOW, highest
from watchdog.rows.terms import Terms
from watchdog.rows.usual import Usual, ratio

# What deletes more than thrice as much as it did before is no longer doing what it did.
_SURGE = 3
# A table whose rows were all replaced so often in a day lives by losing them: a queue, or a cache.
_VOLATILE_SMALL, _VOLATILE = 1, 24
# Hours of history, before which only such figures of the statistics can tell one.
_COLD_HOURS = 14


class Fall(msgspec.Struct, frozen=True, kw_only=True):
    """A fall that is a loss, unless the table does so by itself.

    Attributes:
        expected: the rows that it fell from.
        lost: of them, no more than can have gone.
        since: when it held them, UTC.
        gone: how many of the lost rows went before the level's base.
        slow: it took longer than an hour.
    """

    expected: int
    lost: int
    since: datetime
    gone: int = 0
    slow: bool = False


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One table's numbers, side by side. `rows` is the best that is known: counted, else read.

    Attributes:
        lost: of what was expected, no more than can have gone.
        gone: rows that went before the level's base, in the fall that is judged.
        loss: the table holds fewer than it may.
        meant: the declared drop that the fall is measured by, if any.
        known: why, since the level's base.
    """

    level: Level
    now: Observation
    confirmation: Confirmation | None
    expected: int
    vouched: bool
    rows: int
    lost: int
    since: datetime
    gone: int
    warn: int
    critical: int
    is_loss: bool
    meant: Meant | None
    known: Cause
    terms: Terms

    @property
    def is_silent(self) -> bool:
        """The reading fell, and nothing was deleted: an estimate was put right, or deletes are told late."""
        return self.expected - self.rows >= self.warn and not self.is_loss and self.expected - self.rows > self.lost

    @property
    def is_critical_loss(self) -> bool:
        return self.is_loss and self.lost >= self.critical

    @property
    def is_counted(self) -> bool:
        return self.confirmation is not None and self.confirmation.counted is not None

    @property
    def is_exact(self) -> bool:
        return self.confirmation is not None and self.confirmation.exact is not None

    @property
    def is_enough(self) -> bool:
        """A count found at least as many rows as it was asked for."""
        return self.confirmation is not None and self.confirmation.enough

    @property
    def is_back(self) -> bool:
        """Within half of the threshold, so that a count at its edge does not open and resolve in turns."""
        return 2 * self.lost <= self.warn

    @property
    def is_lesser(self) -> bool:
        """Read from a source of less trust than the one that showed the open drop."""
        return self.level.drop is not None and TRUST[self.now.source] < TRUST[self.level.drop.source]

    @property
    def is_disproved(self) -> bool:
        """A count showed this reading to be too low; what it says counts again once it falls by a threshold more."""
        before = self.level.disproved
        if before is None:
            return False
        fallen = before - (self.now.rows or 0)
        return fallen <= 0 or fallen < self.terms.thresholds.warn(before)


def case_of(
    level: Level,
    now: Observation,
    read: int,
    confirmation: Confirmation | None,
    terms: Terms,
    standing: Standing,
    usual: Usual | None = None,
) -> Case:
    """Put side by side what was, what was `read` now, and what a count said of it.

    `usual` is what the history says of the fall; None when it was not asked yet: then nothing is usual.
    """
    basis = expected(level, now)
    rows = read
    if confirmation is not None and confirmation.exact is not None:
        rows = confirmation.exact
    elif confirmation is not None and confirmation.enough:
        rows = max(read, confirmation.floor)
    known = cause(level.base, now, standing, level.gone)
    lost = _at_most(basis.rows - rows, known.most)
    case = Case(
        level=level,
        now=now,
        confirmation=confirmation,
        expected=basis.rows,
        vouched=basis.vouched,
        rows=rows,
        lost=lost,
        since=level.at,
        gone=level.gone,
        warn=terms.thresholds.warn(basis.rows),
        critical=terms.thresholds.critical(basis.rows),
        is_loss=basis.rows > 0 and lost >= terms.thresholds.warn(basis.rows),
        meant=None,
        known=known,
        terms=terms,
    )
    return case if level.drop is not None else _judged(case, usual, standing)


def _at_most(lost: int, most: int | None) -> int:
    """Rows go only where something takes them. What an estimate lost besides was never there."""
    return lost if most is None else min(lost, most)


def _judged(case: Case, usual: Usual | None, standing: Standing) -> Case:
    """The case of a table of which nothing is open, by the worst fall that is no habit of it, and is not meant."""
    found = meant(case.level, case.now, case.known, case.terms)
    if found is not None:
        before = found.allowance.rows
        lost = _at_most(before - case.rows, None if case.known.most is None else found.allowance.removed)
        if lost <= before - found.least:
            return msgspec.structs.replace(case, is_loss=False, meant=found)
        return msgspec.structs.replace(
            case,
            expected=before,
            lost=lost,
            since=found.allowance.opened,
            known=cause(case.level.base, case.now, standing, found.gone),
            warn=before - found.least + 1,
            critical=case.terms.thresholds.critical(before),
            is_loss=True,
            meant=found,
        )
    falls = [fall for fall in _falls(case) if not _is_usual(case, fall, usual)]
    if not falls:
        return msgspec.structs.replace(case, is_loss=False)
    worst = max(falls, key=lambda fall: fall.expected)
    return msgspec.structs.replace(
        case,
        expected=worst.expected,
        lost=worst.lost,
        since=worst.since,
        gone=worst.gone,
        known=cause(case.level.base, case.now, standing, worst.gone),
        warn=case.terms.thresholds.warn(worst.expected),
        critical=case.terms.thresholds.critical(worst.expected),
        is_loss=True,
    )


def _falls(case: Case) -> Iterator[Fall]:
    """From the level, from the highest of the last hour, and from the highest of the last week."""
    level, now, rows = case.level, case.now, case.rows
    if case.is_loss:
        yield Fall(expected=case.expected, lost=case.lost, since=case.since)
    if now.source not in {"live", "exact"} or case.known.most is None:
        return
    for window, slow in ((HOUR, False), (WINDOW, True)):
        peak = highest(level.track.peaks, now.at - window)
        if peak is None or peak.at >= level.base.at:
            continue
        gone = level.track.removed - peak.removed
        lost = _at_most(peak.rows - rows, gone + case.known.most)
        if lost > 0 and lost >= case.terms.thresholds.warn(peak.rows):
            yield Fall(expected=peak.rows, lost=lost, since=peak.at, gone=gone, slow=slow)


def _is_usual(case: Case, fall: Fall, usual: Usual | None) -> bool:
    if usual is None:
        return False
    if _is_volatile(case, fall, cold=usual.hours < _COLD_HOURS):
        return True
    depth = ratio(fall.expected - fall.lost, fall.expected)
    surges = usual.deleted is None or _surges(case, fall, usual.deleted)
    if not fall.slow:
        by_steps = fall.since < case.level.base.at
        return depth >= usual.quick or (by_steps and not surges)
    if usual.slow is not None:
        return depth >= usual.slow
    # Too little is known to tell a weekend from a loss, but for what was deleted.
    return usual.deleted is None or not surges


def _surges(case: Case, fall: Fall, deleted_in_an_hour: float) -> bool:
    """Whether more rows were deleted than the table's pace explains."""
    hours = (case.now.at - fall.since) / HOUR
    excess = fall.gone + (case.known.most or 0) - _SURGE * deleted_in_an_hour * hours
    return excess >= case.terms.thresholds.warn(fall.expected)


def _is_volatile(case: Case, fall: Fall, *, cold: bool) -> bool:
    """Whether the table was always emptied and filled, as far as its statistics go back. A TRUNCATE is never that."""
    if any(old.relfilenode != new.relfilenode for old, new in zip(case.level.base.parts, case.now.parts, strict=False)):
        return False
    server = case.now.server
    began = max(filter(None, (server.stats_reset_at, server.shared_reset_at or server.started_at)))
    days = max((case.now.at - began) / DAY, 1.0)
    turns = sum(part.deleted for part in case.now.parts) / days / max(fall.expected, 1)
    small = fall.expected < case.terms.thresholds.warn_rows
    return turns >= _VOLATILE_SMALL if small else cold and turns >= _VOLATILE
