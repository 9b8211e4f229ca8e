"""Beside a held or awaited lock: a capture ends in time, says what it could not read, and reports nothing missing."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from threading import Event

import asyncpg
import pytest

from tests.postgres.looks import BRISK, changes, look, rich
from tests.postgres.mending import found, words
from tests.servers.query import rows, sql
from watchdog.postgres.capture import UNLOCKED_SINCE, capture, capture_once, facets_of, of_kind, rows_of
from watchdog.postgres.connection import APPLICATION_NAME, Connection, Timeouts
from watchdog.postgres.queries import kind_query, query
from watchdog.schema.kinds import KINDS
from watchdog.schema.snapshot import ObjectId, Snapshot, carry_forward

ORDERS = {
    ObjectId("relation", ("app", "orders")),
    ObjectId("column", ("app", "orders", "total")),
    ObjectId("constraint", ("app", "orders", "orders_pkey")),
    ObjectId("index", ("app", "orders", "orders_totals")),
    ObjectId("policy", ("app", "orders", "everyone")),
    ObjectId("view", ("app", "open_orders")),
    ObjectId("view", ("app", "totals")),
}
ACCOUNTS = {
    ObjectId("relation", ("app", "accounts")),
    ObjectId("column", ("app", "accounts", "born")),
    ObjectId("trigger", ("app", "accounts", "stamp")),
    ObjectId("view", ("app", "open_orders")),
    ObjectId("policy", ("app", "orders", "own")),
}


def routines(unreadable: set[ObjectId], major: int) -> set[ObjectId]:
    """The routines whose parsed bodies, which came with 14, name the table in question."""
    named = "count_orders()" if unreadable is ORDERS else "sooner(date)" if unreadable is ACCOUNTS else None
    return {ObjectId("routine", ("app", named))} if named and major >= 14 else set()


@contextmanager
def open_transactions(dsn: str, statements: Sequence[str]) -> Iterator[None]:
    """Other sessions, one a statement, each with its statement begun and its transaction open until the block ends.

    A statement that does not end by itself (it awaits a lock) is given a moment to begin.
    """
    begun, over = Event(), Event()

    async def hold() -> None:
        sessions = [await asyncpg.connect(dsn) for _ in statements]
        try:
            waiting = set()
            for session, statement in zip(sessions, statements, strict=True):
                await session.execute("BEGIN")
                done, waits = await asyncio.wait([asyncio.ensure_future(session.execute(statement))], timeout=0.5)
                waiting |= waits
                await asyncio.gather(*done)
            begun.set()
            await asyncio.to_thread(over.wait)
        finally:
            begun.set()
            for session in sessions:
                session.terminate()
        await asyncio.gather(*waiting, return_exceptions=True)

    with ThreadPoolExecutor() as pool:
        held = pool.submit(asyncio.run, hold())
        begun.wait()
        try:
            yield
        finally:
            over.set()
            held.result()


CASES = {
    "a lock on a table": (["LOCK TABLE app.orders"], ORDERS),
    "a lock that waits behind a reader": (["SELECT FROM app.orders", "LOCK TABLE app.orders"], ORDERS),
    "a lock on an index": (
        ["ALTER INDEX app.orders_totals SET (fillfactor = 80)", "REINDEX INDEX app.orders_totals"],
        ORDERS,
    ),
    "a drop": (["DROP TABLE app.orders CASCADE"], ORDERS),
    "a change": (["ALTER TABLE app.orders DROP during, ADD more text, DROP CONSTRAINT unchecked"], ORDERS),
    "a lock on what a policy names": (["LOCK TABLE app.accounts"], ACCOUNTS),
    "a lock on a view": (["LOCK TABLE ONLY app.open_orders"], {ObjectId("view", ("app", "open_orders"))}),
    "a lock on a partition": (["LOCK TABLE app.events_2024"], {ObjectId("relation", ("app", "events_2024"))}),
    "a lock on a sequence": (["DROP SEQUENCE app.tickets"], {ObjectId("sequence", ("app", "tickets"))}),
    "a truncation": (["TRUNCATE app.events"], {ObjectId("relation", ("app", "events_2025_eu"))}),
}


@pytest.mark.all_majors
def test_a_lock_makes_stale_what_cannot_be_read_and_nothing_missing(major: int, database: str, watcher: str) -> None:
    sql(database, rich(major))
    before = look(watcher)
    wrong = {}
    for case, (statements, unreadable) in CASES.items():
        with open_transactions(database, statements):
            started = time.monotonic()
            during = look(watcher)
            took = time.monotonic() - started
        named = unreadable | routines(unreadable, major)
        if (
            took > 4
            or during.objects.keys() != before.objects.keys()
            or not named <= during.stale
            or len(during.stale) > len(before.objects) / 2
            or changes(before, during)
            or carry_forward(during, before).objects != before.objects
        ):
            wrong[case] = (
                took,
                named - during.stale,
                before.objects.keys() ^ during.objects.keys(),
                changes(before, during),
            )

    assert wrong == {}
    assert look(watcher).stale == frozenset()


def test_a_lock_of_a_prepared_transaction_is_a_lock_too(database: str) -> None:
    sql(database, "CREATE TABLE t (i int DEFAULT 5); CREATE SEQUENCE s")
    name = f"held in {database.rpartition('/')[2]}"
    sql(database, f"BEGIN; LOCK TABLE t; ALTER SEQUENCE s INCREMENT 2; PREPARE TRANSACTION '{name}'")
    try:
        during = look(database)
    finally:
        sql(database, f"ROLLBACK PREPARED '{name}'")
    assert ObjectId("column", ("public", "t", "i")) in during.stale
    assert ("public", "t") in during.in_flight.changing
    assert during.hidden == {ObjectId("sequence", ("public", "s"))}


def test_without_a_former_look_what_is_locked_is_known_by_name_alone(database: str) -> None:
    sql(database, rich(18))
    with open_transactions(database, ["LOCK TABLE app.orders"]):
        during = look(database)

    assert during.objects[ObjectId("column", ("app", "orders", "total"))] == {}
    assert carry_forward(during, None) is during

    # An expectation made of it knows that there was a column, not which: no remedy is made up.
    sql(database, "ALTER TABLE app.orders DROP during; DROP TABLE app.orders CASCADE")
    told = found(during, look(database))
    assert "relation app.orders is missing" in words(told)
    assert [finding.message for finding in told if finding.remedy and "orders" in finding.identity] == []


@pytest.mark.all_majors
def test_an_open_capture_locks_nothing_of_the_users_and_takes_no_transaction_number(major: int, database: str) -> None:
    sql(database, rich(major))
    locked = "SELECT count(*) FROM pg_locks WHERE pid = $1 AND locktype = 'relation' AND relation >= 16384"

    async def watch() -> None:
        other = await asyncpg.connect(database)
        connection = Connection(database, BRISK)
        async with connection.transaction() as transaction:
            pid = transaction.get_server_pid()
            for kind in (kind.name for kind in KINDS.values() if kind.since <= major):
                async for _ in rows_of(transaction, of_kind(KINDS[kind], major, []), None):
                    pass
                assert await other.fetchval(locked, pid) == 0, kind
            await facets_of(transaction, [KINDS["relation"], KINDS["column"], KINDS["routine"]], major)
            await transaction.fetch(query("unmodelled"))
            assert await other.fetchval(locked, pid) == 0
            # The rendering does lock what it names, so that the figures above mean something.
            savepoint = transaction.transaction()
            await savepoint.start()
            await transaction.fetch(kind_query("view", major), None, [])
            assert await other.fetchval(locked, pid) > 0
            await savepoint.rollback()
            # Nobody waits for the open transaction.
            await other.execute("ALTER TABLE app.orders ADD more text", timeout=2)
            await other.execute("DROP VIEW app.of_view, app.open_orders; TRUNCATE app.orders", timeout=2)
            assert await transaction.fetchval("SHOW transaction_read_only") == "on"
            assert await other.fetch(
                "SELECT backend_xid, application_name FROM pg_stat_activity WHERE pid = $1", pid
            ) == [(None, APPLICATION_NAME)]
        assert await other.fetchval("SELECT count(*) FROM pg_locks WHERE pid = $1", pid) == 0
        await connection.close()
        await other.close()

    asyncio.run(watch())


@pytest.mark.all_majors
def test_not_all_sequences_are_locked_at_a_time(major: int, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server's table of locks is everybody's, and before 18 one that is asked stays locked in that transaction."""
    sql(database, "CREATE SEQUENCE s; SELECT nextval('s'); CREATE TABLE t (i smallint GENERATED ALWAYS AS IDENTITY)")
    sql(database, "INSERT INTO t SELECT FROM generate_series(1, 3300)")
    locked = []

    class Counted(Connection):
        @asynccontextmanager
        async def transaction(self) -> AsyncIterator[asyncpg.Connection]:
            async with super().transaction() as transaction:
                yield transaction
                locked.append(
                    await transaction.fetchval(
                        "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND mode = 'RowExclusiveLock'"
                    )
                )

    monkeypatch.setattr("watchdog.postgres.capture.SEQUENCES", 1)
    snapshot = asyncio.run(capture_once(Counted(database, BRISK)))
    assert snapshot.objects[ObjectId("sequence", ("public", "s"))]["used_percent"] == 0
    assert snapshot.objects[ObjectId("column", ("public", "t", "i"))]["used_percent"] == 10
    assert max(locked) == (1 if major < UNLOCKED_SINCE else 0)


