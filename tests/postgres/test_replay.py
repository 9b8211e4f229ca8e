"""Migrations replayed on throw-away databases: what they make, what is wrong in them, and nothing left behind."""

import asyncio
import contextlib
import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import TypeVar

import asyncpg
import pytest

from tests.postgres.left import processes
from tests.servers.query import rows, sql
from tests.servers.servers import Server
from watchdog.errors import ScratchError
from watchdog.postgres import replay as replaying
from watchdog.postgres.connection import Connection
from watchdog.postgres.replay import PORTION, Replay, Scratch, Script, replay
from watchdog.schema.snapshot import ObjectId, Snapshot

T = TypeVar("T")
GOOD = "CREATE TABLE t (id int PRIMARY KEY);\n"
PASSWORD = "hunter2"
ROOT = Path(__file__).parents[2]
NUMBERS = itertools.count(1)


@pytest.fixture(autouse=True)
def mark(worker_id: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the databases of this test have in their names: other tests make and drop theirs meanwhile."""
    found = f"{worker_id}_{next(NUMBERS)}"
    monkeypatch.setattr(replaying, "secrets", SimpleNamespace(token_hex=lambda _: found))
    return f"schema_watchdog_{found}"


@pytest.fixture
def other(server: Server, mark: str) -> Iterator[Scratch]:
    """A server on which databases may be made; when the test is over it has none of them."""
    yield Scratch(url=server.dsn())
    assert not exists(server, mark)


@pytest.fixture(params=["embedded", "on another server"])
def scratch(request: pytest.FixtureRequest) -> Scratch:
    if request.param == "embedded":
        request.getfixturevalue("scratch_folder")
        return Scratch()
    found = request.getfixturevalue("other")
    assert isinstance(found, Scratch)
    return found


def exists(server: Server, database: str) -> bool:
    return bool(rows(server.dsn(), "SELECT 1 FROM pg_database WHERE datname = $1", database))


def scripts(*texts: str) -> list[Script]:
    return [Script(file=f"db/{number:03}.sql", sql=text) for number, text in enumerate(texts, 1)]


def during(work: Callable[[Replay], Awaitable[T]], replayed: Sequence[Script], scratch: Scratch) -> T:
    async def run() -> T:
        async with replay(replayed, scratch, None) as running:
            return await work(running)

    return asyncio.run(run())


def made(replayed: Sequence[Script], scratch: Scratch) -> Snapshot:
    async def work(running: Replay) -> Snapshot:
        await running.advance(len(replayed))
        return await running.snapshot()

    return during(work, replayed, scratch)


def names(seen: Snapshot, kind: str = "relation") -> set[str]:
    return {subject.name[-1] for subject in seen.objects if subject.kind == kind and subject.name[0] == "public"}


def test_what_is_there_is_known_after_each_migration(scratch: Scratch) -> None:
    told: list[tuple[int, int]] = []
    several = scripts(GOOD, "ALTER TABLE t ADD note text;", "-- nothing", "DROP TABLE t; CREATE TABLE u (id int);")

    async def run() -> list[set[str]]:
        found = []
        async with replay(several, scratch, None, lambda done, total: told.append((done, total))) as running:
            for goal in (0, 1, 3, 3, 4):
                await running.advance(goal)
                seen = await running.snapshot()
                found.append(names(seen) | names(seen, "column"))
        return found

    assert asyncio.run(run()) == [set(), {"t", "id"}, {"t", "id", "note"}, {"t", "id", "note"}, {"u", "id"}]
    assert told == [(0, 4), (1, 4), (3, 4), (4, 4)]


@pytest.mark.parametrize(
    ("sql_text", "line", "words"),
    [
        (
            "-- one\n\nCREATE TABLE u (\n  id int REFERENCES nowhere\n);\nSELECT 1;\n",
            5,
            'relation "nowhere" does not exist',
        ),
        ("SELECT 1;\r\n\r\nSELECT nothing;", 3, 'column "nothing" does not exist'),
        ("SELECT 1;\nSELECT 'never closed;\n", None, "unterminated quoted string"),
        ("CREATE TABLE u (id int", None, "syntax error at or near"),
        ("DO $$ BEGIN RAISE EXCEPTION 'no: %', E'two\\nlines'; END $$;", 1, "no: two"),
        ("CREATE EXTENSION postgis", None, "the scratch server lacks it: name one that has it as scratch_url"),
    ],
)
def test_a_migration_that_fails_is_named_with_its_line_and_the_server_s_words(
    other: Scratch, sql_text: str, line: int | None, words: str
) -> None:
    with pytest.raises(ScratchError) as caught:
        made(scripts(GOOD, sql_text, "SELECT 1;"), other)
    said = str(caught.value)
    assert said.startswith(f"db/002.sql:{line or ''}")
    assert words in said
    assert "schema-watchdog-migrations-" not in said, "a folder that is gone tells nobody anything"
    assert "CONTEXT" not in said or "PL/pgSQL" in said


@pytest.mark.parametrize(
    ("endless", "limits", "words"),
    [
        ("SELECT pg_sleep(100)", Scratch(statement_seconds=0.5), "db/002.sql:1: .*scratch_timeout"),
        ("DO $$ BEGIN LOOP END LOOP; END $$;", Scratch(statement_seconds=0.5), "db/002.sql:1: .*scratch_timeout"),
        ("SET statement_timeout = 0; SELECT pg_sleep(100)", Scratch(seconds=2), "still running after 2 s, given up"),
    ],
)
def test_a_migration_without_an_end_is_ended(
    other: Scratch, mark: str, endless: str, limits: Scratch, words: str
) -> None:
    limited = Scratch(url=other.url, statement_seconds=limits.statement_seconds, seconds=limits.seconds)
    started = time.monotonic()
    with pytest.raises(ScratchError, match=words):
        made(scripts(GOOD, endless), limited)
    assert time.monotonic() - started < 20
    assert processes(Path(mark)) == []


def test_what_cannot_run_in_a_transaction_runs_without_one_once(other: Scratch) -> None:
    seen = made(
        [
            *scripts(GOOD, "CREATE INDEX CONCURRENTLY one ON t (id);", "ALTER TABLE t ADD note text;", "VACUUM t;"),
            Script(file="db/005.sql", sql="CREATE INDEX CONCURRENTLY two ON t (id)", transactional=False),
            *scripts("CREATE TABLE u (id int);"),
        ],
        other,
    )
    assert names(seen) >= {"t", "u"}
    assert {subject.name[-1] for subject in seen.objects if subject.kind == "index"} >= {"one", "two"}


def test_what_one_migration_sets_for_its_session_is_not_for_the_next(other: Scratch) -> None:
    hasty = (
        "CREATE SCHEMA app; SET search_path = app; SET default_transaction_read_only = on; SET ROLE pg_monitor; BEGIN;"
    )
    seen = made(scripts(hasty, GOOD), other)
    assert names(seen) == {"t"}


def test_a_byte_order_mark_and_a_comment_without_an_end_of_line_are_no_mistakes(other: Scratch) -> None:
    assert "t" in names(made(scripts("\ufeff" + GOOD + "-- the end", "SELECT 1 -- the end"), other))


@pytest.mark.usefixtures("scratch_folder")
def test_roles_that_only_production_has_are_made_as_they_are_met() -> None:
    seen = made(
        scripts(
            "CREATE ROLE migrated;",
            GOOD + "GRANT SELECT ON t TO migrated;",
            "GRANT SELECT ON t TO app_reader;",
            'ALTER TABLE t OWNER TO "Odd owner";',
            "CREATE INDEX CONCURRENTLY one ON t (id);",
            "ALTER DEFAULT PRIVILEGES FOR ROLE app_writer GRANT SELECT ON TABLES TO app_reader, migrated;",
        ),
        Scratch(),
    )
    roles = {subject.name[0] for subject in seen.objects if subject.kind == "role"}
    assert roles >= {"migrated", "app_reader", "app_writer", "Odd owner"}
    assert "one" in {subject.name[-1] for subject in seen.objects if subject.kind == "index"}


def test_a_role_is_never_made_on_somebody_s_server(other: Scratch, server: Server) -> None:
    with pytest.raises(ScratchError, match=r'db/002.sql:1: .*role "nobody_here" does not exist'):
        made(scripts(GOOD, "GRANT SELECT ON t TO nobody_here;"), other)
    assert rows(server.dsn(), "SELECT 1 FROM pg_roles WHERE rolname = 'nobody_here'") == []


@pytest.mark.usefixtures("scratch_folder")
@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("DO $$ BEGIN EXECUTE 'DROP DATABASE ' || current_database(); END $$;", "cannot be executed from a function"),
        ("DROP DATABASE template1;", "cannot drop a template database"),
        ("DROP DATABASE postgres;", None),
    ],
)
def test_a_migration_that_drops_databases_of_the_embedded_server_harms_nobody(
    statement: str, words: str | None
) -> None:
    both = scripts(GOOD, statement)
    if words is None:
        assert "t" in names(made(both, Scratch()))
    else:
        with pytest.raises(ScratchError, match=f"db/002.sql:1: .*{words}"):
            made(both, Scratch())


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


@pytest.mark.parametrize("transactional", [True, False])
@pytest.mark.parametrize(
    "command",
    [
        r"\! touch {file}",
        r"\unrestrict abc",
        r"\copy t to {file}",
        r"\copy t from program 'touch {file}'",
        r"\o {file}",
        r"\set x `touch {file}`",
        r"\i {file}",
        r"SELECT 1 \g {file}",
        r"SELECT 'touch {file}' \g | sh",
        r"\w {file}",
        r"\c postgres",
        r"\if true",
    ],
)
def test_no_command_of_psql_is_ever_run(other: Scratch, tmp_path: Path, command: str, transactional: bool) -> None:
    file = tmp_path / "touched"
    text = f"SELECT 1;\n{command.format(file=file)}\nSELECT 2;\n"
    with pytest.raises(ScratchError, match=r"db/002.sql:2: .*\n?.*what begins with a backslash is psql's"):
        made([*scripts(GOOD), Script(file="db/002.sql", sql=text, transactional=transactional)], other)
    assert not file.exists()


def test_data_that_look_like_commands_of_psql_are_data(other: Scratch) -> None:
    seen = made(scripts("CREATE TABLE t (a text DEFAULT '\\! touch x', b text DEFAULT $$\n\\unrestrict\n$$);"), other)
    assert seen.objects[ObjectId("column", ("public", "t", "a"))]["default"] == "'\\! touch x'::text"


async def _until_asleep(dsn: str) -> None:
    """Until the migration that sleeps has begun to."""
    asleep = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
    while True:
        with contextlib.suppress(asyncpg.InvalidCatalogNameError):
            if await asyncio.to_thread(rows, dsn, asleep):
                return
        await asyncio.sleep(0.05)


SLEEPING = "SELECT pg_sleep(100);"


def postmaster(folder: Path) -> int:
    (note,) = folder.glob("*/data/postmaster.pid")
    return int(note.read_text().split("\n")[0])


def test_an_embedded_server_that_is_killed_is_told_and_nothing_is_left(scratch_folder: Path) -> None:
    async def run() -> None:
        async with replay(scripts(GOOD, SLEEPING), Scratch(), None) as running:
            advancing = asyncio.create_task(running.advance(2))
            await _until_asleep(running.dsn)
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
            await _until_asleep(running.dsn)
            await asyncio.to_thread(server.kill9)
            await advancing

    with pytest.raises(ScratchError, match="connection"):
        asyncio.run(run())


def wait_for(true: Callable[[], bool], seconds: float) -> float:
    started = time.monotonic()
    while not true():
        assert time.monotonic() - started < seconds
        time.sleep(0.05)
    return time.monotonic() - started


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
        await _until_asleep(server.dsn(mark))
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


def test_the_password_of_a_scratch_server_is_shown_to_nobody(
    server: Server, other: Scratch, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    url = server.dsn().replace("postgres@", f"postgres:{PASSWORD}@")
    assert other.url != url
    seen: list[str] = []

    async def run() -> None:
        async with replay(scripts(GOOD, SLEEPING), Scratch(url=url, statement_seconds=1.5), None) as running:
            advancing = asyncio.create_task(running.advance(2))
            while not advancing.done():
                seen.extend(processes(Path(running.dsn.rpartition("/")[2])))
                await asyncio.sleep(0.05)
            await advancing

    with caplog.at_level("DEBUG"), pytest.raises(ScratchError) as caught:
        asyncio.run(run())
    assert any("psql" in line for line in seen)
    output = capfd.readouterr()
    for text in (*seen, str(caught.value), caplog.text, output.out, output.err):
        assert PASSWORD not in text


def test_a_role_that_may_make_no_database_is_told(database: str, server: Server) -> None:
    name = database.rpartition("/")[2]
    sql(database, f"CREATE ROLE maker_{name} LOGIN")
    try:
        with pytest.raises(ScratchError, match=r"the scratch server: permission denied to create database"):
            made(scripts(GOOD), Scratch(url=server.dsn("postgres", f"maker_{name}")))
    finally:
        sql(database, f"DROP ROLE maker_{name}")


def test_a_thousand_migrations_are_replayed_in_portions(other: Scratch) -> None:
    count = 1000
    many = scripts("CREATE TABLE t0 (id int);", *(f"ALTER TABLE t0 ADD c{number} int;" for number in range(1, count)))
    told: list[int] = []

    async def run() -> Snapshot:
        async with replay(many, other, None, lambda done, _: told.append(done)) as running:
            await running.advance(count)
            return await running.snapshot()

    started = time.monotonic()
    seen = asyncio.run(run())
    assert len(names(seen, "column")) == count
    assert told == list(range(0, count + 1, PORTION))
    assert time.monotonic() - started < 30
