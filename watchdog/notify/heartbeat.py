"""A sign of life for a dead man's switch: somebody else notices when it does not come.

It is sent only while the watchdog works: the event loop turns, no check is stuck, and the state can be written, without
which nobody would be told of anything. A database that is down is no reason to be silent: its checks are made, and
fail.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import datetime, timedelta

import structlog

from watchdog.errors import DeliveryError, StateError
from watchdog.notify.delivery import wait_seconds
from watchdog.status import CheckName, DatabaseStatus, HeartbeatOutcome

ATTEMPT_SECONDS = 10.0
# What fails at once, and is started again each time, does not live: whatever runs beside this fails before it.
FIRST_SECONDS = 0.5
# Whatever keeps a heartbeat back may be over soon.
AGAIN_SECONDS = 5.0
NOTE = "heartbeat"

log = structlog.get_logger()


class Heartbeat:
    """Knocks at a URL every so many seconds while all goes as it should."""

    def __init__(
        self,
        knock: Callable[[], Awaitable[None]],
        every: float,
        *,
        databases: Mapping[str, DatabaseStatus],
        patience: Mapping[tuple[str, CheckName], float],
        note: Callable[[str, str], Awaitable[None]],
        clock: Callable[[], datetime],
        on_outcome: Callable[[HeartbeatOutcome, datetime], None],
    ) -> None:
        """Hold the parts; nothing is sent before `run`.

        Args:
            knock: asks the URL. Raises DeliveryError, in words that hold no secret.
            every: seconds.
            databases: as the board has them, by name.
            patience: (database, check) -> after how many seconds without an attempt that has ended it is stuck.
            note: writes to the state; see `watchdog.store.ledger.Ledger.set_note`.
            clock: the present, UTC.
            on_outcome: told what became of each heartbeat that was due.
        """
        self._knock = knock
        self._every = every
        self._databases = databases
        self._patience = patience
        self._note = note
        self._clock = clock
        self._on_outcome = on_outcome
        self._began_at = clock()
        self._due = 0.0  # by the monotonic clock
        self._failures = 0
        self._ails = ""

    async def run(self) -> None:
        """Knock until cancelled."""
        while True:
            await asyncio.sleep(max(FIRST_SECONDS, self._due - time.monotonic()))
            self._due = time.monotonic() + await self.step()

    async def step(self) -> float:
        """Send a heartbeat, or say why not; returns the seconds until the next."""
        now = self._clock()
        ails = await self._ailment(now)
        if ails:
            self._on_outcome("withheld", now)
            # Said when it changes, for it is asked again soon.
            (log.warning if ails != self._ails else log.debug)("heartbeat.withheld", reason=ails)
            self._ails = ails
            return min(self._every, AGAIN_SECONDS)
        failure = await self._failure()
        if failure is not None:
            self._failures += 1
            self._on_outcome("failed", now)
            wait = wait_seconds(self._failures, failure.retry_after, random.random())  # noqa: S311 no secret
            wait = min(self._every, wait)
            log.warning("heartbeat.failed", reason=str(failure), retry_in_seconds=round(wait, 1))
            return wait
        self._on_outcome("sent", now)
        (log.info if self._ails or self._failures else log.debug)("heartbeat.sent")
        self._ails, self._failures = "", 0
        return self._every

    async def _ailment(self, now: datetime) -> str:
        """Why the watchdog does not work as it should, in words; empty when it does."""
        ails = list(stuck(self._databases, self._patience, self._began_at, now))
        try:
            await self._note(NOTE, now.isoformat())
        except StateError as error:
            ails.append(str(error))
        return "; ".join(ails)

    async def _failure(self) -> DeliveryError | None:
        try:
            async with asyncio.timeout(ATTEMPT_SECONDS):
                await self._knock()
        except TimeoutError:
            return DeliveryError(f"no answer within {ATTEMPT_SECONDS:g} s")
        except DeliveryError as error:
            return error
        except Exception as error:  # noqa: BLE001 a mistake here must not end what tells people
            # Only its type: the text may quote what is secret.
            return DeliveryError(f"a mistake in the watchdog: {type(error).__name__}")
        return None


def stuck(
    databases: Mapping[str, DatabaseStatus],
    patience: Mapping[tuple[str, CheckName], float],
    began_at: datetime,
    now: datetime,
) -> Iterator[str]:
    """Checks of which no attempt has ended lately, conclusive or not, in words.

    Args:
        databases: by name; of those that are not known, nothing is expected.
        patience: (database, check) -> seconds.
        began_at: since when they are to be made, UTC.
        now: UTC. Attempts that ended far ahead of it were dated by a clock that was set back since.
    """
    for (name, check), seconds in patience.items():
        if name not in databases:
            continue
        latest = databases[name].latest.get(check)
        ended = latest.checked_at + timedelta(seconds=latest.duration_seconds) if latest else began_at
        if abs(now - ended) > timedelta(seconds=seconds):
            since = f"since {ended:%Y-%m-%d %H:%M:%S} UTC" if latest else "at all"
            yield f"{name}: no look of the check {check} has ended {since}"
