"""A standby that is asked in the primary's place: only where it is one, and only once it knows as much."""

import asyncio
import time
from decimal import Decimal

import asyncpg
import msgspec

from watchdog.postgres.bounded import RefusedError
from watchdog.postgres.connection import Connection, identify
from watchdog.schema.snapshot import Server

# A replica that lags further is of no use for this look.
LONGEST_WAIT_SECONDS = 5.0
POLL_SECONDS = 0.1

# Not what is written: a commit that is not synchronous counts before that. A position just behind the header of a page
# or of a segment is the end of what came before, and is replayed as that.
_COMMITTED = """
select position - case
  when position % pg_size_bytes(current_setting('wal_segment_size')) = 40 then 40
  when position % current_setting('wal_block_size')::int8 = 24 then 24
  else 0
end
from (
  select case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_insert_lsn() end - '0/0'
) as wal (position)
"""
_REPLAYED = "select pg_last_wal_replay_lsn() - '0/0'"


class Mark(msgspec.Struct, frozen=True):
    """How far a server has come, in bytes of WAL."""

    server: Server
    committed: Decimal


async def take_mark(connection: asyncpg.Connection) -> Mark:
    """What a replica must know to speak for the server behind an open transaction."""
    return Mark(await identify(connection), await connection.fetchval(_COMMITTED))


async def caught_up(replica: Connection, mark: Mark, seconds: float) -> None:
    """Wait until the replica has replayed what was committed at the mark, at most so many seconds.

    Each poll is a transaction of its own: an open snapshot could hold up the very replay that is waited for.

    Raises:
        RefusedError: it is no standby of that server, or lags.
        UnreachableError: it does not answer.
        asyncpg.PostgresError: it refuses to.
    """
    deadline = time.monotonic() + min(seconds, LONGEST_WAIT_SECONDS)
    while True:
        async with replica.transaction() as transaction:
            server, replayed = await identify(transaction), await transaction.fetchval(_REPLAYED)
        _refuse_another(mark.server, server)
        if replayed >= mark.committed:
            return
        if time.monotonic() + POLL_SECONDS > deadline:
            raise RefusedError(f"the replica lags {mark.committed - replayed:,} bytes of WAL behind", again=True)
        await asyncio.sleep(POLL_SECONDS)


def _refuse_another(watched: Server, replica: Server) -> None:
    if not replica.in_recovery:
        raise RefusedError("the replica is no standby (see its address: is it a primary since a failover?)")
    identifiers = {watched.system_identifier, replica.system_identifier} - {None}
    if len(identifiers) > 1:
        raise RefusedError("the replica is of another cluster (see its address)")
    if replica.database != watched.database:
        raise RefusedError(f"the replica's database is {replica.database}, not {watched.database} (see its address)")
