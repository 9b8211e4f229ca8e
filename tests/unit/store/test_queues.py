"""What waits for channels and what was given up, in numbers, as the disk has it."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from tests.unit.alerts.samples import NOON, firing, resolved
from watchdog.alerts.plan import Plan
from watchdog.alerts.queue import Queue
from watchdog.store.state import State


def test_a_channels_queue_knows_its_oldest_message_and_what_was_given_up(tmp_path: Path) -> None:
    late = msgspec.structs.replace(resolved(), sent_at=NOON + timedelta(hours=1))

    async def main() -> list[dict[str, Queue]]:
        state = await State.open(tmp_path / "watchdog.sqlite3")
        seen = [await state.queues(["ops", "team"])]
        await state.put("ops", Plan(messages=(firing(), late)))
        await state.put("gone", Plan(messages=(late,)))
        seen.append(await state.queues(["ops", "team"]))
        for channel in ("ops", "gone"):
            entry = await state.due(channel, NOON + timedelta(hours=2))
            assert entry is not None
            await state.given_up(entry, "HTTP status 500", NOON)
        seen.append(await state.queues(["ops", "team"]))
        await state.revive("ops", NOON + timedelta(hours=3))
        seen.append(await state.queues(["ops", "team"]))
        await state.close()
        return seen

    empty, waiting, dead, revived = asyncio.run(main())
    hour = timedelta(hours=1)
    assert empty == {"ops": Queue(), "team": Queue()}
    assert waiting == {
        "ops": Queue(waiting=2, oldest_at=NOON),
        "team": Queue(),
        "gone": Queue(waiting=1, oldest_at=NOON + hour),
    }
    assert dead == {
        "ops": Queue(waiting=1, oldest_at=NOON + hour, given_up=1, error="HTTP status 500"),
        "team": Queue(),
        "gone": Queue(given_up=1, error="HTTP status 500"),
    }
    assert revived["ops"] == Queue(waiting=2, oldest_at=NOON + hour)


def test_a_queue_knows_how_often_its_next_message_failed(tmp_path: Path) -> None:
    async def main() -> dict[str, Queue]:
        state = await State.open(tmp_path / "watchdog.sqlite3")
        await state.put("ops", Plan(messages=(firing(), resolved())))
        for _ in range(2):
            entry = await state.due("ops", NOON)
            assert entry is not None
            await state.postponed(entry.id, NOON, "refused")
        found = await state.queues(["ops"])
        await state.close()
        return found

    assert asyncio.run(main()) == {"ops": Queue(waiting=2, oldest_at=NOON, error="refused", attempts=2)}


def test_what_waits_for_one_channel_can_be_hastened_and_nothing_is_put_off_by_that(tmp_path: Path) -> None:
    hour = timedelta(hours=1)

    async def main() -> tuple[list[int], list[datetime | None]]:
        state = await State.open(tmp_path / "watchdog.sqlite3")
        for channel in ("ops", "team"):
            await state.put(channel, Plan(messages=(firing(), resolved())))
            entry = await state.due(channel, NOON)
            assert entry is not None
            await state.postponed(entry.id, NOON + hour, "refused")
        counts = [await state.hasten(channel, NOON + hour / 2) for channel in ("ops", "none")]
        moments = [await state.next_attempt(channel) for channel in ("ops", "team")]
        counts.append(await state.hasten("team", NOON + 2 * hour))
        moments.append(await state.next_attempt("team"))
        await state.close()
        return counts, moments

    assert asyncio.run(main()) == ([2, 0, 2], [NOON + hour / 2, NOON + hour, NOON + hour])
