"""Tables of which nothing can have been lost, so that they need no case: most of them, at most looks."""

from watchdog.rows.level import Level, Observation
from watchdog.rows.terms import Terms


def is_whole(level: Level, now: Observation, terms: Terms) -> bool:
    """Whether a case would only say that the table is to be followed, as it has not fallen and nothing was deleted.

    False is no verdict: it says that a case must be made.
    """
    base = level.base
    return (
        now.rows is not None
        and now.rows >= level.rows
        and (level.drop, level.last, level.since, level.disproved) == (None, None, None, None)
        and not (level.gone or level.vouched or terms.meant)
        and len(now.parts) == len(base.parts)
        and all(
            part.deleted == then.deleted
            and (part.live or 0) >= (then.live or 0)
            and part.oid == then.oid
            and part.relfilenode == then.relfilenode
            and part.table == then.table
            and part.schema == then.schema
            for part, then in zip(now.parts, base.parts, strict=True)
        )
        and all(peak.at >= base.at for peak in level.track.peaks)
    )
