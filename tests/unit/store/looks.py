"""Looks that can be made again: the same number gives the same readings and levels, in whichever process."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from tests.unit.alerts.samples import NOON
from watchdog.rows.history import Point
from watchdog.store.state import State

Name = tuple[str, str]
T = TypeVar("T")

TABLES = 500
BETWEEN = timedelta(seconds=97)


def with_state(path: Path, work: Callable[[State], Awaitable[T]]) -> T:
    """What the work returns; each call opens and closes the file, as a restart does."""

    async def main() -> T:
        state = await State.open(path)
        try:
            return await work(state)
        finally:
            await state.close()

    return asyncio.run(main())


async def waiting(state: State, *channels: str) -> dict[str, int]:
    """Channel -> messages in the outbox."""
    return {channel: queue.waiting for channel, queue in (await state.queues(channels)).items()}


def names(count: int = TABLES) -> list[Name]:
    return [("public", f"table_{number:03}") for number in range(count)]


def points(look: int) -> dict[Name, Point]:
    """Of two tables in three: the others did not move."""
    return {
        name: Point(
            at=NOON + look * BETWEEN,
            rows=1_000 + (rows := look * 7919 * (number + 1) % 1_000_003),
            low=1_000 + rows - number % 5,
            high=1_000 + rows + number % 7,
            inserted=look + number,
            deleted=number % 3,
        )
        for number, name in enumerate(names())
        if (look + number) % 3
    }


def levels(look: int) -> dict[Name, bytes | None]:
    return {name: b"%d of %s" % (look, name[1].encode()) for name in names()}


async def commit(state: State, look: int) -> None:
    await state.levels("production")
    at = NOON + look * BETWEEN
    await state.commit("production", "rows", alerts=[], levels=levels(look), points=points(look), at=at)
