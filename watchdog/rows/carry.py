"""A count carried on: what was counted once, moved by what came and went since."""

from datetime import timedelta

import msgspec

from watchdog.rows.level import Count, Observation
from watchdog.rows.times import clock

# Deletes that were rolled back are counted as deletes. Where what was carried on is so far from the live count, which
# knows of rollbacks, its own word has ended.
_FARTHEST_PERCENT = 10
# An idle session tells of its last changes up to 10 s after their commit.
LATEST_NEWS = timedelta(seconds=15)
_AGREES_PERCENT = 1


def counted(rows: int, now: Observation, before: Count | None) -> Count:
    """A new count.

    One that found other rows than the statistics may have seen what they have not told yet: carried on, it would move
    by that twice, so it waits for one more count, of a time when all must have been told.
    """
    read = now.rows
    agrees = read is not None and 100 * abs(read - rows) <= _AGREES_PERCENT * max(read, rows)
    waited = before is not None and not before.settled and now.at - before.then.at >= LATEST_NEWS
    return Count(rows=rows, then=now, settled=agrees or waited)


def carried(now: Observation, count: Count | None) -> Observation:
    """The observation with the rows that a count of before, and the inserts and deletes since, make.

    It is left as it is where they say nothing: the statistics were lost, or a part was truncated, rewritten, made anew,
    attached or gone (COPY FREEZE needs one of these); or what they say contradicts the live count.

    "exact" is what was counted when nothing has moved; what has moved is "live" again, with a count behind it.
    """
    if count is None or not count.settled or not _is_continuous(count.then, now):
        return now
    inserted, deleted, live = (_moved(count.then, now, field) for field in ("inserted", "deleted", "live"))
    counted = f"counted at {clock(count.then.at, now.at)}"
    if not (inserted or deleted or live):
        return msgspec.structs.replace(now, rows=count.rows, source="exact", note=counted, counted_at=count.then.at)
    rows = count.rows + inserted - deleted
    if all(part.maintained == then.maintained for part, then in zip(now.parts, count.then.parts, strict=True)):
        # Nothing but the sessions themselves has moved the live count, and it leaves out what was rolled back.
        rows = count.rows + live
    elif 100 * abs(rows - (now.rows or 0)) > _FARTHEST_PERCENT * max(rows, now.rows or 0):
        return now
    note = f"{inserted:,} inserted and {deleted:,} deleted since it was {counted}"
    return msgspec.structs.replace(now, rows=max(rows, 0), source="live", note=note, counted_at=count.then.at)


def _is_continuous(then: Observation, now: Observation) -> bool:
    return (
        now.rows is not None
        and now.server.same_statistics(then.server)
        and all(part.trusted for part in (*then.parts, *now.parts))
        and [(part.name, part.oid, part.relfilenode) for part in now.parts]
        == [(part.name, part.oid, part.relfilenode) for part in then.parts]
    )


def _moved(then: Observation, now: Observation, field: str) -> int:
    return sum((getattr(part, field) or 0) for part in now.parts) - sum(
        (getattr(part, field) or 0) for part in then.parts
    )
