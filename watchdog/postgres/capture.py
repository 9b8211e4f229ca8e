"""The catalogs, read in one transaction, as a Snapshot."""

import asyncio
from collections.abc import Sequence

import asyncpg

from watchdog.errors import CaptureError
from watchdog.postgres.connection import Connection, identify
from watchdog.postgres.queries import kind_query, query
from watchdog.schema.kinds import DEFINITION, KINDS, Kind
from watchdog.schema.snapshot import Address, Attributes, ObjectId, Snapshot, Value

ATTEMPTS = 3
PAUSE_SECONDS = 0.2

# The server's renderings read with a newer snapshot than ours: an object dropped meanwhile shows as one of these.
RACES = (
    asyncpg.InternalServerError,
    asyncpg.UndefinedObjectError,
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedFunctionError,
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
)


class _RacedError(Exception):
    """Something vanished while it was read."""


async def capture(connection: Connection, kinds: Sequence[str] = tuple(KINDS)) -> Snapshot:
    """Read all objects of the given kinds.

    Objects that cannot be rendered without waiting for a lock are in `stale` with no attributes. A read that raced
    with a change is made again, whole: half of it may be from before the change.

    Raises:
        UnreachableError: no connection.
        CaptureError: the read did not succeed in three attempts, or the server cancelled it.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return await _capture(connection, kinds)
        except asyncpg.QueryCanceledError as error:
            raise CaptureError(f"reading the catalogs was cancelled: {error} (see timeouts.statement)") from error
        except (*RACES, _RacedError) as error:
            if attempt == ATTEMPTS:
                raise CaptureError(f"the schema kept changing while it was read, {ATTEMPTS} times: {error}") from error
            await asyncio.sleep(PAUSE_SECONDS * attempt)
        except asyncpg.PostgresError as error:
            raise CaptureError(f"the server refused a catalog query: {error}") from error
    raise AssertionError  # the loop returns or raises


async def capture_once(connection: Connection) -> Snapshot:
    """Capture, and close the connection: rendering a large schema leaves tens of megabytes in that backend's caches.

    Raises as `capture`.
    """
    try:
        return await capture(connection)
    finally:
        await connection.close()


async def _capture(connection: Connection, kinds: Sequence[str]) -> Snapshot:
    objects: dict[ObjectId, Attributes] = {}
    addresses: dict[ObjectId, Address] = {}
    stale: set[ObjectId] = set()
    async with connection.transaction() as transaction:
        server = await identify(transaction)
        shape = await _shape(transaction)
        blocked = [row["oid"] for row in await transaction.fetch(query("blocked"))]
        for name in kinds:
            rows = await _fetch(transaction, kind_query(name, server.version_num // 10000), blocked)
            for row in rows:
                subject, address, attributes = _object(KINDS[name], row)
                addresses[subject] = address
                objects[subject] = attributes
                if not attributes and row["blocked"]:
                    stale.add(subject)
        unmodelled = {row["kind"]: row["count"] for row in await transaction.fetch(query("unmodelled"))}
    async with connection.transaction() as transaction:
        # What was added meanwhile was not seen, and changes nothing that was.
        if not shape.items() <= (await _shape(transaction)).items():
            raise _RacedError("an object was changed or dropped")
    return Snapshot(
        server=server,
        covers={name: tuple(attribute.name for attribute in KINDS[name].attributes) for name in kinds},
        objects=objects,
        stale=frozenset(stale),
        unmodelled=unmodelled,
        addresses=addresses,
    )


async def _shape(transaction: asyncpg.Connection) -> dict[tuple[str, int], int]:
    return {(row["what"], row["oid"]): row["number"] for row in await transaction.fetch(query("shape"))}


async def _fetch(transaction: asyncpg.Connection, text: str, blocked: Sequence[int]) -> Sequence[asyncpg.Record]:
    """Run one query in a savepoint that is rolled back: rendering a view locks what it names until then."""
    savepoint = transaction.transaction()
    await savepoint.start()
    rows: Sequence[asyncpg.Record] = await transaction.fetch(text, None, blocked)
    await savepoint.rollback()
    return rows


def _object(kind: Kind, row: asyncpg.Record) -> tuple[ObjectId, Address, Attributes]:
    class_oid, object_oid, sub_id, blocked, *values = row.values()
    parts, values = values[: len(kind.identity)], values[len(kind.identity) :]
    subject = ObjectId(kind.name, tuple(parts))
    attributes: dict[str, Value] = {}
    if not blocked:
        for attribute, value in zip(kind.attributes, values, strict=True):
            if value is None and attribute.name == DEFINITION:
                raise _RacedError(f"{kind.name} {subject.name} vanished")
            attributes[attribute.name] = tuple(value) if isinstance(value, list) else value
    return subject, Address(class_oid, object_oid, sub_id), attributes
