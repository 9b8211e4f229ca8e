import asyncio
import itertools
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from tests.unit.alerts.samples import NOON, firing, resolved
from watchdog.alerts.alert import Message
from watchdog.alerts.queue import Queue
from watchdog.errors import DeliveryError, StateError
from watchdog.notify.channel import Channel
from watchdog.notify.delivery import Delivery, Patience, wait_seconds
from watchdog.store.outbox import OutboxEntry

SHORT = Patience(attempt=10, grace=0.1)


class Shelf:
    """An outbox in memory that can be told to fail."""

    def __init__(self) -> None:
        self.entries: list[OutboxEntry] = []
        self.receipts: dict[tuple[str, str], str] = {}
        self.dead: list[tuple[OutboxEntry, str, datetime]] = []
        self.failing: set[str] = set()
        self.numbers = itertools.count(1)

    def put(self, channel: str, *messages: Message) -> None:
        for message in messages:
            entry = OutboxEntry(
                id=next(self.numbers), channel=channel, message=message, attempts=0, next_attempt_at=NOON
            )
            self.entries.append(entry)

    def _may(self, name: str) -> None:
        if name in self.failing:
            raise StateError(f"{name}: disk full")

    def _first(self, channel: str) -> OutboxEntry | None:
        return next((entry for entry in self.entries if entry.channel == channel), None)

    async def due(self, channel: str, now: datetime) -> OutboxEntry | None:
        self._may("due")
        entry = self._first(channel)
        if entry is None or entry.next_attempt_at > now:
            return None
        return msgspec.structs.replace(entry, receipt=self.receipts.get((channel, entry.message.thread)))

    async def next_attempt(self, channel: str) -> datetime | None:
        entry = self._first(channel)
        return None if entry is None else entry.next_attempt_at

    async def delivered(self, entry: OutboxEntry, receipt: str | None, at: datetime) -> None:
        assert at.tzinfo is not None
        self._may("delivered")
        self.entries = [each for each in self.entries if each.id != entry.id]
        if receipt is not None:
            self.receipts[entry.channel, entry.message.thread] = receipt

    async def given_up(self, entry: OutboxEntry, error_text: str, at: datetime) -> None:
        self.entries = [each for each in self.entries if each.id != entry.id]
        self.dead.append((entry, error_text, at))

    async def postponed(self, entry_id: int, next_attempt_at: datetime, error_text: str) -> None:
        assert error_text
        place = next(place for place, entry in enumerate(self.entries) if entry.id == entry_id)
        old = self.entries[place]
        self.entries[place] = OutboxEntry(
            id=old.id,
            channel=old.channel,
            message=old.message,
            attempts=old.attempts + 1,
            next_attempt_at=next_attempt_at,
        )

    async def queues(self, channels: Collection[str]) -> Mapping[str, Queue]:
        waiting = [entry.channel for entry in self.entries]
        dead = [entry.channel for entry, _, _ in self.dead]
        return {
            name: Queue(waiting=waiting.count(name), given_up=dead.count(name)) for name in (*channels, *waiting, *dead)
        }


class Pigeon:
    """A channel that answers each message with the next of its outcomes, and with success when there is none left."""

    def __init__(self, name: str, *outcomes: Exception, seconds: float = 0) -> None:
        self.name = name
        self.outcomes = list(outcomes)
        self.seconds = seconds
        self.tried = 0
        self.taken: list[Message] = []
        self.receipts: list[str | None] = []

    async def send(self, message: Message, receipt: str | None) -> str | None:
        self.tried += 1
        await asyncio.sleep(self.seconds)
        if self.outcomes:
            raise self.outcomes.pop(0)
        self.taken.append(message)
        self.receipts.append(receipt)
        return f"{self.name} {self.tried}" if message.thread else None


