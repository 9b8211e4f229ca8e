"""A migration in flight on a real server holds what it explains, and nothing else."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from tests.acceptance.support import poll
from tests.postgres.looks import BRISK, captured, look
from tests.servers.query import rows, sql
from watchdog.expect.expected import Expected
from watchdog.look.schema import SchemaLook
from watchdog.look.seen import Policy, Seen
from watchdog.postgres.connection import Connection
from watchdog.schema.snapshot import Snapshot

BUILDS = "SELECT 1 FROM pg_stat_progress_create_index WHERE datname = current_database()"
START = datetime(2025, 11, 17, 12, tzinfo=UTC)
TABLES = (
    "CREATE TABLE t (a int, b int); CREATE TABLE u (a int, b int); INSERT INTO t SELECT 1, 2 FROM generate_series(1, 9)"
)


class Fixed:
    """An expectation that never changes."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._baseline = Expected(snapshot=snapshot, captured_at=START)

    async def expected(self, _: Snapshot, __: datetime) -> Expected:
        return self._baseline


def states(seen: Seen) -> list[tuple[str, str]]:
    return [(".".join(finding.identity), finding.state) for finding in seen.findings]


@asynccontextmanager
async def session(dsn: str, statements: Sequence[str]) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(dsn)
    for statement in statements:
        await connection.execute(statement)
    yield connection
    await connection.close()


def looking(dsn: str, expected: Snapshot) -> tuple[Connection, Callable[[datetime], asyncio.Future[Seen]]]:
    connection = Connection(dsn, BRISK)
    look_once = SchemaLook("production", lambda: captured(connection), Fixed(expected), Policy())
    return connection, lambda now: asyncio.ensure_future(look_once(now))


@pytest.mark.majors(13, 18)
def test_what_an_open_transaction_explains_is_held_and_opens_when_it_takes_too_long(database: str) -> None:
    sql(database, TABLES)
    expected = look(database)
    # The first step of a migration is committed, the second still open.
    sql(database, "ALTER TABLE t DROP b; ALTER TABLE u DROP b")

    async def watch() -> None:
        connection, at = looking(database, expected)
        async with session(database, ["BEGIN", "ALTER TABLE t ADD c int"]):
            held = await at(START)
            assert states(held) == [("public.t.b", "in_transition"), ("public.u.b", "open")]
            assert held.coverage.in_flight == ("public.t is being changed",)
            late = await at(START + timedelta(minutes=10))
            assert states(late) == [("public.t.b", "open"), ("public.u.b", "open")]
        over = await at(START + timedelta(minutes=11))
        assert states(over) == [("public.t.b", "open"), ("public.u.b", "open")]
        await connection.close()

    asyncio.run(watch())


def test_the_lock_of_a_migration_tool_holds_what_is_found_of_the_whole_database(database: str) -> None:
    sql(database, TABLES)
    expected = look(database)
    sql(database, "ALTER TABLE u DROP b")

    async def watch() -> None:
        connection, at = looking(database, expected)
        async with session(database, ["SELECT pg_advisory_lock(72707369)"]):
            held = await at(START)
            assert states(held) == [("public.u.b", "in_transition")]
            assert held.coverage.in_flight == ("Prisma holds its migration lock",)
        assert states(await at(START)) == [("public.u.b", "open")]
        await connection.close()

    asyncio.run(watch())


def test_an_index_that_is_being_built_is_held_and_one_left_over_from_a_build_opens(database: str) -> None:
    sql(database, TABLES)
    expected = look(database)

    async def watch() -> None:
        connection, at = looking(database, expected)
        assert states(await at(START)) == []
        # A build waits for the transactions that may see the table as it was.
        old_reader = session(database, ["BEGIN ISOLATION LEVEL REPEATABLE READ", "INSERT INTO t VALUES (1)"])
        async with old_reader, session(database, []) as builder:
            build = asyncio.ensure_future(builder.execute("CREATE INDEX CONCURRENTLY i ON t (a)"))
            await asyncio.to_thread(poll, "the build to begin", lambda: rows(database, BUILDS))
            held = await at(START + timedelta(minutes=1))
            assert {state for _, state in states(held)} == {"in_transition"}
            assert held.coverage.in_flight == ("an index is being built on public.t",)
            await asyncio.to_thread(sql, database, f"SELECT pg_cancel_backend({builder.get_server_pid()})")
            with pytest.raises(asyncpg.QueryCanceledError):
                await build
        young = await at(START + timedelta(minutes=2))
        assert ("public.t.i", "in_transition") in states(young)
        old = await at(START + timedelta(minutes=12))
        assert {state for _, state in states(old)} == {"open"}
        assert any("is invalid" in finding.message for finding in old.findings)
        await connection.close()

    asyncio.run(watch())
