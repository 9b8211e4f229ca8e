"""Why rows are gone, as far as the catalogs and counters tell."""

from collections.abc import Iterator

import msgspec

from watchdog.rows.level import Observation, Part
from watchdog.sqltext import display_name

# A sentence with forty partitions in it is read by nobody.
NAMED_AT_MOST = 3


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a loss.

    Attributes:
        words: one clause each; empty when nothing is known.
        proven: how many rows the catalogs and counters themselves account for, without any count.
    """

    words: tuple[str, ...] = ()
    proven: int = 0


class _Event(msgspec.Struct, frozen=True, kw_only=True):
    words: str = ""
    proven: int = 0
    deleted: int = 0


def cause(then: Observation, now: Observation) -> Cause:
    """What happened between the look that set the level and this one."""
    if then.server.system_identifier != now.server.system_identifier:
        # Another cluster: its oids, files and counters say nothing about the ones before.
        return Cause(words=("another server answers: its system identifier changed",))
    events = tuple(_events(then, now))
    told = [event.words for event in events if event.words]
    if len(told) > NAMED_AT_MOST:
        told[NAMED_AT_MOST:] = [f"the same or the like of {len(told) - NAMED_AT_MOST:,} more partitions"]
    deleted = sum(event.deleted for event in events)
    if deleted:
        told.append(f"{deleted:,} rows deleted")
    return Cause(words=tuple(told), proven=sum(event.proven for event in events))


def _events(then: Observation, now: Observation) -> Iterator[_Event]:
    here = {part.name: part for part in now.parts}
    continuous = now.server.same_statistics(then.server)
    alone = all(part.name == now.name for part in (*then.parts, *now.parts))
    for old in then.parts:
        new = here.get(old.name)
        rows = old.rows_by(old.source) or 0
        if new is None:
            yield _Event(words=f"partition {display_name(old.name)} is gone (detached or dropped)", proven=rows)
        else:
            yield _event(old, new, max(rows - (new.rows_by(new.source) or 0), 0), alone=alone, continuous=continuous)


def _event(old: Part, new: Part, lost: int, *, alone: bool, continuous: bool) -> _Event:
    subject = "" if alone else f"partition {display_name(new.name)}: "
    emptied = new.relpages == 0 and new.trusted
    if old.oid != new.oid:
        words = f"{subject}dropped and recreated (oid {old.oid} -> {new.oid})"
        return _Event(words=words, proven=lost if emptied and continuous else 0)
    if old.relfilenode != new.relfilenode:
        words = f"{subject}TRUNCATE or rewrite (relfilenode {old.relfilenode} -> {new.relfilenode})"
        return _Event(words=words, proven=lost if emptied else 0)
    deleted = new.deleted - old.deleted
    if not (continuous and old.trusted and new.trusted and deleted > 0):
        return _Event()
    return _Event(deleted=deleted, proven=min(deleted, lost))
