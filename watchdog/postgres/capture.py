"""The catalogs, read in one transaction, as a Snapshot."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from functools import partial

import asyncpg
import msgspec
from asyncpg.transaction import Transaction

from watchdog.errors import CaptureError, UnreachableError
from watchdog.postgres.beside import beside
from watchdog.postgres.columns import COLUMN, Columns
from watchdog.postgres.connection import Connection, identify
from watchdog.postgres.found import Facets, Found, RacedError, plain
from watchdog.postgres.queries import facet_query, kind_query, query
from watchdog.schema.kind import USED, Attribute, Kind
from watchdog.schema.kinds import KINDS
from watchdog.schema.snapshot import Address, InFlight, Snapshot, Value
from watchdog.schema.transition import migration_tools

ATTEMPTS = 3
PAUSE_SECONDS = 0.2

# Queries that keep locks until their savepoint ends, and what they are asked of in portions. A server's table of locks
# holds max_locks_per_transaction (64) times max_connections (100) at least.
LOCKING = {
    "view": "select oid from pg_class where relkind in ('v', 'm') and oid >= 16384 order by 1",
    "rule": "select distinct ev_class as oid from pg_rewrite where rulename <> '_RETURN' and oid >= 16384 order by 1",
    "policy": "select distinct polrelid as oid from pg_policy order by 1",
}
PORTION = 250
# Before 18 a sequence that is asked how far it is used up stays locked until the transaction ends, whatever savepoint:
# so many are asked in one.
UNLOCKED_SINCE, SEQUENCES = 18, 1000
# How many rows of a kind are held before they are taken in.
AT_ONCE = 2500
# Queries that group what is alike, by hash. A group takes a few hundred bytes, but the server counts eight kilobytes
# for each array that it begins, and would write a temporary file instead.
GROUPING, WORK_MEM = (COLUMN, "constraint", "index"), "SET LOCAL work_mem = '1GB'"
# Kinds whose queries are also told which relations have the same columns: $3, each with what represents it in $4.
REPRESENTED = ("constraint", "index")
# Columns are read first, and what they tell something for last: between them there is time to take them in.
_TURNS = {COLUMN: 0, **dict.fromkeys(("relation", *REPRESENTED), 2)}

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


# Of how many objects, at most, it is told one by one whether they are still the same.
FEW = 1000

# The objects that a query is asked of; None for all.
Roots = Sequence[int] | None
# What a kind's query is given after its roots: first what is blocked.
Given = tuple[Sequence[int] | None, ...]
# Rows, and the server's words where it cannot render them.
Read = tuple[Sequence[asyncpg.Record], str]


class Query(msgspec.Struct, frozen=True):
    """What is asked of the catalogs."""

    name: str
    text: str
    given: Given = ()

    def also_blocked(self, oids: Sequence[int]) -> "Query":
        """The same while these cannot be rendered either."""
        blocked, *more = self.given
        return msgspec.structs.replace(self, given=([*(blocked or ()), *oids], *more))


async def capture(
    connection: Connection, kinds: Sequence[str] = tuple(KINDS), like: Snapshot | None = None
) -> Snapshot:
    """Read all objects of the given kinds; what is the same as in `like` is kept once.

    Objects that cannot be rendered without waiting for a lock are in `stale` with no attributes. A read that raced
    with a change is made again, whole: half of it may be from before the change. What cannot be rendered then either
    is left out and in `broken`: had it raced, the schema would be another one at the end.

    Raises:
        UnreachableError: no connection.
        CaptureError: the read did not succeed in three attempts, or the server cancelled it.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return await _capture(connection, kinds, like, again=attempt > 1)
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


