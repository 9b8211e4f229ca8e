"""PagerDuty's Events API v2: one incident a trouble, opened, acknowledged and resolved by the same key.

Sources: https://developer.pagerduty.com/docs/events-api-v2-overview (answers, 512 kB an event) and
https://developer.pagerduty.com/docs/send-alert-event (fields and their lengths).
"""

from http import HTTPStatus

import httpx
import msgspec

from watchdog.alerts.alert import Message
from watchdog.alerts.message import in_words, one_line
from watchdog.alerts.words import Item, letter
from watchdog.finding import Severity
from watchdog.notify.by_http import post

SUMMARY_CHARACTERS = 1_024
SOURCE_CHARACTERS = 255
# A character takes at most 6 bytes of JSON: so an event is far from the 512 kB that PagerDuty takes.
DETAIL_CHARACTERS = 60_000
MOST_BYTES = 4_096
# What comes by the calendar wakes nobody.
UNSENT = frozenset({"all_clear", "digest"})

Details = dict[str, object]


class PagerDutyChannel:
    """Sends events with a routing key, which is a secret."""

    def __init__(self, name: str, routing_key: str, url: str, client: httpx.AsyncClient) -> None:
        self.name = name
        self._routing_key = routing_key
        self._url = url
        self._client = client

    async def send(self, message: Message, receipt: str | None) -> str | None:  # noqa: ARG002 the thread is the key
        if message.occasion in UNSENT:
            return None
        body = msgspec.json.encode({"routing_key": self._routing_key, **event(message)})
        answer = await post(self._client, self._url, body, most_bytes=MOST_BYTES)
        if not answer.is_taken:
            # 400: this event will never be taken. But where it is for the key, that can be mended.
            is_final = answer.status == HTTPStatus.BAD_REQUEST and b"routing" not in answer.body.lower()
            raise answer.refused(is_final=is_final)
        return None


def event(message: Message) -> Details:
    """The event of a message, but for the routing key.

    What is over while others of its thread stand is told as one more trigger, of the severity of those that stand: it
    shows in the incident's timeline, and wakes nobody who has acknowledged it. Only the thread's end resolves.
    """
    key = {"dedup_key": message.thread or message.id} if message.thread or message.id else {}
    if message.status == "acknowledged":
        return {"event_action": "acknowledge", **key}
    if message.status == "resolved" and not message.standing:
        return {"event_action": "resolve", **key}
    is_partly = message.status == "resolved"
    rest = f"; still open: {in_words(message.standing)}" if is_partly else ""
    told = [] if is_partly else [finding.severity for finding in message.findings]
    worst = max([*message.standing, *told], key=lambda each: each.rank, default=Severity.INFO)
    found: Details = {
        "event_action": "trigger",
        **key,
        "client": "schema-watchdog",
        "payload": {
            "summary": one_line(message.message + rest, SUMMARY_CHARACTERS),
            "source": one_line(message.database, SOURCE_CHARACTERS),
            "severity": worst.value,
            "timestamp": message.sent_at,
            "class": message.findings[0].kind if message.findings else message.occasion,
            "custom_details": _details(message),
        },
    }
    if message.link:
        found |= {"client_url": message.link, "links": [{"href": message.link, "text": "the watchdog's page"}]}
    return found


def _details(message: Message) -> Details:
    whole = letter(message, DETAIL_CHARACTERS)
    details: Details = {
        "still open": in_words(message.standing),
        "notes": whole.notes,
        "findings": [_finding(item) for item in whole.items],
        "left out": [line for line in whole.closing if not line.startswith("still open")],
    }
    return {label: value for label, value in details.items() if value}


def _finding(item: Item) -> dict[str, str]:
    return {
        "finding": item.head,
        **{fact.label: fact.text for fact in item.facts},
        **{code.title: code.sql for code in item.codes},
    }
