"""One read-only connection to a watched server, opened when it is first needed and again after it broke."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import asyncpg
import msgspec
from asyncpg.prepared_stmt import PreparedStatement
from asyncpg.transaction import Transaction

from watchdog.errors import UnreachableError
from watchdog.postgres.complaint import SPEAKING, advice_on, of_pooler, words
from watchdog.postgres.dsn import destination, unusable_file
from watchdog.postgres.opening import connect, settle
from watchdog.postgres.queries import query
from watchdog.schema.snapshot import Server

APPLICATION_NAME = "schema-watchdog"

# Every setting that rewrites what the server renders: ALTER ROLE ... SET on the watching role would else be mass drift.
# Set with SET LOCAL in each transaction, so that nothing leaks through a transaction pooler either.
PINNED_SETTINGS = {
    "search_path": "pg_catalog",
    "datestyle": "ISO, YMD",
    "intervalstyle": "postgres",
    "timezone": "UTC",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "quote_all_identifiers": "off",
    "lc_monetary": "C",
    "xmlbinary": "base64",
    "xmloption": "content",
    "jit": "off",
    # Nobody else pays for a large schema: no worker of the server's is taken, and no temporary file is written.
    "max_parallel_workers_per_gather": "0",
    "work_mem": "16MB",
    "row_security": "on",
    "standard_conforming_strings": "on",
}


# Not SET, as servers before 17 do not know it: a role's limit must not end the session in the middle of a look.
_UNENDED = (
    "SELECT pg_catalog.set_config('transaction_timeout', '0', true)"
    " WHERE pg_catalog.current_setting('transaction_timeout', true) IS NOT NULL"
)
# The same of servers before 14, and others can tell on Linux for certain: what a look asked ends within a second of the
# process that asked, also when it was killed.
_UNLEFT = (
    "SELECT pg_catalog.set_config('client_connection_check_interval', '1s', true)"
    " WHERE pg_catalog.current_setting('client_connection_check_interval', true) IS NOT NULL"
    " AND pg_catalog.version() ~ 'linux'"
)

# Errors after which a connection is of no use, and those by which a server ends a session.
BROKEN = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
)
ENDED = (asyncpg.AdminShutdownError, asyncpg.CrashShutdownError, asyncpg.CannotConnectNowError)

# A server that is down is asked again after 1 s, 2 s, 4 s ... and at least once a minute.
LONGEST_PAUSE_SECONDS = 60.0
# To say goodbye in; after that the connection is cut.
CLOSE_SECONDS = 2.0


class Timeouts(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of every question, in seconds."""

    connect: float = 10.0
    lock: float = 1.0
    statement: float = 30.0


