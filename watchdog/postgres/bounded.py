"""Questions that read rows, at a bounded price, and the words for it when the server does not answer."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from watchdog.postgres.connection import ENDED, milliseconds

# The client gives up a little after the server should have, for a server that hangs.
CLIENT_SECONDS = 2.0


class RefusedError(Exception):
    """A question without an answer; it never leaves this package.

    Attributes:
        reason: in words for a person.
        again: the reason may be gone at the next look.
    """

    def __init__(self, reason: str, *, again: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.again = again


@asynccontextmanager
async def bounded(
    connection: asyncpg.Connection, what: str, *, statement_timeout_seconds: float, lock_timeout_seconds: float
) -> AsyncIterator[float]:
    """Ask within the bounds, which the server keeps. `what` is asked, as in "the count".

    The connection is inside a transaction of this question's own, which is of no further use after a refusal. What is
    yielded are the seconds after which the client may take it that the server hangs.

    Raises:
        RefusedError: the server does not answer this question.
        asyncpg.PostgresError: it ended the connection.
    """
    began = time.monotonic()
    try:
        await connection.execute(
            "SET LOCAL transaction_read_only = on; SET LOCAL search_path = pg_catalog; SET LOCAL jit = off; "
            # What a policy would filter fails instead, even if the policy came after it was looked for.
            "SET LOCAL row_security = off; SET LOCAL max_parallel_workers_per_gather = 0; "
            f"SET LOCAL statement_timeout = {milliseconds(statement_timeout_seconds)}; "
            f"SET LOCAL lock_timeout = {milliseconds(lock_timeout_seconds)}"
        )
        yield statement_timeout_seconds + CLIENT_SECONDS
    except asyncpg.PostgresError as error:
        if connection.is_closed() or isinstance(error, ENDED):
            raise
        # That its time was up, or that somebody cancelled it, its words say in the server's language only. The server
        # knows whole milliseconds.
        in_time = time.monotonic() - began < statement_timeout_seconds - 0.001
        raise _refusal(error, what, statement_timeout_seconds, in_time=in_time) from error


def _refusal(error: asyncpg.PostgresError, what: str, seconds: float, *, in_time: bool) -> RefusedError:
    words = " ".join(str(error).split())
    reason, again = f"{what} failed: {words}", True
    match error:
        case asyncpg.LockNotAvailableError():
            reason = "the table is locked"
        case asyncpg.QueryCanceledError() if in_time:
            reason = f"somebody cancelled {what} on the server"
        case asyncpg.QueryCanceledError():
            reason = f"{what} did not end within {seconds:.3g} s"
        case asyncpg.SerializationError():
            reason = f"the standby's recovery cancelled {what}"
        case asyncpg.UndefinedTableError():
            reason = "the table is gone"
        case asyncpg.UndefinedColumnError():
            reason = "the column is gone"
        # The latter of an unlogged table on a standby.
        case asyncpg.InsufficientPrivilegeError() | asyncpg.FeatureNotSupportedError():
            reason, again = f"the server refuses: {words}", False
    # Anything else, such as a damaged page, is one table's trouble: it must not keep the others from being looked at.
    return RefusedError(reason, again=again)
