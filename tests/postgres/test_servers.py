import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import asyncpg
import pytest

from tests.servers.pool import Pool
from tests.servers.query import rows, sql
from tests.servers.servers import Server


@pytest.mark.all_majors
def test_a_server_is_of_the_major_that_it_claims(server: Server, major: int, database: str) -> None:
    [(number,)] = rows(database, "SELECT current_setting('server_version_num')::int / 10000")
    assert number == major == server.major


@pytest.mark.all_majors
def test_a_server_can_replicate_logically_and_prepare_transactions(database: str) -> None:
    [(wal_level, prepared)] = rows(
        database, "SELECT current_setting('wal_level'), current_setting('max_prepared_transactions')"
    )
    assert (wal_level, prepared) == ("logical", "5")


@pytest.mark.all_majors
@pytest.mark.parametrize("turn", ["first", "second"])
def test_a_database_is_empty_for_each_test(database: str, turn: str) -> None:
    assert rows(database, "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace") == []
    sql(database, f"CREATE TABLE {turn} (id int); CREATE TABLE left_behind (id int)")


def test_a_test_without_a_mark_runs_on_the_newest_major(major: int) -> None:
    assert major == 18


@pytest.mark.majors(13, 15)
def test_a_test_may_choose_its_majors(major: int) -> None:
    assert major in {13, 15}


def test_a_private_server_survives_a_restart_and_a_kill_with_its_data(
    private_server: Callable[[Mapping[str, str]], Server],
) -> None:
    server = private_server({"application_name": "it's \\ quoted", "work_mem": "7MB"})
    sql(server.dsn(), "CREATE TABLE kept (id int); CHECKPOINT; INSERT INTO kept VALUES (1)")
    server.restart()
    server.kill9()
    assert not server.is_running()
    with pytest.raises(OSError, match=r"refused|Connect call failed"):
        sql(server.dsn(), "SELECT 1")
    server.start()
    assert server.is_running()
    [row] = rows(server.dsn(), "SELECT id, current_setting('work_mem'), current_setting('application_name') FROM kept")
    assert row == (1, "7MB", "it's \\ quoted")


def test_one_major_is_one_server_for_the_whole_run(servers: Pool, server: Server) -> None:
    assert servers.get(server.major) is server
    private = servers.private(server.major)
    assert private.port != server.port
    private.stop()


def test_a_role_without_password_may_connect(server: Server, database: str) -> None:
    role = f"role_of_{database.rsplit('/', 1)[1]}"
    sql(database, f"CREATE ROLE {role} LOGIN")
    assert rows(server.dsn(database.rsplit("/", 1)[1], user=role), "SELECT session_user::text") == [(role,)]
    sql(server.dsn(), f"DROP ROLE {role}")


def test_a_script_that_fails_says_what_the_server_said(database: str) -> None:
    with pytest.raises(asyncpg.UndefinedTableError, match="nowhere"):
        sql(database, "CREATE TABLE here (); SELECT * FROM nowhere")


HOLDER = """
import sys, time
from tests.servers.pool import Lifeline, Pool
lifeline = Lifeline.make()
print(Pool(lifeline.folder).get(18).data, flush=True)
time.sleep(600)
"""


def test_no_server_outlives_a_run_that_is_killed(server: Server) -> None:
    assert server.major == 18
    root = Path(__file__).parents[2]
    with subprocess.Popen([sys.executable, "-c", HOLDER], cwd=root, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        data = Path(holder.stdout.readline().strip())
        process = Path("/proc") / (data / "postmaster.pid").read_text().split()[0]
        assert process.exists()
        holder.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 30
    while data.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not process.exists()
    assert not data.exists()
    shutil.rmtree(data.parents[1])
