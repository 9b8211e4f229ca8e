"""From open alerts to messages in the outbox: who hears of what, and when, again and again.

It reads what stands and what was told, and notes both the messages and whom they tell in one moment. So a process that
is killed at any moment has told everything or nothing, and one that starts again finds what is still to be told.
"""

import asyncio
import contextlib
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Protocol

import structlog

from watchdog.alerts.books import Books
from watchdog.alerts.notifying import Notifying, plans
from watchdog.alerts.plan import Plan
from watchdog.alerts.states import AlertCounts, heard, tallied
from watchdog.errors import StateError

# Another process may acknowledge or silence, and clocks get set.
LOOK_SECONDS = 30.0
STATE_WAIT_SECONDS = 5.0
# What was told just now has a time at which it is told again.
SOON_SECONDS = 0.1

log = structlog.get_logger()


class Ledger(Protocol):
    """What dispatch needs of the disk; see `watchdog.store.ledger.Ledger`."""

    async def dispatch(self, decide: Callable[[Books], Mapping[str, Plan]]) -> Mapping[str, Plan]: ...

    async def only_channels(self, channels: Collection[str]) -> None: ...


class Dispatch:
    """Tells the channels what is news to them, through the outbox."""

    def __init__(
        self,
        ledger: Ledger,
        notifying: Notifying,
        clock: Callable[[], datetime],
        on_messages: Callable[[], None],
        on_alerts: Callable[[AlertCounts], None] = lambda _: None,
    ) -> None:
        """Hold the parts; nothing is told before `run`.

        Args:
            ledger: what stands, and what was told.
            notifying: who is to hear of what.
            clock: the present, UTC.
            on_messages: told that there is something in the outbox, or that what was told has changed.
            on_alerts: told at each step how the open alerts stand with people.
        """
        self._ledger = ledger
        self._notifying = notifying
        self._clock = clock
        self._on_messages = on_messages
        self._on_alerts = on_alerts
        self._counts: AlertCounts = {}
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Look at what stands now: it has changed."""
        self._woken.set()

    async def run(self) -> None:
        """Dispatch until cancelled."""
        await self._begin()
        while True:
            self._woken.clear()
            wait = await self.step()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._woken.wait()

    async def _begin(self) -> None:
        """Note who was told what before it was kept by channel: else all of it would be told twice."""
        while True:
            try:
                await self._ledger.only_channels([listener.name for listener in self._notifying.listeners])
            except StateError as error:
                log.error("dispatch.state_failed", reason=str(error))  # noqa: TRY400 an expected error
                await asyncio.sleep(STATE_WAIT_SECONDS)
            else:
                return

    async def step(self) -> float:
        """Tell what is to be told now; returns after how many seconds to look again."""
        now = self._clock()
        try:
            made = await self._ledger.dispatch(lambda books: self._decide(books, now))
        except StateError as error:
            # What is news now is still news when the disk is back.
            log.error("dispatch.state_failed", reason=str(error))  # noqa: TRY400 an expected error
            return STATE_WAIT_SECONDS
        self._on_alerts(self._counts)
        for channel, plan in made.items():
            for message in plan.messages:
                log.info(
                    "dispatch.told",
                    channel=channel,
                    database=message.database,
                    occasion=message.occasion,
                    findings=len(message.findings) + message.more,
                )
        if any(plan.messages or plan.told for plan in made.values()):
            self._on_messages()
            return SOON_SECONDS
        moments = [plan.next for plan in made.values() if plan.next is not None]
        wait = (min(moments) - now).total_seconds() if moments else LOOK_SECONDS
        return min(max(wait, 0.0), LOOK_SECONDS)

    def _decide(self, books: Books, now: datetime) -> Mapping[str, Plan]:
        made = plans(self._notifying, books, now)
        known = heard(books.told, made)
        self._counts = tallied(books, known, now)
        return made