class Connection:
    """The one connection to one database. Looks take turns on it; it is never used by two at once."""

    def __init__(
        self,
        dsn: str,
        timeouts: Timeouts = Timeouts(),  # noqa: B008 frozen
        on_asked: Callable[[float], None] = lambda _: None,
    ) -> None:
        """Name a connection; nothing is opened yet.

        Args:
            dsn: a connection string, postgresql://...
            timeouts: of every question.
            on_asked: told after each question how many seconds it took, answered or not.
        """
        self._dsn = dsn
        self._on_asked = on_asked
        self._to = destination(dsn)
        self.timeouts = timeouts
        self._turn = asyncio.Lock()
        self._connection: asyncpg.Connection | None = None
        self._is_pooled = False
        self._prepared: dict[str, PreparedStatement] = {}
        self._failures = 0
        self._not_before = 0.0
        self._why = ""

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[asyncpg.Connection]:
        """A REPEATABLE READ READ ONLY transaction, every setting pinned; always rolled back, as nothing was written.

        Raises:
            UnreachableError: there is no connection, or it broke or fell silent while it was used. After a failure
                it is raised at once, without asking the server, until a growing pause is over.
        """
        async with self._held() as connection:
            transaction = connection.transaction(isolation="repeatable_read", readonly=True)
            await transaction.start()
            try:
                await connection.execute(self._settings())
                yield connection
            except asyncpg.PostgresError as error:
                if not isinstance(error, (*BROKEN, *ENDED)):
                    await self._roll_back(transaction)
                raise
            await transaction.rollback()

    async def row(self, text: str, *arguments: object) -> asyncpg.Record:
        """The one row of a question so cheap that to begin a transaction for it would cost more.

        It must not depend on any setting. It is parsed once a connection; behind a pooler each time.

        Raises:
            UnreachableError: as `transaction`.
            asyncpg.PostgresError: the server refused it.
        """
        async with self._held() as connection:
            if self._is_pooled:
                found = await connection.fetchrow(text, *arguments)
            else:
                if text not in self._prepared:
                    self._prepared[text] = await connection.prepare(text)
                with self.asking():
                    found = await self._prepared[text].fetchrow(*arguments)
        if found is None:
            raise UnreachableError(f"the server answers with nothing{self._to}; is it PostgreSQL?")
        return found

    @asynccontextmanager
    async def _held(self) -> AsyncIterator[asyncpg.Connection]:
        async with self._turn:
            connection = await self._open()
            try:
                yield connection
            except BROKEN as error:
                self._abandon()
                what = of_pooler(error)
                why = f"{words(error)} ({what})" if what else words(error)
                raise UnreachableError(f"the connection{self._to} broke: {why}") from error
            except ENDED as error:
                self._abandon()
                raise UnreachableError(f"the server closed the connection{self._to}: {words(error)}") from error
            except asyncpg.PostgresError:
                raise
            except BaseException:
                # Also a cancelled look: the server is told to end what it still works on.
                await self._hang_up()
                raise

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Count what is asked inside the block as one question: asyncpg tells of none that is only prepared."""
        began = time.monotonic()
        try:
            yield
        finally:
            self._on_asked(time.monotonic() - began)

    async def server(self) -> Server:
        """Who answers. Raises UnreachableError, also when the server cancels even this question."""
        try:
            async with self.transaction() as connection:
                return await identify(connection)
        except asyncpg.PostgresError as error:
            raise UnreachableError(
                f"the server does not say who it is, on the connection{self._to}: {words(error)}"
            ) from error

    async def close(self) -> None:
        """Let the server's memory go. The next look opens the connection again."""
        async with self._turn:
            await self._hang_up()

    async def _open(self) -> asyncpg.Connection:
        if self._connection is not None and not self._connection.is_closed():
            return self._connection
        pause = self._not_before - time.monotonic()
        if pause > 0:
            raise UnreachableError(f"{self._why}; tried again in {pause:.0f} s")
        settled = None
        try:
            settled = settle(self._dsn)
            opened = await connect(
                self._dsn,
                settled,
                seconds=self.timeouts.connect,
                words=words,
                # The client gives up a little after the server should have, for a server that hangs.
                command_timeout=self.timeouts.statement + 5,
                statement_cache_size=0,
            )
            self._connection = await self._named(opened)
            self._prepared = {}
        except Exception as error:  # noqa: BLE001 all of asyncpg's inside is behind it, and any server may answer
            self._not_before = time.monotonic() + min(2.0**self._failures, LONGEST_PAUSE_SECONDS)
            self._failures = min(self._failures + 1, 10)
            # What could not be parsed quotes the DSN, which a traceback would show.
            cause = error if isinstance(error, SPEAKING) and not isinstance(error, ValueError) else None
            unusable = unusable_file(settled.tls, settled.sources) if settled and isinstance(error, OSError) else None
            self._why = f"cannot connect{self._to}: {unusable or words(error) + advice_on(error, settled)}"
            raise UnreachableError(self._why) from cause
        self._failures = 0
        return self._connection

    async def _named(self, connection: asyncpg.Connection) -> asyncpg.Connection:
        """Give the session our name, if it is ours: whoever gets it next from a pooler would else bear that too.

        A pooler makes the number of the process up that it tells.
        """
        # Of what it is told, text and password included, nothing is kept but how long the question took.
        connection.add_query_logger(lambda asked: self._on_asked(asked.elapsed))
        try:
            self._is_pooled = await connection.fetchval("SELECT pg_backend_pid()") != connection.get_server_pid()
            if not self._is_pooled:
                await connection.execute(f"SET application_name = '{APPLICATION_NAME}'")
        except BaseException:
            connection.terminate()
            raise
        return connection

    async def _roll_back(self, transaction: Transaction) -> None:
        try:
            await transaction.rollback()
        except BaseException as error:
            # Whatever state that leaves is not for the next look to find.
            self._abandon()
            if not isinstance(error, Exception):
                raise

    async def _hang_up(self) -> None:
        """Cancel what runs, say goodbye, and cut the connection if that takes too long."""
        connection, self._connection = self._connection, None
        if connection is not None and not connection.is_closed():
            try:
                await connection.close(timeout=CLOSE_SECONDS)
            except Exception:  # noqa: BLE001 whatever is wrong with it, it is of no use any more
                connection.terminate()

    def _abandon(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()

    def _settings(self) -> str:
        pinned = {
            **PINNED_SETTINGS,
            "lock_timeout": milliseconds(self.timeouts.lock),
            "statement_timeout": milliseconds(self.timeouts.statement),
            "idle_in_transaction_session_timeout": milliseconds(self.timeouts.statement),
            **({"application_name": APPLICATION_NAME} if self._is_pooled else {}),
        }
        return "; ".join(
            [*(f"SET LOCAL {name} = {_setting(value)}" for name, value in pinned.items()), _UNENDED, _UNLEFT]
        )


def milliseconds(seconds: float) -> str:
    """A bound as the server takes it: at least 1, as 0 would mean none."""
    return str(max(1, round(seconds * 1000)))


def _setting(value: str) -> str:
    return ", ".join(f"'{part.strip()}'" for part in value.split(","))


async def identify(connection: asyncpg.Connection) -> Server:
    """The facts of the server behind an open transaction.

    Raises:
        UnreachableError: something answers that only speaks as PostgreSQL does.
    """
    facts = await connection.fetchrow(query("server"))
    identifier = None
    try:
        if facts["may_identify"]:
            identifier = await connection.fetchval("SELECT system_identifier::text FROM pg_control_system()")
        return Server(
            version_num=facts["version_num"],
            in_recovery=facts["in_recovery"],
            system_identifier=identifier,
            database=facts["database"],
        )
    except (KeyError, TypeError):
        raise UnreachableError("it does not say who it is; is it PostgreSQL?") from None
