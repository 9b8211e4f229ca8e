"""What holds for every kind of channel: its limits, whatever the words; and that its secrets stay where they are."""

import json
import os
from collections.abc import Callable
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import httpx
import msgspec
import pytest
from pydantic import TypeAdapter

from tests.unit.alerts.samples import HOSTILE, NOON
from tests.unit.notify.messages import ACKNOWLEDGED, FIRING, PARTLY, RESOLVED, Asked, hostile, many, send
from watchdog.alerts.alert import Message
from watchdog.alerts.told import Told
from watchdog.alerts.words import letter, plain
from watchdog.config import channels as sections
from watchdog.config.channels import Alertmanager
from watchdog.errors import DeliveryError
from watchdog.notify.alertmanager_alerts import MOST_ALERTS, MOST_BYTES, Manner, alerts, requests
from watchdog.notify.channel import Channel
from watchdog.notify.channels import CHANNELS, alertmanager
from watchdog.notify.email import Envelope, compose
from watchdog.notify.pagerduty import event
from watchdog.notify.slack_blocks import Root, after, parts, render, state
from watchdog.notify.webhook import encoded

GOLDEN = Path(__file__).parents[2] / "golden"
SECRET = "T0KEN-that-nobody-shall-see"
SECTIONS = {
    "webhook": {"type": "webhook", "url": f"https://hooks.example.com/{SECRET}", "secret": SECRET},
    "slack by webhook": {"type": "slack", "webhook_url": f"https://hooks.example.com/{SECRET}"},
    "slack by bot": {"type": "slack", "token": SECRET, "channel": "#ops"},
    "pagerduty": {"type": "pagerduty", "routing_key": SECRET},
    "email": {
        "type": "email",
        "host": "127.0.0.1",
        "port": 1,
        "from": "watchdog@example.com",
        "to": "ops@example.com",
        "username": "watchdog",
        "password": SECRET,
    },
    "apprise": {"type": "apprise", "url": f"json://127.0.0.1:1/{SECRET}"},
    "alertmanager": {"type": "alertmanager", "urls": [f"http://u:{SECRET}@127.0.0.1:1"], "bearer_token": SECRET},
}
HTTP = ["webhook", "slack by webhook", "slack by bot", "pagerduty"]
ENVELOPE = Envelope(sender="Watchdog <watchdog@example.com>", recipients=("ops@example.com", "Ada <ada@example.com>"))


def section(kind: str) -> sections.Channel:
    adapter: TypeAdapter[sections.Channel] = TypeAdapter(sections.Channel)
    return adapter.validate_python(SECTIONS[kind])


def maker(kind: str) -> Callable[[httpx.AsyncClient], Channel]:
    return lambda client: CHANNELS[section(kind).type]("ops", section(kind), client)


def entry(message: Message) -> list[Told]:
    return [
        Told(finding=finding, database=message.database, since=NOON, told_at=NOON, thread=message.thread)
        for finding in message.findings
    ]


def test_every_kind_that_can_be_configured_is_here_and_can_be_made() -> None:
    known = {section(kind).type for kind in SECTIONS}
    assert known == {*CHANNELS, "alertmanager"}


@pytest.mark.parametrize("kind", SECTIONS)
def test_every_channel_keeps_its_name_and_hides_its_secrets(kind: str) -> None:
    async def nothing(_: str) -> tuple[Told, ...]:
        return ()

    chosen, client = section(kind), httpx.AsyncClient()
    if isinstance(chosen, Alertmanager):
        made: object = alertmanager(
            "ops", chosen, client, told=nothing, link="", clock=lambda: NOON, on_outcome=lambda *_: None
        )
    else:
        made = CHANNELS[chosen.type]("ops", chosen, client)
    assert made.name == "ops"  # type: ignore[attr-defined]
    assert SECRET not in repr(made) + str(made) + repr(chosen) + chosen.model_dump_json()


@pytest.mark.parametrize("kind", HTTP)
@pytest.mark.parametrize("message", [hostile(), FIRING, ACKNOWLEDGED, PARTLY, RESOLVED], ids=lambda each: each.status)
def test_every_channel_posts_json_whatever_the_words(kind: str, message: Message) -> None:
    asked, _ = send(maker(kind), message)
    assert [isinstance(each.json, dict) for each in asked] == [True]


@pytest.mark.parametrize("kind", HTTP)
def test_every_channel_says_that_a_message_was_not_taken(kind: str) -> None:
    for status in (302, 404, 429, 500):
        with pytest.raises(DeliveryError, match=f"^HTTP status {status}\\b") as caught:
            send(maker(kind), FIRING, answer=lambda _, status=status: httpx.Response(status, text=SECRET))  # type: ignore[misc]
        assert not caught.value.is_final


@pytest.mark.parametrize("kind", [*HTTP, "email", "apprise"])
def test_no_failure_says_a_secret(kind: str) -> None:
    def broken(asked: Asked) -> httpx.Response:
        raise httpx.ConnectError(f"{asked.url} {SECRET}")

    with pytest.raises(DeliveryError) as caught:
        send(maker(kind), FIRING, answer=broken)
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


# What a channel sends, and how much of it its receiver takes: bytes, or characters for text.
def _webhook(message: Message) -> tuple[int, int]:
    body = encoded(message)
    read = msgspec.json.decode(body, type=Message)
    assert len(read.findings) + read.more == len(message.findings)
    return len(body), 1_000_000


