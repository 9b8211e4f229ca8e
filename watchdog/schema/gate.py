"""Whether the catalogs may have changed: a mark for each of them that moves with it."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

FIRST_MAJOR_THAT_FLUSHES = 15


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """What was read of all catalogs at one time.

    Attributes:
        epoch: since when the numbers can be compared; those of another epoch say nothing of these.
        catalogs: catalog, such as pg_class, -> numbers that differ once it has changed; none: nothing could be read.
        distrust: why the numbers are no counters of the server's but were read from the rows; empty where they are.
    """

    epoch: tuple[datetime | None, ...]
    catalogs: Mapping[str, tuple[int, ...]]
    distrust: str = ""


def moved(before: Mark | None, now: Mark) -> frozenset[str] | None:
    """The catalogs that may have changed from one mark to the next; None: any of them may have."""
    if before is None or not now.catalogs or (before.epoch, before.distrust) != (now.epoch, now.distrust):
        return None
    return frozenset(
        name
        for name in before.catalogs.keys() | now.catalogs.keys()
        if before.catalogs.get(name) != now.catalogs.get(name)
    )


def distrust(major: int, *, in_recovery: bool, is_counting: bool, may_ask: bool) -> str:
    """Why the server's counters do not tell what changed; empty where they do.

    Source: pgstat_report_stat in the server's pgstat.c. Before 15 a session that idles does not send what it counted
    within half a second of the last time, and nothing makes it; from 15 on a timeout of 10 s does.
    """
    if in_recovery:
        return "a standby counts no changes of its catalogs"
    if not is_counting:
        return "track_counts is off"
    if not may_ask:
        return "this role may not execute the functions that tell them"
    if major < FIRST_MAJOR_THAT_FLUSHES:
        return f"PostgreSQL {major} counts what an idle session changed only when it does something again"
    return ""
