"""What a declared drop lets go: a retention job, dropped partitions, maintenance."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import msgspec

from watchdog.rows.cause import Cause
from watchdog.rows.level import Allowance, Level, Observation
from watchdog.rows.loss import Thresholds
from watchdog.rows.terms import MeantDrop, Terms

_CRON_COUNTS_IN = timedelta(minutes=1)
# Of a table that nobody could read for so many windows, more are not counted.
_MOST_TIMES = 60


class Meant(msgspec.Struct, frozen=True, kw_only=True):
    """A declared drop that may be under way.

    Attributes:
        allowance: to remember for the next look, when the fall is taken for the declared one.
        least: the fewest rows that it may leave.
        gone: rows that went in its window before the level's base.
        drop: as declared.
    """

    allowance: Allowance
    least: int
    gone: int
    drop: MeantDrop


def meant(level: Level, now: Observation, known: Cause, terms: Terms) -> Meant | None:
    """Of the declared drops whose window was open since the last look, the one that lets the most go; None without any.

    What a job does is seen up to a look later, so a window counts when it was open at any time since; or at any time
    since the level's base, where the looks in between could not tell the rows.
    """
    since = level.base.at if level.drop is None and level.latest.rows is None else level.latest.at
    found = [
        _meant(level, known, drop, opened, _times(drop, since, opened), terms.thresholds)
        for drop, opened in _open(since, now.at, terms.meant)
    ]
    return min(found, key=lambda one: one.least, default=None)


def is_muted(since: datetime, now: datetime, drops: Iterable[MeantDrop]) -> bool:
    """Whether maintenance is under way, in which nothing is expected of a table."""
    return any(drop.mutes for drop, _ in _open(since, now, drops))


def _open(since: datetime, now: datetime, drops: Iterable[MeantDrop]) -> Iterator[tuple[MeantDrop, datetime]]:
    for drop in drops:
        opened = drop.opened(since, now)
        if opened is not None:
            yield drop, opened


def _times(drop: MeantDrop, since: datetime, opened: datetime) -> int:
    """How many windows were open since then, of which the last is given."""
    times, before = 1, drop.opened(since, opened - _CRON_COUNTS_IN)
    while before is not None and before < opened and times < _MOST_TIMES:
        opened = before
        times, before = times + 1, drop.opened(since, opened - _CRON_COUNTS_IN)
    return times


def _meant(level: Level, known: Cause, drop: MeantDrop, opened: datetime, times: int, thresholds: Thresholds) -> Meant:
    before = level.track.allowance
    if before is None or before.opened != opened:
        before = Allowance(opened=opened, since=max(opened, level.at), rows=level.rows, times=times)
    allowance = Allowance(
        opened=opened,
        since=before.since,
        rows=before.rows,
        removed=before.removed + (known.proven if known.most is None else known.most),
        partitions=before.partitions + len(known.departed),
        partition_rows=before.partition_rows + sum(known.departed),
        times=max(before.times, times),
    )
    least = max(_leasts(drop, allowance, thresholds), default=0)
    return Meant(allowance=allowance, least=least, gone=before.removed, drop=drop)


def _leasts(drop: MeantDrop, allowance: Allowance, thresholds: Thresholds) -> Iterator[int]:
    """What each of its bounds leaves at least; the tightest holds."""
    times = allowance.times
    if drop.percent is not None:
        part = 1 - (1 - drop.percent / 100) ** times if times > 1 else drop.percent / 100
        yield max(allowance.rows - int(allowance.rows * part), 0)
    if drop.rows is not None:
        yield max(allowance.rows - drop.rows * times, 0)
    if drop.partitions is not None:
        left = max(allowance.rows - allowance.partition_rows, 0)
        # What goes besides from the partitions that stay is judged as ever.
        usual = left - max(thresholds.warn(left) - 1, 0)
        yield usual if allowance.partitions <= drop.partitions * times else allowance.rows
