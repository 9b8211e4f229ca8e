"""One read-only connection to a watched server, opened when it is first needed and again after it broke."""

import asyncio
import time
import traceback
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import asyncpg
import msgspec
from asyncpg.transaction import Transaction

from watchdog.address import unknown
from watchdog.errors import UnreachableError
from watchdog.postgres.dsn import destination, unusable_file
from watchdog.postgres.opening import HostsError, ParameterError, Settled, connect, settle, unused_passfile
from watchdog.postgres.queries import query
from watchdog.postgres.tls import advice, plain
from watchdog.schema.snapshot import Server
from watchdog.sqltext import visible

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

# Errors by which a server ends a session.
ENDED = (asyncpg.AdminShutdownError, asyncpg.CrashShutdownError, asyncpg.CannotConnectNowError)

# What has words of its own. Anything else comes from asyncpg's inside: an answer that it did not expect, or the DSN.
_SPEAKING = (OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.PostgresError, ParameterError)

_WHO = "see to the user and the password, and to the server's pg_hba.conf"
_POOLER = {
    "statement pooling mode": "a look takes a transaction: set pool_mode = transaction or session for this database in"
    " pgbouncer.ini, or go past PgBouncer",
    "unsupported startup parameter": "PgBouncer refuses it: leave it out of the DSN, or add it to"
    " ignore_startup_parameters in pgbouncer.ini",
    "query_wait_timeout": "PgBouncer had no connection to the server for it in time: see its default_pool_size",
}

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
        async with self._turn:
            connection = await self._open()
            try:
                transaction = connection.transaction(isolation="repeatable_read", readonly=True)
                await transaction.start()
                await connection.execute(self._settings())
                yield connection
                await transaction.rollback()
            except (
                OSError,
                TimeoutError,
                asyncpg.InterfaceError,
                asyncpg.InternalClientError,
                asyncpg.PostgresConnectionError,
            ) as error:
                self._abandon()
                what = _of_pooler(error)
                words = f"{_words(error)} ({what})" if what else _words(error)
                raise UnreachableError(f"the connection{self._to} broke: {words}") from error
            except ENDED as error:
                self._abandon()
                raise UnreachableError(f"the server closed the connection{self._to}: {_words(error)}") from error
            except asyncpg.PostgresError:
                await self._roll_back(transaction)
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
                f"the server does not say who it is, on the connection{self._to}: {_words(error)}"
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
                words=_words,
                # The client gives up a little after the server should have, for a server that hangs.
                command_timeout=self.timeouts.statement + 5,
                statement_cache_size=0,
            )
            self._connection = await self._named(opened)
        except Exception as error:  # noqa: BLE001 all of asyncpg's inside is behind it, and any server may answer
            self._not_before = time.monotonic() + min(2.0**self._failures, LONGEST_PAUSE_SECONDS)
            self._failures = min(self._failures + 1, 10)
            # What could not be parsed quotes the DSN, which a traceback would show.
            cause = error if isinstance(error, _SPEAKING) and not isinstance(error, ValueError) else None
            unusable = unusable_file(settled.tls, settled.sources) if settled and isinstance(error, OSError) else None
            self._why = f"cannot connect{self._to}: {unusable or _words(error) + _advice(error, settled)}"
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


def _words(error: Exception) -> str:
    """The error's own words on one line, where they can hold no secret; some errors have none, a timeout for one."""
    if not isinstance(error, _SPEAKING):
        if _is_of_the_dsn(error):
            return "the DSN cannot be understood (are special characters in its password percent-encoded?)"
        return f"an answer that cannot be understood ({type(error).__name__}); is it PostgreSQL?"
    return plain(" ".join(str(error).split())) or (
        "no answer in time" if isinstance(error, TimeoutError) else type(error).__name__
    )


def _advice(error: Exception, settled: Settled | None) -> str:
    """What to do about it, where the words do not say it."""
    of_tls = advice(error, settled.tls) if settled else None
    match error:
        case _ if of_tls:
            what = of_tls
        case _ if of_pooler := _of_pooler(error):
            what = of_pooler
        case asyncpg.InvalidAuthorizationSpecificationError():
            what = (settled and unused_passfile(settled)) or _WHO
        case asyncpg.InsufficientPrivilegeError():
            what = "GRANT CONNECT ON DATABASE ... TO the role, as config/role.sql does"
        case asyncpg.TooManyConnectionsError():
            what = "see max_connections there, and the CONNECTION LIMIT of the role and of the database"
        case asyncpg.UndefinedObjectError() | asyncpg.ProtocolViolationError() if settled and unknown(settled.values):
            names = visible(", ".join(unknown(settled.values)))
            what = f"libpq knows no {names} in a DSN, so it was asked of the server as a setting: leave it out"
        case HostsError() | ParameterError():
            what = ""
        case OSError() | TimeoutError():
            what = "is it running there, and can it be reached from here?"
        case _:
            what = ""
    return f" ({what})" if what else ""


def _of_pooler(error: Exception) -> str:
    """What to do about a word of PgBouncer's, which speaks with one voice for all that is wrong."""
    return next((advice for words, advice in _POOLER.items() if words in str(error)), "")


def _is_of_the_dsn(error: Exception) -> bool:
    """Whether it was raised before anybody answered: while the DSN was taken apart, or its host looked up."""
    of_the_host = isinstance(error, UnicodeError) and not isinstance(error, UnicodeDecodeError)
    return of_the_host or any(
        frame.f_code.co_name == "_parse_connect_arguments" for frame, _ in traceback.walk_tb(error.__traceback__)
    )
