"""The servers that migrations are replayed on: which is taken, what is shown of it, and that nothing is left on it."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.postgres.left import processes
from tests.postgres.replayed import (
    GOOD,
    PASSWORD,
    ROOT,
    SLEEPING,
    exists,
    made,
    names,
    scripts,
    until_asleep,
    wait_for,
)
from tests.servers.pool import Pool
from tests.servers.query import rows, sql
from tests.servers.servers import Server
from watchdog.errors import ScratchError
from watchdog.postgres.connection import Connection
from watchdog.postgres.replay import Scratch, replay
from watchdog.schema.snapshot import Snapshot


def test_a_role_is_never_made_on_somebody_s_server(other: Scratch, server: Server) -> None:
    with pytest.raises(ScratchError, match=r'db/002.sql:1: .*role "nobody_here" does not exist'):
        made(scripts(GOOD, "GRANT SELECT ON t TO nobody_here;"), other)
    assert rows(server.dsn(), "SELECT 1 FROM pg_roles WHERE rolname = 'nobody_here'") == []


def test_on_somebody_s_server_a_migration_may_no_more_than_the_role_may(
    database: str, server: Server, mark: str
) -> None:
    name = database.rpartition("/")[2]
    sql(database, f"CREATE ROLE maker_{name} LOGIN CREATEDB")
    try:
        limited = Scratch(url=server.dsn("postgres", f"maker_{name}"))
        assert "t" in names(made(scripts(GOOD), limited))
        with pytest.raises(ScratchError, match=f"db/001.sql:1: .*must be owner of database {name}"):
            made(scripts(f"DROP DATABASE {name};"), limited)
        assert rows(database, "SELECT 1") == [(1,)]
    finally:
        sql(database, f"DROP ROLE maker_{name}")
    assert not exists(server, mark)


def postmaster(folder: Path) -> int:
    (note,) = folder.glob("*/data/postmaster.pid")
    return int(note.read_text().split("\n")[0])


def test_an_embedded_server_that_is_killed_is_told_and_nothing_is_left(scratch_folder: Path) -> None:
    async def run() -> None:
        async with replay(scripts(GOOD, SLEEPING), Scratch(), None) as running:
            advancing = asyncio.create_task(running.advance(2))
            await until_asleep(running.dsn)
            os.kill(postmaster(scratch_folder), signal.SIGKILL)
            await advancing

    with pytest.raises(ScratchError) as caught:
        asyncio.run(run())
    assert "connection" in str(caught.value)
    # Backends outlive a killed postmaster for a moment.
    wait_for(lambda: processes(scratch_folder) == [], 10)


def test_a_scratch_server_that_is_killed_is_told(private_server: Callable[[Mapping[str, str]], Server]) -> None:
    server = private_server({})

    async def run() -> None:
        async with replay(scripts(GOOD, SLEEPING), Scratch(url=server.dsn()), None) as running:
            advancing = asyncio.create_task(running.advance(2))
            await until_asleep(running.dsn)
            await asyncio.to_thread(server.kill9)
            await advancing

    with pytest.raises(ScratchError, match="connection"):
        asyncio.run(run())


KILLED = """
import asyncio, sys, tempfile
from watchdog.postgres.embedded import embedded_wheel
from watchdog.postgres.replay import Scratch, Script, replay

async def main():
    async with replay([Script(file="1.sql", sql="SELECT pg_sleep(100)")], Scratch(), None) as running:
        print("up", flush=True)
        await running.advance(1)

