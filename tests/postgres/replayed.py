"""Migrations that are replayed, and what was made of them."""

import asyncio
import contextlib
import itertools
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

import asyncpg

from tests.servers.query import rows
from tests.servers.servers import Server
from watchdog.postgres.replay import Replay, Scratch, Script, replay
from watchdog.schema.snapshot import Snapshot

T = TypeVar("T")
GOOD = "CREATE TABLE t (id int PRIMARY KEY);\n"
PASSWORD = "hunter2"
ROOT = Path(__file__).parents[2]
NUMBERS = itertools.count(1)


def exists(server: Server, database: str) -> bool:
    return bool(rows(server.dsn(), "SELECT 1 FROM pg_database WHERE datname = $1", database))


def scripts(*texts: str) -> list[Script]:
    return [Script(file=f"db/{number:03}.sql", sql=text) for number, text in enumerate(texts, 1)]


def during(work: Callable[[Replay], Awaitable[T]], replayed: Sequence[Script], scratch: Scratch) -> T:
    async def run() -> T:
        async with replay(replayed, scratch, None) as running:
            return await work(running)

    return asyncio.run(run())


def made(replayed: Sequence[Script], scratch: Scratch) -> Snapshot:
    async def work(running: Replay) -> Snapshot:
        await running.advance(len(replayed))
        return await running.snapshot()

    return during(work, replayed, scratch)


def names(seen: Snapshot, kind: str = "relation") -> set[str]:
    return {subject.name[-1] for subject in seen.objects if subject.kind == kind and subject.name[0] == "public"}


async def until_asleep(dsn: str) -> None:
    """Until the migration that sleeps has begun to."""
    asleep = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
    while True:
        with contextlib.suppress(asyncpg.InvalidCatalogNameError):
            if await asyncio.to_thread(rows, dsn, asleep):
                return
        await asyncio.sleep(0.05)


def wait_for(true: Callable[[], bool], seconds: float) -> float:
    started = time.monotonic()
    while not true():
        assert time.monotonic() - started < seconds
        time.sleep(0.05)
    return time.monotonic() - started


SLEEPING = "SELECT pg_sleep(100);"