@pytest.mark.majors(13)
def test_a_capture_of_much_that_is_not_alike_writes_no_temporary_file(database: str) -> None:
    """13 lets a query take least memory before it does."""
    sql(
        database,
        """DO $$ BEGIN FOR t IN 1..10 LOOP
          EXECUTE (SELECT format('CREATE TABLE t%s (%s)', t, string_agg(format('c%s_%s int CHECK (c%1$s_%2$s <> %2$s)',
            t, c), ',')) FROM generate_series(1, 220) c);
        END LOOP; END $$""",
    )
    assert len(look(database).of_kind("constraint")) == 2200
    written = "SELECT temp_files FROM pg_stat_database WHERE datname = current_database()"
    # What a session counted is told once it has ended.
    for _ in range(2):
        look(database)
        time.sleep(0.5)
    assert rows(database, written) == [(0,)]


def test_a_capture_can_write_nothing(database: str) -> None:
    async def write() -> None:
        connection = Connection(database, BRISK)
        try:
            async with connection.transaction() as transaction:
                await transaction.execute("CREATE TABLE t ()")
        finally:
            await connection.close()

    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        asyncio.run(write())


@pytest.mark.parametrize(
    ("waiting", "error"),
    [
        ("LOCK TABLE app.orders IN ACCESS SHARE MODE", asyncpg.LockNotAvailableError),
        ("SELECT pg_sleep(20)", asyncpg.QueryCanceledError),
    ],
)
def test_a_query_waits_no_longer_than_allowed(database: str, waiting: str, error: type[Exception]) -> None:
    sql(database, rich(18))

    async def wait() -> None:
        connection = Connection(database, Timeouts(lock=0.2, statement=1))
        try:
            async with connection.transaction() as transaction:
                await transaction.execute(waiting)
        finally:
            # The refused transaction was ended, and the connection serves the next look.
            assert (await connection.server()).version_num >= 180000
            await connection.close()

    with open_transactions(database, ["LOCK TABLE app.orders"]):
        started = time.monotonic()
        with pytest.raises(error):
            asyncio.run(wait())
        assert time.monotonic() - started < 4