def _slack(message: Message) -> tuple[int, int]:
    shown = render(message)
    within_slack(shown)
    root = Root(channel="C1", ts="1.2", parts=parts(message))
    for later in (message, PARTLY, ACKNOWLEDGED, RESOLVED):
        within_slack(state(after(root, later), later))
    return len(msgspec.json.encode(shown)), 12_000


def within_slack(payload: dict[str, object]) -> None:
    blocks = msgspec.convert(payload["blocks"], list[dict[str, dict[str, str | bool] | str]])
    assert 0 < len(blocks) <= 50
    texts = [str(msgspec.convert(block["text"], dict[str, object])["text"]) for block in blocks]
    assert all(0 < len(text) <= 3_000 for text in texts)
    assert len(msgspec.json.encode(payload)) <= 12_000


def _pagerduty(message: Message) -> tuple[int, int]:
    made = event(message)
    payload = msgspec.convert(made.get("payload", {"summary": ""}), dict[str, object])
    assert len(str(payload["summary"])) <= 1_024
    return len(msgspec.json.encode(made)), 400_000


def _email(message: Message) -> tuple[int, int]:
    written = compose(message, ENVELOPE, None)
    assert len(str(written["Subject"])) <= 120
    assert all(len(line) <= 998 for line in written.as_bytes().split(b"\r\n"))
    return len(written.as_bytes()), 1_000_000


def _text(message: Message) -> tuple[int, int]:
    for characters in (1, 50, 160, 1_000, 2_000, 4_096):
        assert 0 < len(plain(letter(message, characters))) <= characters
    return len(plain(letter(message, 30_000))), 30_000


def _alertmanager(message: Message) -> tuple[int, int]:
    sent = list(alerts(entry(message), NOON, Manner(labels={"env": "prod"})))
    bodies = list(requests(sent))
    assert sum(number for _, number in bodies) == len(sent) == len(message.findings)
    assert all(number <= MOST_ALERTS for _, number in bodies)
    return max(len(body) for body, _ in bodies), MOST_BYTES + 2


LIMITS = [_webhook, _slack, _pagerduty, _email, _text, _alertmanager]


@pytest.mark.parametrize("sized", LIMITS, ids=lambda each: each.__name__.strip("_"))
@pytest.mark.parametrize("status", ["firing", "resolved", "acknowledged"])
@pytest.mark.parametrize(
    "text",
    ["short", "long " * 600, HOSTILE * 20, "&" * 3_000, "<" * 3_000, "🦊" * 3_000, '"' * 3_000, "\x01" * 900, ""],
)
def test_500_findings_of_any_length_stay_within_the_receivers_limits(
    sized: Callable[[Message], tuple[int, int]], status: str, text: str
) -> None:
    size, limit = sized(many(text, status=status))
    assert 0 < size <= limit


def golden(name: str, made: str) -> None:
    """UPDATE_GOLDEN=1 writes them anew: read the difference."""
    path = GOLDEN / name
    if "UPDATE_GOLDEN" in os.environ:
        path.write_text(made, encoding="utf-8")
    assert made == path.read_text(encoding="utf-8")


def indented(value: object) -> str:
    return json.dumps(json.loads(msgspec.json.encode(value)), indent=2, ensure_ascii=False) + "\n"


PAYLOADS: dict[str, Callable[[], object]] = {
    "webhook-firing.json": lambda: FIRING,
    "slack-firing.json": lambda: render(FIRING),
    "slack-resolved.json": lambda: render(RESOLVED),
    "slack-state.json": lambda: state(after(Root(channel="C1", ts="1.2", parts=parts(FIRING)), PARTLY), PARTLY),
    "pagerduty-trigger.json": lambda: event(FIRING),
    "pagerduty-partly.json": lambda: event(PARTLY),
    "pagerduty-acknowledge.json": lambda: event(ACKNOWLEDGED),
    "pagerduty-resolve.json": lambda: event(RESOLVED),
    "alertmanager.json": lambda: list(alerts(entry(FIRING), NOON, Manner(link=FIRING.link, labels={"env": "prod"}))),
}


@pytest.mark.parametrize("name", PAYLOADS)
def test_what_is_sent_is_the_golden_payload(name: str) -> None:
    golden(name, indented(PAYLOADS[name]()))


@pytest.mark.parametrize("part", ["plain", "html"])
def test_what_is_written_is_the_golden_letter(part: str) -> None:
    read = message_from_bytes(compose(FIRING, ENVELOPE, None).as_bytes(), policy=default)
    body = read.get_body((part,))
    assert body is not None
    headers = "".join(f"{name}: {read[name]}\n" for name in ("Subject", "From", "To", "Date", "Message-ID"))
    golden(f"email-firing.{part}.txt", headers + "\n" + body.get_content().replace("\r\n", "\n"))


def test_a_message_that_tells_of_nothing_found_can_be_sent_by_every_channel() -> None:
    """Such as that all is well."""
    words = Message(status="resolved", database="production", message="all is well", findings=(), sent_at=NOON)
    for kind in HTTP:
        send(maker(kind), words)
    assert "all is well" in plain(letter(words, 1_000))
    assert "all is well" in json.dumps(render(words))
    assert "all is well" in str(compose(words, ENVELOPE, None)["Subject"])
