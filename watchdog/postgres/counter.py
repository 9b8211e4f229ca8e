"""Row counts over a watched connection: each question a transaction of its own, so that each answer is fresh."""

import asyncpg

from watchdog.errors import CaptureError
from watchdog.postgres.connection import Connection
from watchdog.postgres.readings import confirm, read_facts
from watchdog.rows.facts import Confirmation, ServerFacts, TableFacts

# A count reads a table; it gets less time than a catalog query may.
LONGEST_COUNT_SECONDS = 10.0


class Counter:
    """Raises UnreachableError without a connection, CaptureError when the server does not answer the question."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def facts(self) -> tuple[ServerFacts, tuple[TableFacts, ...]]:
        """What the catalogs and statistics say of every table."""
        try:
            async with self._connection.transaction() as transaction:
                return await read_facts(transaction)
        except asyncpg.PostgresError as error:
            raise CaptureError(f"the row counts could not be read: {error}") from error

    async def confirm(self, schema: str, table: str, floor: int) -> Confirmation:
        """Count up to `floor` rows of one table."""
        try:
            async with self._connection.transaction() as transaction:
                return await confirm(
                    transaction,
                    schema,
                    table,
                    floor,
                    statement_timeout_seconds=min(LONGEST_COUNT_SECONDS, self._connection.timeouts.statement),
                    lock_timeout_seconds=self._connection.timeouts.lock,
                )
        except asyncpg.PostgresError as error:
            raise CaptureError(f"{schema}.{table} could not be counted: {error}") from error
