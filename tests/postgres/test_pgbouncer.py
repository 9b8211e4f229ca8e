"""Through PgBouncer, whatever it does with sessions, a capture reads what it reads directly."""

import asyncio
from collections.abc import Callable

import asyncpg
import pytest

from tests.postgres.looks import BRISK, assert_same, captured, look, rich
from tests.servers.pooler import Pooler
from tests.servers.query import sql
from watchdog.errors import UnreachableError
from watchdog.postgres.connection import APPLICATION_NAME, Connection
from watchdog.postgres.planning import plan
from watchdog.schema.snapshot import Snapshot


@pytest.fixture
def pooled(pooler: Callable[[str, str], Pooler], database: str) -> Callable[[str], str]:
    """Starts a PgBouncer with more settings and gives the connection string of the test's database through it."""
    return lambda settings: pooler(database, settings).start().dsn()


@pytest.mark.parametrize(
    "settings",
    [
        "pool_mode = transaction",
        "pool_mode = transaction\nserver_reset_query = DISCARD ALL\nserver_reset_query_always = 1",
        "pool_mode = session\nserver_reset_query = DISCARD ALL",
        "pool_mode = session\nserver_reset_query =",
    ],
)
def test_a_capture_through_pgbouncer_equals_a_direct_one(
    database: str, pooled: Callable[[str], str], settings: str
) -> None:
    sql(database, rich(18))
    direct = look(database)
    dsn = pooled(settings)

    async def often() -> list[Snapshot]:
        connections = [Connection(dsn, BRISK) for _ in range(2)]
        seen = [one for _ in range(3) for one in await asyncio.gather(*map(captured, connections))]
        for connection in connections:
            await connection.close()
        return seen

    for seen in asyncio.run(often()):
        assert_same(seen, direct)


@pytest.mark.parametrize(
    "settings",
    [
        "pool_mode = transaction",
        "pool_mode = transaction\nserver_reset_query = DISCARD ALL\nserver_reset_query_always = 1",
        "pool_mode = session\nserver_reset_query =",
    ],
)
def test_nothing_that_a_capture_sets_is_met_by_the_next_client_of_the_pool(
    database: str, pooled: Callable[[str], str], settings: str
) -> None:
    sql(database, rich(18))
    dsn = pooled(f"{settings}\ndefault_pool_size = 1")

    async def met() -> list[tuple[str, str]]:
        client = await asyncpg.connect(dsn, statement_cache_size=0)
        found = await client.fetch("SELECT name, setting FROM pg_settings WHERE source = 'session' ORDER BY name")
        await client.close()
        return [tuple(row) for row in found]

    async def names() -> list[str]:
        connection = Connection(dsn, BRISK)
        async with connection.transaction() as transaction:
            named = await transaction.fetchval(
                "SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid()"
            )
        await connection.close()
        return [named]

    before = asyncio.run(met())
    look(dsn)

    assert asyncio.run(names()) == [APPLICATION_NAME]
    assert asyncio.run(met()) == before == [("client_encoding", "UTF8")]


@pytest.mark.parametrize(
    ("settings", "parameters", "words"),
    [
        (
            "pool_mode = statement",
            "",
            "a look takes a transaction: set pool_mode = transaction or session for this database",
        ),
        (
            "",
            "?search_path=app",
            "unsupported startup parameter: search_path (PgBouncer refuses it: leave it out of the DSN",
        ),
        (
            "",
            "?options=-cjit%3Doff",
            "unsupported startup parameter: options (PgBouncer refuses it: leave it out of the DSN",
        ),
    ],
)
def test_what_pgbouncer_does_not_let_through_is_told_with_what_to_do(
    pooled: Callable[[str], str], settings: str, parameters: str, words: str
) -> None:
    with pytest.raises(UnreachableError) as caught:
        look(pooled(settings) + parameters)
    assert words in str(caught.value)
    assert "pgbouncer.ini" in str(caught.value)


def test_a_pool_that_others_have_taken_is_told_so(pooled: Callable[[str], str]) -> None:
    dsn = pooled("pool_mode = transaction\ndefault_pool_size = 1\nquery_wait_timeout = 1")

    async def scenario() -> str:
        other = await asyncpg.connect(dsn, statement_cache_size=0)
        connection = Connection(dsn, BRISK)
        async with other.transaction():
            with pytest.raises(UnreachableError) as caught:
                await connection.server()
        await other.close()
        await connection.close()
        return str(caught.value)

    assert "(PgBouncer had no connection to the server for it in time: see its default_pool_size)" in asyncio.run(
        scenario()
    )


@pytest.mark.parametrize(
    "settings",
    [
        "pool_mode = transaction",
        "pool_mode = transaction\nserver_reset_query = DISCARD ALL\nserver_reset_query_always = 1",
        "pool_mode = session\nserver_reset_query = DISCARD ALL",
    ],
)
def test_statements_are_planned_through_pgbouncer_and_nothing_of_it_stays(
    database: str, pooled: Callable[[str], str], settings: str
) -> None:
    sql(database, "CREATE TABLE orders (id bigint PRIMARY KEY, mood text); CREATE TYPE mood AS ENUM ('sad')")
    dsn = pooled(f"{settings}\ndefault_pool_size = 2")
    statements = [
        "SELECT id FROM orders WHERE mood = $1",
        "INSERT INTO orders (id) VALUES ($1) ON CONFLICT (id) DO NOTHING",
        "SELECT $1::mood",
        "SELECT nothing FROM orders",
    ] * 60

    async def run() -> list[tuple[str, ...]]:
        connections = [Connection(dsn, BRISK) for _ in range(2)]
        found: list[tuple[str, ...]] = []
        for _ in range(2):
            both = await asyncio.gather(*(plan(each, statements, "public, pg_catalog") for each in connections))
            found += [tuple(each.verdict for each in plans) for plans in both]
        for connection in connections:
            await connection.close()
        client = await asyncpg.connect(dsn, statement_cache_size=0)
        assert await client.fetch("SELECT name FROM pg_prepared_statements WHERE name <> ''") == []
        assert await client.fetchval("SHOW plan_cache_mode") == "auto"
        assert await client.fetchval("SHOW search_path") == '"$user", public'
        await client.close()
        return found

    assert asyncio.run(run()) == [("plans", "plans", "plans", "refused") * 60] * 4
