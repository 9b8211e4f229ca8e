"""Test messages to real receivers on the loopback."""

import asyncio
from collections.abc import Sequence
from typing import cast

import pytest

from tests.acceptance.support import Json, Receiver
from watchdog.config.load import parse
from watchdog.config.settings import Config
from watchdog.wiring.trial import Trial, try_channels

SECRET = "hunter2"


def configured(*channels: str) -> Config:
    lines = "".join(f"    {each}\n" for each in channels)
    text = f"databases: [{{name: a, dsn: postgresql://h, baseline: b}}]\nalerts:\n  channels:\n{lines}"
    return parse(text, "f.yaml", {})


def tried(config: Config) -> Sequence[Trial]:
    return asyncio.run(try_channels(config, dict.fromkeys(config.alerts.channels, ("dba",)), "ada"))


def test_a_test_is_clearly_one_for_whoever_reads_it_and_whatever() -> None:
    with Receiver() as receiver:
        address = receiver.url("/ops/" + SECRET)
        [trial] = tried(configured(f'ops: {{type: webhook, url: "{address}"}}'))
        assert (trial.is_taken, trial.routes) == (True, ("dba",))
        [[body]] = receiver.received.values()
    assert (body["status"], body["occasion"], body["database"]) == ("firing", "test", "schema-watchdog")
    [finding] = body["findings"]
    assert finding["severity"] == "info"
    assert finding["message"] == (
        "this is only a test of channel ops, sent by ada: nothing is wrong, and there is nothing to do"
    )
    assert "test" in body["message"]
    assert body["notes"] == ["routes that lead here: dba"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [(404, "HTTP status 404"), ("hang", "no answer within 0.2 s"), ("cut", "RemoteProtocolError at {place}")],
)
def test_a_channel_that_does_not_take_it_says_why_and_no_secret(answer: int | str, error: str) -> None:
    with Receiver() as receiver:
        receiver.answer = answer
        address = receiver.url("/ops/" + SECRET)
        [trial] = tried(configured(f'ops: {{type: webhook, url: "{address}", timeout: 200ms}}'))
    place = address.split("/")[2]
    assert (trial.is_taken, trial.error) == (False, error.format(place=place))
    assert SECRET not in repr(trial)


def test_one_that_fails_holds_up_no_other() -> None:
    with Receiver() as receiver:
        lost, taken = tried(
            configured(
                'lost: {type: webhook, url: "http://127.0.0.1:1/x"}',
                f'ops: {{type: webhook, url: "{receiver.url("/ops")}"}}',
            )
        )
    assert (lost.error, taken.error) == ("cannot connect to 127.0.0.1:1: Connection refused", "")


def test_alertmanager_is_shown_an_alert_that_ends_by_itself_and_each_replica_is_tested() -> None:
    with Receiver() as receiver:
        urls = f'["{receiver.url("")}", "http://127.0.0.1:1"]'
        [trial] = tried(configured(f"am: {{type: alertmanager, urls: {urls}}}"))
        [[alerts]] = receiver.received.values()
    [alert] = cast("list[Json]", alerts)
    assert trial.error == "replica 2: cannot connect to 127.0.0.1:1: Connection refused"
    assert "this is only a test" in alert["annotations"]["summary"]
    assert alert["labels"]["alertname"] == "SchemaWatchdogTest"
    assert "description" not in alert["annotations"]
    assert alert["startsAt"] < alert["endsAt"]
