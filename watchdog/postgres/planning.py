"""Statements parsed and planned on a server and never executed, in transactions that only read and are rolled back."""

from collections.abc import Sequence

import asyncpg
import msgspec

from watchdog.errors import UnreachableError
from watchdog.postgres.connection import Connection, milliseconds
from watchdog.postgres.statements import recorded
from watchdog.queries.plan import PLANS, Plan, changes_data, is_of_execution, is_planned, refusal
from watchdog.queries.statement import Statement
from watchdog.schema.snapshot import Server

# A transaction keeps the server's horizon where it is, so it is not for thousands of statements.
PORTION = 100

_SAVEPOINT = "planning"


class Planner:
    """A server that plans statements, and may be asked what it ran."""

    def __init__(self, connection: Connection, search_path: str | None = None, most_recorded: int = 0) -> None:
        """Of what the server recorded at most so many statements are taken, the most often called first; 0: none."""
        self._connection = connection
        self._search_path = search_path
        self._most = most_recorded

    async def server(self) -> Server:
        return await self._connection.server()

    async def recorded(self) -> tuple[Sequence[Statement], str]:
        """See `watchdog.postgres.statements.recorded`; and what of it is not among that, in words."""
        if not self._most:
            return (), ""
        found = await recorded(self._connection, self._most)
        said = [
            *([f"{found.beyond:,} recorded statements that ran less often (queries.recorded)"] if found.beyond else []),
            *([f"{found.hidden:,} that this role may not see (GRANT pg_read_all_stats)"] if found.hidden else []),
        ]
        return found.statements, " and ".join(said)

    async def plan(self, statements: Sequence[str]) -> tuple[Plan, ...]:
        return await plan(self._connection, statements, self._search_path)

    async def relations(self) -> frozenset[tuple[str, str]]:
        return await relations(self._connection)


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """Of each statement, in seconds: to wait for a lock, and to be planned.

    To parse takes the lightest lock that the statement would take, for as long as it is planned. Whoever waits for a
    table is not overtaken, so a short patience is what keeps us from queueing behind a migration.
    """

    lock: float = 0.2
    statement: float = 5.0


async def plan(
    connection: Connection,
    statements: Sequence[str],
    search_path: str | None = None,
    bounds: Bounds = Bounds(),  # noqa: B008 frozen
) -> tuple[Plan, ...]:
    """How the server takes each statement, in their order.

    Args:
        connection: to the server.
        statements: each one statement, with `$1` and so on for its parameters.
        search_path: as the application has it, as in SET; None for what a new session of this role has.
        bounds: of each statement.

    Raises:
        UnreachableError: no connection, or it broke.
    """
    plans: list[Plan] = []
    for start in range(0, len(statements), PORTION):
        try:
            async with connection.transaction() as transaction:
                await _prepare(transaction, search_path, bounds)
                plans += [await _planned(connection, transaction, sql) for sql in statements[start : start + PORTION]]
        except asyncpg.PostgresError as error:
            raise UnreachableError(f"the statements could not be planned: {error}") from error
    return tuple(plans)


async def relations(connection: Connection) -> frozenset[tuple[str, str]]:
    """(schema, name) of whatever a statement can name behind FROM. Raises UnreachableError."""
    async with connection.transaction() as transaction:
        rows = await transaction.fetch(
            "SELECT nspname, relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace"
            " WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND nspname !~ '^pg_(toast|temp)|^pg_catalog$'"
        )
    return frozenset((row["nspname"], row["relname"]) for row in rows)


async def _prepare(transaction: asyncpg.Connection, search_path: str | None, bounds: Bounds) -> None:
    await transaction.execute(
        "SET LOCAL plan_cache_mode = force_generic_plan; "
        f"SET LOCAL lock_timeout = {milliseconds(bounds.lock)}; "
        f"SET LOCAL statement_timeout = {milliseconds(bounds.statement)}"
    )
    await transaction.execute(
        "SELECT pg_catalog.set_config('search_path', coalesce($1, (SELECT reset_val FROM pg_catalog.pg_settings"
        " WHERE name = 'search_path')), true)",
        search_path,
    )
    await transaction.execute(f"SAVEPOINT {_SAVEPOINT}")


async def _planned(connection: Connection, transaction: asyncpg.Connection, sql: str) -> Plan:
    if not is_planned(sql):
        return Plan(verdict="unjudged", words="no server plans such a statement")
    if not _can_be_sent(sql):
        return Plan(verdict="unjudged", words="it holds a character that no statement can, so it was not asked")
    try:
        with connection.asking():
            return await _taken(transaction, sql)
    finally:
        # With it the locks are given back, also where the statement was refused.
        if not transaction.is_closed():
            await transaction.execute(f"ROLLBACK TO SAVEPOINT {_SAVEPOINT}")


async def _taken(transaction: asyncpg.Connection, sql: str) -> Plan:
    parsed = False
    try:
        statement = await transaction.prepare(sql)
        parsed = True
        if changes_data(sql):
            # Bind plans it. A SELECT is not bound: its executor would be set up, which asks for rights on the tables,
            # and of a foreign table opens the connection to the other server.
            await statement.cursor(*[None] * len(statement.get_parameters()))
    except asyncpg.PostgresError as error:
        if transaction.is_closed():
            raise
        if parsed and is_of_execution(str(error.sqlstate), sql):
            return PLANS
        position = getattr(error, "position", None)
        return refusal(str(error.sqlstate), error.message or str(error), int(position) if position else None, sql)
    except (asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        if transaction.is_closed():
            raise
        return Plan(verdict="unanswered", words=f"it could not be asked: {' '.join(str(error).split())}")
    return PLANS


def _can_be_sent(sql: str) -> bool:
    """Whether it can go over the wire: a NUL ends a string there, and half a surrogate is no text."""
    return "\0" not in sql and not any("\ud800" <= char <= "\udfff" for char in sql)
