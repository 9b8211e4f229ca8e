"""A real Alertmanager, shown what stands by a real daemon, which notifies a receiver of its own."""

import contextlib
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.acceptance import milo
from tests.acceptance.alertmanager import Alertmanager
from tests.acceptance.support import Daemon, Receiver, poll, watched, watcher_of
from tests.conftest import required
from tests.servers.query import sql
from watchdog.notify.alertmanager_alerts import ALIVE

Json = dict[str, Any]
RESEND_SECONDS = 3


def notifying(receiver: Receiver, path: str) -> str:
    """A configuration that tells a receiver of all but the watchdog's own sign of life."""
    config = {
        # Shorter than anything here lasts: what we send does not lean on it.
        "global": {"resolve_timeout": "1s"},
        "route": {
            "receiver": "hook",
            "group_by": ["alertname", "database"],
            "group_wait": "1s",
            "group_interval": "1s",
            "repeat_interval": "1h",
            "routes": [{"receiver": "nobody", "matchers": [f"alertname={ALIVE}"]}],
        },
        "receivers": [
            {"name": "nobody"},
            {"name": "hook", "webhook_configs": [{"url": receiver.url(path), "send_resolved": True}]},
        ],
    }
    return yaml.safe_dump(config)


def beats(alertmanager: Alertmanager, number: int) -> None:
    """Wait until our sign of life has come so many times more."""
    for _ in range(number):
        before = [alert["updatedAt"] for alert in alertmanager.alerts(ALIVE)]
        poll("a beat", lambda before=before: [a["updatedAt"] for a in alertmanager.alerts(ALIVE)] != before)  # type: ignore[misc]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def replicas(tmp_path: Path, receiver: Receiver) -> Iterator[list[Alertmanager]]:
    """Two that know nothing of each other, so that each shows what it was told itself."""
    with contextlib.ExitStack() as stack:
        made = [Alertmanager(tmp_path / name, notifying(receiver, f"/{name}")) for name in ("a", "b")]
        yield [stack.enter_context(each) for each in made]


def mirroring(tmp_path: Path, database: str, *urls: str) -> Daemon:
    channel = {"type": "alertmanager", "urls": list(urls), "resend": f"{RESEND_SECONDS}s", "labels": {"env": "test"}}
    return Daemon(tmp_path, watched(watcher_of(database), tmp_path), channels={"am": channel})


def told(receiver: Receiver, path: str, status: str) -> list[str]:
    """The names of the objects that Alertmanager told of with a status, once for each time."""
    messages: list[Json] = receiver.received.get(path, [])
    return sorted(
        alert["labels"]["name"] for message in messages for alert in message["alerts"] if alert["status"] == status
    )


def test_alerts_fire_once_and_resolve_once_whoever_is_killed_or_restarted_meanwhile(
    tmp_path: Path, database: str, receiver: Receiver, replicas: list[Alertmanager]
) -> None:
    milo.make(database)
    first = replicas[0]
    with mirroring(tmp_path, database, *(each.url for each in replicas)) as daemon:
        daemon.start()
        daemon.until("a first verdict", lambda: daemon.report()["status"] == "ok")
        sql(database, milo.DROP)
        names = sorted(".".join(finding["identity"]) for finding in daemon.until("the findings", daemon.findings))
        daemon.until("both replicas to tell", lambda: all(told(receiver, f"/{x}", "firing") == names for x in "ab"))
        # One notification of both: they are of one group.
        assert [len(receiver.received[f"/{x}"]) for x in "ab"] == [1, 1]
        [alert, _] = receiver.received["/a"][0]["alerts"]
        assert (alert["labels"]["severity"], alert["labels"]["env"]) == ("critical", "test")
        assert "ALTER TABLE" in alert["annotations"]["remedy"]

        # It goes on firing for longer than Alertmanager would by itself.
        beats(first, 3)
        assert len(first.alerts("SchemaDrift")) == 2

        daemon.kill9()
        daemon.start()
        beats(first, 2)
        assert len(first.alerts("SchemaDrift")) == 2

        first.stop()
        first.start()
        daemon.until("all to be there again", lambda: len(first.alerts()) == 3)
        beats(first, 2)
        for path in ("/a", "/b"):
            assert (told(receiver, path, "firing"), told(receiver, path, "resolved")) == (names, [])

        sql(database, "\n".join(finding["remedy"]["sql"] for finding in daemon.findings()))
        daemon.until("the end", lambda: all(told(receiver, f"/{x}", "resolved") == names for x in "ab"))
        beats(first, 3)
        for path in ("/a", "/b"):
            assert (told(receiver, path, "firing"), told(receiver, path, "resolved")) == (names, names)
        assert [each["labels"]["alertname"] for each in first.alerts()] == [ALIVE]