embedded_wheel()  # which chooses a folder for sockets for good
tempfile.tempdir = sys.argv[1]
asyncio.run(main())
"""


def test_of_a_replay_that_was_killed_nothing_is_left_some_seconds_later(scratch_folder: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(scratch_folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == b"up\n"
        wait_for(lambda: any("psql" in line for line in processes(scratch_folder)), 10)
        killed.send_signal(signal.SIGKILL)
    wait_for(lambda: processes(scratch_folder) == [] and list(scratch_folder.iterdir()) == [], 8)


@pytest.mark.parametrize("begun", ["the server starts", "a migration runs"])
def test_a_replay_that_is_cancelled_leaves_nothing(scratch_folder: Path, begun: str) -> None:
    async def run() -> None:
        async def work() -> None:
            async with replay(scripts(SLEEPING), Scratch(), None) as running:
                await running.advance(1)

        working = asyncio.create_task(work())
        mark = "initdb" if begun == "the server starts" else "psql"
        while not any(mark in line for line in processes(scratch_folder)):
            assert not working.done()
            await asyncio.sleep(0.01)
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working

    asyncio.run(run())
    wait_for(lambda: processes(scratch_folder) == [] and list(scratch_folder.iterdir()) == [], 8)


@pytest.mark.usefixtures("scratch_folder")
def test_a_replay_on_somebody_s_server_that_is_cancelled_leaves_nothing(
    other: Scratch, server: Server, mark: str
) -> None:
    async def run() -> None:
        async def work() -> None:
            async with replay(scripts(SLEEPING), other, None) as running:
                await running.advance(1)

        working = asyncio.create_task(work())
        await until_asleep(server.dsn(mark))
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working

    asyncio.run(run())


def test_the_watched_server_is_never_the_scratch_one_by_whatever_name(
    private_server: Callable[[Mapping[str, str]], Server],
) -> None:
    server = private_server({"log_statement": "ddl"})
    sql(server.dsn(), "CREATE DATABASE production")

    async def run(url: str) -> None:
        watched = Connection(server.dsn("production"))
        try:
            async with replay(scripts(GOOD), Scratch(url=url), watched) as running:
                await running.advance(1)
        finally:
            await watched.close()

    for url in (server.dsn(), server.dsn("production"), f"postgresql://postgres@localhost:{server.port}/postgres"):
        with pytest.raises(ScratchError, match="scratch_url leads to the watched server itself, on which nothing"):
            asyncio.run(run(url))
    done = [line for line in server.log.read_text().splitlines() if "DATABASE" in line]
    assert len(done) == 1, done
    assert "CREATE DATABASE production" in done[0]


def test_the_primary_of_a_watched_standby_is_never_the_scratch_server(
    servers: Pool, private_server: Callable[[Mapping[str, str]], Server]
) -> None:
    primary = private_server({"log_statement": "ddl"})
    standby = servers.standby(primary, {})

    async def run() -> None:
        watched = Connection(standby.dsn())
        try:
            async with replay(scripts(GOOD), Scratch(url=primary.dsn()), watched) as running:
                await running.advance(1)
        finally:
            await watched.close()

    try:
        with pytest.raises(ScratchError, match="scratch_url leads to the primary of the watched server"):
            asyncio.run(run())
    finally:
        standby.stop()
    assert "CREATE DATABASE" not in primary.log.read_text()


def test_nothing_is_replayed_before_the_watched_server_has_answered(other: Scratch) -> None:
    async def run() -> None:
        async with replay(scripts(GOOD), other, Connection(f"postgresql://u:{PASSWORD}@127.0.0.1:1/db")):
            pytest.fail("it was replayed")

    with pytest.raises(ScratchError, match="before it is known that scratch_url is another server: cannot connect"):
        asyncio.run(run())


def test_another_server_than_the_watched_one_is_taken(
    database: str, private_server: Callable[[Mapping[str, str]], Server]
) -> None:
    scratch_server = private_server({})

    async def run() -> Snapshot:
        watched = Connection(database)
        try:
            async with replay(scripts(GOOD), Scratch(url=scratch_server.dsn()), watched) as running:
                await running.advance(1)
                return await running.snapshot()
        finally:
            await watched.close()

    assert "t" in names(asyncio.run(run()))


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (f"postgresql://u:{PASSWORD}@127.0.0.1:1/db", "no connection to 127.0.0.1:1/db as u, the scratch server: Conn"),
        (f"postgresql://u:{PASSWORD}@nowhere.invalid/db", "no connection to nowhere.invalid/db as u, the scratch"),
        (f"postgresql://u:{PASSWORD}%zz@[::1/db", "no connection, the scratch server: "),
    ],
)
def test_a_scratch_server_that_cannot_be_reached_is_told_without_its_password(url: str, words: str) -> None:
    with pytest.raises(ScratchError, match=words) as caught:
        made(scripts(GOOD), Scratch(url=url))
    assert PASSWORD not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("where", ["before the host", "among the options"])
def test_the_password_of_a_scratch_server_is_shown_to_nobody(
    server: Server, other: Scratch, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], where: str
) -> None:
    is_option = where == "among the options"
    before = server.dsn().replace("postgres@", f"postgres:{PASSWORD}@")
    url = f"{server.dsn()}?password={PASSWORD}" if is_option else before
    assert other.url != url
    seen: list[str] = []

    async def run() -> None:
        async with replay(scripts(GOOD, SLEEPING), Scratch(url=url, statement_seconds=1.5), None) as running:
            advancing = asyncio.create_task(running.advance(2))
            while not advancing.done():
                seen.extend(processes(Path(urlsplit(running.dsn).path.removeprefix("/"))))
                await asyncio.sleep(0.05)
            await advancing

    with caplog.at_level("DEBUG"), pytest.raises(ScratchError) as caught:
        asyncio.run(run())
    assert any("psql" in line for line in seen)
    output = capfd.readouterr()
    for text in (*seen, str(caught.value), caplog.text, output.out, output.err):
        assert PASSWORD not in text


def test_a_database_named_among_the_options_is_not_the_one_that_is_written_to(server: Server, database: str) -> None:
    name = database.rpartition("/")[2]
    url = server.dsn("").removesuffix("/") + f"?dbname={name}"
    assert "t" in names(made(scripts(GOOD), Scratch(url=url)))
    assert rows(database, "SELECT 1 FROM pg_class WHERE relname = 't'") == []


def test_a_role_that_may_make_no_database_is_told(database: str, server: Server) -> None:
    name = database.rpartition("/")[2]
    sql(database, f"CREATE ROLE maker_{name} LOGIN")
    try:
        with pytest.raises(ScratchError, match=r"the scratch server: permission denied to create database"):
            made(scripts(GOOD), Scratch(url=server.dsn("postgres", f"maker_{name}")))
    finally:
        sql(database, f"DROP ROLE maker_{name}")
