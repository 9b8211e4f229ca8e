"""The one connection: refused, silent, broken and back again; in bounded time, in clear words, its secret kept."""

import asyncio
import contextlib
import gc
import itertools
import os
import signal
import socket
import struct
import time
import traceback
from collections.abc import Callable, Coroutine, Iterator, Mapping
from threading import Thread

import asyncpg
import pytest
from asyncpg.transaction import Transaction

from tests.postgres.looks import BRISK, captured
from tests.servers.query import rows
from tests.servers.servers import Server
from watchdog.errors import UnreachableError, UnverifiedError
from watchdog.postgres.capture import capture_once
from watchdog.postgres.connection import APPLICATION_NAME, Connection, Timeouts

SECRET = "hunter2"
# What a password may hold that a DSN may not hold unquoted, and what it may.
PASSWORDS = [
    SECRET + end
    for end in ("", "#x", "/x", "?x", "?x=y", "[x", "]", "%", "%zz", "@x", ":x", " x", "\\", "\n", "é", "'", "&a=b")
]
PASSWORDS += ["12/" + SECRET, "12?" + SECRET, "12#" + SECRET, "12?sslmode=" + SECRET, "12?port=" + SECRET]


def failure(dsn: str, timeouts: Timeouts = BRISK) -> UnreachableError:
    async def look() -> None:
        connection = Connection(dsn, timeouts)
        try:
            await captured(connection)
        finally:
            await connection.close()

    with pytest.raises(UnreachableError) as caught:
        asyncio.run(look())
    return caught.value


def test_a_wrong_password_a_wrong_database_and_a_wrong_host_are_told_apart_and_keep_the_secret(
    private_server: Callable[[Mapping[str, str]], Server],
) -> None:
    server = private_server({})
    hba = server.data / "pg_hba.conf"
    hba.write_text("host all all 127.0.0.1/32 scram-sha-256\n")
    rows(server.dsn(), "ALTER ROLE postgres PASSWORD 'right'")
    rows(server.dsn(), "SELECT pg_reload_conf()")
    time.sleep(0.3)
    place = f"127.0.0.1:{server.port}"

    refused = failure(f"postgresql://postgres:{SECRET}@{place}/postgres")
    nowhere = failure(f"postgresql://postgres:{SECRET}@no-such-host.invalid:5432/postgres")
    unknown = failure(f"postgresql://postgres:right@{place}/no_such_database")

    assert 'password authentication failed for user "postgres"' in str(refused)
    assert 'database "no_such_database" does not exist' in str(unknown)
    assert str(refused).startswith(f"cannot connect to {place}/postgres as postgres: ")
    assert "pg_hba.conf" in str(refused)
    assert str(nowhere).startswith("cannot connect to no-such-host.invalid:5432/postgres as postgres: ")
    assert "can it be reached from here?" in str(nowhere)
    assert SECRET not in everything_said(refused) + everything_said(nowhere)


def everything_said(error: BaseException) -> str:
    """The error and its causes, as a log with tracebacks would show them, and its repr."""
    return "".join(traceback.format_exception(error)) + repr(error)