def test_a_lock_that_comes_after_the_look_for_locks_is_a_race_and_the_next_attempt_sees_it(database: str) -> None:
    sql(database, rich(18))

    class Late(Connection):
        """The locks are taken when the first attempt has looked for them already."""

        lock: AbstractContextManager[None] | None = None

        @asynccontextmanager
        async def transaction(self) -> AsyncIterator[asyncpg.Connection]:
            async with super().transaction() as transaction:
                yield LockedAfter(transaction, self) if self.lock is None else transaction

    class LockedAfter:
        def __init__(self, transaction: asyncpg.Connection, late: Late) -> None:
            self.transaction, self._real, self._late = transaction.transaction, transaction, late
            self.fetchrow, self.fetchval, self.prepare = transaction.fetchrow, transaction.fetchval, transaction.prepare
            self.execute = transaction.execute

        async def fetch(self, text: str, *arguments: object) -> Sequence[asyncpg.Record]:
            rows: Sequence[asyncpg.Record] = await self._real.fetch(text, *arguments)
            if self._late.lock is None and text == query("blocked"):
                self._late.lock = open_transactions(database, ["LOCK TABLE app.orders"])
                await asyncio.to_thread(self._late.lock.__enter__)
            return rows

    async def take() -> Snapshot:
        connection = Late(database, BRISK)
        try:
            return await capture(connection)
        finally:
            await connection.close()
            if connection.lock is not None:
                await asyncio.to_thread(connection.lock.__exit__, None, None, None)

    before = look(database)
    during = asyncio.run(take())

    assert during.stale >= ORDERS
    assert changes(before, during) == ()


@pytest.mark.majors(13, 18)
def test_a_policy_waits_for_no_temporary_table_whose_policy_reads_alike(database: str, major: int) -> None:
    async def read() -> list[asyncpg.Record]:
        other, own = [await asyncpg.connect(database) for _ in range(2)]
        try:
            for session, sort in ((other, "TEMP TABLE"), (own, "TABLE")):
                await session.execute(f"CREATE {sort} t (i int)")
                await session.execute("CREATE POLICY p ON t USING (i > 0)")
            # As if it was locked after it had been asked what is.
            await other.execute("BEGIN; LOCK TABLE t")
            await own.execute("SET lock_timeout = '1s'")
            rows: list[asyncpg.Record] = await own.fetch(kind_query("policy", major), None, [])
            return rows
        finally:
            other.terminate()
            await own.close()

    assert [row["using_expression"] for row in asyncio.run(read())] == ["(i > 0)"]
