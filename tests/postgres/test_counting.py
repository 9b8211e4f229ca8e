"""What a count may cost a server: it ends there when its time is up, when the look is given up or its watcher dies."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import asyncpg
import pytest

from tests.servers.query import rows, sql
from tests.servers.servers import Server
from watchdog.postgres.connection import Connection, Timeouts
from watchdog.postgres.counter import Counter
from watchdog.postgres.readings import read_facts
from watchdog.rows.facts import EVERYTHING, Confirmation, Newest

# A count that its bounds end would take this long.
LONG = 30.0
PATIENCE = 15.0


@asynccontextmanager
async def counting(dsn: str) -> AsyncIterator[tuple[Connection, Counter]]:
    connection = Connection(dsn, Timeouts(lock=LONG, statement=LONG))
    yield connection, Counter(connection)
    await connection.close()


@asynccontextmanager
async def locked(dsn: str) -> AsyncIterator[None]:
    """Table t is locked: a count of it takes as long as its bounds allow."""
    holder = await asyncpg.connect(dsn)
    await holder.execute("BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
    yield
    await holder.close()


async def backends(dsn: str, state: str) -> list[object]:
    """The watchers of this database that are `state`."""
    found = await asyncio.to_thread(
        rows,
        dsn,
        "SELECT pid FROM pg_stat_activity"
        " WHERE application_name = 'schema-watchdog' AND datname = current_database() AND state = $1",
        state,
    )
    return [pid for (pid,) in found]


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not await true():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


def test_a_count_whose_time_is_up_ends_on_the_server_and_the_connection_goes_on(database: str) -> None:
    sql(database, "CREATE TABLE t AS SELECT generate_series(1, 300000) AS id")

    async def run() -> None:
        async with counting(database) as (_, counter):
            assert (await counter.confirm("public", "t", 10, LONG)).enough
            [backend] = await backends(database, "idle")
            slow = await counter.confirm("public", "t", EVERYTHING, 0.001)
            assert slow == Confirmation(floor=EVERYTHING, reason="the count did not end within 0.001 s", again=True)
            assert await backends(database, "idle") == [backend]
            assert (await counter.confirm("public", "t", EVERYTHING, LONG)).exact == 300_000
            assert await backends(database, "idle") == [backend]

    asyncio.run(run())


def test_a_count_that_somebody_cancels_is_not_said_to_have_taken_too_long(database: str) -> None:
    sql(database, "CREATE TABLE t (id int)")

    async def run() -> None:
        async with counting(database) as (_, counter), locked(database):
            count = asyncio.create_task(counter.confirm("public", "t", 10, LONG))
            while not (waiting := await backends(database, "active")):
                assert not count.done()
            await asyncio.to_thread(rows, database, "SELECT pg_cancel_backend($1)", waiting[0])
            cancelled = "somebody cancelled the count on the server"
            assert await count == Confirmation(floor=10, reason=cancelled, again=True)

    asyncio.run(run())


@pytest.mark.all_majors
def test_a_count_ends_on_the_server_when_the_look_is_given_up(database: str) -> None:
    sql(database, "CREATE TABLE t (id int)")

    async def run() -> None:
        async with counting(database) as (_, counter):
            async with locked(database):
                look = asyncio.create_task(counter.confirm("public", "t", 1, LONG))
                await until(lambda: waits(database))
                look.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await look
                await until(lambda: ended(database))
            assert (await counter.confirm("public", "t", 1, LONG)).exact == 0

    asyncio.run(run())


@pytest.mark.majors(13, 14, 18)
def test_a_count_ends_on_the_server_when_its_watcher_dies(database: str, server: Server) -> None:
    sql(database, "CREATE TABLE t (id int)")

    async def run() -> None:
        # Before 14 a server does not notice, and only the bound ends it.
        seconds = LONG if server.major >= 14 else 1.0
        async with counting(database) as (connection, counter), locked(database):
            look = asyncio.create_task(counter.confirm("public", "t", 1, seconds))
            await until(lambda: waits(database))
            assert connection._connection is not None
            connection._connection.terminate()
            answer = await look
            assert (answer.counted, answer.again) == (None, True)
            await until(lambda: ended(database))

    asyncio.run(run())


def test_a_count_whose_session_is_ended_leaves_the_other_tables_to_be_counted(database: str) -> None:
    sql(database, "CREATE TABLE t (at timestamptz PRIMARY KEY); CREATE TABLE u (id int)")

    async def run() -> None:
        async with counting(database) as (_, counter):
            async with locked(database):
                questions: list[Coroutine[object, object, Confirmation | Newest]] = [
                    counter.confirm("public", "t", 1, LONG),
                    counter.newest("public", "t", "at", None, datetime.now(UTC)),
                ]
                for question in questions:
                    asked = asyncio.create_task(question)
                    # Not before it waits: between two statements it is told of the end in other words.
                    while not await waits(database):
                        assert not asked.done()
                    [waiting] = await backends(database, "active")
                    await asyncio.to_thread(rows, database, "SELECT pg_terminate_backend($1)", waiting)
                    answer = await asked
                    assert ("terminating connection" in answer.reason, answer.again) == (True, True)
            assert (await counter.confirm("public", "u", 1, LONG)).exact == 0

    asyncio.run(run())


async def waits(dsn: str) -> bool:
    query = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    return bool(await asyncio.to_thread(rows, dsn, query))


async def ended(dsn: str) -> bool:
    return not await backends(dsn, "active")


@pytest.mark.majors(13, 18)
def test_a_part_elsewhere_that_does_not_answer_leaves_the_other_tables_to_be_counted(database: str) -> None:
    sql(
        database,
        """
        CREATE EXTENSION postgres_fdw;
        CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '1');
        CREATE USER MAPPING FOR PUBLIC SERVER elsewhere;
        CREATE TABLE events (id int) PARTITION BY LIST (id);
        CREATE FOREIGN TABLE events_1 PARTITION OF events FOR VALUES IN (1) SERVER elsewhere;
        CREATE TABLE t (id int)
        """,
    )

    async def run() -> tuple[Confirmation, Confirmation]:
        async with counting(database) as (_, counter):
            return await counter.confirm("public", "events", 1, LONG), await counter.confirm("public", "t", 1, LONG)

    refused, counted = asyncio.run(run())
    assert (refused.counted, refused.again, counted.exact) == (None, True, 0)
    assert refused.reason.startswith('the count failed: could not connect to server "elsewhere"')


@pytest.mark.all_majors
def test_a_bare_monitor_reads_what_tells_of_maintenance_and_of_a_restore(database: str, watcher: str) -> None:
    sql(database, "CREATE TABLE t (id int) WITH (autovacuum_enabled = off)")

    async def maintained() -> int:
        connection = Connection(watcher)
        async with connection.transaction() as transaction:
            server, [table] = await read_facts(transaction)
        await connection.close()
        assert server.timeline == 1
        assert server.wal_position is not None
        assert server.wal_position > 0
        return table.maintained

    async def run() -> None:
        assert await maintained() == 0
        await asyncio.to_thread(sql, database, "ANALYZE t")
        await asyncio.to_thread(sql, database, "VACUUM t")

        async def twice() -> bool:
            return await maintained() == 2

        await until(twice)

    asyncio.run(run())


def test_facts_are_read_where_the_position_in_the_wal_is_kept_from_the_role(database: str, watcher: str) -> None:
    sql(database, "REVOKE EXECUTE ON FUNCTION pg_current_wal_lsn() FROM PUBLIC; CREATE TABLE t (id int)")

    async def run() -> None:
        async with counting(watcher) as (_, counter):
            server, [table] = await counter.facts()
            assert (server.timeline, server.wal_position, table.table) == (None, None, "t")

    asyncio.run(run())


@pytest.mark.majors(14, 18)
def test_facts_are_read_again_once_something_was_written_and_not_before(
    private_server: Callable[[Mapping[str, str]], Server], major: int
) -> None:
    dsn = private_server({"autovacuum": "off"}).dsn()

    async def run() -> None:
        session = await asyncpg.connect(dsn)

        async def done(statement: str) -> None:
            await session.execute(statement)
            await session.execute("SELECT pg_stat_force_next_flush()" if major >= 15 else "SELECT 1")

        async with counting(dsn) as (_, counter):
            await done("CREATE TABLE t AS SELECT generate_series(1, 1000) AS id")
            for statement in ("SELECT 1", "DELETE FROM t WHERE id = 1", "TRUNCATE t", "GRANT SELECT ON t TO PUBLIC"):
                await counter.facts()
                before = await counter.facts()
                assert await counter.facts() is before
                await done(statement)
                assert (await counter.facts() is before) is (statement == "SELECT 1"), statement
        await session.close()

    asyncio.run(run())
