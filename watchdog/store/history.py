"""Row readings over time, kept at each resolution of `watchdog.rows.history.KEPT` side by side, so nothing is merged.

The key begins with the time, not with the table: a look writes one stretch of each resolution, what is too old is one
stretch as well, and a single table's history is a seek for each span there is. Pages that deleting frees are used
again, so the file stops growing and needs no VACUUM.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

import aiosqlite

from watchdog.rows.history import DAY, KEPT, Point
from watchdog.rows.level import Name

# At 37 bytes a point on the disk 111 MB: the whole history of 1,600 tables that never rest.
MOST_POINTS = 3_000_000
# What one commit deletes at most, in some 60 ms; 10,000 tables that never rest bring 130,000 an hour.
PORTION = 50_000
THINNED_EVERY = timedelta(hours=1)
NEVER = 1 << 62

# (database, schema, table, resolution): all its points, oldest first.
OF_TABLE = """
    WITH RECURSIVE span (at) AS (
        SELECT min(at) FROM history WHERE resolution = ?4
        UNION ALL
        SELECT (SELECT min(at) FROM history WHERE resolution = ?4 AND at > span.at) FROM span WHERE at IS NOT NULL
    )
    SELECT t.schema_name, t.table_name, h.at, h.rows, h.low, h.high, h.inserted, h.deleted
    FROM history_tables AS t
    CROSS JOIN span
    CROSS JOIN history AS h ON h.resolution = ?4 AND h.at = span.at AND h.table_id = t.id
    WHERE t.database = ?1 AND t.schema_name = ?2 AND t.table_name = ?3
    ORDER BY h.at
"""

# (database, resolution, since): every table's points from then on and its last one before, oldest first.
OF_DATABASE = """
    SELECT t.schema_name, t.table_name, h.at AS at, h.rows, h.low, h.high, h.inserted, h.deleted
    FROM history AS h CROSS JOIN history_tables AS t ON t.id = h.table_id
    WHERE t.database = ?1 AND h.resolution = ?2 AND h.at >= ?3
    UNION ALL
    SELECT t.schema_name, t.table_name, h.at, h.rows, h.low, h.high, h.inserted, h.deleted
    FROM (
        -- SQLite takes the other columns from the row that has the maximum.
        SELECT table_id, max(at) AS at, rows, low, high, inserted, deleted
        FROM history WHERE resolution = ?2 AND at < ?3 GROUP BY table_id
    ) AS h CROSS JOIN history_tables AS t ON t.id = h.table_id
    WHERE t.database = ?1
    ORDER BY at
"""


async def note(sqlite: aiosqlite.Connection, database: str, points: Mapping[Name, Point]) -> None:
    """Add single readings to their spans, at each resolution. Part of the caller's transaction."""
    at = {name: seconds(point.at) for name, point in points.items()}
    today = {name: moment - moment % resolution(DAY) for name, moment in at.items()}
    known = await _tables(sqlite, database)
    # Once a day for each table, and then it is known which ones no day speaks of any more.
    new = [(database, *name, day) for name, day in today.items() if name not in known or known[name][1] < day]
    if new:
        await sqlite.executemany(
            "INSERT INTO history_tables (database, schema_name, table_name, latest) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (database, schema_name, table_name) DO UPDATE SET latest = excluded.latest",
            new,
        )
        known = await _tables(sqlite, database)
    await sqlite.executemany(
        "INSERT INTO history (resolution, at, table_id, rows, low, high, inserted, deleted)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (resolution, at, table_id) DO UPDATE SET"
        " rows = excluded.rows, low = min(low, excluded.low), high = max(high, excluded.high),"
        " inserted = inserted + excluded.inserted, deleted = deleted + excluded.deleted",
        (
            (width, at[name] - at[name] % width, known[name][0], p.rows, p.low, p.high, p.inserted, p.deleted)
            for width in map(resolution, KEPT)
            for name, p in points.items()
        ),
    )


async def thin(sqlite: aiosqlite.Connection, now: datetime) -> bool:
    """Delete a portion of what is too old or too much; whether that was all of it. Part of the caller's transaction.

    Above MOST_POINTS the oldest go of whichever resolution has most. If the finest went first instead, the days of many
    tables would in time leave no room for a single hour.

    What lies in the future stays, whatever the clock says: a machine that starts in 1970 must not delete everything.
    """
    room = PORTION
    for span, kept in KEPT.items():
        room -= await _delete_oldest(sqlite, resolution(span), seconds(now - kept), room)
    excess = await _one(sqlite, "SELECT count(*) FROM history") - MOST_POINTS
    if excess > 0:
        by_points = "SELECT resolution FROM history GROUP BY resolution ORDER BY count(*) DESC, resolution LIMIT 1"
        room -= await _delete_oldest(sqlite, await _one(sqlite, by_points), NEVER, min(room, excess))
    # An id is used again, so a table gives its own away only when no point of it can be left.
    oldest = "SELECT coalesce(min(at), ?) FROM history WHERE resolution = ?"
    earliest = min([await _one(sqlite, oldest, seconds(now), resolution(span)) for span in KEPT])
    await sqlite.execute("DELETE FROM history_tables WHERE latest + ? <= ?", (resolution(DAY), earliest))
    return room > 0 and excess <= 0


def by_table(rows: Iterable[sqlite3.Row], since: datetime) -> dict[Name, tuple[Point, ...]]:
    """Rows, oldest first -> each table's points from `since` on, after its last one before."""
    found: dict[Name, list[Point]] = {}
    moments: dict[int, datetime] = {}
    beginning = seconds(since)
    for schema, table, at, count, low, high, inserted, deleted in rows:
        if at not in moments:
            moments[at] = datetime.fromtimestamp(at, UTC)
        point = Point(at=moments[at], rows=count, low=low, high=high, inserted=inserted, deleted=deleted)
        if at < beginning:
            found[schema, table] = [point]
        else:
            found.setdefault((schema, table), []).append(point)
    return {name: tuple(points) for name, points in found.items()}


def resolution(span: timedelta) -> int:
    """How a span's length is written: in seconds."""
    return int(span.total_seconds())


def seconds(moment: datetime) -> int:
    """How a moment is written: in whole seconds since 1970."""
    return int(moment.timestamp())


async def _delete_oldest(sqlite: aiosqlite.Connection, width: int, before: int, most: int) -> int:
    deleted = await sqlite.execute(
        "DELETE FROM history WHERE (resolution, at, table_id) IN (SELECT resolution, at, table_id FROM history"
        " WHERE resolution = ? AND at < ? ORDER BY at, table_id LIMIT ?)",
        (width, before, most),
    )
    return deleted.rowcount


async def _one(sqlite: aiosqlite.Connection, sql: str, *parameters: int) -> int:
    ((value,),) = await sqlite.execute_fetchall(sql, parameters)
    return int(value)


async def _tables(sqlite: aiosqlite.Connection, database: str) -> dict[Name, tuple[int, int]]:
    """(schema, table) -> its id, and the latest day that has a point of it."""
    rows = await sqlite.execute_fetchall(
        "SELECT schema_name, table_name, id, latest FROM history_tables WHERE database = ?", (database,)
    )
    return {(schema, table): (number, latest) for schema, table, number, latest in rows}