async def _capture(connection: Connection, kinds: Sequence[str], like: Snapshot | None, *, again: bool) -> Snapshot:
    used = await _used(connection) if any(USED in KINDS[name].facets for name in kinds) else {}
    async with connection.transaction() as transaction, beside() as working:
        server = await identify(transaction)
        known = [KINDS[name] for name in kinds if KINDS[name].since <= server.major]
        blocked = [row["oid"] for row in await transaction.fetch(query("blocked"))]
        columns = Columns(await transaction.fetch(query("holders"), None))
        found = Found(like, columns, {USED: used, **await facets_of(transaction, known, server.major)})
        for kind in in_turn(known):
            if kind.name in REPRESENTED:
                await working.done()
            asked = of_kind(kind, server.major, blocked, columns)
            read = _rows_and_broken(transaction, asked) if again else _rows_alone(connection, transaction, asked)
            async for rows, words in read:
                if rows:
                    await working.do(partial(found.take, kind, rows, words, again=again), len(rows))
        unmodelled = {row["kind"]: row["count"] for row in await transaction.fetch(query("unmodelled"))}
        in_flight = in_flight_of(await transaction.fetch(query("in_flight")), server.database)
        # Last, as every rendering may have read what was new by then.
        roots = await superseded(transaction)
        before = {} if roots == [] else await shape(transaction, roots)
    if before:
        async with connection.transaction() as transaction:
            if not before.items() <= (await shape(transaction, roots)).items():
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


def of_kind(kind: Kind, major: int, blocked: Sequence[int], columns: Columns | None = None) -> Query:
    """A kind's query; with what columns tell, where they are known."""
    given: Given = (blocked,)
    if kind.name in REPRESENTED:
        given += columns.alike if columns else (None, None)
    return Query(kind.name, kind_query(kind.name, major), given)


async def superseded(transaction: asyncpg.Connection) -> Roots:
    """Of which objects others may have changed what this transaction's snapshot holds; None if that is of many."""
    oids = set(await _oids(transaction, query("superseded")))
    return sorted(oids) if len(oids) <= FEW else None


async def shape(transaction: asyncpg.Connection, roots: Roots = None) -> dict[tuple[str, int], int]:
    """A number for each object that changes with what is rendered of it; all of a later shape holds if nothing did.

    What was added meanwhile was not seen, and changes nothing that was.
    """
    return {(row["what"], row["oid"]): row["number"] for row in await transaction.fetch(query("shape"), roots)}


async def _used(connection: Connection) -> Mapping[Address, Value]:
    """How far sequences are used up, asked in transactions of their own, each of no more than may stay locked."""
    async with connection.transaction() as transaction:
        server = await identify(transaction)
        oids = await _oids(transaction, "select seqrelid as oid from pg_sequence order by 1")
    size = SEQUENCES if server.major < UNLOCKED_SINCE else len(oids) or 1
    found: dict[Address, Value] = {}
    for start in range(0, len(oids), size):
        async with connection.transaction() as transaction:
            found |= await facet_of(transaction, USED, server.major, oids[start : start + size])
    return found


def in_turn(kinds: Iterable[Kind]) -> list[Kind]:
    """Kinds in the order in which they have to be read."""
    return sorted(kinds, key=lambda kind: _TURNS.get(kind.name, 1))


def in_flight_of(rows: Sequence[asyncpg.Record], database: str) -> InFlight:
    """What sql/in_flight.sql told."""

    def relations(what: str) -> frozenset[tuple[str, ...]]:
        return frozenset((row["schema"], row["relation"]) for row in rows if row["what"] == what)

    keys = [row["key"] for row in rows if row["what"] == "advisory"]
    return InFlight(relations("changing"), relations("building"), migration_tools(keys, database))


async def rows_of(transaction: asyncpg.Connection, asked: Query, roots: Roots) -> AsyncIterator[asyncpg.Record]:
    """Run one query, in savepoints that are rolled back: rendering a view locks what it names until then.

    A query that locks much is run in portions, because the server's table of locks is everybody's.
    """
    for oids in await _portions(transaction, asked.name, roots):
        for row in await _fetched(transaction, asked, oids):
            yield row


