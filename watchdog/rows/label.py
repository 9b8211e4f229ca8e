"""Facts -> a count with its source: which number can be vouched for, and why not the better one."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from watchdog.rows.facts import ServerFacts, TableFacts
from watchdog.rows.level import TRUST, Level, Name, Observation, Part
from watchdog.rows.reading import Source
from watchdog.rows.times import moment
from watchdog.sqltext import display_name, how_many

# Before 14 a table that was never measured has reltuples 0, as an empty one has.
FIRST_VERSION_WITH_UNKNOWN_RELTUPLES = 140000

Previous = tuple[Part, ServerFacts]


def label(
    server: ServerFacts, tables: Iterable[TableFacts], levels: Mapping[Name, Level], at: datetime
) -> tuple[Observation, ...]:
    """One observation a table, in the order given. A partitioned table is the sum of its leaves, which are left out.

    Args:
        server: read together with `tables`.
        tables: of one database, all of them: a root is wrong without its leaves.
        levels: what was remembered at the end of the last look; empty at first sight.
        at: when `tables` were read, UTC.
    """
    tables = tuple(tables)
    previous = _previous(levels)
    leaves: dict[Name, list[TableFacts]] = {}
    for facts in tables:
        if facts.root is not None:
            leaves.setdefault(facts.root, []).append(facts)
    return tuple(
        _observation(server, facts, leaves.get((facts.schema, facts.table), []), previous, at)
        for facts in tables
        if facts.root is None
    )


def _previous(levels: Mapping[Name, Level]) -> dict[Name, Previous]:
    """Every physical table's part in the latest look at it. Attached, it goes from its own level to the root's."""
    found: dict[Name, Previous] = {}
    for level in sorted(levels.values(), key=lambda level: level.latest.at):
        for part in level.latest.parts:
            found[part.name] = (part, level.latest.server)
    return found


def _observation(
    server: ServerFacts,
    facts: TableFacts,
    leaves: Sequence[TableFacts],
    previous: Mapping[Name, Previous],
    at: datetime,
) -> Observation:
    partitioned = facts.relkind == "p"
    parts: list[Part] = []
    rows: int | None = 0
    source: Source = "live"
    note = ""
    for one in leaves if partitioned else [facts]:
        part, words = _part(one, server, previous.get((one.schema, one.table)))
        parts.append(part)
        count = part.rows_by(part.source)
        rows = None if rows is None or count is None else rows + count
        if TRUST[part.source] < TRUST[source]:
            source = part.source
            note = f"partition {display_name(part.name)}: {words}" if partitioned else words
    return Observation(
        at=at,
        schema=facts.schema,
        table=facts.table,
        rows=rows,
        source=source,
        note=note,
        server=server,
        parts=tuple(parts),
        obstacle=_obstacle(facts),
    )


def _obstacle(facts: TableFacts) -> str:
    if not facts.may_select:
        return "no SELECT privilege"
    if facts.row_security:
        return "row level security filters what this role can count"
    return "" if facts.populated else "the materialized view is not populated"


def _part(now: TableFacts, server: ServerFacts, previous: Previous | None) -> tuple[Part, str]:
    """The part, and in words why it is not by live statistics."""
    void = _why_void(now, server, previous)
    planner = None if _planner_is_unknown(now, server) else now.reltuples
    before = previous[0] if previous else None
    source: Source = "live"
    note = ""
    if not now.populated:
        source, note = "unknown", "the materialized view is not populated"
    elif void and now.unlogged:
        # A crash empties an unlogged table and leaves the planner's count standing.
        source, note = "unknown", f"{void}; the planner's estimate of an unlogged table proves nothing"
    elif void and planner is None:
        source, note = "unknown", f"{void}; never analysed, so the planner has no estimate (ANALYZE ends this)"
    elif void:
        source, note = "planner", f"{void}; the planner's estimate is used"
    elif before is not None and _counters_are_late(now, before):
        source, note = "unknown", "truncated or rewritten a moment ago; its new counters may not have arrived yet"
    part = Part(
        schema=now.schema,
        table=now.table,
        oid=now.oid,
        relfilenode=now.relfilenode,
        relpages=now.relpages,
        inserted=now.inserted,
        updated=now.updated,
        deleted=now.deleted,
        analyzed_at=now.analyzed_at,
        source=source,
        live=(before.live if before else None) if void else now.live,
        planner=planner,
        trusted=not void,
        maintained=now.maintained,
    )
    return part, note


def _planner_is_unknown(now: TableFacts, server: ServerFacts) -> bool:
    if now.reltuples == 0 and now.relpages == 0:
        return server.version_num < FIRST_VERSION_WITH_UNKNOWN_RELTUPLES
    # Rows in no page: no server measured that of a table of its own.
    return now.reltuples < 0 or (now.relpages == 0 and now.relkind in ("r", "m"))


def _why_void(now: TableFacts, server: ServerFacts, previous: Previous | None) -> str:
    """Why n_live_tup cannot be believed; empty when it can."""
    if none := _no_statistics(now, server):
        return none
    if previous is None:
        return _first_sight(now)
    part, server_then = previous
    if part.oid != now.oid:
        # A table that was recreated has nothing to hold against its statistics but themselves; where statistics were
        # lost meanwhile, not even those.
        lost = now.analyzed_at is None and not server.same_statistics(server_then)
        return _what_was_lost(server, server_then) if lost else _first_sight(now)
    continuous = part.trusted and server.same_statistics(server_then) and not _went_back(now, part)
    # An analyze that is still remembered proves that nothing wiped this table's statistics since.
    if not (continuous or now.analyzed_at is not None or _is_unmoved(now, part)):
        return _what_was_lost(server, server_then)
    explained = continuous and (
        now.relfilenode != part.relfilenode or 5 * (now.deleted - part.deleted) >= 4 * (part.live or 0)
    )
    return "" if explained else _contradiction(now)


def _no_statistics(now: TableFacts, server: ServerFacts) -> str:
    if now.relkind == "f":
        return "a foreign table has no live statistics"
    if server.in_recovery:
        return "a standby has no live statistics"
    return "" if server.track_counts else "track_counts is off"


def _first_sight(now: TableFacts) -> str:
    if now.analyzed_at is None and now.live > 0 and now.inserted < now.reltuples:
        saw, counted = how_many(now.inserted, "insert"), how_many(now.reltuples, "row")
        return f"the statistics saw {saw}, but the planner once counted {counted}"
    if now.live == 0 and now.reltuples > 0:
        return f"the statistics say 0 rows, but the planner once counted {now.reltuples:,}"
    return _contradiction(now)


def _contradiction(now: TableFacts) -> str:
    if now.live == 0 and now.relpages > 0 and now.reltuples != 0:
        return f"the statistics say 0 rows, but the table has {how_many(now.relpages, 'page')} and nothing explains it"
    return ""


def _what_was_lost(server: ServerFacts, server_then: ServerFacts) -> str:
    reset, recovered = server.stats_reset_at, server.shared_reset_at or server.started_at
    if server.system_identifier != server_then.system_identifier:
        return "another server answers, with statistics of its own, not a drop"
    if server.failed_over(server_then):
        timelines = f"timeline {server_then.timeline} -> {server.timeline}"
        return f"failed over or restored, with statistics of its own ({timelines}), not a drop"
    if server.same_statistics(server_then):
        began = max(recovered, reset or recovered)
        return f"live statistics are incomplete until the next ANALYZE; they last began anew at {moment(began)}"
    if reset is not None and reset > recovered:
        return f"statistics were reset at {moment(reset)}, not a drop"
    return f"statistics were lost when the server recovered at {moment(recovered)}, not a drop"


def _went_back(now: TableFacts, before: Part) -> bool:
    """A counter only grows, and an analyze is never forgotten, unless the table's statistics were wiped."""
    forgotten = before.analyzed_at is not None and (now.analyzed_at is None or now.analyzed_at < before.analyzed_at)
    return forgotten or (now.inserted < before.inserted or now.updated < before.updated or now.deleted < before.deleted)


def _is_unmoved(now: TableFacts, before: Part) -> bool:
    """All counters stand where they stood, not at 0: someone else's statistics were wiped."""
    return before.trusted and now.inserted > 0 and _counters(now) == _counters(before)


def _counters_are_late(now: TableFacts, before: Part) -> bool:
    """A session flushes its counters up to 10 s after its commit, so a TRUNCATE can be seen before they fall.

    A rewrite by ALTER TABLE looks the same and leaves them where they are: the next look believes them.
    """
    rewritten = now.oid == before.oid and now.relfilenode != before.relfilenode and now.relpages == 0
    return rewritten and now.live > 0 and _counters(now) == _counters(before)


def _counters(one: TableFacts | Part) -> tuple[int | None, ...]:
    return (one.live, one.inserted, one.updated, one.deleted)