def test_a_finding_that_becomes_worse_is_one_alert_after_another_and_never_two(
    tmp_path: Path, database: str, receiver: Receiver, replicas: list[Alertmanager]
) -> None:
    milo.make(database)
    first = replicas[0]

    def severities() -> list[str]:
        return [alert["labels"]["severity"] for alert in first.alerts("SchemaDrift")]

    with mirroring(tmp_path, database, first.url) as daemon:
        daemon.config["databases"][0]["severity"] = [{"kind": "column", "severity": "warning"}]
        daemon.start()
        daemon.until("a first verdict", lambda: daemon.report()["status"] == "ok")
        sql(database, milo.DROP)
        daemon.until("two warnings to be told", lambda: len(told(receiver, "/a", "firing")) == 2)
        assert severities() == ["warning", "warning"]
        daemon.config["databases"][0]["severity"] = []
        daemon.write()
        daemon.process.send_signal(signal.SIGHUP)
        daemon.until("both to be critical", lambda: "critical" in severities())
        assert severities() == ["critical", "critical"]
        daemon.until("the end of the warnings to be told", lambda: len(told(receiver, "/a", "resolved")) == 2)
        beats(first, 2)
        assert severities() == ["critical", "critical"]


def test_a_replica_that_hangs_and_one_that_is_dead_delay_no_other(
    tmp_path: Path, database: str, receiver: Receiver, replicas: list[Alertmanager]
) -> None:
    milo.make(database)
    live, dead = replicas
    dead.stop(signal.SIGKILL)
    with Receiver() as hanging:
        hanging.answer = "hang"
        with mirroring(tmp_path, database, hanging.url(""), dead.url, live.url) as daemon:
            daemon.start()
            daemon.until("a first verdict", lambda: daemon.report()["status"] == "ok")
            daemon.until("one to hang", lambda: hanging.received)
            sql(database, milo.DROP)
            daemon.until("the live one to tell", lambda: len(told(receiver, "/a", "firing")) == 2)
            daemon.until("a failure to be counted", lambda: daemon.metric("deliveries_total", outcome="failed"))
            dead.start()
            daemon.until("the dead one to be told all", lambda: len(told(receiver, "/b", "firing")) == 2)
            assert {line["replica"] for line in daemon.logged("mirror.failed")} >= {2}


def test_when_the_watchdog_dies_its_sign_of_life_ends(
    tmp_path: Path, database: str, replicas: list[Alertmanager]
) -> None:
    milo.make(database)
    with mirroring(tmp_path, database, replicas[0].url) as daemon:
        daemon.start()
        daemon.until("the sign of life", lambda: replicas[0].alerts(ALIVE))
        amtool = required("amtool", "apt-get install prometheus-alertmanager")
        listed = subprocess.run(
            [amtool, f"--alertmanager.url={replicas[0].url}", "alert", "query", f"alertname={ALIVE}"],
            check=True,
            capture_output=True,
            text=True,
        )
        assert ALIVE in listed.stdout
        daemon.kill9()
        poll("it to end", lambda: not replicas[0].alerts(ALIVE), seconds=60)
