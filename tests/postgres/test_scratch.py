"""Throw-away servers: what the files would make, the place of what is wrong in them, and nothing left behind."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.postgres.left import processes
from tests.servers.query import rows
from watchdog.errors import ScratchError
from watchdog.postgres.embedded import EmbeddedServer
from watchdog.postgres.psql import run_file, run_sql
from watchdog.postgres.scratch import snapshot_of_files
from watchdog.schema.snapshot import ObjectId

GOOD = "CREATE TABLE t (id int PRIMARY KEY);\n"
# As pg_dump writes it: data inline, meta-commands, settings that would hide a name, an owner that is there.
DUMPED = r"""
\restrict abc
SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
CREATE TABLE public.names (id integer NOT NULL, name text DEFAULT 'it''s; a'::text);
ALTER TABLE public.names OWNER TO postgres;
COPY public.names (id, name) FROM stdin;
1	one; DROP TABLE public.names;
2	\N
3	\\.
\.
ALTER TABLE ONLY public.names ADD CONSTRAINT names_pkey PRIMARY KEY (id);
\unrestrict abc
"""


def files(folder: Path, **contents: str) -> list[Path]:
    paths = []
    for name, content in contents.items():
        paths.append(folder / f"{name}.sql")
        paths[-1].write_text(content)
    return paths


@pytest.mark.usefixtures("scratch_folder")
def test_files_are_applied_in_order_also_as_pg_dump_writes_them(tmp_path: Path) -> None:
    more = "SET search_path = public; ALTER TABLE names ADD more text; CREATE INDEX ON t (id);"

    seen = asyncio.run(snapshot_of_files(files(tmp_path, one=GOOD, two=DUMPED, three=more)))

    assert seen.objects[ObjectId("column", ("public", "names", "name"))]["default"] == "'it''s; a'::text"
    assert ObjectId("column", ("public", "names", "more")) in seen.objects
    assert ObjectId("index", ("public", "t", "t_id_idx")) in seen.objects


@pytest.mark.usefixtures("scratch_folder")
def test_a_file_that_fails_is_named_with_its_line_and_the_servers_words(tmp_path: Path) -> None:
    paths = files(tmp_path, one=GOOD, two="-- first\n\nCREATE TABLE u (id int REFERENCES nowhere);\nSELECT 1;\n")

    with pytest.raises(ScratchError) as caught:
        asyncio.run(snapshot_of_files(paths))

    assert str(caught.value) == f'{paths[1]}:3: ERROR:  relation "nowhere" does not exist'


@pytest.mark.usefixtures("scratch_folder")
@pytest.mark.parametrize(
    ("statement", "advice"),
    [
        ("ALTER TABLE t OWNER TO app_owner", "--no-owner --no-privileges"),
        ("GRANT SELECT ON t TO app_reader", "--no-owner --no-privileges"),
        ("CREATE EXTENSION postgis", "a scratch database of a server that has it"),
    ],
)
def test_what_a_dump_needs_and_the_throw_away_server_lacks_is_said_with_a_way_out(
    tmp_path: Path, statement: str, advice: str
) -> None:
    with pytest.raises(ScratchError, match=f"two.sql:1: ERROR: (.|\n)*{advice}"):
        asyncio.run(snapshot_of_files(files(tmp_path, one=GOOD, two=f"{statement};\n")))


@pytest.mark.usefixtures("scratch_folder")
def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ScratchError, match=r"absent\.sql: No such file"):
        asyncio.run(snapshot_of_files([tmp_path / "absent.sql"]))


def test_what_is_cancelled_leaves_nothing(tmp_path: Path, scratch_folder: Path) -> None:
    paths = files(tmp_path, one="SELECT pg_sleep(60);")

    async def cancel() -> float:
        applying = asyncio.create_task(snapshot_of_files(paths))
        while not any("psql" in line for line in processes(tmp_path)):
            await asyncio.sleep(0.05)
            assert not applying.done()
        assert processes(scratch_folder) != []
        started = time.monotonic()
        applying.cancel()
        with pytest.raises(asyncio.CancelledError):
            await applying
        return time.monotonic() - started

    assert asyncio.run(cancel()) < 15
    assert processes(tmp_path) == []


def test_a_server_starts_twice_in_one_process_and_keeps_its_data(scratch_folder: Path, tmp_path: Path) -> None:
    (path,) = files(tmp_path, one=GOOD)
    folder = scratch_folder / "kept"
    server = EmbeddedServer(folder / "data")
    asyncio.run(run_file(server.dsn(), path))
    server.stop()
    assert processes(scratch_folder) == []

    server = EmbeddedServer(folder / "data")
    asyncio.run(run_sql(server.dsn(), "INSERT INTO t VALUES (1); SELECT 'ü';\n"))
    assert rows(server.dsn(), "SELECT id FROM t") == [(1,)]
    with pytest.raises(ScratchError, match='relation "nowhere" does not exist'):
        asyncio.run(run_sql(server.dsn(), "SELECT * FROM nowhere;\n" + "SELECT 1;\n" * 100_000))
    server.stop()
    shutil.rmtree(folder)


def test_the_folder_of_a_user_that_was_killed_can_be_used_again(scratch_folder: Path) -> None:
    folder = scratch_folder / "kept"
    user = "import sys, time; from pathlib import Path; from watchdog.postgres.embedded import EmbeddedServer\n"
    user += "EmbeddedServer(Path(sys.argv[1])); print('up', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", user, str(folder / "data")], stdout=subprocess.PIPE) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == b"up\n"
        killed.send_signal(signal.SIGKILL)

    server = EmbeddedServer(folder / "data")
    assert rows(server.dsn(), "SELECT 1") == [(1,)]
    server.stop()
    assert processes(scratch_folder) == []
    shutil.rmtree(folder)


@pytest.mark.parametrize("others", [False, True])
def test_a_private_folder_above_is_closed_again_once_nobody_needs_the_way(
    scratch_folder: Path, monkeypatch: pytest.MonkeyPatch, others: bool
) -> None:
    monkeypatch.setattr(EmbeddedServer, "_others_run", lambda _: others)
    private = scratch_folder / "private"
    private.mkdir(mode=0o700)
    server = EmbeddedServer(private / "data")
    as_root = 0o755 if os.geteuid() == 0 else 0o700
    assert private.stat().st_mode & 0o777 == as_root
    server.stop()
    assert private.stat().st_mode & 0o777 == (as_root if others else 0o700)
    shutil.rmtree(private)


def test_a_server_of_another_process_is_noticed(scratch_folder: Path) -> None:
    server = EmbeddedServer(scratch_folder / "kept" / "data")
    if os.geteuid() == 0:
        assert server._others_run()  # its own processes, before it is stopped
    server.stop()
    shutil.rmtree(scratch_folder / "kept")
