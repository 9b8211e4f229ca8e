"""A look at a real server as the watchdog takes it, and the rich schema that there is to be seen."""

import asyncio
from pathlib import Path

from watchdog.postgres.capture import capture
from watchdog.postgres.connection import Connection, Timeouts
from watchdog.schema.diff import Change, diff
from watchdog.schema.snapshot import Snapshot

HERE = Path(__file__).parent
# Short, for what is meant to be waited for in vain; a server on a busy machine still answers within them.
BRISK = Timeouts(connect=5, lock=0.3, statement=10)


def rich(major: int) -> str:
    """The script of a schema that has every kind of object this major knows."""
    newer = (HERE / "rich_14.sql").read_text() if major >= 14 else ""
    return (HERE / "rich.sql").read_text() + newer


def look(dsn: str, timeouts: Timeouts = BRISK) -> Snapshot:
    """One capture on a connection of its own."""

    async def take() -> Snapshot:
        connection = Connection(dsn, timeouts)
        try:
            return await capture(connection)
        finally:
            await connection.close()

    return asyncio.run(take())


def changes(expected: Snapshot, actual: Snapshot) -> tuple[Change, ...]:
    return diff(expected, actual).changes


def assert_same(one: Snapshot, other: Snapshot) -> None:
    """Same objects, same attributes (also those that are not compared), same counts of what no kind describes."""
    assert changes(one, other) == ()
    assert one.objects == other.objects
    assert one.unmodelled == other.unmodelled
    assert one.stale == other.stale
