"""Why rows are gone, as far as the catalogs and counters tell."""

from collections.abc import Iterator, Mapping

import msgspec

from watchdog.rows.facts import ServerFacts
from watchdog.rows.level import Name, Observation, Part
from watchdog.sqltext import display_name, how_many

# A sentence with forty partitions in it is read by nobody.
NAMED_AT_MOST = 3
_ANOTHER_CLUSTER = "another server answers, or it was restored: its system identifier changed"

# Each table that there is, leaves too, by its oid: its name, and what it belongs to.
Standing = Mapping[int, Observation]


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a loss.

    Attributes:
        words: one clause each; empty when nothing is known.
        proven: how many rows the catalogs and counters themselves account for, without any count.
        most: how many rows can have gone at most, as rows go only by deletes, with their file, or with their
            partition; None where lost statistics or a file that was written anew leave that open.
        departed: rows of each partition that has gone.
    """

    words: tuple[str, ...] = ()
    proven: int = 0
    most: int | None = None
    departed: tuple[int, ...] = ()


class _Event(msgspec.Struct, frozen=True, kw_only=True):
    words: str = ""
    proven: int = 0
    most: int | None = None
    deleted: int = 0
    departed: bool = False


def cause(then: Observation, now: Observation, standing: Standing, gone: int = 0) -> Cause:
    """What happened between the look that set the level and this one.

    Args:
        then: that look.
        now: this one.
        standing: what there is now, to tell a partition that was detached, or a table that was renamed, from one that
            was dropped.
        gone: rows that were deleted before `then`, in the same fall.
    """
    if then.server.system_identifier != now.server.system_identifier:
        # Another cluster: its oids, files and counters say nothing about the ones before.
        return Cause(words=(_ANOTHER_CLUSTER,))
    events = tuple(_events(then, now, standing))
    told = [event.words for event in events if event.words]
    if len(told) > NAMED_AT_MOST:
        told[NAMED_AT_MOST:] = [f"the same or the like of {how_many(len(told) - NAMED_AT_MOST, 'more partition')}"]
    deleted = sum(event.deleted for event in events) + gone
    if deleted:
        told.append(f"{how_many(deleted, 'row')} deleted")
    return Cause(
        words=(*_of_server(then.server, now.server), *told),
        proven=sum(event.proven for event in events) + gone,
        most=None if any(event.most is None for event in events) else sum(event.most or 0 for event in events) + gone,
        departed=tuple(event.proven for event in events if event.departed),
    )


def of_server(then: ServerFacts, now: ServerFacts) -> tuple[str, ...]:
    """What happened to the server between two looks, whatever became of the rows; nothing where it is as it was."""
    if then.system_identifier != now.system_identifier:
        return (_ANOTHER_CLUSTER,)
    if then.in_recovery != now.in_recovery:
        return (*_of_server(then, now), f"a {'standby' if now.in_recovery else 'primary'} answers now")
    return tuple(_of_server(then, now))


def _of_server(then: ServerFacts, now: ServerFacts) -> Iterator[str]:
    back = None not in (then.wal_position, now.wal_position) and (now.wal_position or 0) < (then.wal_position or 0)
    if back:
        yield "the server went back to an earlier state, by a restore or by a failover to a standby that lagged"
    elif now.failed_over(then):
        yield f"restored or failed over (timeline {then.timeline} -> {now.timeline})"


def _events(then: Observation, now: Observation, standing: Standing) -> Iterator[_Event]:
    here = {part.name: part for part in now.parts}
    continuous = now.server.same_statistics(then.server)
    alone = all(part.name == now.name for part in (*then.parts, *now.parts))
    for old in then.parts:
        new = here.get(old.name)
        rows = old.rows_by(old.source) or 0
        if new is not None:
            lost = max(rows - (new.rows_by(new.source) or 0), 0)
            yield _event(old, new, lost, standing, alone=alone, continuous=continuous)
        elif old.name == now.name:
            # Partitioned since, by making it anew: its rows may be in its partitions.
            yield _Event(words=f"made anew as a partitioned table{_whereabouts(old, standing)}")
        else:
            where = _whereabouts(old, standing)
            words = f"partition {display_name(old.name)} was {f'detached{where}' if where else 'dropped'}"
            yield _Event(words=words, proven=rows, most=rows, departed=True)


def _event(old: Part, new: Part, lost: int, standing: Standing, *, alone: bool, continuous: bool) -> _Event:
    subject = "" if alone else f"partition {display_name(new.name)}: "
    emptied = new.relpages == 0 and new.trusted
    if old.oid != new.oid:
        where = _whereabouts(old, standing)
        what = f"replaced by another table{where}" if where else "dropped and recreated"
        words = f"{subject}{what} (oid {old.oid} -> {new.oid})"
        emptied = emptied and continuous
        return _Event(words=words, proven=lost if emptied else 0, most=lost if emptied else None)
    if old.relfilenode != new.relfilenode:
        words = f"{subject}TRUNCATE or rewrite (relfilenode {old.relfilenode} -> {new.relfilenode})"
        return _Event(words=words, proven=lost if emptied else 0, most=lost if emptied else None)
    deleted, came = max(new.deleted - old.deleted, 0), max(new.inserted - old.inserted, 0)
    if not (continuous and old.trusted and new.trusted):
        return _Event()
    # Only VACUUM and ANALYZE put another live count in the place of what sessions told; so what has fallen beyond the
    # deletes was truncated, by a session whose counters came after its file was known.
    late = (old.live or 0) - deleted - (new.live or 0) if new.maintained == old.maintained else 0
    if late > 0:
        return _Event(words=f"{subject}TRUNCATE, told late", deleted=deleted, proven=lost, most=deleted + late)
    return _Event(deleted=deleted, proven=min(deleted, lost + came), most=deleted)


def _whereabouts(old: Part, standing: Standing) -> str:
    """Where the table is now that was here before; empty when it is nowhere."""
    found = standing.get(old.oid)
    if found is None:
        return ""
    name: Name = next(part.name for part in found.parts if part.oid == old.oid)
    rows = "" if found.rows is None or len(found.parts) > 1 else f" with {how_many(found.rows, 'row')}"
    inside = "" if name == found.name else f" in {display_name(found.name)}"
    return f": it is {display_name(name)}{inside} now{rows}"
