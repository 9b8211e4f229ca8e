import asyncio
import json
from pathlib import Path

import httpx
import pytest

from tests.unit.alerts.samples import HOSTILE, add_column, finding, firing
from watchdog.alerts.alert import Message
from watchdog.errors import DeliveryError, UsageError
from watchdog.notify.channels import CHANNELS, build

GOLDEN = Path(__file__).parents[2] / "golden"
URL = "https://hooks.example.com/services/T0KEN"


def sent(kind: str, message: Message, status: int = 200) -> bytes:
    """The body that a channel of that kind posts."""
    bodies: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        assert str(request.url) == URL
        bodies.append(request.read())
        return httpx.Response(status)

    async def main() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
            await build(kind, "ops", URL, client).send(message)

    asyncio.run(main())
    (body,) = bodies
    return body


@pytest.mark.parametrize("kind", sorted(CHANNELS))
def test_every_channel_posts_json_whatever_the_words(kind: str) -> None:
    message = firing(finding(HOSTILE, message=HOSTILE, remedy=add_column("t")), line=HOSTILE)
    assert isinstance(json.loads(sent(kind, message)), dict)


@pytest.mark.parametrize("kind", sorted(CHANNELS))
def test_every_channel_says_that_a_message_was_not_taken(kind: str) -> None:
    with pytest.raises(DeliveryError, match="HTTP status 500"):
        sent(kind, firing(), status=500)


@pytest.mark.parametrize("kind", sorted(CHANNELS))
def test_every_channel_keeps_its_name_and_hides_its_url(kind: str) -> None:
    channel = build(kind, "ops", URL, httpx.AsyncClient())
    assert channel.name == "ops"
    assert "T0KEN" not in repr(channel) + str(channel)


def test_the_webhooks_body_is_the_golden_one() -> None:
    message = firing(
        finding(remedy=add_column("sealed_epochs")),
        line="production: 1 critical: column public.sealed_epochs.token_group is missing",
    )
    assert json.loads(sent("webhook", message)) == json.loads((GOLDEN / "webhook-firing.json").read_text())


def test_a_type_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(UsageError, match=r"channel ops: there is no type pigeon \(one of: slack, webhook\)"):
        build("pigeon", "ops", URL, httpx.AsyncClient())
