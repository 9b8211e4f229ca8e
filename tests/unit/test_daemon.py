"""The daemon's beat, which alone notices that the clock was set; what it is told, and how it ends."""

import asyncio
import contextlib
import signal
import time
from datetime import datetime, timedelta

import pytest

from watchdog import daemon as daemon_module
from watchdog.config.load import parse
from watchdog.config.settings import Config
from watchdog.daemon import Daemon
from watchdog.errors import StateError
from watchdog.status import CheckName
from watchdog.wiring.daemon import Wired
from watchdog.wiring.database import utc_now

CONFIG = "databases: [{name: production, dsn: 'postgresql://h/d', baseline: b.json}]"


class Home:
    """One that is asked to move, or not."""

    is_to_move = False


class Parts:
    """What tells people, of which one part crashes: at once, or only as it is cancelled."""

    def __init__(self, *, crashes_at_once: bool) -> None:
        self.crashes_at_once = crashes_at_once
        self.running = asyncio.Event()
        self.told: list[str] = []
        self.dispatch = self.delivery = self
        self.mirrors = ()
        self.beside: dict[str, object] = {}

    async def run(self) -> None:
        self.running.set()
        try:
            await asyncio.sleep(0 if self.crashes_at_once else 60)
        finally:
            raise RuntimeError("nobody thought of this")

    async def step(self) -> None:
        self.told.append("dispatched")

    async def drain(self, _: float) -> None:
        self.told.append("sent")


@pytest.mark.parametrize("crashes_at_once", [True, False])
def test_what_crashes_keeps_neither_the_end_nor_the_last_messages_from_coming(*, crashes_at_once: bool) -> None:
    async def main() -> list[str]:
        parts = Parts(crashes_at_once=crashes_at_once)
        telling = asyncio.create_task(Daemon(lambda: parse(CONFIG, "test", {}))._notify(parts))  # type: ignore[arg-type]
        await parts.running.wait()
        await asyncio.sleep(0.1)
        telling.cancel()
        await asyncio.wait({telling}, timeout=20)
        assert telling.done()
        return parts.told

    assert asyncio.run(main()) == ["dispatched", "sent"]


def test_only_a_signal_has_the_configuration_read_again_and_none_is_lost_to_a_move() -> None:
    """While the state moves, the beat goes on saying so."""

    async def main() -> list[int]:
        reads: list[str] = []

        def load() -> Config:
            reads.append("read")
            return parse(CONFIG, "test", {})

        daemon, home, counts = Daemon(load), Home(), []
        daemon._told.set()
        waiting = asyncio.create_task(daemon._until_told(home))  # type: ignore[arg-type]
        await asyncio.sleep(0.1)
        counts.append(len(reads))
        home.is_to_move = True
        daemon._told.set()
        await waiting
        daemon._on_signal(signal.SIGHUP)
        await daemon._until_told(home)  # type: ignore[arg-type]
        counts.append(len(reads))
        home.is_to_move = False
        await daemon._until_told(home)  # type: ignore[arg-type]
        return [*counts, len(reads)]

    assert asyncio.run(main()) == [1, 1, 2]


class Disk:
    """A home, and its state: notes when it was told to hurry, and then fails as a full disk does."""

    def __init__(self) -> None:
        self.hurried: list[datetime] = []

    async def hurry(self, now: datetime, _by: timedelta) -> None:
        self.hurried.append(now)
        raise StateError("the disk is full")

    @property
    def state(self) -> "Disk":
        return self


@pytest.mark.parametrize(("jump", "planned_anew"), [(-3600.0, True), (3600.0, True), (0.3, False)])
def test_a_clock_that_was_set_makes_all_looks_and_messages_due_at_once(
    monkeypatch: pytest.MonkeyPatch, *, jump: float, planned_anew: bool
) -> None:
    monkeypatch.setattr(daemon_module, "BEAT_SECONDS", 0.01)
    disk, clock = Disk(), time.time

    async def main() -> list[str]:
        daemon = Daemon(lambda: parse(CONFIG, "test", {}))
        looks: list[str] = []
        # A year away: neither clock gets there by itself.
        daemon._scheduler.add_job(looks.append, "interval", days=366, args=("look",))
        daemon._scheduler.start()
        beat = asyncio.create_task(daemon._beat(disk))  # type: ignore[arg-type]
        await asyncio.sleep(0.1)
        monkeypatch.setattr(time, "time", lambda: clock() + jump)
        await asyncio.sleep(0.3)
        assert daemon._board.beat_at is not None
        assert utc_now() - daemon._board.beat_at < timedelta(seconds=0.2), "the beat went on"
        beat.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await beat
        daemon._scheduler.shutdown(wait=False)
        return looks

    looks = asyncio.run(main())
    assert (looks, len(disk.hurried)) == ((["look"], 1) if planned_anew else ([], 0))


