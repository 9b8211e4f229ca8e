"""Through PgBouncer, whatever it does with sessions, a capture reads what it reads directly."""

import asyncio
import os
import pwd
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from tests.conftest import required
from tests.postgres.looks import BRISK, assert_same, captured, look, rich
from tests.servers.query import sql
from tests.servers.servers import Server
from watchdog.postgres.connection import Connection
from watchdog.postgres.planning import plan
from watchdog.schema.snapshot import Snapshot

HOW_TO_GET = "apt-get install --no-install-recommends pgbouncer"


@pytest.fixture
def pooled(
    server: Server, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], str]]:
    """Starts a PgBouncer with more settings and gives the connection string of the test's database through it."""
    # Debian installs it where only root's PATH leads.
    monkeypatch.setenv("PATH", "/usr/sbin", prepend=os.pathsep)
    program = required("pgbouncer", HOW_TO_GET)
    poolers = []

    def start(settings: str) -> str:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        (tmp_path / "users.txt").write_text('"postgres" ""\n')
        name = database.rpartition("/")[2]
        (tmp_path / "pgbouncer.ini").write_text(
            f"[databases]\n{name} = host=127.0.0.1 port={server.port}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
            f"auth_type = trust\nauth_file = {tmp_path / 'users.txt'}\ndefault_pool_size = 2\n{settings}\n"
        )
        command = [program, "-q", str(tmp_path / "pgbouncer.ini")]
        if os.getuid() == 0:  # which it refuses to be
            nobody = pwd.getpwnam("nobody")
            for path in (tmp_path, *tmp_path.iterdir()):
                os.chown(path, nobody.pw_uid, nobody.pw_gid)
            command = [*command[:1], "-u", "nobody", *command[1:]]
        with (tmp_path / "log").open("wb") as log:
            poolers.append(subprocess.Popen(command, stdout=log, stderr=log))
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
            except OSError:
                assert time.monotonic() < deadline, (tmp_path / "log").read_text()
                time.sleep(0.05)
            else:
                return f"postgresql://postgres@127.0.0.1:{port}/{name}"

    yield start
    for pooler in poolers:
        pooler.send_signal(signal.SIGTERM)
        pooler.wait(10)


@pytest.mark.parametrize(
    "settings",
    [
        "pool_mode = transaction",
        "pool_mode = transaction\nserver_reset_query = DISCARD ALL\nserver_reset_query_always = 1",
        "pool_mode = session\nserver_reset_query = DISCARD ALL",
        "pool_mode = session\nserver_reset_query =",
    ],
)
def test_a_capture_through_pgbouncer_equals_a_direct_one(
    database: str, pooled: Callable[[str], str], settings: str
) -> None:
    sql(database, rich(18))
    direct = look(database)
    dsn = pooled(settings)

    async def often() -> list[Snapshot]:
        connections = [Connection(dsn, BRISK) for _ in range(2)]
        seen = [one for _ in range(3) for one in await asyncio.gather(*map(captured, connections))]
        for connection in connections:
            await connection.close()
        return seen

    for seen in asyncio.run(often()):
        assert_same(seen, direct)


def test_nothing_that_a_capture_sets_is_met_by_the_next_client_of_the_pool(
    database: str, pooled: Callable[[str], str]
) -> None:
    sql(database, rich(18))
    dsn = pooled("pool_mode = transaction\ndefault_pool_size = 1")

    async def settings() -> list[tuple[str, str]]:
        client = await asyncpg.connect(dsn, statement_cache_size=0)
        found = await client.fetch("SELECT name, setting FROM pg_settings WHERE source = 'session' ORDER BY name")
        await client.close()
        return [tuple(row) for row in found if row["name"] != "application_name"]

    before = asyncio.run(settings())
    look(dsn)

    assert asyncio.run(settings()) == before


@pytest.mark.parametrize(
    "settings",
    [
        "pool_mode = transaction",
        "pool_mode = transaction\nserver_reset_query = DISCARD ALL\nserver_reset_query_always = 1",
        "pool_mode = session\nserver_reset_query = DISCARD ALL",
    ],
)
def test_statements_are_planned_through_pgbouncer_and_nothing_of_it_stays(
    database: str, pooled: Callable[[str], str], settings: str
) -> None:
    sql(database, "CREATE TABLE orders (id bigint PRIMARY KEY, mood text); CREATE TYPE mood AS ENUM ('sad')")
    dsn = pooled(f"{settings}\ndefault_pool_size = 2")
    statements = [
        "SELECT id FROM orders WHERE mood = $1",
        "INSERT INTO orders (id) VALUES ($1) ON CONFLICT (id) DO NOTHING",
        "SELECT $1::mood",
        "SELECT nothing FROM orders",
    ] * 60

    async def run() -> list[tuple[str, ...]]:
        connections = [Connection(dsn, BRISK) for _ in range(2)]
        found: list[tuple[str, ...]] = []
        for _ in range(2):
            both = await asyncio.gather(*(plan(each, statements, "public, pg_catalog") for each in connections))
            found += [tuple(each.verdict for each in plans) for plans in both]
        for connection in connections:
            await connection.close()
        client = await asyncpg.connect(dsn, statement_cache_size=0)
        assert await client.fetch("SELECT name FROM pg_prepared_statements WHERE name <> ''") == []
        assert await client.fetchval("SHOW plan_cache_mode") == "auto"
        assert await client.fetchval("SHOW search_path") == '"$user", public'
        await client.close()
        return found

    assert asyncio.run(run()) == [("plans", "plans", "plans", "refused") * 60] * 4
