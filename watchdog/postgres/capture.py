"""The catalogs, read in one transaction, as a Snapshot."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence

import asyncpg

from watchdog.errors import CaptureError, UnreachableError
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

# What the kinds are asked for one by one, when the server cannot render all of them at once.
_RELATIONS = "select oid from pg_class order by 1"
RENDERED = {
    **dict.fromkeys(("relation", "column", "constraint", "index", "trigger"), _RELATIONS),
    **LOCKING,
    "domain": "select oid from pg_type where typtype = 'd' order by 1",
    "routine": "select oid from pg_proc order by 1",
    "statistics": "select oid from pg_statistic_ext order by 1",
}

# The server's renderings read with a newer snapshot than ours: an object dropped meanwhile shows as one of these, and
# so does one whose entries in the catalogs are damaged.
UNRENDERED = (
    asyncpg.InternalServerError,
    asyncpg.UndefinedObjectError,
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedFunctionError,
)
RACES = (
    *UNRENDERED,
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
)


# The objects that a query is asked of; None for all.
Roots = Sequence[int] | None
Facets = Mapping[Attribute, Mapping[Address, Value]]
Shared = Mapping[str, Mapping[Address, Value]]


class RacedError(Exception):
    """Something vanished while it was read."""


async def capture(connection: Connection, kinds: Sequence[str] = tuple(KINDS)) -> Snapshot:
    """Read all objects of the given kinds.

    Objects that cannot be rendered without waiting for a lock are in `stale` with no attributes. A read that raced
    with a change is made again, whole: half of it may be from before the change. What cannot be rendered then either
    is left out and in `broken`: had it raced, the schema would be another one at the end.

    Raises:
        UnreachableError: no connection.
        CaptureError: the read did not succeed in three attempts, or the server cancelled it.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return await _capture(connection, kinds, again=attempt > 1)
        except asyncpg.QueryCanceledError as error:
            raise CaptureError(f"reading the catalogs was cancelled: {error} (see timeouts.statement)") from error
        except (*RACES, RacedError) as error:
            if attempt == ATTEMPTS:
                raise CaptureError(f"{await _why(connection, error)}, {ATTEMPTS} times: {error}") from error
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


async def _why(connection: Connection, error: Exception) -> str:
    """What kept the catalogs from being read."""
    match error:
        case asyncpg.LockNotAvailableError():
            return (
                f"another session held a lock{await _locked_catalogs(connection)} that the reading waited for in vain"
            )
        case asyncpg.InternalServerError():
            return "the server could not render what its catalogs hold (are they damaged, or changed all the time?)"
        case _:
            return "the schema kept changing while it was read"


async def _locked_catalogs(connection: Connection) -> str:
    try:
        async with connection.transaction() as transaction:
            names = [row["name"] for row in await transaction.fetch(query("locked_catalogs"))]
    except (asyncpg.PostgresError, UnreachableError):
        return ""  # whoever has locked what the names stand in
    return f" on {', '.join(names)} (VACUUM FULL, REINDEX or LOCK of a system catalog?)" if names else ""


class Found:
    """What was read of the objects so far; see Snapshot."""

    def __init__(self) -> None:
        self.objects: dict[ObjectId, Attributes] = {}
        self.addresses: dict[ObjectId, Address] = {}
        self.stale: set[ObjectId] = set()
        self.broken: dict[ObjectId, str] = {}
        self.hidden: set[ObjectId] = set()

    def add(self, kind: Kind, row: asyncpg.Record, words: str, shared: Shared, *, again: bool) -> None:
        """Take in one object; `shared` are the facets of its kind, `words` the server's where it cannot render it.

        Raises:
            RacedError: it vanished while it was read, which only a read that is made `again` takes for damage.
        """
        subject, address, is_blocked, own = _object(kind, row)
        self.addresses[subject] = address
        vanished = not is_blocked and own.get(DEFINITION, "") is None
        if vanished and not again:
            raise RacedError(f"{kind.name} {subject.name} vanished")
        if words or vanished:
            self.broken[subject] = words or "its definition is not there"
        if is_blocked or vanished:
            self.stale.add(subject)
            self.objects[subject] = {}
            return
        self.objects[subject] = own | _seen(address, shared)
        if len(self.objects[subject]) < len(kind.own) + len(shared):
            self.hidden.add(subject)


async def _capture(connection: Connection, kinds: Sequence[str], *, again: bool) -> Snapshot:
    found = Found()
    async with connection.transaction() as transaction:
        server = await identify(transaction)
        known = [KINDS[name] for name in kinds if KINDS[name].since <= server.major]
        before = await shape(transaction)
        blocked = [row["oid"] for row in await transaction.fetch(query("blocked"))]
        facets = await facets_of(transaction, known, server.major)
        for kind in known:
            shared = shared_by(kind, facets)
            read = _rows_and_broken if again else _rows_alone
            async for row, words in read(transaction, kind_query(kind.name, server.major), kind.name, blocked):
                found.add(kind, row, words, shared, again=again)
        unmodelled = {row["kind"]: row["count"] for row in await transaction.fetch(query("unmodelled"))}
        in_flight = in_flight_of(await transaction.fetch(query("in_flight")), server.database)
    async with connection.transaction() as transaction:
        # What was added meanwhile was not seen, and changes nothing that was.
        if not before.items() <= (await shape(transaction)).items():
            raise RacedError("an object was changed or dropped")
    return Snapshot(
        server=server,
        covers={kind.name: tuple(attribute.name for attribute in kind.known_to(server.major)) for kind in known},
        objects=found.objects,
        stale=frozenset(found.stale),
        broken=found.broken,
        hidden=frozenset(found.hidden),
        unmodelled=unmodelled,
        in_flight=in_flight,
        addresses=found.addresses,
    )


