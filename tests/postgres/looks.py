"""A look at a real server as the watchdog takes it, and the rich schema that there is to be seen."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from watchdog.postgres.capture import capture
from watchdog.postgres.connection import Connection, Timeouts
from watchdog.schema.diff import Change, diff
from watchdog.schema.kinds import KINDS
from watchdog.schema.snapshot import Snapshot

HERE = Path(__file__).parent
# Short, for what is meant to be waited for in vain; a server on a busy machine still answers within them.
BRISK = Timeouts(connect=5, lock=0.3, statement=10)


ROOMS = ("", "_types", "_routines", "_exchange")


def rich(major: int, rooms: Sequence[str] = ROOMS) -> str:
    """The script of a schema that has every kind of object this major knows."""
    names = [
        f"rich{room}{version}.sql"
        for room in rooms
        for version in ("", *(f"_{version}" for version in range(14, major + 1)))
    ]
    return "".join((HERE / name).read_text() for name in names if (HERE / name).exists())


# Tests share servers, so roles, tablespaces and settings come and go with other tests.
OF_DATABASES = tuple(kind.name for kind in KINDS.values() if kind.within != "cluster")


async def captured(connection: Connection) -> Snapshot:
    """A capture of what is the database's own."""
    return await capture(connection, OF_DATABASES)


def look(dsn: str, timeouts: Timeouts = BRISK, kinds: Sequence[str] = OF_DATABASES) -> Snapshot:
    """One capture on a connection of its own; of the database only, unless other kinds are given."""

    async def take() -> Snapshot:
        connection = Connection(dsn, timeouts)
        try:
            return await capture(connection, kinds)
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
