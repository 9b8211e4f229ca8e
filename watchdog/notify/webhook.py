"""The generic webhook: the message as it stands, as JSON."""

import httpx
import msgspec

from watchdog.alerts.alert import Message
from watchdog.notify.channel import post_json


class WebhookChannel:
    """Posts messages to a URL, which is a secret."""

    def __init__(self, name: str, url: str, client: httpx.AsyncClient) -> None:
        self.name = name
        self._url = url
        self._client = client

    async def send(self, message: Message, receipt: str | None) -> str | None:  # noqa: ARG002 it keeps none
        await post_json(self._client, self._url, msgspec.json.encode(message))
        return None
