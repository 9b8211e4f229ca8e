"""What a database really ran, as the extension pg_stat_statements has recorded it."""

import asyncpg
import msgspec

from watchdog.errors import CaptureError
from watchdog.postgres.connection import Connection
from watchdog.queries.statement import Statement
from watchdog.sqltext import quote_ident

_WHERE = "SELECT nspname FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = $1"
# A statement that several roles ran is one. Of what this role may not see there is no number, so that is one row of all
# of it, and the first. What no server plans is left out: it could not be checked.
_RECORDED = r"""
SELECT queryid, min(query) AS query, sum(calls)::int8 AS calls, count(*) AS entries,
    count(queryid) OVER () AS recorded
FROM {schema}.pg_stat_statements
WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND (queryid IS NULL OR query IS NULL
        OR query ~* '^(\s|\(|/\*.*?\*/|--[^\n]*\n)*(select|insert|update|delete|merge|with|values|table)\M')
GROUP BY queryid
ORDER BY queryid IS NULL DESC, calls DESC, queryid
LIMIT $1 + 1
"""


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """What was recorded, those that ran most often first.

    Attributes:
        beyond: how many more are recorded, which were not asked for.
        hidden: how many more there are of which this role may not see the text, or whose text the server has lost.
    """

    statements: tuple[Statement, ...] = ()
    beyond: int = 0
    hidden: int = 0


async def recorded(connection: Connection, most: int) -> Recorded:
    """At most so many of the statements that were recorded for this database.

    Raises:
        UnreachableError: no connection.
        CaptureError: there is no such record, with what to do.
    """
    try:
        async with connection.transaction() as transaction:
            schema = await transaction.fetchval(_WHERE, "pg_stat_statements")
            if schema is None:
                raise CaptureError(
                    "pg_stat_statements is not in this database: CREATE EXTENSION pg_stat_statements (the server must "
                    "have it in shared_preload_libraries), or leave out queries.recorded"
                )
            rows = await transaction.fetch(_RECORDED.format(schema=quote_ident(schema)), most)
    except asyncpg.PostgresError as error:
        raise CaptureError(f"pg_stat_statements cannot be read: {' '.join(str(error).split())}") from error
    numbered = [row for row in rows if row["queryid"] is not None][:most]
    shown = [row for row in numbered if row["query"] is not None]
    return Recorded(
        statements=tuple(
            Statement(sql=row["query"], query_id=row["queryid"], calls=row["calls"], recorded=True) for row in shown
        ),
        beyond=rows[0]["recorded"] - len(numbered) if rows else 0,
        hidden=sum(row["entries"] for row in rows if row["queryid"] is None) + len(numbered) - len(shown),
    )
