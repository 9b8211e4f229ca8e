"""SQL from tests that are not coroutines: one connection a call."""

import asyncio

import asyncpg


def sql(dsn: str, script: str) -> None:
    """Runs a script of any number of statements.

    Inside a coroutine call it as `await asyncio.to_thread(sql, dsn, script)`.

    Raises:
        asyncpg.PostgresError: the server's own.
    """

    async def run() -> None:
        connection = await asyncpg.connect(dsn)
        try:
            await connection.execute(script)
        finally:
            await connection.close()

    asyncio.run(run())


def rows(dsn: str, query: str, *arguments: object) -> list[tuple[object, ...]]:
    """The rows of one query, as tuples.

    Raises:
        asyncpg.PostgresError: the server's own.
    """

    async def run() -> list[tuple[object, ...]]:
        connection = await asyncpg.connect(dsn)
        try:
            return [tuple(row) for row in await connection.fetch(query, *arguments)]
        finally:
            await connection.close()

    return asyncio.run(run())
