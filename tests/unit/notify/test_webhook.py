import hashlib
import hmac
import re
from collections.abc import Callable
from pathlib import Path

import httpx
import msgspec
import pytest

from tests.unit.notify.messages import FIRING, PARTLY, Asked, many, send
from watchdog.alerts.alert import Message
from watchdog.errors import DeliveryError
from watchdog.notify.webhook import WebhookChannel

SECRET = "a-shared-secret-of-length"
DOCS = Path(__file__).parents[3] / "docs" / "channels.md"


def signing(client: httpx.AsyncClient) -> WebhookChannel:
    return WebhookChannel("ops", "https://hooks.example.com/x", client, SECRET)


def bare(client: httpx.AsyncClient) -> WebhookChannel:
    return WebhookChannel("ops", "https://hooks.example.com/x", client)


def test_the_body_is_the_message_as_it_stands() -> None:
    asked, _ = send(signing, FIRING)
    assert msgspec.json.decode(asked[0].body, type=Message) == FIRING


def test_a_message_has_its_name_in_a_header_too_with_or_without_a_signature() -> None:
    for make, is_signed in ((signing, True), (bare, False)):
        [asked], _ = send(make, FIRING)
        assert asked.headers["x-schema-watchdog-id"] == FIRING.id == asked.json["id"]
        assert ("x-schema-watchdog-signature" in asked.headers) is is_signed


def test_the_signature_is_that_of_the_time_and_the_body() -> None:
    [asked], _ = send(signing, FIRING)
    timestamp = asked.headers["x-schema-watchdog-timestamp"]
    assert int(timestamp) == int(FIRING.sent_at.timestamp())
    expected = hmac.new(SECRET.encode(), timestamp.encode() + b"." + asked.body, hashlib.sha256).hexdigest()
    assert asked.headers["x-schema-watchdog-signature"] == f"v1={expected}"


def documented() -> Callable[[bytes, dict[str, str], bytes, float], bool]:
    """What docs/channels.md tells receivers to do."""
    [code] = re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, object] = {}
    exec(code, names)  # noqa: S102 it is ours
    verify = names["is_from_the_watchdog"]
    assert callable(verify)
    return verify


def headers(asked: Asked) -> dict[str, str]:
    names = ("X-Schema-Watchdog-Timestamp", "X-Schema-Watchdog-Signature")
    return {name: asked.headers[name.lower()] for name in names}


def test_the_documented_check_takes_ours_and_nothing_else() -> None:
    verify = documented()
    [asked, other], _ = send(signing, FIRING, PARTLY)
    now = FIRING.sent_at.timestamp()
    sent = headers(asked)
    assert verify(SECRET.encode(), sent, asked.body, now)
    assert verify(SECRET.encode(), sent, asked.body, now + 299)
    assert not verify(SECRET.encode(), sent, asked.body, now + 301)
    assert not verify(SECRET.encode(), sent, asked.body, now - 301)
    assert not verify(b"another secret", sent, asked.body, now)
    assert not verify(SECRET.encode(), sent, asked.body + b" ", now)
    assert not verify(SECRET.encode(), sent, other.body, now)
    later = str(int(now) + 60)
    assert not verify(SECRET.encode(), {**sent, "X-Schema-Watchdog-Timestamp": later}, asked.body, now)
    assert not verify(SECRET.encode(), {**sent, "X-Schema-Watchdog-Timestamp": "soon"}, asked.body, now)
    assert not verify(SECRET.encode(), {}, asked.body, now)


def test_of_a_message_larger_than_receivers_take_the_worst_is_sent_and_the_rest_counted() -> None:
    [asked], _ = send(signing, many("long " * 600))
    sent = msgspec.json.decode(asked.body, type=Message)
    assert 900_000 < len(asked.body) <= 1_000_000
    assert len(sent.findings) + sent.more == 500
    assert sent.findings == many("long " * 600).findings[: len(sent.findings)]


def test_a_body_that_is_too_large_all_the_same_is_not_sent_again() -> None:
    with pytest.raises(DeliveryError) as caught:
        send(signing, FIRING, answer=lambda _: httpx.Response(413))
    assert caught.value.is_final
