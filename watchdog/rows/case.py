"""One table's numbers, side by side: what was expected, what was read, what was counted."""

import math
from collections.abc import Iterator
from datetime import datetime

import msgspec

from watchdog.rows.cause import Cause, Standing, cause
from watchdog.rows.facts import Confirmation
from watchdog.rows.flow import flow, only_grows
from watchdog.rows.history import DAY, HOUR
from watchdog.rows.level import TRUST, Level, Observation
from watchdog.rows.loss import expected
from watchdog.rows.meant import Meant, meant
from watchdog.rows.peak import WINDOW, highest
from watchdog.rows.terms import Terms
from watchdog.rows.usual import Usual, ratio

# What deletes more than thrice as much as it did before is no longer doing what it did.
_SURGE = 3
# A table whose rows are all replaced so often in a day lives by losing them; a small one, of which only emptiness
# counts, is taken for one more readily.
_VOLATILE_SMALL, _VOLATILE = 1, 36
# ANALYZE reads so many pages of a table, at the usual statistics target; the rows of the others it estimates.
_SAMPLED_PAGES, _ROUGH = 30_000, 0.97
# What came since is missed too, up to so small a part of the height.
_MOST_GROWN = 20
# Of what a load had found, so much must be left when it was undone, and no more beside it than so much of the load.
_AS_BEFORE, _GROWN_UNSEEN = 0.95, 0.2
# A look an hour is late by some minutes; what lies farther apart is no quick fall.
_QUICK = 1.5 * HOUR


class Fall(msgspec.Struct, frozen=True, kw_only=True):
    """A fall that is a loss, unless the table does so by itself.

    Attributes:
        height: the rows that it fell from; what a threshold is a part of.
        expected: the rows that would be there: the height, or more where what came since is missed too.
        lost: of them, no more than can have gone.
        since: when it held them, UTC.
        gone: how many of the lost rows went before the level's base.
        slow: it took longer than an hour.
    """

    height: int
    expected: int
    lost: int
    since: datetime
    gone: int = 0
    slow: bool = False

    @property
    def is_hidden(self) -> bool:
        """By the net figures alone it would not count."""
        return self.expected > self.height


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One table's numbers, side by side. `rows` is the best that is known: counted, else read.

    Attributes:
        lost: of what was expected, no more than can have gone.
        gone: rows that went before the level's base, in the fall that is judged.
        loss: the table holds fewer than it may.
        meant: the declared drop that the fall is measured by, if any.
        known: why, since the level's base.
        is_undone: the fall only takes back a load.
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
    is_undone: bool = False

    @property
    def is_silent(self) -> bool:
        """The reading fell, and nothing was deleted: an estimate was put right, or deletes are told late."""
        fallen = self.expected - self.rows
        return fallen >= self.warn and fallen > self.lost and not (self.is_loss or self.is_undone)

    @property
    def is_critical_loss(self) -> bool:
        """Of what was there, which is less than was expected where the statistics had counted rows twice."""
        return self.is_loss and self.lost >= self.terms.thresholds.critical(self.rows + self.lost)

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
    confirmation: Confirmation | None,
    terms: Terms,
    standing: Standing,
    usual: Usual | None = None,
) -> Case:
    """Put side by side what was, what was read now (nothing where that is unknown), and what a count said of it.

    `usual` is what the history says of the fall; None when it was not asked yet: then nothing is usual.
    """
    basis = expected(level, now)
    rows = now.rows or 0
    if confirmation is not None and confirmation.exact is not None:
        rows = confirmation.exact
    elif confirmation is not None and confirmation.enough:
        rows = max(rows, confirmation.floor)
    known = cause(level.base, now, standing, level.gone)
    before = basis.rows
    lost = _at_most(before - rows, known.most)
    allowed = level.drop.allowed if level.drop is not None else None
    warn = _warn(terms, before, now) if allowed is None else allowed + 1
    case = Case(
        level=level,
        now=now,
        confirmation=confirmation,
        expected=before,
        vouched=basis.vouched,
        rows=rows,
        lost=lost,
        since=level.at,
        gone=level.gone,
        warn=warn,
        critical=terms.thresholds.critical(before),
        is_loss=before > 0 and lost >= warn,
        meant=None,
        known=known,
        terms=terms,
    )
    return case if level.drop is not None else _judged(case, usual, standing)


def _warn(terms: Terms, height: int, now: Observation) -> int:
    """The fewest rows whose loss from a height counts; a little fewer where the height itself is a rough estimate."""
    rough = now.counted_at is None and any(part.relpages > _SAMPLED_PAGES for part in now.parts)
    return math.ceil(terms.thresholds.warn(height) * (_ROUGH if rough else 1))


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
            since=found.allowance.since,
            gone=found.gone,
            known=cause(case.level.base, case.now, standing, found.gone),
            warn=before - found.least + 1,
            critical=case.terms.thresholds.critical(before),
            is_loss=True,
            meant=found,
        )
    fallen = tuple(_falls(case))
    falls = [fall for fall in fallen if not _is_usual(case, fall, usual)]
    if not falls:
        undone = any(_is_undone_load(case, fall) for fall in fallen)
        return msgspec.structs.replace(case, is_loss=False, is_undone=undone)
    worst = max(falls, key=lambda fall: fall.expected)
    return msgspec.structs.replace(
        case,
        expected=worst.expected,
        lost=worst.lost,
        since=worst.since,
        gone=worst.gone,
        known=cause(case.level.base, case.now, standing, worst.gone),
        warn=_warn(case.terms, worst.height, case.now),
        critical=case.terms.thresholds.critical(worst.height),
        is_loss=True,
    )


