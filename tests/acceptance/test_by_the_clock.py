"""What is sent by the clock, by the real process: a sign of life while it works, and an all-clear once."""

import contextlib
import signal
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.acceptance import milo
from tests.acceptance.support import Daemon, Json, Receiver, watched, watcher_of, webhook
from tests.servers.query import sql
from tests.servers.servers import Server

MakeServer = Callable[[Mapping[str, str]], Server]
PATH = "/ping/T0KEN"
LONG = 120.0  # seconds: a state that is locked is waited for, by each who wants to write, one after the other
NOTE = "letter all_clear"


def state_of(folder: Path) -> sqlite3.Connection:
    return sqlite3.connect(folder / "state" / "watchdog.sqlite3", isolation_level=None)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Nobody else can write to the state inside the block."""
    with contextlib.closing(state_of(folder)) as state:
        state.execute("BEGIN IMMEDIATE")
        yield
        state.execute("ROLLBACK")


def test_a_heartbeat_comes_while_the_watchdog_works_and_not_while_it_can_tell_nobody(
    tmp_path: Path, private_server: MakeServer
) -> None:
    server = private_server({})
    milo.make(server.dsn())
    slowly = watched(watcher_of(server.dsn()), tmp_path, every={"probe": "1s", "schema": "1s", "rows": "1s"})
    with Receiver() as receiver, Daemon(tmp_path, slowly) as daemon:
        daemon.config["alerts"]["heartbeat"] = {"url": receiver.url(PATH), "every": "500ms"}

        def beats(more: int, outcome: str = "sent") -> None:
            goal = (daemon.metric("heartbeats_total", outcome=outcome) or 0) + more
            daemon.until(
                f"{more} more heartbeats that are {outcome}",
                lambda: (daemon.metric("heartbeats_total", outcome=outcome) or 0) >= goal,
                LONG,
            )

        daemon.start()
        beats(2)
        daemon.until("a first verdict", lambda: daemon.report()["status"] == "ok")

        server.stop()
        daemon.until("the database to be down", lambda: daemon.metric("database_up") == 0)
        beats(3)

        with locked(tmp_path):
            beats(1, "withheld")
            # The state is kept in memory by then, and what is found is told.
            beats(2)
            assert daemon.metric("state_up") == 0
        assert "cannot be written" in daemon.logged("heartbeat.withheld")[0]["reason"]

        receiver.answer = 500
        beats(2, "failed")
        receiver.answer = 200
        beats(2)
        assert daemon.logged("heartbeat.failed")[0]["reason"] == "HTTP status 500"
        assert daemon.metric("heartbeat_last_success_timestamp_seconds")
        assert receiver.received[PATH][0] == {}
        assert "T0KEN" not in daemon.log() + daemon.text("/metrics")

        # It goes on with a new configuration, and ends with one that does not ask for it.
        daemon.config["alerts"]["heartbeat"] = None
        daemon.write()
        daemon.process.send_signal(signal.SIGHUP)
        daemon.until("its series to end", lambda: daemon.metrics("heartbeats_total") == {})


def all_clears(receiver: Receiver) -> list[Json]:
    return [body for body in receiver.received.get("/ops", []) if body["occasion"] == "all_clear"]


def test_an_all_clear_is_sent_once_through_kill_9_and_restarts_and_not_while_anything_is_open(
    tmp_path: Path, database: str
) -> None:
    milo.make(database)
    # A time that was missed a while ago.
    missed = datetime.now(UTC) - timedelta(minutes=5)

    def note(folder: Path) -> str | None:
        with contextlib.closing(state_of(folder)) as state:
            return next(
                (str(value) for (value,) in state.execute("SELECT value FROM notes WHERE name = ?", [NOTE])), None
            )

    def as_of_yesterday(folder: Path) -> None:
        """As if the last all-clear had been sent the day before."""
        with contextlib.closing(state_of(folder)) as state:
            value = (missed - timedelta(days=1)).isoformat()
            state.execute("UPDATE notes SET value = ? WHERE name = ?", [value, NOTE])

    with (
        Receiver() as receiver,
        Daemon(
            tmp_path, watched(watcher_of(database), tmp_path), channels={"ops": webhook(receiver.url("/ops"))}
        ) as daemon,
    ):
        daemon.config["alerts"]["all_clear"] = {"schedule": f"{missed:%M} {missed:%H} * * *"}
        daemon.start()
        daemon.until("the first start to be noted", lambda: note(tmp_path))
        daemon.until_checked()
        assert all_clears(receiver) == []
        daemon.kill9()

        as_of_yesterday(tmp_path)
        receiver.answer = 500
        daemon.start()
        daemon.until("the all-clear to be refused", lambda: all_clears(receiver))
        daemon.until("it to wait", lambda: daemon.metric("outbox_messages", channel="ops") == 1)
        assert daemon.metric("outbox_oldest_timestamp_seconds", channel="ops")
        daemon.kill9()
        receiver.received.clear()
        receiver.answer = 200
        daemon.start()
        daemon.until("the all-clear", lambda: daemon.metric("deliveries_total", outcome="delivered") == 1)
        daemon.until("its note on the disk", lambda: daemon.metric("outbox_messages", channel="ops") == 0)
        assert daemon.metric("notifications_last_success_timestamp_seconds", channel="ops")
        daemon.kill9()
        daemon.start()
        daemon.until_checked()
        [message] = all_clears(receiver)
        assert (message["status"], message["findings"]) == ("resolved", [])
        assert message["message"].startswith("production: all clear: nothing is open,")
        assert any(note.startswith("last conclusive looks: probe ") for note in message["notes"])

        sql(database, milo.DROP)
        daemon.until("the findings to be told", lambda: receiver.statuses("/ops").count("firing") == 1)
        assert daemon.metrics("alerts", severity="critical", state="told")["production",] == 2
        daemon.kill9()
        as_of_yesterday(tmp_path)
        daemon.start()
        daemon.until("another letter", lambda: len(all_clears(receiver)) == 2)
        message = all_clears(receiver)[1]
        assert (message["status"], len(message["findings"])) == ("firing", 2)
        assert message["message"].startswith("production: no all-clear: 2 critical open")
