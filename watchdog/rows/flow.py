"""What came and went between two looks, as far as the statistics tell."""

import msgspec

from watchdog.rows.cause import Cause
from watchdog.rows.level import Observation, Track
from watchdog.rows.peak import Peak, pushed, shifted


class Flow(msgspec.Struct, frozen=True):
    """Rows; those of transactions that were rolled back are among them."""

    inserted: int
    deleted: int


def flow(then: Observation, now: Observation) -> Flow | None:
    """None where the statistics of the two do not belong together. What a new partition brings has come."""
    if not now.server.same_statistics(then.server) or not all(part.trusted for part in now.parts):
        return None
    before = {part.oid: part for part in then.parts if part.trusted}
    if len(before) < len(then.parts):
        return None
    inserted = deleted = 0
    for part in now.parts:
        old = before.get(part.oid)
        inserted += part.inserted - (old.inserted if old else 0)
        deleted += part.deleted - (old.deleted if old else 0)
    return None if inserted < 0 or deleted < 0 else Flow(inserted, deleted)


def followed(track: Track, then: Observation, now: Observation, known: Cause, meant: int) -> Track:
    """The track after the table moved from one level to the next, by nobody's loss.

    Args:
        track: as of `then`.
        then: the level's base.
        now: the next base; its rows are known.
        known: why rows have gone between the two.
        meant: how many of them were meant to.
    """
    gone = max((known.proven if known.most is None else known.most) - meant, 0)
    rows = now.rows or 0
    came = flow(then, now)
    risen = rows - (then.rows or 0)
    # What no delete and no insert explains is an estimate that was put right: the heights of before were as wrong.
    wrong = min(risen + gone, 0) if risen < 0 else max(risen + gone - came.inserted, 0) if came else 0
    peaks = pushed(shifted(track.peaks, wrong), Peak(now.at, rows, track.removed + gone))
    return msgspec.structs.replace(track, peaks=peaks, removed=track.removed + gone)