def _falls(case: Case) -> Iterator[Fall]:
    """From the level, from the highest of the last hour, and from the highest of the last week."""
    level, now, rows = case.level, case.now, case.rows
    slow = now.at - case.since > _QUICK
    if case.is_loss:
        yield Fall(height=case.expected, expected=case.expected, lost=case.lost, since=case.since, slow=slow)
    came = flow(level.base, now)
    if came is None or now.source not in {"live", "exact"} or case.known.most is None or not _same_files(case):
        return
    bases = ((level.rows, 0, 0, case.since, slow), *_peaks(level, now))
    for height, gone, inserted, since, slow in bases:
        # What came since would be there too, but for tables that live by losing as much as they get.
        for grown in (0, min(inserted + came.inserted, height // _MOST_GROWN)):
            lost = _at_most(height + grown - rows, gone + case.known.most)
            if 0 < lost >= _warn(case.terms, height, now):
                yield Fall(height=height, expected=height + grown, lost=lost, since=since, gone=gone, slow=slow)
                break


def _peaks(level: Level, now: Observation) -> Iterator[tuple[int, int, int, datetime, bool]]:
    """What the heights of the last hour and of the last week were, and what went and came from then to the base."""
    for window, slow in ((HOUR, False), (WINDOW, True)):
        peak = highest(level.track.peaks, now.at - window)
        if peak is not None and peak.at < level.base.at:
            track = level.track
            yield peak.rows, track.removed - peak.removed, track.inserted - peak.inserted, peak.at, slow


def _same_files(case: Case) -> bool:
    then, now = case.level.base.parts, case.now.parts
    return [(part.oid, part.relfilenode) for part in then] == [(part.oid, part.relfilenode) for part in now]


def _is_usual(case: Case, fall: Fall, usual: Usual | None) -> bool:
    if usual is None:
        return False
    if _is_volatile(case, fall, usual) or _is_undone_load(case, fall):
        return True
    depth = ratio(fall.expected - fall.lost, fall.expected)
    at_once = fall.since >= case.level.base.at
    surges = usual.gone is not None and _surges(case, fall, usual.gone)
    if fall.is_hidden and not (surges or only_grows(case.level.base)):
        return True
    if not fall.slow:
        return depth >= usual.quick or not (surges or usual.gone is None)
    if usual.slow is not None:
        return depth >= usual.slow
    # Too little is known to tell a weekend from a loss, but for what was deleted.
    return not (surges or (usual.gone is None and at_once))


def _surges(case: Case, fall: Fall, gone_in_an_hour: float) -> bool:
    """Whether its pace leaves half of a loss, or more, unexplained."""
    hours = (case.now.at - fall.since) / HOUR
    gone = fall.gone + (fall.lost if case.known.most is None else case.known.most)
    return 2 * (gone - _SURGE * gone_in_an_hour * hours) >= case.terms.thresholds.warn(fall.height)


def _is_volatile(case: Case, fall: Fall, usual: Usual) -> bool:
    """Whether the table's rows are all replaced so often that it has none to lose: a queue, or a cache.

    As its history has it, or, while there is none, its statistics: what came and is not there has gone.
    """
    days = max((case.now.at - case.now.server.statistics_since) / DAY, 1.0)
    came = sum(part.inserted for part in case.level.base.parts)
    a_day = (came - fall.expected) / days if usual.gone is None else usual.gone * DAY / HOUR
    least = _VOLATILE_SMALL if fall.expected < case.terms.thresholds.warn_rows else _VOLATILE
    return a_day >= least * fall.expected


def _is_undone_load(case: Case, fall: Fall) -> bool:
    """Whether the table is back at what it held before a load, taken back within the hour, as far as looks can tell."""
    load = case.level.track.load
    if load is None or _AS_BEFORE * fall.expected > load.after + case.terms.thresholds.warn_rows:
        return False
    # Looks may be an hour apart: it stood at the one before, and may have gone right after that.
    if case.level.base.at - load.at > HOUR or case.now.at - load.at > 2 * HOUR:
        return False
    left = fall.expected - fall.lost
    # What is too little to be a loss may be missing besides; and it may have grown before the load, unseen.
    spare = max((1 - _AS_BEFORE) * load.before, case.terms.thresholds.warn_rows - 1)
    return left > 0 and -spare <= left - load.before <= max(spare, _GROWN_UNSEEN * (load.after - load.before))
