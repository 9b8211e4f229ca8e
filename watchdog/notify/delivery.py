"""From the outbox to the channels: each message at least once, in order, and no channel waiting for another.

A message that a channel does not take for too long, or never will, is put aside: it must not hold up those after it.
"""

import asyncio
import contextlib
import random
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Protocol

import msgspec
import structlog

from watchdog.alerts.queue import Queue
from watchdog.errors import DeliveryError, StateError
from watchdog.notify.channel import Channel
from watchdog.status import DeliveryOutcome
from watchdog.store.outbox import OutboxEntry

FIRST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 300.0
LONGEST_ASKED_SECONDS = 3_600.0  # what a receiver may ask for: a nonsense header must not silence a channel for years
LOOK_SECONDS = 30.0  # another process may put messages into the outbox, and clocks get set
STATE_WAIT_SECONDS = 5.0

log = structlog.get_logger()


class Outbox(Protocol):
    """What delivery needs of the state; see `watchdog.store.state.State`."""

    async def due(self, channel: str, now: datetime) -> OutboxEntry | None: ...
    async def next_attempt(self, channel: str) -> datetime | None: ...
    async def delivered(self, entry: OutboxEntry, receipt: str | None, at: datetime) -> None: ...
    async def given_up(self, entry: OutboxEntry, error_text: str, at: datetime) -> None: ...
    async def postponed(self, entry_id: int, next_attempt_at: datetime, error_text: str) -> None: ...
    async def queues(self, channels: Collection[str]) -> Mapping[str, Queue]: ...


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How long a receiver is given, in seconds.

    Attributes:
        attempt: for one attempt.
        grace: for what is left of an attempt when the process stops.
        give_up: for all attempts at a message.
    """

    attempt: float = 10.0
    grace: float = 3.0
    give_up: float = 86_400.0


PATIENT = Patience()


def wait_seconds(failed_attempts: int, retry_after: float | None, chance: float) -> float:
    """How long to leave a channel alone: 1 s, doubled at each failure up to 300 s, of which chance takes up to half.

    Args:
        failed_attempts: of this message so far, at least 1.
        retry_after: seconds that the receiver asked for; never less than that, up to an hour.
        chance: 0 to 1, so that watchdogs that lost one receiver together do not return together.
    """
    doublings = min(failed_attempts - 1, 16)  # a power of thousands of attempts would not fit a float
    wait = min(FIRST_WAIT_SECONDS * 2.0**doublings, LONGEST_WAIT_SECONDS) * (1 - chance / 2)
    return max(wait, min(retry_after or 0.0, LONGEST_ASKED_SECONDS))


class Delivery:
    """One worker a channel, each sending its channel's messages one after the other."""

    def __init__(
        self,
        outbox: Outbox,
        channels: Collection[Channel],
        clock: Callable[[], datetime],
        on_outcome: Callable[[str, DeliveryOutcome], None],
        on_waiting: Callable[[Mapping[str, Queue]], None],
        *,
        patience: Mapping[str, Patience] | None = None,
    ) -> None:
        """Hold the parts; nothing is sent before `run`.

        Args:
            outbox: where messages wait.
            channels: each with a name of its own.
            clock: the present, UTC.
            on_outcome: told after each attempt, with the channel's name.
            on_waiting: told what waits for each channel, whenever that may have changed.
            patience: how long receivers are given, by the channel's name.
        """
        self._outbox = outbox
        self._channels = tuple(channels)
        self._clock = clock
        self._on_outcome = on_outcome
        self._on_waiting = on_waiting
        self._patience = patience or {}
        self._woken = {channel.name: asyncio.Event() for channel in self._channels}
        # Taken by the receiver, but not yet noted on the disk: a full disk must not make us send it over and over.
        self._taken: dict[str, tuple[OutboxEntry, str | None]] = {}
        # Channels whose receiver did not answer in its grace. It would hold up the end once more.
        self._hanging: set[str] = set()

    def wake(self) -> None:
        """Look into the outbox now: something was put there."""
        for woken in self._woken.values():
            woken.set()

    async def run(self) -> None:
        """Deliver until cancelled; an attempt under way then has its grace, else its message stays in the outbox."""
        self._hanging.clear()
        async with asyncio.TaskGroup() as workers:
            for channel in self._channels:
                workers.create_task(self._work(channel), name=f"delivery {channel.name}")
            with contextlib.suppress(StateError):  # the workers say so
                await self._report()
            await asyncio.Event().wait()

    async def drain(self, seconds: float) -> None:
        """Send what is due while time is left: for a process about to end, after `run` was cancelled."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds), asyncio.TaskGroup() as workers:
                for channel in self._channels:
                    if channel.name not in self._hanging:
                        workers.create_task(self._empty(channel))

    async def _work(self, channel: Channel) -> None:
        woken = self._woken[channel.name]
        while True:
            woken.clear()
            wait = await self._guarded_step(channel)
            if wait > 0:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await woken.wait()

    async def _empty(self, channel: Channel) -> None:
        while await self._guarded_step(channel) == 0:
            pass

    async def _guarded_step(self, channel: Channel) -> float:
        try:
            return await self._step(channel)
        except StateError as error:
            log.error("delivery.state_failed", channel=channel.name, reason=str(error))  # noqa: TRY400 - an expected error
            return STATE_WAIT_SECONDS

    async def _step(self, channel: Channel) -> float:
        """Make one attempt if one is due; returns the seconds until the next look, 0 for at once."""
        if channel.name in self._taken:
            await self._note_taken(channel.name)
        # Before the attempt, which may take long: until it is taken, a message waits.
        await self._report()
        entry = await self._outbox.due(channel.name, self._clock())
        if entry is not None:
            await self._finish(asyncio.create_task(self._attempt(channel, entry)), channel)
            return 0
        moment = await self._outbox.next_attempt(channel.name)
        if moment is None:
            return LOOK_SECONDS
        return min(max((moment - self._clock()).total_seconds(), 0.0), LOOK_SECONDS)

    def _patience_with(self, channel: Channel) -> Patience:
        return self._patience.get(channel.name, PATIENT)

    async def _finish(self, attempt: asyncio.Task[None], channel: Channel) -> None:
        try:
            await asyncio.shield(attempt)
        except asyncio.CancelledError:
            # The receiver may have the message already: hear it out, or it would be sent again after the restart.
            await asyncio.wait({attempt}, timeout=self._patience_with(channel).grace)
            if attempt.cancel():
                self._hanging.add(channel.name)
            await asyncio.gather(attempt, return_exceptions=True)
            raise

    async def _attempt(self, channel: Channel, entry: OutboxEntry) -> None:
        message = msgspec.structs.replace(entry.message, sent_at=self._clock())
        patience, attempts = self._patience_with(channel), entry.attempts + 1
        bound = log.bind(channel=channel.name, database=message.database, status=message.status, attempts=attempts)
        failure: DeliveryError | None = None
        receipt: str | None = None
        try:
            async with asyncio.timeout(patience.attempt):
                receipt = await channel.send(message, entry.receipt)
        except TimeoutError:
            failure = DeliveryError(f"no answer within {patience.attempt:g} s")
        except DeliveryError as error:
            failure = error
        except Exception as error:  # noqa: BLE001 - a mistake in one channel must not silence the others, nor end the daemon
            # Only its type: the text may quote what is secret.
            failure = DeliveryError(f"a mistake in the watchdog: {type(error).__name__}")
        if failure is None:
            self._taken[channel.name] = (entry, receipt)
            self._on_outcome(channel.name, "delivered")
            bound.info("delivery.sent", findings=len(message.findings))
            await self._note_taken(channel.name)
        elif failure.is_final or self._clock() - entry.message.sent_at >= timedelta(seconds=patience.give_up):
            self._on_outcome(channel.name, "given_up")
            bound.error("delivery.given_up", reason=str(failure), since=entry.message.sent_at.isoformat())
            await self._outbox.given_up(entry, str(failure), self._clock())
        else:
            self._on_outcome(channel.name, "failed")
            wait = wait_seconds(attempts, failure.retry_after, random.random())  # noqa: S311 - no secret
            bound.warning("delivery.failed", reason=str(failure), retry_in_seconds=round(wait, 1))
            await self._outbox.postponed(entry.id, self._clock() + timedelta(seconds=wait), str(failure))

    async def _note_taken(self, name: str) -> None:
        entry, receipt = self._taken[name]
        await self._outbox.delivered(entry, receipt, self._clock())
        del self._taken[name]

    async def _report(self) -> None:
        self._on_waiting(await self._outbox.queues([channel.name for channel in self._channels]))
