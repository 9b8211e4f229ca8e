"""Row counts from a watched server: what the catalogs and statistics say, and a count at a bounded price."""

import asyncpg

from watchdog.postgres.connection import identify, milliseconds
from watchdog.postgres.queries import query
from watchdog.rows.facts import Confirmation, ServerFacts, TableFacts
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
    statistics = await connection.fetchrow(_STATISTICS)
    rows = await connection.fetch(query("readings"))
    facts = ServerFacts(
        version_num=server.version_num,
        in_recovery=server.in_recovery,
        system_identifier=server.system_identifier,
        **statistics,
    )
    return facts, tuple(_table(row) for row in rows)


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

    Leaves the connection as it was: in a transaction of its own, or in a savepoint when one is open. Rows committed
    after the snapshot of an open REPEATABLE READ transaction are not seen: give it a fresh one.

    Raises:
        asyncpg.PostgresError: the server's own, where it is no refusal but a failure.
    """
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute(
            "SET LOCAL transaction_read_only = on; SET LOCAL search_path = pg_catalog; SET LOCAL jit = off; "
            # A count that a policy would filter fails instead, even if the policy came after it was looked for.
            "SET LOCAL row_security = off; SET LOCAL max_parallel_workers_per_gather = 0; "
            f"SET LOCAL statement_timeout = {milliseconds(statement_timeout_seconds)}; "
            f"SET LOCAL lock_timeout = {milliseconds(lock_timeout_seconds)}"
        )
        return await _count(connection, schema, table, floor)
    except asyncpg.LockNotAvailableError:
        return Confirmation(floor=floor, reason="the table is locked", again=True)
    except asyncpg.QueryCanceledError:
        reason = f"the count did not end within {statement_timeout_seconds:g} s"
        return Confirmation(floor=floor, reason=reason, again=True)
    except asyncpg.SerializationError:
        return Confirmation(floor=floor, reason="the standby's recovery cancelled the count", again=True)
    except asyncpg.UndefinedTableError:
        return Confirmation(floor=floor, reason="the table is gone", again=True)
    except (asyncpg.InsufficientPrivilegeError, asyncpg.FeatureNotSupportedError) as error:
        # The latter of an unlogged table on a standby.
        return Confirmation(floor=floor, reason=f"the server refuses: {' '.join(str(error).split())}")
    finally:
        # A broken connection has rolled back by itself, and its own error says more than this one would.
        if not connection.is_closed():
            await transaction.rollback()


async def _count(connection: asyncpg.Connection, schema: str, table: str, floor: int) -> Confirmation:
    facts = await connection.fetchrow(_COUNTABLE, schema, table)
    if facts is None:
        return Confirmation(floor=floor, reason="the table is gone", again=True)
    if not facts["may_select"]:
        return Confirmation(floor=floor, reason="no SELECT privilege")
    if facts["row_security"]:
        return Confirmation(floor=floor, reason="row level security filters what this role can count")
    if not facts["populated"]:
        return Confirmation(floor=floor, reason="the materialized view is not populated")
    # Tables that inherit from this one are counted as themselves; a partitioned table has no rows but its leaves'.
    only = "" if facts["relkind"] == "p" else "ONLY "
    counted = await connection.fetchval(
        f"SELECT count(*) FROM (SELECT 1 FROM {only}{qualified((schema, table))} LIMIT $1) s", floor
    )
    return Confirmation(floor=floor, counted=counted)
