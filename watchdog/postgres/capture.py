"""The catalogs, read in one transaction, as a Snapshot."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence

import asyncpg

from watchdog.errors import CaptureError
from watchdog.postgres.connection import Connection, identify
from watchdog.postgres.queries import facet_query, kind_query, query
from watchdog.schema.kind import Attribute, Kind
from watchdog.schema.kinds import DEFINITION, KINDS
from watchdog.schema.snapshot import Address, Attributes, InFlight, ObjectId, Snapshot, Value
from watchdog.schema.transition import migration_tools

ATTEMPTS = 3
PAUSE_SECONDS = 0.2

# Queries that keep locks until their savepoint ends, and what they are asked of in portions. A server's table of locks
# holds max_locks_per_transaction (64) times max_connections (100) at least.
LOCKING = {
    "view": "select oid from pg_class where relkind in ('v', 'm') and oid >= 16384 order by 1",
    "rule": "select distinct ev_class as oid from pg_rewrite where rulename <> '_RETURN' and oid >= 16384 order by 1",
    "policy": "select distinct polrelid as oid from pg_policy order by 1",
    "used_percent": "select seqrelid as oid from pg_sequence order by 1",
}
PORTION = 250

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
    hidden: set[ObjectId] = set()
    async with connection.transaction() as transaction:
        server = await identify(transaction)
        known = [KINDS[name] for name in kinds if KINDS[name].since <= server.major]
        shape = await _shape(transaction)
        blocked = [row["oid"] for row in await transaction.fetch(query("blocked"))]
        facets = {
            facet: await _facet(transaction, facet, server.major)
            for facet in dict.fromkeys(facet for kind in known for facet in kind.facets)
            if facet.since <= server.major
        }
        for kind in known:
            shared = {facet.name: facets[facet] for facet in kind.facets if facet in facets}
            whole = len(kind.own) + len(shared)
            async for row in _rows(transaction, kind_query(kind.name, server.major), kind.name, blocked):
                subject, address, is_blocked, own = _object(kind, row)
                addresses[subject] = address
                if is_blocked:
                    stale.add(subject)
                    objects[subject] = {}
                    continue
                objects[subject] = own | _seen(address, shared)
                if len(objects[subject]) < whole:
                    hidden.add(subject)
        unmodelled = {row["kind"]: row["count"] for row in await transaction.fetch(query("unmodelled"))}
        in_flight = _in_flight(await transaction.fetch(query("in_flight")), server.database)
    async with connection.transaction() as transaction:
        # What was added meanwhile was not seen, and changes nothing that was.
        if not shape.items() <= (await _shape(transaction)).items():
            raise _RacedError("an object was changed or dropped")
    return Snapshot(
        server=server,
        covers={kind.name: tuple(attribute.name for attribute in kind.known_to(server.major)) for kind in known},
        objects=objects,
        stale=frozenset(stale),
        hidden=frozenset(hidden),
        unmodelled=unmodelled,
        in_flight=in_flight,
        addresses=addresses,
    )


async def _shape(transaction: asyncpg.Connection) -> dict[tuple[str, int], int]:
    return {(row["what"], row["oid"]): row["number"] for row in await transaction.fetch(query("shape"))}


def _in_flight(rows: Sequence[asyncpg.Record], database: str) -> InFlight:
    def relations(what: str) -> frozenset[tuple[str, ...]]:
        return frozenset((row["schema"], row["relation"]) for row in rows if row["what"] == what)

    keys = [row["key"] for row in rows if row["what"] == "advisory"]
    return InFlight(relations("changing"), relations("building"), migration_tools(keys, database))


async def _rows(
    transaction: asyncpg.Connection, text: str, name: str, *more: Sequence[int]
) -> AsyncIterator[asyncpg.Record]:
    """Run one query, in savepoints that are rolled back: rendering a view locks what it names until then.

    A query that locks much is run in portions, because the server's table of locks is everybody's.
    """
    for oids in await _portions(transaction, name):
        savepoint = transaction.transaction()
        await savepoint.start()
        for row in await transaction.fetch(text, oids, *more):
            yield row
        await savepoint.rollback()


async def _portions(transaction: asyncpg.Connection, name: str) -> Sequence[Sequence[int] | None]:
    if name not in LOCKING:
        return [None]
    oids = [row["oid"] for row in await transaction.fetch(LOCKING[name])]
    return [oids[start : start + PORTION] for start in range(0, len(oids), PORTION)]


async def _facet(transaction: asyncpg.Connection, facet: Attribute, major: int) -> Mapping[Address, Value]:
    return {
        Address(row["class_oid"], row["object_oid"], row["sub_id"]): _value(row["value"])
        async for row in _rows(transaction, facet_query(facet.name, major), facet.name)
    }


def _object(kind: Kind, row: asyncpg.Record) -> tuple[ObjectId, Address, bool, dict[str, Value]]:
    """Name, address, whether it is blocked, and its own attributes but for those that are hidden."""
    class_oid, object_oid, sub_id, blocked, *values = row.values()
    parts, values = values[: len(kind.identity)], values[len(kind.identity) :]
    subject = ObjectId(kind.name, tuple(parts))
    own: dict[str, Value] = {}
    for attribute, value in zip(kind.own, values, strict=True):
        if value is None and attribute.name == DEFINITION and not blocked:
            raise _RacedError(f"{kind.name} {subject.name} vanished")
        if value is not None or not attribute.veiled:
            own[attribute.name] = _value(value)
    return subject, Address(class_oid, object_oid, sub_id), blocked, own


def _seen(address: Address, facets: Mapping[str, Mapping[Address, Value]]) -> dict[str, Value]:
    """An object's facets but for those that are hidden: for which the query says NULL, where it might say nothing."""
    return {
        name: values.get(address)
        for name, values in facets.items()
        if address not in values or values[address] is not None
    }


def _value(value: Value | list[str]) -> Value:
    return tuple(value) if isinstance(value, list) else value
