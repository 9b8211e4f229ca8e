"""Row counts from a watched server: what the catalogs and statistics say, and a count at a bounded price."""

import asyncpg

from watchdog.postgres.bounded import RefusedError, bounded
from watchdog.postgres.connection import identify
from watchdog.postgres.queries import query
from watchdog.rows.facts import EVERYTHING, Confirmation, ServerFacts, TableFacts
from watchdog.sqltext import qualified

_STATISTICS = """
select
  pg_catalog.pg_postmaster_start_time() as started_at,
  pg_catalog.pg_stat_get_db_stat_reset_time(d.oid) as stats_reset_at,
  pg_catalog.pg_stat_get_bgwriter_stat_reset_time() as shared_reset_at,
  pg_catalog.current_setting('track_counts')::pg_catalog.bool as track_counts
from pg_catalog.pg_database d
where d.datname = pg_catalog.current_database()
"""

_POSITION = """
select
  case when pg_catalog.pg_is_in_recovery()
    then (select timeline_id from pg_catalog.pg_control_checkpoint())
    else ('x' || pg_catalog.left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 8))::bit(32)::int4
  end as timeline,
  case when pg_catalog.pg_is_in_recovery()
    then pg_catalog.pg_last_wal_replay_lsn() else pg_catalog.pg_current_wal_lsn()
  end - '0/0' as wal_position
"""

_COUNTABLE = """
select
  c.relkind::pg_catalog.text as relkind,
  c.relispopulated as populated,
  pg_catalog.row_security_active(c.oid) as row_security,
  pg_catalog.has_schema_privilege(n.oid, 'USAGE') and pg_catalog.has_any_column_privilege(c.oid, 'SELECT') as may_select
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'm', 'p', 'f')
"""


async def read_facts(connection: asyncpg.Connection) -> tuple[ServerFacts, tuple[TableFacts, ...]]:
    """The facts of every table, by schema and name; one query for all of them, and no lock is waited for.

    Args:
        connection: inside a transaction, its search_path and timeouts pinned.

    Raises:
        asyncpg.PostgresError: the server's own.
    """
    server = await identify(connection)
    statistics = {**await connection.fetchrow(_STATISTICS), **await _position(connection)}
    rows = await connection.fetch(query("readings"))
    facts = ServerFacts(
        version_num=server.version_num,
        in_recovery=server.in_recovery,
        system_identifier=server.system_identifier,
        **statistics,
    )
    return facts, tuple(_table(row) for row in rows)


async def _position(connection: asyncpg.Connection) -> dict[str, int]:
    """The timeline and the position in the WAL; nothing where they are not for this role, or of another make."""
    try:
        async with connection.transaction():
            row = await connection.fetchrow(_POSITION)
    except (asyncpg.InsufficientPrivilegeError, asyncpg.FeatureNotSupportedError):
        return {}
    return {name: int(value) for name, value in row.items() if value is not None}


def _table(row: asyncpg.Record) -> TableFacts:
    values = dict(row)
    root_schema, root_table = values.pop("root_schema"), values.pop("root_table")
    return TableFacts(**values, root=None if root_schema is None else (root_schema, root_table))


async def confirm(
    connection: asyncpg.Connection,
    schema: str,
    table: str,
    floor: int,
    *,
    statement_timeout_seconds: float = 10.0,
    lock_timeout_seconds: float = 1.0,
) -> Confirmation:
    """Count up to `floor` rows: never more of the table is read than it takes to find as many.

    The connection is inside a transaction of this count's own, which is of no further use once nothing was counted.

    Raises:
        asyncpg.PostgresError: the server ended the connection.
    """
    bounds = bounded(
        connection,
        "the count",
        statement_timeout_seconds=statement_timeout_seconds,
        lock_timeout_seconds=lock_timeout_seconds,
    )
    try:
        async with bounds as patience:
            return Confirmation(floor=floor, counted=await _count(connection, schema, table, floor, patience))
    except RefusedError as refused:
        return Confirmation(floor=floor, reason=refused.reason, again=refused.again)


async def _count(connection: asyncpg.Connection, schema: str, table: str, floor: int, patience: float) -> int:
    facts = await connection.fetchrow(_COUNTABLE, schema, table)
    if facts is None:
        raise RefusedError("the table is gone", again=True)
    if not facts["may_select"]:
        raise RefusedError("no SELECT privilege")
    if facts["row_security"]:
        raise RefusedError("row level security filters what this role can count")
    if not facts["populated"]:
        raise RefusedError("the materialized view is not populated")
    # Tables that inherit from this one are counted as themselves; a partitioned table has no rows but its leaves'.
    only = "" if facts["relkind"] == "p" else "ONLY "
    # A limit that nothing reaches costs a third more.
    limit = "" if floor >= EVERYTHING else f"LIMIT {floor:d}"
    counted: int = await connection.fetchval(
        f"SELECT count(*) FROM (SELECT 1 FROM {only}{qualified((schema, table))} {limit}) s", timeout=patience
    )
    return counted
