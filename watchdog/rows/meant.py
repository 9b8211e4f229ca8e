"""What a declared drop lets go: a retention job, dropped partitions, maintenance."""

from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from watchdog.rows.cause import Cause
from watchdog.rows.level import Allowance, Level, Observation
from watchdog.rows.loss import Thresholds
from watchdog.rows.terms import MeantDrop, Terms


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

    What a job does is seen up to a look later, so a window counts when it was open at any time since.
    """
    found = [
        _meant(level, known, drop, opened, terms.thresholds)
        for drop, opened in _open(level.latest.at, now.at, terms.meant)
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


def _meant(level: Level, known: Cause, drop: MeantDrop, opened: datetime, thresholds: Thresholds) -> Meant:
    before = level.track.allowance
    if before is None or before.opened != opened:
        before = Allowance(opened=opened, since=max(opened, level.at), rows=level.rows)
    allowance = Allowance(
        opened=opened,
        since=before.since,
        rows=before.rows,
        removed=before.removed + (known.proven if known.most is None else known.most),
        partitions=before.partitions + len(known.departed),
        partition_rows=before.partition_rows + sum(known.departed),
    )
    least = max(_leasts(drop, allowance, thresholds), default=0)
    return Meant(allowance=allowance, least=least, gone=before.removed, drop=drop)


def _leasts(drop: MeantDrop, allowance: Allowance, thresholds: Thresholds) -> Iterator[int]:
    """What each of its bounds leaves at least; the tightest holds."""
    if drop.percent is not None:
        yield max(allowance.rows - int(allowance.rows * drop.percent / 100), 0)
    if drop.rows is not None:
        yield max(allowance.rows - drop.rows, 0)
    if drop.partitions is not None:
        left = max(allowance.rows - allowance.partition_rows, 0)
        # What goes besides from the partitions that stay is judged as ever.
        usual = left - max(thresholds.warn(left) - 1, 0)
        yield usual if allowance.partitions <= drop.partitions else allowance.rows
