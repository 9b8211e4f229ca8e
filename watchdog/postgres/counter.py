"""Row counts over a watched connection: each question a transaction of its own, so that each answer is fresh."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import asyncpg
import msgspec

from watchdog.errors import CaptureError, UnreachableError
from watchdog.postgres.bounded import RefusedError
from watchdog.postgres.connection import Connection
from watchdog.postgres.freshness import newest
from watchdog.postgres.queries import query
from watchdog.postgres.readings import confirm, read_facts
from watchdog.postgres.replica import caught_up, take_mark
from watchdog.rows.facts import Confirmation, Newest, ServerFacts, TableFacts, Unit
from watchdog.schema.gate import distrust

# An index lookup that takes longer is none.
LONGEST_LOOKUP_SECONDS = 2.0
# VACUUM corrects estimates and is counted nowhere in the database as a whole.
LONGEST_REST_SECONDS = 600.0

_DATABASE = "select oid from pg_database where datname = current_database()"


class _Read(msgspec.Struct, frozen=True):
    """What was read, when by a monotonic clock, and the numbers that move with it."""

    at: float
    stirring: tuple[object, ...]
    facts: tuple[ServerFacts, tuple[TableFacts, ...]]

    def is_old(self) -> bool:
        return time.monotonic() - self.at > LONGEST_REST_SECONDS


class Counter:
    """Facts from the watched server; rows from a standby of it, where there is one, and never from the server then.

    What the catalogs say raises UnreachableError without a connection to the watched server, and CaptureError when it
    does not answer. A question about rows whose connection broke is one without an answer: whoever ends sessions that
    take long, as some poolers do, must not keep the other tables from being looked at.
    """

    def __init__(self, connection: Connection, replica: Connection | None = None) -> None:
        self._connection = connection
        self._replica = replica
        self._read: _Read | None = None
        # Its oid. That of none has numbers that never equal those of one, so that a wrong one costs a reading.
        self._database = 0

    async def facts(self) -> tuple[ServerFacts, tuple[TableFacts, ...]]:
        """What the catalogs and statistics say of every table; the same as before while nothing is written."""
        try:
            # Before the facts: what moves after it is seen next time.
            stirring = _stirring(await self._connection.row(query("stirring"), self._database))
            if self._read is None or self._read.stirring != stirring or self._read.is_old():
                async with self._connection.transaction() as transaction:
                    self._database = await transaction.fetchval(_DATABASE)
                    self._read = _Read(time.monotonic(), stirring, await read_facts(transaction))
        except asyncpg.PostgresError as error:
            raise CaptureError(f"the row counts could not be read: {error}") from error
        return self._read.facts

    async def confirm(self, schema: str, table: str, floor: int, seconds: float) -> Confirmation:
        """Count up to `floor` rows of one table, or all of them up to EVERYTHING, for at most so many seconds."""
        try:
            async with self._asking(seconds) as (transaction, rest):
                return await confirm(
                    transaction,
                    schema,
                    table,
                    floor,
                    statement_timeout_seconds=rest,
                    lock_timeout_seconds=self._connection.timeouts.lock,
                )
        except RefusedError as refused:
            return Confirmation(floor=floor, reason=refused.reason, again=refused.again)
        except UnreachableError as error:
            return Confirmation(floor=floor, reason=str(error), again=True)
        except asyncpg.PostgresError as error:
            raise CaptureError(f"{schema}.{table} could not be counted: {error}") from error

    async def newest(self, schema: str, table: str, column: str, unit: Unit | None, not_after: datetime) -> Newest:
        """The newest value of an indexed column up to `not_after`; see `watchdog.postgres.freshness`."""
        try:
            async with self._asking(LONGEST_LOOKUP_SECONDS) as (transaction, rest):
                return await newest(
                    transaction,
                    schema,
                    table,
                    column,
                    unit,
                    not_after,
                    statement_timeout_seconds=rest,
                    lock_timeout_seconds=self._connection.timeouts.lock,
                )
        except RefusedError as refused:
            return Newest(reason=refused.reason, again=refused.again)
        except UnreachableError as error:
            return Newest(reason=str(error), again=True)
        except asyncpg.PostgresError as error:
            raise CaptureError(f"{schema}.{table} could not be looked up: {error}") from error

    @asynccontextmanager
    async def _asking(self, seconds: float) -> AsyncIterator[tuple[asyncpg.Connection, float]]:
        """A transaction on the server to ask, and how many of the seconds are left for it.

        Raises:
            RefusedError: the replica cannot answer for the watched server now.
        """
        longest = min(seconds, self._connection.timeouts.statement)
        if self._replica is None:
            async with self._connection.transaction() as transaction:
                yield transaction, longest
            return
        began = time.monotonic()
        async with self._connection.transaction() as transaction:
            mark = await take_mark(transaction)
        try:
            await caught_up(self._replica, mark, longest)
            async with self._replica.transaction() as transaction:
                yield transaction, longest - (time.monotonic() - began)
        except (UnreachableError, asyncpg.PostgresError) as error:
            raise RefusedError(f"the replica does not answer: {error}", again=True) from error


def _stirring(row: asyncpg.Record) -> tuple[object, ...]:
    """What differs once something was written; with the snapshot, where the counters do not tell of everything."""
    major = row["version_num"] // 10000
    doubt = distrust(major, in_recovery=row["in_recovery"], is_counting=row["counting"], may_ask=True)
    numbers = (row["started_at"], row["since"], row["inserted"], row["updated"], row["deleted"])
    return (*numbers, row["snapshot"]) if doubt else numbers
