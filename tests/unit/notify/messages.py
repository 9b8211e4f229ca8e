"""Messages as the watchdog sends them, with all that they can hold, and what is sent of them."""

import asyncio
import functools
import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import httpx
import msgspec

from tests.unit.alerts.samples import HOSTILE, NOON, add_column, finding
from watchdog.alerts.alert import Message, Occasion, Status
from watchdog.alerts.message import composed
from watchdog.finding import Finding, Location, Severity
from watchdog.notify.channel import Channel

Json = dict[str, Any]

EPOCHS = msgspec.structs.replace(
    finding(
        message="column public.sealed_epochs.token_group is missing: milo-aggregator expects character varying(10)",
        remedy=add_column("sealed_epochs"),
    ),
    expected="character varying(10)",
    actual="absent",
    components=("milo-aggregator",),
    origin="out-of-band",
    locations=(Location("src/epochs.ts", 12), Location("src/group.ts", 40)),
)
PARTICIPANTS = finding(
    "public",
    "sealed_participants",
    "token_group",
    message="column public.sealed_participants.token_group is missing: milo-aggregator expects character varying(10)",
    remedy=add_column("sealed_participants"),
)
ROWS = msgspec.structs.replace(
    finding(
        "public",
        "channel_participation",
        kind="rows",
        change="changed",
        severity=Severity.WARNING,
        message="public.channel_participation lost 821,428 of 2,738,092 rows (30 %) since 11:58 UTC; by count",
    ),
    attribute="rows",
    expected="2738092",
    actual="1916664",
)


def told(
    *findings: Finding,
    status: Status = "firing",
    occasion: Occasion | None = None,
    standing: tuple[Finding, ...] | None = None,
    notes: tuple[str, ...] = (),
    thread: str = "7d0c1f5a2b9e4c68",
    link: str = "https://watchdog.example.com/",
) -> Message:
    """A message about these, which have stood for two minutes; unless said otherwise all of them still do."""
    still = () if status == "resolved" else findings
    return composed(
        status,
        "production",
        {each.fingerprint: each for each in findings},
        occasion=occasion or ("new" if status == "firing" else status),
        since={each.fingerprint: NOON - timedelta(minutes=2) for each in findings},
        thread=thread,
        standing=still if standing is None else standing,
        notes=notes,
        now=NOON,
        link=link,
    )


FIRING = told(EPOCHS, PARTICIPANTS, ROWS)
ACKNOWLEDGED = told(EPOCHS, PARTICIPANTS, ROWS, status="acknowledged", notes=("acknowledged by ada: rolling it back",))
PARTLY = told(EPOCHS, status="resolved", standing=(PARTICIPANTS, ROWS))
RESOLVED = told(PARTICIPANTS, ROWS, status="resolved")


@functools.cache
def many(text: str, number: int = 500, status: Status = "firing") -> Message:
    """A message about many findings with the same text wherever a text can be, more than `composed` would let in."""
    findings = tuple(
        msgspec.structs.replace(
            finding("public", f"t{each}", message=text or "-", remedy=add_column(text)),
            expected=text,
            actual=text,
            components=(text,) * 7,
            locations=(Location(text, 1),) * 7,
        )
        for each in range(number)
    )
    message = told(*findings, status=status, notes=(text[:500],) * 50)
    return msgspec.structs.replace(message, findings=findings, more=0)


def hostile() -> Message:
    """Names and values made by somebody who means harm, in every place."""
    one = msgspec.structs.replace(
        finding(HOSTILE, HOSTILE, HOSTILE, message=HOSTILE, remedy=add_column(HOSTILE)),
        attribute=HOSTILE,
        expected=HOSTILE,
        actual=HOSTILE,
        components=(HOSTILE,),
        locations=(Location(HOSTILE, 1),),
    )
    return msgspec.structs.replace(told(one, notes=(HOSTILE,)), database=HOSTILE, message=HOSTILE)


class Asked(msgspec.Struct, frozen=True):
    """One request that a channel made."""

    url: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Json:
        read: Json = json.loads(self.body)
        return read


Answering = Callable[[Asked], httpx.Response]


def taken(_: Asked) -> httpx.Response:
    return httpx.Response(200, json={"ok": True, "channel": "C0123456789", "ts": "1763380800.000100"})


def send(
    make: Callable[[httpx.AsyncClient], Channel],
    *messages: Message,
    answer: Answering = taken,
    receipt: str | None = None,
) -> tuple[list[Asked], str | None]:
    """Send messages one after the other, as delivery does; returns what was asked, and the last receipt."""
    asked: list[Asked] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(Asked(str(request.url), dict(request.headers), request.read()))
        return answer(asked[-1])

    async def main() -> str | None:
        last = receipt
        async with httpx.AsyncClient(transport=httpx.MockTransport(handle)) as client:
            channel = make(client)
            for message in messages:
                last = await channel.send(message, last) or last
        return last

    return asked, asyncio.run(main())
