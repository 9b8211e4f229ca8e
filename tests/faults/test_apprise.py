"""Apprise itself, sending to a receiver that is slow, broken or not there; and where Apprise is not installed."""

import asyncio
import logging
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.acceptance.support import ROOT, Daemon, Receiver, environment
from tests.unit.notify.messages import FIRING, RESOLVED, many
from watchdog.errors import ConfigError, DeliveryError
from watchdog.notify.apprise import AppriseChannel, open_apprise

SECRET = "t0ken-of-apprise"


def url(receiver: Receiver, more: str = "") -> str:
    return receiver.url(f"/{SECRET}").replace("http://", "json://") + more


def test_a_message_reaches_the_service_as_plain_text() -> None:
    with Receiver() as receiver:
        channel = open_apprise("phone", url(receiver))
        for message in (FIRING, RESOLVED):
            assert asyncio.run(channel.send(message, None)) is None
        first, second = receiver.received[f"/{SECRET}"]
    assert first["title"].startswith("production: 2 critical, 1 warning")
    assert "ALTER TABLE public.sealed_epochs" in first["message"]
    assert (first["type"], second["type"]) == ("warning", "success")


def test_a_text_is_as_long_as_the_service_says_that_it_takes() -> None:
    channel = open_apprise("phone", "ntfy://localhost/topic")
    assert 0 < channel._characters < 8_000
    assert open_apprise("phone", "json://localhost")._characters == 30_000
    with Receiver() as receiver:
        asyncio.run(open_apprise("phone", url(receiver)).send(many("long " * 600), None))
        [sent] = receiver.received[f"/{SECRET}"]
    assert len(sent["message"]) <= 30_000


@pytest.mark.parametrize("answer", [500, 404, "cut"])
def test_what_the_service_does_not_take_is_not_taken_and_no_log_holds_its_address(
    answer: int | str, caplog: pytest.LogCaptureFixture
) -> None:
    with Receiver() as receiver, caplog.at_level(logging.DEBUG):
        receiver.answer = answer
        with pytest.raises(DeliveryError) as caught:
            asyncio.run(open_apprise("phone", url(receiver)).send(FIRING, None))
    assert SECRET not in caplog.text + str(caught.value)


def test_a_mistake_in_apprise_is_a_failure_that_says_no_secret() -> None:
    class Broken(list[object]):
        def notify(self, **_: str) -> object:
            raise ValueError(SECRET)

    with pytest.raises(DeliveryError) as caught:
        asyncio.run(AppriseChannel("phone", Broken()).send(FIRING, None))
    assert SECRET not in str(caught.value)


def test_a_call_that_takes_longer_than_it_was_given_is_heard_out_and_not_made_twice() -> None:
    class Slow(list[object]):
        def __init__(self) -> None:
            super().__init__()
            self.goes_on = threading.Event()
            self.titles: list[str] = []

        def notify(self, *, title: str, **_: str) -> object:
            self.titles.append(title)
            self.goes_on.wait(20)
            return True

    async def main() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await channel.send(FIRING, None)
        slow.goes_on.set()
        await channel.send(FIRING, None)
        await channel.send(RESOLVED, None)

    slow = Slow()
    channel = AppriseChannel("phone", slow)
    asyncio.run(main())
    assert [title.split(":")[1] for title in slow.titles] == [" 2 critical, 1 warning", " resolved"]


@pytest.mark.parametrize("wrong", ["pigeon://{}", "json://", "https://", "slack://{}", "not a url {}"])
def test_a_url_that_apprise_does_not_know_is_a_mistake_of_the_configuration(wrong: str) -> None:
    with pytest.raises(ConfigError, match=r"alerts\.channels\.phone\.url: Apprise knows no such service") as caught:
        open_apprise("phone", wrong.format(SECRET))
    assert SECRET not in str(caught.value)


def test_where_apprise_is_not_installed_it_is_said_how_to_get_it_and_nobody_else_needs_it(tmp_path: Path) -> None:
    (tmp_path / "apprise.py").write_text("raise ImportError('not installed')\n")
    more = {"PYTHONPATH": f"{tmp_path}:{ROOT}"}
    code = "from watchdog.notify.channels import CHANNELS; import watchdog.daemon; print(*CHANNELS)"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(more), check=True, capture_output=True, text=True
    )
    assert "apprise" in done.stdout
    code = f"from watchdog.notify.apprise import open_apprise; open_apprise('phone', 'json://h/{SECRET}')"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(more), check=False, capture_output=True, text=True
    )
    assert "alerts.channels.phone.url: Apprise is not installed; get it with: pip install" in done.stderr


def test_the_daemon_refuses_a_url_that_apprise_does_not_know_and_says_none_of_it(tmp_path: Path) -> None:
    database = {"name": "production", "dsn": "postgresql://127.0.0.1:1/x", "baseline": str(tmp_path / "b.json")}
    channels = {"phone": {"type": "apprise", "url": f"pigeon://{SECRET}"}}
    with Daemon(tmp_path, database, channels=channels) as daemon:
        assert daemon.launch().process.wait(30) == 2
        said = daemon.log() + daemon.stdout.read_text()
        assert "alerts.channels.phone.url: Apprise knows no such service" in said
        assert SECRET not in said