async def _rows_alone(connection: Connection, transaction: asyncpg.Connection, asked: Query) -> AsyncIterator[Read]:
    """The rows; of what is rendered, as most is, a few thousand at a time: all take more memory than their snapshot."""
    if asked.name not in RENDERED:
        yield await _fetched(transaction, asked, None), ""
        return
    for oids in await _portions(transaction, asked.name, None):
        savepoint = await _savepoint(transaction, asked.name)
        with connection.asking():
            # Without a name, as statements of a pooled session outlive us.
            statement = await transaction.prepare(asked.text, name="")
            cursor = await statement.cursor(oids, *asked.given)
            rows = await cursor.fetch(AT_ONCE)
        while len(rows) == AT_ONCE:
            yield rows, ""
            with connection.asking():
                rows = await cursor.fetch(AT_ONCE)
        # Before they are taken in, as the locks last until then.
        await savepoint.rollback()
        yield rows, ""


async def _rows_and_broken(transaction: asyncpg.Connection, asked: Query) -> AsyncIterator[Read]:
    """The same rows; those that the server cannot render as if they were blocked, each with the server's words."""
    for oids in await _portions(transaction, asked.name, None):
        try:
            found = [(await _fetched(transaction, asked, oids), "")]
        except UNRENDERED:
            if asked.name not in RENDERED:
                raise
            found = await _halved(transaction, asked, oids or await _oids(transaction, RENDERED[asked.name]))
        for each in found:
            yield each


async def _halved(transaction: asyncpg.Connection, asked: Query, oids: Sequence[int]) -> list[Read]:
    try:
        return [(await _fetched(transaction, asked, oids), "")]
    except UNRENDERED as error:
        if len(oids) == 1:
            return [(await _fetched(transaction, asked.also_blocked(oids), oids), str(error))]
    middle = len(oids) // 2
    return [
        *await _halved(transaction, asked, oids[:middle]),
        *await _halved(transaction, asked, oids[middle:]),
    ]


async def _fetched(transaction: asyncpg.Connection, asked: Query, oids: Roots) -> Sequence[asyncpg.Record]:
    """The rows of a query; the locks that rendering takes are given back, also when it fails."""
    rows: Sequence[asyncpg.Record]
    if asked.name not in RENDERED:
        rows = await transaction.fetch(asked.text, oids, *asked.given)
        return rows
    savepoint = await _savepoint(transaction, asked.name)
    try:
        rows = await transaction.fetch(asked.text, oids, *asked.given)
    except UNRENDERED:
        await savepoint.rollback()
        raise
    await savepoint.rollback()
    return rows


async def _savepoint(transaction: asyncpg.Connection, name: str) -> Transaction:
    """One to be rolled back, and with it what the query is allowed."""
    savepoint = transaction.transaction()
    await savepoint.start()
    if name in GROUPING:
        await transaction.execute(WORK_MEM)
    return savepoint


async def _portions(transaction: asyncpg.Connection, name: str, roots: Roots) -> Sequence[Roots]:
    if name not in LOCKING:
        return [roots]
    oids = await _oids(transaction, LOCKING[name]) if roots is None else roots
    return [oids[start : start + PORTION] for start in range(0, len(oids), PORTION)]


async def _oids(transaction: asyncpg.Connection, text: str) -> list[int]:
    return [row["oid"] for row in await transaction.fetch(text)]


async def facets_of(transaction: asyncpg.Connection, kinds: Sequence[Kind], major: int) -> Facets:
    """What many kinds have alike, but for what moves by itself."""
    facets = dict.fromkeys(facet for kind in kinds for facet in kind.facets if facet.since <= major and facet.kept)
    return {facet: await facet_of(transaction, facet, major, None) for facet in facets}


async def facet_of(
    transaction: asyncpg.Connection, facet: Attribute, major: int, roots: Roots
) -> Mapping[Address, Value]:
    """One of them; only of these objects, of columns by their relations."""
    return {
        Address(row["class_oid"], row["object_oid"], row["sub_id"]): plain(row["value"])
        async for row in rows_of(transaction, Query(facet.name, facet_query(facet.name, major)), roots)
    }