class Crashing:
    """What tells people, and fails once in a way that nobody thought of."""

    has_failed = False

    async def step(self) -> float:
        if self.has_failed:
            return 0.0
        self.has_failed = True
        raise RuntimeError

    async def run(self) -> None:
        await asyncio.Event().wait()

    async def drain(self, _: float) -> None:
        pass


def test_what_tells_people_ends_when_it_is_told_to_though_it_crashes_meanwhile() -> None:
    async def main() -> None:
        crashing = Crashing()
        wired = Wired(
            watches=(),
            owns=(),
            dispatch=crashing,  # type: ignore[arg-type]
            delivery=crashing,  # type: ignore[arg-type]
            mirrors=(),
            beside={},
            close=lambda: asyncio.sleep(0),
        )
        telling = asyncio.create_task(Daemon(lambda: parse(CONFIG, "test", {}))._notify(wired))
        await asyncio.sleep(0.1)
        telling.cancel()
        done, _ = await asyncio.wait({telling}, timeout=10)
        assert done
        assert telling.cancelled()

    asyncio.run(main())


class Clocked:
    """A state that notes by how much it was told that the clock was set."""

    def __init__(self) -> None:
        self.set_by: list[timedelta] = []

    async def hurry(self, _: datetime, by: timedelta) -> None:
        self.set_by.append(by)

    async def shift(self, by: timedelta) -> None:
        self.set_by.append(by)


def test_what_waits_and_what_was_told_are_both_told_of_a_clock_that_was_set() -> None:
    clocked, by = Clocked(), timedelta(hours=3)
    asyncio.run(Daemon(lambda: parse(CONFIG, "test", {}))._plan_anew(clocked, by))  # type: ignore[arg-type]
    assert clocked.set_by == [by, by]


@pytest.mark.parametrize(("longest", "given_back"), [(0.0, []), (0.1, [False]), (3.0, [True])])
def test_what_looks_freed_is_given_back_once_and_while_none_is_made(
    monkeypatch: pytest.MonkeyPatch, *, longest: float, given_back: list[bool]
) -> None:
    monkeypatch.setattr(daemon_module, "BEAT_SECONDS", 0.01)
    given: list[bool] = []
    monkeypatch.setattr("watchdog.heap.give_back", lambda *, much: given.append(much))

    async def main() -> None:
        daemon = Daemon(lambda: parse(CONFIG, "test", {}))
        daemon._longest = longest
        daemon._running.add("a look")
        beat = asyncio.create_task(daemon._beat(Disk()))  # type: ignore[arg-type]
        await asyncio.sleep(0.05)
        assert given == []
        daemon._running.clear()
        await asyncio.sleep(0.1)
        beat.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await beat

    asyncio.run(main())
    assert given == given_back


def test_schemas_are_read_a_few_at_a_time_and_none_waits_for_those_that_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon_module, "LONGEST_WAIT_SECONDS", 0.1)

    async def main() -> list[int]:
        daemon, entered = Daemon(lambda: parse(CONFIG, "test", {})), []

        async def hang(check: CheckName) -> None:
            async with daemon._room(check):
                entered.append(check)
                await asyncio.sleep(60)

        looks = [asyncio.create_task(hang("schema")) for _ in range(5)]
        await asyncio.sleep(0.02)
        counts = [len(entered)]
        looks.append(asyncio.create_task(hang("probe")))
        await asyncio.sleep(0.02)
        counts.append(len(entered))
        await asyncio.sleep(0.2)
        counts.append(len(entered))
        for look in looks:
            look.cancel()
        await asyncio.gather(*looks, return_exceptions=True)
        # Whoever leaves makes room, and whoever had none takes none away.
        assert daemon._schemas._value == daemon_module.SCHEMAS_AT_ONCE
        return counts

    assert asyncio.run(main()) == [3, 4, 6]
