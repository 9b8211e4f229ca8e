"""How the daemon ends and how it changes its configuration."""

import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.acceptance import milo
from tests.acceptance.support import Daemon, Receiver, watched, watcher_of, webhook
from tests.faults.test_daemon_down import deaf_server, frozen
from tests.servers.query import rows, sql
from tests.servers.servers import Server

WATCHERS = (
    "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'schema-watchdog%' AND datname = current_database()"
)


def assert_stopped_cleanly(daemon: Daemon, code: int, number: signal.Signals) -> None:
    assert code == 0
    assert [line["signal"] for line in daemon.logged("daemon.stopping")] == [number.name]
    assert len(daemon.logged("daemon.stopped")) == 1
    assert daemon.status("/healthz") is None
    assert "Traceback" not in daemon.log()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: str(number.name))
def test_a_signal_ends_it_with_0_though_a_receiver_and_a_database_hang(
    tmp_path: Path, database: str, number: signal.Signals
) -> None:
    milo.make(database)
    with (
        Receiver() as receiver,
        deaf_server() as deaf,
        Daemon(
            tmp_path,
            watched(watcher_of(database), tmp_path),
            watched(deaf, tmp_path, "deaf"),
            channels={"ops": webhook(receiver.url("/ops"))},
        ) as daemon,
    ):
        receiver.answer = "hang"
        daemon.start()
        daemon.until("a first verdict", lambda: daemon.report()["status"] == "ok")
        # A schema capture lets go of its connection; the next look opens one anew.
        daemon.until("its one connection", lambda: len(rows(database, WATCHERS)) == 1)
        sql(database, milo.DROP)
        daemon.until("a delivery to hang", lambda: receiver.received)
        assert_stopped_cleanly(daemon, daemon.stop(number), number)
        assert rows(database, WATCHERS) == []
        receiver.answer = 200
        receiver.received.clear()
        daemon.start()
        daemon.until("the message of before", lambda: receiver.received)


def test_many_signals_to_reload_do_not_keep_it_from_ending(tmp_path: Path, database: str) -> None:
    milo.make(database)
    with (
        Receiver() as receiver,
        Daemon(
            tmp_path,
            watched(watcher_of(database), tmp_path),
            channels={"ops": webhook(receiver.url("/ops"))},
        ) as daemon,
    ):
        receiver.answer = "hang"
        daemon.start()
        daemon.until("a first verdict", lambda: daemon.report()["status"] == "ok")
        sql(database, milo.DROP)
        daemon.until("a delivery to hang", lambda: receiver.received)
        for _ in range(20):
            daemon.process.send_signal(signal.SIGHUP)
            time.sleep(0.05)
        assert_stopped_cleanly(daemon, daemon.stop(), signal.SIGTERM)
        assert len(daemon.logged("config.reloaded")) <= 2


def test_a_signal_ends_it_with_0_while_a_look_hangs_in_the_server(
    tmp_path: Path, private_server: Callable[[Mapping[str, str]], Server]
) -> None:
    server = private_server({})
    milo.make(server.dsn())
    patient = {"connect": "60s", "statement": "60s", "look": "60s"}
    with Daemon(tmp_path, watched(watcher_of(server.dsn()), tmp_path, timeouts=patient)) as daemon:
        daemon.start()
        daemon.until("a first verdict", lambda: daemon.report()["status"] == "ok")
        with frozen(server):
            # Looks that come due while one still hangs are skipped, and counted.
            daemon.until("looks to be skipped", lambda: (daemon.metric("check_misfires_total") or 0) > 2)
            assert daemon.status("/healthz") == 200
            assert_stopped_cleanly(daemon, daemon.stop(), signal.SIGTERM)


def test_sighup_takes_up_a_new_configuration_and_refuses_a_broken_one(tmp_path: Path, database: str) -> None:
    milo.make(database)
    dsn = watcher_of(database)
    first, second = watched(dsn, tmp_path, "first"), watched(dsn, tmp_path, "second")
    with Receiver() as receiver, Daemon(tmp_path, first) as daemon:
        daemon.start()
        daemon.until("a first verdict", lambda: daemon.report("first")["status"] == "ok")

        daemon.config["databases"] = [first, second]
        daemon.config["alerts"]["channels"]["ops"] = webhook(receiver.url("/ops"))
        daemon.write()
        daemon.process.send_signal(signal.SIGHUP)
        daemon.until("the second database", lambda: daemon.metric("database_up", database="second") == 1)
        daemon.until_checked("second")
        daemon.until_checked("first")

        daemon.path.write_text("databases:\n  - name: 'no spaces'\n    dns: x\nlisten: nowhere\n")
        daemon.process.send_signal(signal.SIGHUP)
        [refused] = daemon.until("the refusal", lambda: daemon.logged("config.refused"))
        mistakes = refused["mistakes"]
        for place in ("databases[0].name", "databases[0].dns", "databases[0].dsn", "listen"):
            assert any(f": {place}: " in mistake and "[line " in mistake for mistake in mistakes), (place, mistakes)
        daemon.until_checked("first")
        sql(database, milo.DROP)
        daemon.until("a message for each database", lambda: len(receiver.statuses("/ops")) == 2)

        daemon.config["databases"] = [second]
        daemon.write()
        daemon.process.send_signal(signal.SIGHUP)
        daemon.until("the first to be forgotten", lambda: daemon.metric("database_up", database="first") is None)
        assert 'database="first"' not in daemon.text("/metrics")
        assert [report["database"] for report in daemon.api("findings")] == ["second"]
        daemon.until_checked("second")
        assert len(daemon.findings("second")) == 2
        assert receiver.statuses("/ops") == ["firing", "firing"]
        daemon.until("its connection to the second", lambda: rows(database, WATCHERS))
        assert daemon.stop() == 0
        assert rows(database, WATCHERS) == []


def test_a_contract_that_is_broken_at_a_sighup_is_refused_and_watching_goes_on(tmp_path: Path, database: str) -> None:
    milo.make(database)
    contract = tmp_path / "milo.yaml"
    contract.write_text("component: milo\ntables: {public.sealed_epochs: {columns: {token_group: }}}\n")
    with Receiver() as receiver, Daemon(tmp_path, watched(watcher_of(database), tmp_path)) as daemon:
        daemon.config["databases"][0]["contracts"] = [str(contract)]
        daemon.config["alerts"]["channels"]["ops"] = webhook(receiver.url("/ops"))
        daemon.start()
        daemon.until_checked()
        contract.write_text("{{{")
        daemon.process.send_signal(signal.SIGHUP)
        [refused] = daemon.until("the refusal", lambda: daemon.logged("config.refused"))
        assert str(contract) in refused["mistakes"][0]
        sql(database, milo.DROP)
        daemon.until("the message", lambda: receiver.statuses("/ops") == ["firing"])
        assert daemon.stop() == 0
