"""Slack: by an incoming webhook, or by a bot that keeps each trouble in a thread and its first message up to date."""

import re
from http import HTTPStatus

import httpx
import msgspec

from watchdog.alerts.alert import Message
from watchdog.errors import DeliveryError
from watchdog.notify.by_http import Answer, post
from watchdog.notify.slack_blocks import Root, after, parts, payload, render, state

# Slack repeats the message in its answer; one of so many bytes is none of Slack's.
MOST_BYTES = 1_000_000
# What no retry and no setting makes better: it is the message itself.
FINAL = frozenset(
    {"invalid_blocks", "invalid_blocks_format", "invalid_payload", "msg_blocks_too_long", "msg_too_long", "no_text"}
)
# The thread's first message is gone, or where it stands is: the trouble gets a new one.
GONE = frozenset(
    {
        "cant_update_message",
        "channel_not_found",
        "is_archived",
        "message_not_found",
        "not_in_channel",
        "thread_not_found",
    }
)
# It is there, but may no longer be edited. The thread is where it was.
FIXED = "edit_window_closed"


class SlackWebhook:
    """Posts messages to an incoming webhook, whose URL is a secret. It can neither thread nor edit."""

    def __init__(self, name: str, url: str, client: httpx.AsyncClient) -> None:
        self.name = name
        self._url = url
        self._client = client

    async def send(self, message: Message, receipt: str | None) -> str | None:  # noqa: ARG002 it keeps none
        answer = await post(self._client, self._url, msgspec.json.encode(render(message)))
        if answer.is_taken:
            return None
        # 400 is of the payload; that the webhook is gone or forbidden has other numbers, and can be mended.
        raise answer.refused(is_final=answer.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE})


class _Reply(msgspec.Struct):
    ok: bool
    error: str = ""
    channel: str = ""
    ts: str = ""


class SlackRefusalError(DeliveryError):
    """Slack answered, and said no.

    Attributes:
        code: Slack's own, such as `channel_not_found`.
    """

    def __init__(self, code: str, retry_after: float | None) -> None:
        super().__init__(f"Slack refused: {code}", retry_after, is_final=code in FINAL)
        self.code = code


class SlackBot:
    """Posts as a bot (scope chat:write): a thread a trouble, whose first message always says how things stand."""

    def __init__(self, name: str, channel: str, token: str, api_url: str, client: httpx.AsyncClient) -> None:
        """Hold the parts; nothing is sent yet.

        Args:
            name: as configured.
            channel: an ID or a name.
            token: of the bot; a secret.
            api_url: ends where the name of a method begins.
            client: what speaks HTTP.
        """
        self.name = name
        self._channel = channel
        self._token = token
        self._api = api_url.rstrip("/") + "/"
        self._client = client

    async def send(self, message: Message, receipt: str | None) -> str | None:
        """The receipt is the thread's first message."""
        root = _root(receipt) if message.thread else None
        if root is None:
            return await self._begin(message)
        root = after(root, message)
        # First what may be repeated without harm: if the reply fails, both are done again.
        try:
            await self._call("chat.update", {"channel": root.channel, "ts": root.ts, **state(root, message)})
        except SlackRefusalError as error:
            if error.code in GONE:
                return await self._begin(message)
            if error.code != FIXED:
                raise
        await self._call(
            "chat.postMessage",
            {
                "channel": root.channel,
                "thread_ts": root.ts,
                # A reply alone is heard of by those who follow the thread; that something is wrong concerns all.
                "reply_broadcast": message.status == "firing",
                "unfurl_links": False,
                "unfurl_media": False,
                **render(message),
            },
        )
        return _receipt(root)

    async def _begin(self, message: Message) -> str | None:
        shown = parts(message)
        made = payload(message, shown)
        posted = await self._call(
            "chat.postMessage", {"channel": self._channel, "unfurl_links": False, "unfurl_media": False, **made}
        )
        if not message.thread:
            return None
        return _receipt(after(Root(channel=posted.channel, ts=posted.ts, parts=shown), message))

    async def _call(self, method: str, arguments: dict[str, object]) -> _Reply:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json; charset=utf-8"}
        body = msgspec.json.encode(arguments)
        answer = await post(self._client, self._api + method, body, headers, MOST_BYTES)
        if not answer.is_taken:
            raise answer.refused(is_final=answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return _read(answer)


def _read(answer: Answer) -> _Reply:
    """Slack says 200 whatever it thinks; the body tells."""
    try:
        reply = msgspec.json.decode(answer.body, type=_Reply)
    except msgspec.MsgspecError:
        raise DeliveryError("the answer is none of Slack's (see to api_url)", answer.retry_after) from None
    if not reply.ok:
        code = reply.error if re.fullmatch(r"[a-z0-9_]{1,60}", reply.error, re.ASCII) else "for no reason known"
        raise SlackRefusalError(code, answer.retry_after)
    return reply


def _receipt(root: Root) -> str:
    return msgspec.json.encode(root).decode()


def _root(receipt: str | None) -> Root | None:
    """None too for what a channel of this name kept when it was of another type."""
    if receipt is None:
        return None
    try:
        return msgspec.json.decode(receipt, type=Root)
    except msgspec.MsgspecError:
        return None
