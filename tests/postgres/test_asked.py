"""What a connection says of its questions: each one, answered or not, and how long it took; nothing else."""

import asyncio

import asyncpg
import pytest

from tests.postgres.looks import BRISK
from watchdog.postgres.connection import Connection, Timeouts
from watchdog.postgres.planning import plan

# Who answers, and our name; BEGIN, the settings, and ROLLBACK.
TO_OPEN, OF_A_TRANSACTION = 2, 3


def test_every_question_is_told_with_how_long_it_took_whether_it_was_answered_or_not(database: str) -> None:
    asked: list[float] = []

    async def scenario() -> None:
        connection = Connection(database, Timeouts(statement=0.5), asked.append)
        async with connection.transaction() as transaction:
            assert await transaction.fetchval("SELECT $1::int FROM pg_sleep(0.2)", 7) == 7
        await asyncio.sleep(0)
        assert len(asked) == TO_OPEN + OF_A_TRANSACTION + 1
        assert 0.2 <= max(asked) < sum(asked)
        asked.clear()
        with pytest.raises(asyncpg.QueryCanceledError):
            async with connection.transaction() as transaction:
                await transaction.execute("SELECT pg_sleep(20)")
        await asyncio.sleep(0)
        assert len(asked) == OF_A_TRANSACTION + 1
        assert 0.5 <= max(asked) < 20
        await connection.close()

    asyncio.run(scenario())


def test_a_statement_that_is_only_planned_is_a_question_too(database: str) -> None:
    asked: list[float] = []

    async def scenario(*statements: str) -> int:
        connection = Connection(database, BRISK, asked.append)
        asked.clear()
        await plan(connection, statements)
        await connection.close()
        return len(asked)

    few = asyncio.run(scenario("SELECT 1"))
    more = asyncio.run(scenario("SELECT 1", "SELECT nothing", "DELETE FROM pg_class", "NOTHING AT ALL"))
    # Each is planned, and its locks are given back; the last is no statement that a server plans.
    assert more == few + 2 * 2