@pytest.mark.parametrize("password", PASSWORDS)
@pytest.mark.parametrize("scheme", ["postgresql://", "postgres://", "psql://", ""])
def test_no_dsn_however_it_is_mistyped_shows_its_password(scheme: str, password: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    error = failure(f"{scheme}user:{password}@127.0.0.1:{port}/db", Timeouts(connect=1))

    assert SECRET not in everything_said(error)
    assert "\n" not in str(error)
    assert len(str(error)) > len("cannot connect: ")


def test_a_file_that_the_dsn_names_and_that_is_not_there_is_named() -> None:
    error = failure(f"postgresql://user:{SECRET}@127.0.0.1:1/db?sslmode=verify-full&sslrootcert=no/ca.crt")
    assert str(error).startswith(
        "cannot connect to 127.0.0.1:1/db as user: no/ca.crt: no such file (sslrootcert, in the DSN; "
    )


def test_a_connection_shows_nothing_of_its_dsn() -> None:
    connection = Connection(f"postgresql://user:{SECRET}@host/db")

    assert SECRET not in repr(connection) + str(connection)


@contextlib.contextmanager
def impostor(answer: bytes | None) -> Iterator[int]:
    """The port of something that is no PostgreSQL: it says `answer` and hangs up, or None: says nothing at all."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    client, _ = listening.accept()
                    if answer is not None:
                        client.recv(1000)
                        client.sendall(answer)
                        client.close()
                    else:
                        clients.append(client)

        clients: list[socket.socket] = []
        thread = Thread(target=serve)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()
            for client in clients:
                client.close()


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"N", b"S", b"E", b"R\x00\x00\x00\x08\x00\x00\x00\x63", None]
)
def test_what_is_no_postgresql_is_unreachable_in_bounded_time(answer: bytes | None) -> None:
    started = time.monotonic()
    with impostor(answer) as port:
        error = failure(f"postgresql://user:{SECRET}@127.0.0.1:{port}/db", Timeouts(connect=1))

    assert time.monotonic() - started < 3
    assert SECRET not in everything_said(error)


def message(kind: bytes, body: bytes = b"") -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


WELCOME, READY = message(b"R", struct.pack("!i", 0)), message(b"Z", b"I")


@pytest.mark.parametrize(
    "answer",
    [
        WELCOME + READY,  # does not say its version
        WELCOME + message(b"S", b"server_version\0garbage\0") + READY,
        WELCOME + message(b"S", b"\xff\xfe\0\xff\0") + READY,
        WELCOME + message(b"S", b"client_encoding\0KLINGON\0") + READY,
        message(b"R", struct.pack("!i", 10) + b"SCRAM-SHA-256\0\0") + message(b"R", struct.pack("!i", 11) + b"garbage"),
    ],
)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
def test_a_liar_is_unreachable_and_not_taken_for_a_mistyped_dsn(answer: bytes) -> None:
    with impostor(answer) as port:
        error = failure(f"postgresql://user:{SECRET}@127.0.0.1:{port}/db?sslmode=disable", Timeouts(connect=1))
    # asyncpg forgets the socket of a connection that it could not make; it is told here and not in a later test.
    gc.collect()

    assert "an answer that cannot be understood" in str(error)
    assert "DSN" not in str(error)
    assert SECRET not in everything_said(error)


def test_after_a_failure_the_network_is_left_alone_for_a_pause_that_grows() -> None:
    async def look() -> list[float]:
        calls = []
        connection = Connection(f"postgresql://user@127.0.0.1:{port}/db", Timeouts(connect=1))
        deadline = time.monotonic() + 4
        while time.monotonic() < deadline:
            with pytest.raises(UnreachableError) as caught:
                await connection.server()
            if "tried again" not in str(caught.value):
                calls.append(time.monotonic())
            await asyncio.sleep(0.02)
        return calls

    with impostor(b"") as port:
        calls = asyncio.run(look())

    pauses = [after - before for before, after in itertools.pairwise(calls)]
    assert len(pauses) == 2
    assert 1.0 <= pauses[0] < 1.5
    assert 2.0 <= pauses[1] < 2.5


@contextlib.contextmanager
def stopped(pid: int) -> Iterator[None]:
    """A process that hangs until the block ends."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_a_server_that_hangs_is_given_up_and_found_again(private_server: Callable[[Mapping[str, str]], Server]) -> None:
    server = private_server({})
    postmaster = int((server.data / "postmaster.pid").read_text().splitlines()[0])

    async def look() -> None:
        connection = Connection(server.dsn(), Timeouts(connect=1, statement=1, lock=0.5))
        whole = await captured(connection)
        backend = (await connection._open()).get_server_pid()
        with stopped(backend):
            await in_time(9, UnreachableError, captured(connection))
        with stopped(postmaster):
            await in_time(4, UnreachableError, captured(connection))
            await in_time(0.2, UnreachableError, captured(connection))
        await asyncio.sleep(1.1)
        assert await captured(connection) == whole
        await connection.close()

    asyncio.run(look())


async def in_time(seconds: float, error: type[UnverifiedError], look: Coroutine[None, None, object]) -> None:
    started = time.monotonic()
    with pytest.raises(error) as caught:
        await look
    assert time.monotonic() - started < seconds, caught.value


def test_a_server_that_was_killed_is_found_again_when_it_is_back(
    private_server: Callable[[Mapping[str, str]], Server],
) -> None:
    server = private_server({})

    async def look() -> None:
        connection = Connection(server.dsn(), BRISK)
        whole = await captured(connection)
        await asyncio.to_thread(server.kill9)
        await in_time(5, UnreachableError, captured(connection))
        await in_time(5, UnreachableError, captured(connection))
        await asyncio.to_thread(server.start)
        deadline = time.monotonic() + 10
        while True:
            try:
                assert await captured(connection) == whole
                break
            except UnreachableError:
                assert time.monotonic() < deadline
                await asyncio.sleep(0.1)
        await connection.close()

    asyncio.run(look())


@pytest.mark.parametrize("how", ["pg_terminate_backend", "pg_cancel_backend"])
def test_a_session_that_an_administrator_ends_is_opened_again_by_the_next_look(database: str, how: str) -> None:
    async def look() -> None:
        connection = Connection(database, BRISK)
        await connection.server()
        ours = f"{how}(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE $1"
        ended = await asyncio.to_thread(rows, database, f"SELECT {ours}", f"{APPLICATION_NAME}%")
        assert ended == [(True,)]
        with contextlib.suppress(UnreachableError):
            await captured(connection)
        assert (await connection.server()).database == database.rpartition("/")[2]
        await connection.close()
        # Closed is not the end.
        assert (await connection.server()).database == database.rpartition("/")[2]
        await connection.close()

    asyncio.run(look())


@pytest.mark.parametrize(
    ("setting", "query", "pause"),
    [
        ("transaction_timeout", "SELECT pg_sleep(5)", 0.0),
        ("transaction_timeout", "SELECT 1", 0.3),
        ("idle_in_transaction_session_timeout", "SELECT 1", 0.3),
    ],
)
def test_a_session_that_the_server_ends_by_a_limit_is_unreachable_and_opened_again(
    database: str, setting: str, query: str, pause: float
) -> None:
    async def outstay(connection: Connection) -> None:
        async with connection.transaction() as transaction:
            await transaction.execute(f"SET LOCAL {setting} = '100ms'")
            await asyncio.sleep(pause)
            await transaction.fetch(query)

    async def look() -> None:
        connection = Connection(database, BRISK)
        with pytest.raises(UnreachableError):
            await outstay(connection)
        assert (await connection.server()).database == database.rpartition("/")[2]
        await connection.close()

    asyncio.run(look())


def test_a_limit_of_the_role_does_not_end_a_look_that_takes_its_time(database: str, watcher: str) -> None:
    role = watcher.partition("//")[2].partition("@")[0]
    rows(database, f"ALTER ROLE {role} SET transaction_timeout = '300ms'")

    async def look() -> None:
        connection = Connection(watcher, BRISK)
        async with connection.transaction() as transaction:
            await transaction.execute("SELECT pg_sleep(0.6)")
        await connection.close()

    asyncio.run(look())


def test_a_roll_back_that_fails_leaves_no_connection_behind(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refused(_: object) -> None:
        raise asyncpg.InterfaceError("cannot rollback; the transaction is in error state")

    async def fail(connection: Connection) -> None:
        async with connection.transaction() as transaction:
            await transaction.fetch("SELECT 1/0")

    async def look() -> None:
        connection = Connection(database, BRISK)
        with pytest.raises(asyncpg.PostgresError, match="division by zero"):
            await fail(connection)
        monkeypatch.undo()
        assert (await connection.server()).database == database.rpartition("/")[2]
        await connection.close()

    monkeypatch.setattr(Transaction, "rollback", refused)
    asyncio.run(look())


@pytest.mark.parametrize("confusion", [asyncpg.InternalClientError("state 15"), asyncpg.ProtocolError("what?")])
def test_asyncpg_in_confusion_is_a_broken_connection(database: str, confusion: Exception) -> None:
    async def fail(connection: Connection) -> None:
        async with connection.transaction():
            raise confusion

    async def look() -> None:
        connection = Connection(database, BRISK)
        with pytest.raises(UnreachableError, match=type(confusion).__name__):
            await fail(connection)
        assert (await connection.server()).database == database.rpartition("/")[2]
        await connection.close()

    asyncio.run(look())


@pytest.mark.parametrize("seconds", [0.0004, 0.4])
def test_no_limit_is_rounded_to_none(database: str, seconds: float) -> None:
    async def limits() -> list[str]:
        connection = Connection(database, Timeouts(lock=seconds))
        async with connection.transaction() as transaction:
            limit: str = await transaction.fetchval("SHOW lock_timeout")
        await connection.close()
        return [limit]

    assert asyncio.run(limits()) == [f"{max(1, round(seconds * 1000))}ms"]


def test_a_role_that_may_not_connect_is_told_what_to_have_granted(database: str, watcher: str) -> None:
    name, role = database.rpartition("/")[2], watcher.partition("//")[2].partition("@")[0]
    rows(database, f"REVOKE CONNECT ON DATABASE {name} FROM {role}")
    with pytest.raises(UnreachableError, match=r"User does not have CONNECT privilege\. \(GRANT CONNECT ON DATABASE"):
        asyncio.run(Connection(watcher).server())


def test_a_role_that_may_not_take_its_time_is_told_so(database: str, watcher: str) -> None:
    role = watcher.partition("//")[2].partition("@")[0]
    rows(database, f"ALTER ROLE {role} SET statement_timeout = '1ms'")

    async def look() -> None:
        connection = Connection(watcher, BRISK)
        for _ in range(20):
            # The limit holds until ours is set; whether it strikes is a matter of luck.
            with contextlib.suppress(UnverifiedError):
                await captured(connection)
        await connection.close()

    asyncio.run(look())


def test_a_look_that_is_cancelled_leaves_a_connection_that_works(database: str) -> None:
    async def look() -> None:
        connection = Connection(database, BRISK)
        for delay in (0.0, 0.005, 0.02, 0.05):
            looking = asyncio.create_task(captured(connection))
            await asyncio.sleep(delay)
            looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await looking
        assert (await captured(connection)).server.database == database.rpartition("/")[2]
        await connection.close()

    asyncio.run(look())


def test_looks_at_the_same_time_take_turns_on_one_session(database: str) -> None:
    async def look() -> int:
        connection = Connection(database, BRISK)
        seen = await asyncio.gather(*(captured(connection) for _ in range(5)))
        assert all(snapshot == seen[0] for snapshot in seen)
        async with connection.transaction() as transaction:
            sessions: int = await transaction.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            )
        await connection.close()
        return sessions

    assert asyncio.run(look()) == 1


def test_a_single_capture_leaves_no_session_behind(database: str) -> None:
    async def look() -> bool:
        connection = Connection(database, BRISK)
        await capture_once(connection)
        return connection._connection is None

    assert asyncio.run(look())
