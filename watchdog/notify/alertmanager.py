"""Alertmanager is told what stands over and over, by each replica's own clockwork: nothing has to arrive in order.

It groups, repeats, silences and resolves by itself. What is not sent again within five beats it takes for resolved.
"""

import asyncio
import contextlib
import itertools
import random
from base64 import b64encode
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from http import HTTPStatus

import httpx
import structlog

from watchdog.alerts.told import Told
from watchdog.errors import DeliveryError, StateError
from watchdog.notify.alertmanager_alerts import Manner, Sent, alerts, alive, requests
from watchdog.notify.by_http import post
from watchdog.notify.delivery import wait_seconds
from watchdog.status import DeliveryOutcome

PATH = "/api/v2/alerts"

log = structlog.get_logger()


class Replica:
    """One Alertmanager, and what it has been sent.

    Attributes:
        number: from 1, by which logs name it: its URL may be a secret.
        sent: fingerprint -> what it was sent last.
        beat_at: when all is to be sent again, by the loop's clock.
    """

    def __init__(self, number: int, url: str, headers: Mapping[str, str]) -> None:
        self.number = number
        self.url = url.rstrip("/") + PATH
        self.headers = headers
        self.woken = asyncio.Event()
        self.sent: dict[str, Told] = {}
        self.beat_at = 0.0
        self.failures = 0


class Mirror:
    """Shows all replicas of one Alertmanager what a channel was told. A dead or slow replica delays no other."""

    def __init__(
        self,
        name: str,
        replicas: Sequence[Replica],
        manner: Manner,
        told: Callable[[str], Awaitable[tuple[Told, ...]]],
        client: httpx.AsyncClient,
        clock: Callable[[], datetime],
        on_outcome: Callable[[str, DeliveryOutcome], None],
        *,
        attempt: float = 10.0,
    ) -> None:
        """Hold the parts; nothing is sent before `run`.

        Args:
            name: of the channel.
            replicas: each with a URL of its own.
            manner: what all alerts have alike.
            told: what a channel was told, by its name.
            client: what speaks HTTP.
            clock: the present, UTC.
            on_outcome: told after each attempt at each replica, with the channel's name.
            attempt: seconds that one request may take.
        """
        self.name = name
        self._replicas = tuple(replicas)
        self._manner = manner
        self._read = told
        self._client = client
        self._clock = clock
        self._on_outcome = on_outcome
        self._attempt = attempt
        self._since = clock()
        self._told: tuple[Told, ...] = ()

    def wake(self) -> None:
        """Send what has changed now."""
        for replica in self._replicas:
            replica.woken.set()

    async def run(self) -> None:
        """Send at once, at each beat, and when woken, until cancelled."""
        async with asyncio.TaskGroup() as workers:
            for replica in self._replicas:
                workers.create_task(self._work(replica), name=f"mirror {self.name} {replica.number}")

    async def drain(self, seconds: float) -> None:
        """Send what has changed while time is left: for a process about to end, after `run` was cancelled."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds), asyncio.TaskGroup() as workers:
                for replica in self._replicas:
                    workers.create_task(self.step(replica))

    async def _work(self, replica: Replica) -> None:
        replica.beat_at = asyncio.get_running_loop().time()
        while True:
            replica.woken.clear()
            wait = await self.step(replica)
            if replica.failures:
                # It is left alone, whatever is new: the next attempt says it all.
                await asyncio.sleep(wait)
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await replica.woken.wait()

    async def show(self, told: Sequence[Told]) -> None:
        """Show these to each replica, once: what is not shown again is taken for resolved after five beats.

        Raises:
            DeliveryError: a replica did not take them; the others were shown them all the same.
        """
        refused: list[str] = []
        for replica in self._replicas:
            try:
                await self._post(replica, [*alerts(told, self._clock(), self._manner)])
            except DeliveryError as error:
                refused.append(f"replica {replica.number}: {error}")
        if refused:
            raise DeliveryError("; ".join(refused))

    async def step(self, replica: Replica) -> float:
        """Send all at a beat, else what has changed; returns after how many seconds to do so again."""
        loop = asyncio.get_running_loop()
        is_beat = loop.time() >= replica.beat_at
        told = await self._latest()
        changed = told if is_beat else [one for one in told if replica.sent.get(one.finding.fingerprint) != one]
        now = self._clock()
        sent = [alive(self._since, now, self._manner)] if is_beat else []
        if is_beat or changed:
            try:
                # One request after the other is made of it: of thousands at once the loop would stand still.
                await self._post(replica, itertools.chain(sent, alerts(changed, now, self._manner)))
            except DeliveryError as error:
                return self._failed(replica, error)
            except Exception as error:  # noqa: BLE001 a mistake in one channel must not end what tells people
                # Only its type: the text may quote what is secret.
                return self._failed(replica, DeliveryError(f"a mistake in the watchdog: {type(error).__name__}"))
            self._on_outcome(self.name, "delivered")
            if replica.failures:
                log.info("mirror.recovered", channel=self.name, replica=replica.number, failures=replica.failures)
            replica.failures = 0
            replica.sent = {one.finding.fingerprint: one for one in told}
        if is_beat:
            replica.beat_at = loop.time() + self._manner.resend.total_seconds()
        return max(replica.beat_at - loop.time(), 0.0)

    async def _latest(self) -> tuple[Told, ...]:
        try:
            self._told = await self._read(self.name)
        except StateError as error:
            # What is not repeated would be taken for resolved: so what was read last still holds.
            log.error("mirror.state_failed", channel=self.name, reason=str(error))  # noqa: TRY400 an expected error
        return self._told

    def _failed(self, replica: Replica, error: DeliveryError) -> float:
        self._on_outcome(self.name, "failed")
        replica.failures += 1
        wait = wait_seconds(replica.failures, error.retry_after, random.random())  # noqa: S311 no secret
        wait = min(wait, max(self._manner.resend.total_seconds(), error.retry_after or 0.0))
        log.warning(
            "mirror.failed",
            channel=self.name,
            replica=replica.number,
            reason=str(error),
            failures=replica.failures,
            retry_in_seconds=round(wait, 1),
        )
        return wait

    async def _post(self, replica: Replica, sent: Iterable[Sent]) -> None:
        """Raises DeliveryError where any request was not taken; one that was refused keeps none of the others back."""
        refused: DeliveryError | None = None
        for body, _ in requests(sent):
            try:
                async with asyncio.timeout(self._attempt):
                    answer = await post(self._client, replica.url, body, replica.headers)
            except TimeoutError:
                raise DeliveryError(f"no answer within {self._attempt:g} s") from None
            if answer.is_taken:
                continue
            if answer.status == HTTPStatus.TOO_MANY_REQUESTS or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise answer.refused()
            refused = refused or answer.refused()
        if refused is not None:
            raise refused


def authorization(username: str | None, password: str | None, bearer_token: str | None) -> dict[str, str]:
    """The header that says who asks; none where nobody is named."""
    if bearer_token is not None:
        return {"Authorization": f"Bearer {bearer_token}"}
    if username is not None and password is not None:
        return {"Authorization": "Basic " + b64encode(f"{username}:{password}".encode()).decode()}
    return {}