async def shape(transaction: asyncpg.Connection, roots: Roots = None) -> dict[tuple[str, int], int]:
    """A number for each object that changes with what is rendered of it."""
    return {(row["what"], row["oid"]): row["number"] for row in await transaction.fetch(query("shape"), roots)}


def in_flight_of(rows: Sequence[asyncpg.Record], database: str) -> InFlight:
    """What sql/in_flight.sql told."""

    def relations(what: str) -> frozenset[tuple[str, ...]]:
        return frozenset((row["schema"], row["relation"]) for row in rows if row["what"] == what)

    keys = [row["key"] for row in rows if row["what"] == "advisory"]
    return InFlight(relations("changing"), relations("building"), migration_tools(keys, database))


async def rows_of(
    transaction: asyncpg.Connection, text: str, name: str, roots: Roots, *more: Sequence[int]
) -> AsyncIterator[asyncpg.Record]:
    """Run one query, in savepoints that are rolled back: rendering a view locks what it names until then.

    A query that locks much is run in portions, because the server's table of locks is everybody's.
    """
    for oids in await _portions(transaction, name, roots):
        for row in await _fetched(transaction, text, oids, *more):
            yield row


async def _rows_alone(
    transaction: asyncpg.Connection, text: str, kind: str, blocked: Sequence[int]
) -> AsyncIterator[tuple[asyncpg.Record, str]]:
    async for row in rows_of(transaction, text, kind, None, blocked):
        yield row, ""


async def _rows_and_broken(
    transaction: asyncpg.Connection, text: str, kind: str, blocked: Sequence[int]
) -> AsyncIterator[tuple[asyncpg.Record, str]]:
    """The same rows; those that the server cannot render as if they were blocked, each with the server's words."""
    for oids in await _portions(transaction, kind, None):
        try:
            found = [(row, "") for row in await _fetched(transaction, text, oids, blocked)]
        except UNRENDERED:
            if kind not in RENDERED:
                raise
            found = await _halved(transaction, text, oids or await _oids(transaction, RENDERED[kind]), blocked)
        for each in found:
            yield each


async def _halved(
    transaction: asyncpg.Connection, text: str, oids: Sequence[int], blocked: Sequence[int]
) -> list[tuple[asyncpg.Record, str]]:
    try:
        return [(row, "") for row in await _fetched(transaction, text, oids, blocked)]
    except UNRENDERED as error:
        if len(oids) == 1:
            return [(row, str(error)) for row in await _fetched(transaction, text, oids, [*blocked, *oids])]
    middle = len(oids) // 2
    return [
        *await _halved(transaction, text, oids[:middle], blocked),
        *await _halved(transaction, text, oids[middle:], blocked),
    ]


async def _fetched(
    transaction: asyncpg.Connection, text: str, *arguments: Sequence[int] | None
) -> Sequence[asyncpg.Record]:
    """The rows of a query; the locks that it took are given back, also when it fails."""
    savepoint = transaction.transaction()
    await savepoint.start()
    try:
        rows: Sequence[asyncpg.Record] = await transaction.fetch(text, *arguments)
    except UNRENDERED:
        await savepoint.rollback()
        raise
    await savepoint.rollback()
    return rows


async def _portions(transaction: asyncpg.Connection, name: str, roots: Roots) -> Sequence[Roots]:
    if name not in LOCKING:
        return [roots]
    oids = await _oids(transaction, LOCKING[name]) if roots is None else roots
    return [oids[start : start + PORTION] for start in range(0, len(oids), PORTION)]


async def _oids(transaction: asyncpg.Connection, text: str) -> list[int]:
    return [row["oid"] for row in await transaction.fetch(text)]


async def facets_of(transaction: asyncpg.Connection, kinds: Sequence[Kind], major: int) -> Facets:
    """What many kinds have alike, by address."""
    facets = dict.fromkeys(facet for kind in kinds for facet in kind.facets if facet.since <= major)
    return {facet: await facet_of(transaction, facet, major, None) for facet in facets}


def shared_by(kind: Kind, facets: Facets) -> Shared:
    """Those facets that the kind has."""
    return {facet.name: facets[facet] for facet in kind.facets if facet in facets}


async def facet_of(
    transaction: asyncpg.Connection, facet: Attribute, major: int, roots: Roots
) -> Mapping[Address, Value]:
    """One of them; only of these objects, of columns by their relations."""
    return {
        Address(row["class_oid"], row["object_oid"], row["sub_id"]): _value(row["value"])
        async for row in rows_of(transaction, facet_query(facet.name, major), facet.name, roots)
    }


def _object(kind: Kind, row: asyncpg.Record) -> tuple[ObjectId, Address, bool, dict[str, Value]]:
    """Name, address, whether it is blocked, and its own attributes but for those that are hidden."""
    class_oid, object_oid, sub_id, blocked, *values = row.values()
    parts, values = values[: len(kind.identity)], values[len(kind.identity) :]
    subject = ObjectId(kind.name, tuple(parts))
    own: dict[str, Value] = {}
    for attribute, value in zip(kind.own, values, strict=True):
        if value is not None or not attribute.veiled:
            own[attribute.name] = _value(value)
    return subject, Address(class_oid, object_oid, sub_id), blocked, own


def _seen(address: Address, facets: Shared) -> dict[str, Value]:
    """An object's facets but for those that are hidden: for which the query says NULL, where it might say nothing."""
    return {
        name: values.get(address)
        for name, values in facets.items()
        if address not in values or values[address] is not None
    }


def _value(value: Value | list[str]) -> Value:
    return tuple(value) if isinstance(value, list) else value
