"""What came and went between two looks, as far as the statistics tell."""

import msgspec

from watchdog.rows.level import Allowance, Level, Load, Observation
from watchdog.rows.peak import WINDOW, Peak, pushed, shifted
from watchdog.rows.terms import Terms

# Of what a table fell from, so much is as good as all.
_BACK = 0.9


class Flow(msgspec.Struct, frozen=True):
    """Rows; those of transactions that were rolled back are among them."""

    inserted: int
    deleted: int


def flow(then: Observation, now: Observation) -> Flow | None:
    """None where the statistics of the two do not belong together. What a new partition brings has come."""
    if not now.server.same_statistics(then.server):
        return None
    before = {part.oid: part for part in then.parts if part.trusted}
    if len(before) < len(then.parts):
        return None
    inserted = deleted = 0
    for part in now.parts:
        if not part.trusted:
            return None
        old = before.get(part.oid)
        inserted += part.inserted - (old.inserted if old else 0)
        deleted += part.deleted - (old.deleted if old else 0)
    return None if inserted < 0 or deleted < 0 else Flow(inserted, deleted)


def only_grows(one: Observation) -> bool:
    """Whether of a hundred rows that came hardly one has gone, as far as the statistics go back."""
    inserted, deleted = (sum(getattr(part, name) for part in one.parts) for name in ("inserted", "deleted"))
    return bool(2 * inserted >= (one.rows or 0) and 100 * deleted <= inserted)


def _has_not_learned(level: Level, now: Observation) -> bool:
    """Whether the planner's estimate says more than was known of the table, and yet is the one of that time."""
    then = level.base
    estimates = {part.oid: part.planner for part in then.parts}
    return (
        now.source == "planner"
        and level.rows < (now.rows or 0)
        and (then.source != "planner" or level.rows < (then.rows or 0))
        and all(part.planner == estimates.get(part.oid) for part in now.parts if part.source == "planner")
    )


def _before_what_came(then: int, rows: int, came: Flow | None) -> int:
    """What was there before a load: an estimate of then may have been wrong, and be put right at the same look.

    Not much lower than it said, for a load that was rolled back and made again has come twice.
    """
    return then if came is None else round(max(rows - max(came.inserted - came.deleted, 0), _BACK * then))


def followed(
    level: Level, now: Observation, terms: Terms, *, gone: int = 0, allowance: Allowance | None = None
) -> Level:
    """The level after the table moved, by nobody's loss.

    Args:
        level: before it.
        now: the next base; its rows are known.
        terms: of the table.
        gone: how many rows are known to have gone since the level's base, and were not meant to.
        allowance: what a declared drop that is under way has used.
    """
    track, then = level.track, level.base
    rows, risen = now.rows or 0, (now.rows or 0) - (then.rows or 0)
    if _has_not_learned(level, now):
        # Of what was known by better statistics, or by a count, such an estimate is no news.
        risen = max(risen, 0) if now.source == then.source else 0
        rows = min(rows, level.rows + risen)
    came = flow(then, now)
    if came is not None:
        # Deletes that were rolled back have taken nothing.
        gone = max(min(gone, came.inserted - risen), 0)
    removed, inserted = track.removed + gone, track.inserted + (came.inserted if came else 0)
    # What no delete explains is an estimate that was put right: the heights of before were as wrong.
    peaks = shifted(track.peaks, min(risen + gone, 0))
    if now.source != "planner":
        # An estimate is no height that a fall could be told from: it may be of long ago.
        peaks = pushed(peaks, Peak(now.at, rows, removed, inserted))
    # A rise by as much as would be a loss may be a load, which may be undone; what comes back after a loss is none.
    sudden = level.drop is None and risen >= max(terms.thresholds.warn(level.rows), 1)
    load = Load(now.at, _before_what_came(then.rows or 0, rows, came), rows) if sudden else track.load
    # What came back within a week was accepted, and yet is how the table swings: it is learned.
    breaks = tuple(each for each in track.breaks if now.at - each.over > WINDOW or rows < _BACK * each.rows)
    track = msgspec.structs.replace(
        track,
        peaks=peaks,
        removed=removed,
        inserted=inserted,
        load=load,
        breaks=breaks,
        allowance=allowance,
    )
    return Level(rows=rows, base=now, track=track)
