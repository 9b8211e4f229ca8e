"""kill -9 at the worst moments: what was found is told, once, by whichever process comes next."""

import contextlib
import sqlite3
from pathlib import Path

import pytest

from tests.acceptance import milo
from tests.acceptance.support import Daemon, Receiver, watched, watcher_of, webhook
from tests.servers.query import sql

HISTORY = """
SELECT table_name, min(low), max(high), sum(deleted) FROM history JOIN history_tables ON id = table_id
WHERE resolution = 3600 AND table_name LIKE 'sealed%' GROUP BY table_name ORDER BY table_name
"""
UNREACHABLE = "http://127.0.0.1:1/ops"  # nobody listens on port 1


def history(folder: Path) -> list[tuple[str, int, int, int]]:
    """Of each table its fewest and most rows, and how many were deleted."""
    with contextlib.closing(sqlite3.connect(folder / "state" / "watchdog.sqlite3")) as state:
        return list(state.execute(HISTORY))


@pytest.mark.parametrize("receiver_is", ["refusing connections", "answering 500", "hanging"])
def test_what_was_found_but_not_sent_before_kill_9_is_sent_exactly_once_after_it(
    tmp_path: Path, database: str, receiver_is: str
) -> None:
    milo.make(database)
    with Receiver() as broken, Receiver() as working:
        broken.answer = "hang" if receiver_is == "hanging" else 500
        url = UNREACHABLE if receiver_is == "refusing connections" else broken.url("/ops")
        channels = {"ops": webhook(url)}
        with Daemon(tmp_path, watched(watcher_of(database), tmp_path), channels=channels) as daemon:
            daemon.start()
            daemon.until("a first verdict", lambda: daemon.report()["status"] == "ok")
            sql(database, milo.DROP)
            daemon.until("the findings", lambda: len(daemon.findings()) == 2)
            if receiver_is == "hanging":
                daemon.until("a request to hang", lambda: broken.received)
            else:
                daemon.until("a failed delivery", lambda: daemon.metric("deliveries_total", outcome="failed"))
            # The request may be out a moment before the figure of what waits is told.
            daemon.until("one message to wait", lambda: daemon.metric("outbox_messages", channel="ops") == 1)
            daemon.kill9()

            daemon.config["alerts"]["channels"]["ops"] = webhook(working.url("/ops"))
            daemon.start()
            daemon.until("the message", lambda: working.received)
            daemon.until_checked()
            assert working.statuses("/ops") == ["firing"]
            assert len(working.received["/ops"][0]["findings"]) == 2
            assert daemon.events() == ["firing", "firing"]


def test_a_restart_repeats_nothing_and_drift_that_ended_meanwhile_is_told_as_resolved_once(
    tmp_path: Path, database: str
) -> None:
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
        daemon.until("the firing message", lambda: receiver.received)
        daemon.until("its note on the disk", lambda: daemon.metric("outbox_messages") == 0)
        daemon.kill9()
        daemon.start()
        daemon.until_checked()
        assert receiver.statuses("/ops") == ["firing"]
        fix = "\n".join(finding["remedy"]["sql"] for finding in daemon.findings())
        daemon.kill9()
        sql(database, fix)
        daemon.start()
        daemon.until("the resolved message", lambda: len(receiver.statuses("/ops")) == 2)
        daemon.until_checked()
        assert receiver.statuses("/ops") == ["firing", "resolved"]
        assert daemon.events() == ["firing", "firing", "resolved", "resolved"]


def test_a_message_that_half_an_answer_came_for_is_sent_until_it_is_taken(tmp_path: Path, database: str) -> None:
    milo.make(database)
    with (
        Receiver() as receiver,
        Daemon(
            tmp_path, watched(watcher_of(database), tmp_path), channels={"ops": webhook(receiver.url("/ops"))}
        ) as daemon,
    ):
        receiver.answer = "cut"
        daemon.start()
        daemon.until("a first verdict", lambda: daemon.report()["status"] == "ok")
        sql(database, milo.DROP)
        daemon.until("a failed delivery", lambda: daemon.metric("deliveries_total", outcome="failed"))
        receiver.answer = 429
        tried = len(receiver.statuses("/ops"))
        daemon.until("one more attempt", lambda: len(receiver.statuses("/ops")) > tried)
        receiver.answer = 200
        daemon.until("the delivery", lambda: daemon.metric("deliveries_total", outcome="delivered"))
        taken = len(receiver.statuses("/ops"))
        daemon.until_checked()
        assert len(receiver.statuses("/ops")) == taken
        assert {body["message"] for body in receiver.received["/ops"]} == {receiver.received["/ops"][0]["message"]}


def test_the_rows_and_their_history_go_on_after_kill_9_and_an_open_drop_is_not_told_again(
    tmp_path: Path, database: str
) -> None:
    dsn = milo.made(database)
    with (
        Receiver() as receiver,
        Daemon(tmp_path, watched(dsn, tmp_path), channels={"ops": webhook(receiver.url("/ops"))}) as daemon,
    ):
        daemon.start()
        daemon.until("a first verdict", lambda: daemon.report()["status"] == "ok")
        sql(
            database,
            "DELETE FROM sealed_participants WHERE idx <= 6; DELETE FROM sealed_epochs WHERE epoch <= 3600 * 9",
        )
        [drop] = daemon.until("the drop", daemon.drops)
        daemon.until("its message", lambda: daemon.metric("deliveries_total", outcome="delivered") == 1)
        for _ in range(2):
            # Looks are under way all the time; what one has begun is lost, and what it noted is not.
            daemon.kill9()
            daemon.start()
            daemon.until_checked()
            assert [(each["expected"], each["actual"]) for each in daemon.drops()] == [("1200", "480")]
        assert receiver.statuses("/ops") == ["firing"]
        assert daemon.metric("table_rows", schema="public", table="sealed_epochs") == 111
        assert history(tmp_path) == [("sealed_epochs", 111, 120, 9), ("sealed_participants", 480, 1200, 720)]
        sql(database, milo.REFILL)
        daemon.kill9()
        daemon.start()
        daemon.until("the end to be told", lambda: len(receiver.statuses("/ops")) == 2)
        daemon.until_checked()
        assert receiver.statuses("/ops") == ["firing", "resolved"]
        assert receiver.received["/ops"][1]["findings"][0]["fingerprint"] == drop["fingerprint"]
        assert daemon.drops() == []