class World:
    """A delivery, its parts, a clock that moves by hand, and what was reported."""

    def __init__(self, *channels: Channel, patience: Patience = SHORT) -> None:
        self.now = NOON
        self.shelf = Shelf()
        self.outcomes: list[tuple[str, str]] = []
        self.queues: Mapping[str, Queue] = {}
        self.delivery = Delivery(
            self.shelf,
            channels,
            lambda: self.now,
            self.outcome,
            self.waiting,
            patience={channel.name: patience for channel in channels},
        )

    def outcome(self, channel: str, outcome: Literal["delivered", "failed", "given_up"]) -> None:
        self.outcomes.append((channel, outcome))

    def waiting(self, queues: Mapping[str, Queue]) -> None:
        self.queues = queues

    @property
    def counts(self) -> Mapping[str, int]:
        """Channel -> messages that wait."""
        return {name: queue.waiting for name, queue in self.queues.items()}

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.delivery.wake()

    def play(self, scene: Callable[[], Awaitable[None]]) -> None:
        """Run the scene while the delivery runs, and end both."""

        async def main() -> None:
            running = asyncio.create_task(self.delivery.run())
            try:
                await scene()
                assert not running.done()
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)

        asyncio.run(main())


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.001)


async def settle() -> None:
    for _ in range(50):
        await asyncio.sleep(0)


def test_messages_are_sent_in_order_and_stamped_with_the_time_of_the_attempt() -> None:
    pigeon = Pigeon("ops")
    world = World(pigeon)

    async def scene() -> None:
        world.now += timedelta(minutes=7)
        world.shelf.put("ops", firing(), resolved())
        await until(lambda: len(pigeon.taken) == 2)
        await until(lambda: world.counts == {"ops": 0})

    world.play(scene)
    assert [message.status for message in pigeon.taken] == ["firing", "resolved"]
    assert {message.sent_at for message in pigeon.taken} == {NOON + timedelta(minutes=7)}
    assert world.outcomes == [("ops", "delivered")] * 2


def test_a_message_put_later_is_sent_when_woken() -> None:
    pigeon = Pigeon("ops")
    world = World(pigeon)

    async def scene() -> None:
        await settle()
        world.shelf.put("ops", firing())
        world.delivery.wake()
        await until(lambda: len(pigeon.taken) == 1)

    world.play(scene)


def test_a_refused_message_waits_blocks_its_channel_and_is_sent_again() -> None:
    pigeon = Pigeon("ops", DeliveryError("HTTP status 500"), DeliveryError("HTTP status 500"))
    world = World(pigeon)

    async def scene() -> None:
        world.shelf.put("ops", firing(), resolved())
        await until(lambda: pigeon.tried == 1)
        await until(lambda: world.counts == {"ops": 2})
        world.later(0.1)  # even the shortest wait is longer
        await settle()
        assert pigeon.tried == 1
        world.later(1)
        await until(lambda: pigeon.tried == 2)
        world.later(2)
        await until(lambda: len(pigeon.taken) == 2)

    with capture_logs() as logs:
        world.play(scene)
    assert [message.status for message in pigeon.taken] == ["firing", "resolved"]
    assert [outcome for _, outcome in world.outcomes] == ["failed", "failed", "delivered", "delivered"]
    assert [(log["event"], log["attempts"]) for log in logs] == [
        ("delivery.failed", 1),
        ("delivery.failed", 2),
        ("delivery.sent", 3),
        ("delivery.sent", 1),
    ]
    assert logs[0]["reason"] == "HTTP status 500"
    assert logs[0]["channel"] == "ops"


def test_a_dead_channel_delays_no_other() -> None:
    dead, live = Pigeon("dead", seconds=3_600), Pigeon("live")
    world = World(dead, live)

    async def scene() -> None:
        world.shelf.put("dead", firing())
        world.shelf.put("live", firing(), resolved())
        await until(lambda: dead.tried == 1 and len(live.taken) == 2)

    world.play(scene)
    assert world.counts == {"dead": 1, "live": 0}


def test_the_receivers_wish_to_wait_is_honoured() -> None:
    pigeon = Pigeon("ops", DeliveryError("HTTP status 429", retry_after=90))
    world = World(pigeon)

    async def scene() -> None:
        world.shelf.put("ops", firing())
        await until(lambda: world.outcomes == [("ops", "failed")])
        await settle()
        world.later(89)
        await settle()
        assert pigeon.tried == 1
        world.later(1)
        await until(lambda: len(pigeon.taken) == 1)

    world.play(scene)


