"""A watched table under ACCESS EXCLUSIVE: a look ends in time, says what it could not see, concludes nothing of it."""

import asyncio
import contextlib
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import asyncpg

from tests.acceptance import milo
from tests.acceptance.support import Daemon, Receiver, watchdog, watched, watcher_of, webhook
from tests.servers.query import sql


@contextlib.contextmanager
def locked(dsn: str, table: str) -> Iterator[None]:
    """Another session holds the table's strongest lock inside the block."""
    held, over = threading.Event(), threading.Event()

    async def hold() -> None:
        connection = await asyncpg.connect(dsn)
        try:
            async with connection.transaction():
                await connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
                held.set()
                await asyncio.to_thread(over.wait)
        finally:
            await connection.close()

    thread = threading.Thread(target=lambda: asyncio.run(hold()))
    thread.start()
    assert held.wait(30)
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_a_locked_table_is_named_and_not_reported_as_dropped(tmp_path: Path, database: str) -> None:
    milo.make(database)
    sql(database, "CREATE VIEW newest AS SELECT max(epoch) FROM sealed_epochs")
    with (
        Receiver() as receiver,
        Daemon(
            tmp_path, watched(watcher_of(database), tmp_path), channels={"ops": webhook(receiver.url("/ops"))}
        ) as daemon,
    ):
        daemon.start()
        daemon.until("a first verdict", lambda: daemon.report()["status"] == "ok")
        with locked(database, "sealed_epochs"):
            daemon.until("the lock to be noticed", lambda: daemon.report()["coverage"]["stale"])
            report = daemon.report()
            stale = [tuple(subject["identity"]) for subject in report["coverage"]["stale"]]
            assert {identity[1] for identity in stale} == {"sealed_epochs", "newest"}
            assert (report["status"], report["findings"]) == ("unverified", [])
            assert "locked" in report["reason"]
            assert daemon.metric("coverage_objects", state="stale") == len(stale)
            # What can be seen goes on being watched meanwhile.
            sql(database, "ALTER TABLE sealed_participants DROP COLUMN token_group")
            found = daemon.until("drift elsewhere", daemon.findings)
            assert [finding["identity"] for finding in found] == [["public", "sealed_participants", "token_group"]]
        daemon.until("the lock's end to be noticed", lambda: not daemon.report()["coverage"]["stale"])
        daemon.until_checked()
        assert len(daemon.findings()) == 1
        daemon.until("the message", lambda: receiver.received)
        assert [len(body["findings"]) for body in receiver.received["/ops"]] == [1]


def test_an_open_alert_about_a_locked_table_is_not_resolved(tmp_path: Path, database: str) -> None:
    milo.make(database)
    with (
        Receiver() as receiver,
        Daemon(
            tmp_path, watched(watcher_of(database), tmp_path), channels={"ops": webhook(receiver.url("/ops"))}
        ) as daemon,
    ):
        daemon.start()
        daemon.until("a first verdict", lambda: daemon.report()["status"] == "ok")
        sql(database, milo.DROP)
        daemon.until("the message", lambda: receiver.received)
        with locked(database, "sealed_epochs"):
            daemon.until("the lock to be noticed", lambda: daemon.report()["coverage"]["stale"])
            daemon.until_checked(times=2)
            assert daemon.metric("findings", kind="column", severity="critical") == 2
        daemon.until_checked()
        assert receiver.statuses("/ops") == ["firing"]
        assert daemon.events() == ["firing", "firing"]


def test_check_exits_3_for_a_locked_table_and_1_when_there_are_findings_too(
    tmp_path: Path, private_database: str
) -> None:
    milo.make(private_database)
    baseline = tmp_path / "baseline.json"
    dsn = watcher_of(private_database)
    assert watchdog("baseline", "capture", "--dsn", dsn, "--output", str(baseline)).returncode == 0
    look = ("check", "--dsn", dsn, "--baseline", str(baseline), "--format", "json")
    with locked(private_database, "sealed_epochs"):
        done = watchdog(*look)
        report = json.loads(done.stdout)
        assert (done.returncode, report["status"], report["findings"]) == (3, "unverified", [])
        assert ["public", "sealed_epochs", "token_group"] in [
            subject["identity"] for subject in report["coverage"]["stale"]
        ]
        again = watchdog("baseline", "capture", "--dsn", dsn, "--output", str(tmp_path / "holes.json"))
        assert (again.returncode, (tmp_path / "holes.json").exists()) == (3, False)
        assert "locked" in again.stderr
        sql(private_database, "ALTER TABLE sealed_participants DROP COLUMN token_group")
        done = watchdog(*look)
        assert (done.returncode, json.loads(done.stdout)["status"]) == (1, "drift")


def test_a_plan_that_could_not_see_everything_is_none(tmp_path: Path, private_database: str) -> None:
    milo.make(private_database)
    target = ("--dsn", watcher_of(private_database), "--baseline", str(tmp_path / "baseline.json"))
    assert watchdog("baseline", "capture", *target).returncode == 0
    sql(private_database, milo.DROP)
    assert watchdog("plan", *target).returncode == 0
    with locked(private_database, "user_mapping"):
        done = watchdog("plan", *target)
    assert (done.returncode, "could not be read" in done.stdout) == (3, True), done
