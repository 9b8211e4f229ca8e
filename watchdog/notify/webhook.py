"""The generic webhook: the message as it stands, as JSON, signed where there is a secret."""

import hashlib
import hmac
import sys

import httpx
import msgspec

from watchdog.alerts.alert import Message
from watchdog.finding import Finding
from watchdog.notify.by_http import post_json

# What many a server takes of a body, unless somebody told it otherwise.
MOST_BYTES = 1_000_000
ID = "X-Schema-Watchdog-Id"
TIMESTAMP = "X-Schema-Watchdog-Timestamp"
SIGNATURE = "X-Schema-Watchdog-Signature"


class WebhookChannel:
    """Posts messages to a URL, which is a secret."""

    def __init__(self, name: str, url: str, client: httpx.AsyncClient, secret: str | None = None) -> None:
        """Hold the parts; with a secret each body is signed."""
        self.name = name
        self._url = url
        self._client = client
        self._secret = secret

    async def send(self, message: Message, receipt: str | None) -> str | None:  # noqa: ARG002 it keeps none
        body = encoded(message)
        headers = {ID: message.id}
        if self._secret is not None:
            headers |= signed(self._secret, int(message.sent_at.timestamp()), body)
        await post_json(self._client, self._url, body, headers)
        return None


def encoded(message: Message) -> bytes:
    """The message as it stands; of one that is larger than receivers take, only the worst findings that have room."""
    body = msgspec.json.encode(message)
    if len(body) <= MOST_BYTES:
        return body
    room = MOST_BYTES - len(msgspec.json.encode(msgspec.structs.replace(message, findings=(), more=sys.maxsize)))
    shown: list[Finding] = []
    for finding in message.findings:
        room -= len(msgspec.json.encode(finding)) + 1
        if room < 0:
            break
        shown.append(finding)
    more = message.more + len(message.findings) - len(shown)
    return msgspec.json.encode(msgspec.structs.replace(message, findings=tuple(shown), more=more))


def signed(secret: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers that prove who sent a body, and when.

    Args:
        secret: that sender and receiver share.
        timestamp: seconds since 1970, signed too, so that an old request cannot be sent again as a new one.
        body: as it is sent, to the byte.
    """
    mac = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
    return {TIMESTAMP: str(timestamp), SIGNATURE: f"v1={mac.hexdigest()}"}
