"""What dispatch does when the disk fails."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta

import pytest

from tests.unit.alerts.samples import NOON, finding, standing
from watchdog import dispatch as dispatch_module
from watchdog.alerts.books import Books
from watchdog.alerts.notifying import Notifying
from watchdog.alerts.plan import Listener, Plan
from watchdog.dispatch import Dispatch
from watchdog.errors import StateError


class Ledger:
    """Fails at first, as a file does that is locked for a moment."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.dispatched = asyncio.Event()

    async def only_channels(self, _: Collection[str]) -> None:
        self.asked.append("only_channels")
        if len(self.asked) == 1:
            raise StateError("locked")

    async def dispatch(self, decide: Callable[[Books], Mapping[str, Plan]]) -> Mapping[str, Plan]:
        self.asked.append("dispatch")
        self.dispatched.set()
        return decide(Books())


def test_nothing_is_told_before_it_is_known_what_every_channel_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch_module, "STATE_WAIT_SECONDS", 0.01)

    async def main() -> list[str]:
        ledger = Ledger()
        running = asyncio.create_task(Dispatch(ledger, Notifying(), lambda: NOON, lambda: None).run())
        async with asyncio.timeout(20):
            await ledger.dispatched.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return ledger.asked

    assert asyncio.run(main()) == ["only_channels", "only_channels", "dispatch"]


class Told:
    """Holds one open alert, and notes nothing of what is decided."""

    async def only_channels(self, _: Collection[str]) -> None:
        raise AssertionError

    async def dispatch(self, decide: Callable[[Books], Mapping[str, Plan]]) -> Mapping[str, Plan]:
        one = standing(finding())
        return decide(Books(standing={one.fingerprint: one}))


def test_whoever_delivers_is_woken_once_there_is_a_message_and_not_before() -> None:
    notifying = Notifying(listeners=(Listener(name="ops"),), databases=frozenset(("production",)))
    woken: list[datetime] = []
    for after in (timedelta(seconds=9), timedelta(seconds=10)):
        now = NOON + after
        asyncio.run(Dispatch(Told(), notifying, lambda: now, lambda: woken.append(now)).step())  # noqa: B023 asked at once
    assert woken == [NOON + timedelta(seconds=10)]