def test_a_mistake_in_a_channel_counts_as_a_failure_and_keeps_its_words_to_itself() -> None:
    clumsy, live = Pigeon("clumsy", KeyError("https://hooks.example.com/T0KEN")), Pigeon("live")
    world = World(clumsy, live)

    async def scene() -> None:
        world.shelf.put("clumsy", firing())
        await until(lambda: ("clumsy", "failed") in world.outcomes)
        world.shelf.put("live", firing())
        world.later(2)
        await until(lambda: len(clumsy.taken) == len(live.taken) == 1)

    with capture_logs() as logs:
        world.play(scene)
    assert "KeyError" in str(logs)
    assert "T0KEN" not in str(logs)


def test_a_state_that_cannot_be_read_is_logged_and_tried_again() -> None:
    pigeon = Pigeon("ops")
    world = World(pigeon)
    world.shelf.put("ops", firing())
    world.shelf.failing = {"due"}

    async def scene() -> None:
        await settle()
        assert pigeon.tried == 0
        world.shelf.failing = set()
        world.delivery.wake()
        await until(lambda: len(pigeon.taken) == 1)

    with capture_logs() as logs:
        world.play(scene)
    assert [log["reason"] for log in logs if log["event"] == "delivery.state_failed"] == ["due: disk full"]


def test_a_message_taken_while_the_disk_is_full_is_not_sent_over_and_over() -> None:
    pigeon = Pigeon("ops")
    world = World(pigeon)
    world.shelf.put("ops", firing(), resolved())
    world.shelf.failing = {"delivered"}

    async def scene() -> None:
        await until(lambda: pigeon.tried == 1)
        for _ in range(3):
            world.delivery.wake()
            await settle()
        assert pigeon.tried == 1
        world.shelf.failing = set()
        world.delivery.wake()
        await until(lambda: len(pigeon.taken) == 2)

    world.play(scene)
    assert [message.status for message in pigeon.taken] == ["firing", "resolved"]


def test_an_attempt_under_way_when_the_process_stops_is_heard_out_and_noted() -> None:
    pigeon = Pigeon("ops", seconds=0.05)
    world = World(pigeon)
    world.shelf.put("ops", firing(), resolved())
    world.play(lambda: until(lambda: pigeon.tried == 1))
    assert [message.status for message in pigeon.taken] == ["firing"]
    assert [entry.message.status for entry in world.shelf.entries] == ["resolved"]


def test_an_attempt_that_does_not_end_is_abandoned_and_its_message_kept() -> None:
    pigeon = Pigeon("ops", seconds=3_600)
    world = World(pigeon)
    world.shelf.put("ops", firing())
    world.play(lambda: until(lambda: pigeon.tried == 1))
    assert len(world.shelf.entries) == 1
    assert pigeon.taken == []


def test_a_silent_receiver_is_left_after_the_attempts_time() -> None:
    pigeon = Pigeon("ops", seconds=3_600)
    world = World(pigeon, patience=Patience(attempt=0.02))
    world.shelf.put("ops", firing())
    world.play(lambda: until(lambda: world.outcomes == [("ops", "failed")]))
    assert len(world.shelf.entries) == 1


def test_what_a_channel_returned_of_a_thread_is_given_back_with_the_threads_next_message() -> None:
    pigeon = Pigeon("ops")
    world = World(pigeon)
    threads = ["one", "", "two", "one"]
    world.shelf.put("ops", *(msgspec.structs.replace(firing(), thread=thread) for thread in threads))
    world.play(lambda: until(lambda: len(pigeon.taken) == 4))
    assert pigeon.receipts == [None, None, None, "ops 1"]
    assert world.shelf.receipts == {("ops", "one"): "ops 4", ("ops", "two"): "ops 3"}


def test_a_message_that_is_refused_for_too_long_is_given_up_and_those_after_it_are_sent() -> None:
    refusal = DeliveryError("HTTP status 500")
    pigeon = Pigeon("ops", refusal, refusal)
    world = World(pigeon, patience=Patience(attempt=10, grace=0.1, give_up=3_600))
    late = msgspec.structs.replace(resolved(), sent_at=NOON + timedelta(hours=1))

    async def scene() -> None:
        world.shelf.put("ops", firing(), late)
        await until(lambda: pigeon.tried == 1)
        await settle()
        world.later(3_600)
        await until(lambda: len(pigeon.taken) == 1)
        await until(lambda: world.queues["ops"] == Queue(given_up=1))

    with capture_logs() as logs:
        world.play(scene)
    assert [outcome for _, outcome in world.outcomes] == ["failed", "given_up", "delivered"]
    assert [(entry.message.status, error) for entry, error, _ in world.shelf.dead] == [("firing", "HTTP status 500")]
    assert [message.status for message in pigeon.taken] == ["resolved"]
    assert [(log["reason"], log["since"]) for log in logs if log["event"] == "delivery.given_up"] == [
        ("HTTP status 500", NOON.isoformat())
    ]


