"""Databases that are down, deaf or frozen: said at once, asked again for ever, and no other waits for them."""

import contextlib
import json
import os
import signal
import socket
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tests.acceptance import milo
from tests.acceptance.support import Daemon, Json, free_port, watchdog, watched, watcher_of
from tests.servers.query import sql
from tests.servers.servers import Server

MakeServer = Callable[[Mapping[str, str]], Server]


@contextlib.contextmanager
def deaf_server() -> Iterator[str]:
    """The connection string of a port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"postgresql://watcher@127.0.0.1:{listener.getsockname()[1]}/production"


@contextlib.contextmanager
def frozen(server: Server) -> Iterator[None]:
    """The postmaster and every backend stand still inside the block."""
    postmaster = server._note()[0]
    family = [postmaster, *Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()]
    for pid in family:
        os.kill(int(pid), signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGCONT)


def assert_in_time(daemon: Daemon, database: str) -> None:
    """Drift in that database is found while whatever else goes on."""
    daemon.until_checked(database)
    assert daemon.metric("database_up", database=database) == 1
    assert daemon.report(database)["status"] == "ok"


def checks(daemon: Daemon, database: str) -> Json:
    state: Json = next(each for each in daemon.api("databases") if each["database"] == database)["checks"]
    return state


def test_a_database_that_is_down_at_start_is_watched_once_it_is_up(tmp_path: Path, private_server: MakeServer) -> None:
    server = private_server({})
    milo.make(server.dsn())
    dsn = watcher_of(server.dsn())
    server.stop()
    with Daemon(tmp_path, watched(dsn, tmp_path)) as daemon:
        daemon.start()
        daemon.until_given_up("production")
        assert daemon.metric("database_up", database="production") == 0
        assert daemon.metric("checks_total", check="probe", outcome="ok") == 0
        assert (daemon.report()["status"], daemon.status("/readyz")) == ("unverified", 503)
        assert "Traceback" not in daemon.log()
        server.start()
        daemon.until("the database to be up", lambda: daemon.metric("database_up") == 1)
        daemon.until("a first verdict", lambda: daemon.report()["status"] == "ok")
        assert daemon.status("/readyz") == 200
        server.kill9()
        daemon.until("the database to be down", lambda: daemon.metric("database_up") == 0)
        # What was found last is not known any more, and not taken back either.
        daemon.until("the verdict to be withdrawn", lambda: daemon.report()["status"] == "unverified")
        server.start()
        daemon.until("the database to be up again", lambda: daemon.metric("database_up") == 1)
        daemon.until_checked()
        assert daemon.findings() == []
        assert daemon.events() == []


def test_dead_and_deaf_databases_do_not_delay_another(tmp_path: Path, database: str) -> None:
    milo.make(database)
    with (
        deaf_server() as deaf,
        Daemon(
            tmp_path,
            watched(deaf, tmp_path, "deaf"),
            watched(f"postgresql://watcher@127.0.0.1:{free_port()}/production", tmp_path, "dead"),
            watched(watcher_of(database), tmp_path, "lively"),
        ) as daemon,
    ):
        daemon.start()
        assert_in_time(daemon, "lively")
        for silent in ("deaf", "dead"):
            daemon.until_given_up(silent)
            assert daemon.metric("database_up", database=silent) == 0
            assert not (tmp_path / f"{silent}.baseline.json").exists()
        sql(database, milo.DROP)
        daemon.until("drift in the lively one", lambda: len(daemon.findings("lively")) == 2)
        assert daemon.metric("findings", database="deaf") == 0
        assert daemon.status("/readyz") == 503


def test_a_database_that_freezes_is_down_in_time_and_delays_no_other(
    tmp_path: Path, database: str, private_server: MakeServer
) -> None:
    server = private_server({})
    milo.make(server.dsn())
    milo.make(database)
    with Daemon(
        tmp_path,
        watched(watcher_of(server.dsn()), tmp_path, "freezing"),
        watched(watcher_of(database), tmp_path, "lively"),
    ) as daemon:
        daemon.start()
        daemon.until_checked("freezing")
        with frozen(server):
            daemon.until("the frozen one to be down", lambda: daemon.metric("database_up", database="freezing") == 0)
            daemon.until("its schema to be unverified", lambda: checks(daemon, "freezing")["schema"]["reason"])
            assert_in_time(daemon, "lively")
            assert daemon.findings("freezing") == []
        daemon.until("it to be up again", lambda: daemon.metric("database_up", database="freezing") == 1)
        daemon.until_checked("freezing")
        assert daemon.report("freezing")["status"] == "ok"


def test_a_look_at_a_deaf_server_ends_with_3_in_bounded_time(tmp_path: Path) -> None:
    with deaf_server() as dsn:
        daemon = Daemon(tmp_path, watched(dsn, tmp_path))
        with daemon:
            daemon.write()
        done = watchdog("check", "--config", str(daemon.path), "--format", "json")
    report = json.loads(done.stdout)
    assert (done.returncode, report["status"], report["findings"]) == (3, "unverified", [])
    assert "cannot connect to 127.0.0.1:" in report["reason"]