def test_each_channel_has_the_patience_that_it_was_given() -> None:
    silent, slow = Pigeon("silent", seconds=3_600), Pigeon("slow", seconds=0.1)
    world = World(silent, slow)
    world.delivery = Delivery(
        world.shelf,
        [silent, slow],
        lambda: world.now,
        world.outcome,
        world.waiting,
        patience={"silent": Patience(attempt=0.02)},
    )
    world.shelf.put("silent", firing())
    world.shelf.put("slow", firing())
    world.play(lambda: until(lambda: set(world.outcomes) == {("silent", "failed"), ("slow", "delivered")}))


def test_without_channels_it_runs_on_and_reports_what_waits_for_nobody() -> None:
    world = World()
    world.shelf.put("gone", firing())
    world.play(lambda: until(lambda: world.counts == {"gone": 1}))


def test_draining_sends_what_is_due_and_leaves_the_rest() -> None:
    live, dead = Pigeon("live"), Pigeon("dead", DeliveryError("HTTP status 500"))
    world = World(live, dead)
    world.shelf.put("live", firing(), resolved())
    world.shelf.put("dead", firing(), resolved())
    asyncio.run(world.delivery.drain(5))
    assert [message.status for message in live.taken] == ["firing", "resolved"]
    assert [entry.channel for entry in world.shelf.entries] == ["dead", "dead"]
    assert dead.tried == 1


def test_draining_ends_when_its_time_is_over() -> None:
    world = World(Pigeon("slow", seconds=3_600))
    world.shelf.put("slow", firing())
    asyncio.run(asyncio.wait_for(world.delivery.drain(0.02), 2))
    assert len(world.shelf.entries) == 1


def test_draining_leaves_a_receiver_alone_that_has_just_not_answered() -> None:
    hangs, live = Pigeon("hangs", seconds=3_600), Pigeon("live")
    world = World(hangs, live)

    async def scene() -> None:
        world.shelf.put("hangs", firing())
        await until(lambda: hangs.tried == 1)

    world.play(scene)
    world.shelf.put("live", firing())
    asyncio.run(asyncio.wait_for(world.delivery.drain(60), 2))
    assert (hangs.tried, live.tried) == (1, 1)
    assert [entry.channel for entry in world.shelf.entries] == ["hangs"]


@pytest.mark.parametrize(("failed", "seconds"), [(1, 1), (2, 2), (3, 4), (9, 256), (10, 300), (100_000, 300)])
def test_the_wait_doubles_up_to_five_minutes(failed: int, seconds: float) -> None:
    assert wait_seconds(failed, None, 0) == seconds
    assert wait_seconds(failed, None, 1) == seconds / 2


@given(st.integers(1, 50), st.none() | st.floats(min_value=0), st.floats(0, 1))
def test_the_wait_is_never_shorter_than_asked_nor_longer_than_an_hour(
    failed: int, asked: float | None, chance: float
) -> None:
    wait = wait_seconds(failed, asked, chance)
    assert min(asked or 0, 3_600) <= wait <= 3_600
    assert wait >= 0.5


def test_what_a_receiver_will_never_take_is_given_up_at_once_and_those_after_it_are_sent() -> None:
    pigeon = Pigeon("ops", DeliveryError("HTTP status 400", is_final=True))
    world = World(pigeon)

    async def scene() -> None:
        world.shelf.put("ops", firing(), resolved())
        await until(lambda: len(pigeon.taken) == 1)
        await until(lambda: world.queues["ops"] == Queue(given_up=1))

    world.play(scene)
    assert [outcome for _, outcome in world.outcomes] == ["given_up", "delivered"]
    assert pigeon.taken[0].status == "resolved"
