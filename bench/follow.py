"""What it costs the server, in CPU, that one change is followed in a database of many tables, beside reading all anew.

    .venv/bin/python bench/follow.py [tables] [rounds]

The tables are those of bench/capture.py, a tenth of them with a view that names them. CPU is what the backend of the
watching connection used (/proc), so the server has to be on this machine. Quote medians.
"""

import asyncio
import os
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
from rich.console import Console
from rich.table import Table

from bench.capture import table
from watchdog.postgres.capture import capture
from watchdog.postgres.connection import Connection
from watchdog.postgres.embedded import scratch_server
from watchdog.postgres.follow import Follower
from watchdog.postgres.gate import Gate
from watchdog.postgres.psql import run_sql

CONSOLE = Console()
TICK = os.sysconf("SC_CLK_TCK")

# What is done, and what it is done to: a table of its own each round, by its number.
CHANGES = {
    "a column is added": "ALTER TABLE t{n} ADD added int",
    "a column that a view names is renamed": "ALTER TABLE t{n} RENAME c5 TO renamed",
    "an index is dropped": "DROP INDEX t{n}_c1",
    "an index is made": "CREATE INDEX ON t{n} (c7)",
    "a table is made": "CREATE TABLE made_{n} (id bigint PRIMARY KEY, note text)",
    "a table is dropped": "DROP TABLE made_{n}",
    "a comment is taken back": "COMMENT ON TABLE t{n} IS NULL",
    "a temporary table is made": "CREATE TEMP TABLE passing_{n} (id bigint)",
    "nothing": "SELECT 1",
}


def main(tables: int, rounds: int) -> None:
    with scratch_server() as server:
        CONSOLE.print(f"making {tables} tables ...")
        for first in range(0, tables, 1000):
            numbers = range(first, min(first + 1000, tables))
            statements = "\n".join(
                table(number)
                + (f"CREATE VIEW v{number} AS SELECT * FROM t{number};" if number % 10 == 0 else "")
                + f"COMMENT ON TABLE t{number} IS 'one of many';"
                for number in numbers
            )
            asyncio.run(run_sql(server.dsn(), f"BEGIN;\n{statements}\nCOMMIT;"))
        asyncio.run(run_sql(server.dsn(), "VACUUM ANALYZE;"))
        asyncio.run(measure(server.dsn(), tables, rounds))


async def measure(dsn: str, tables: int, rounds: int, first: int = 1) -> None:
    connection = Connection(dsn)
    follower = Follower(connection, Gate(connection))
    session = await asyncpg.connect(dsn)

    async def used(work: Callable[[], Awaitable[object]]) -> tuple[float, float, float]:
        """Milliseconds of the server's CPU, of this process' CPU, and by the clock."""
        pid = await backend(connection)
        before, here, began = server_cpu(pid), time.process_time(), time.perf_counter()
        await work()
        return (
            1000 * (server_cpu(pid) - before),
            1000 * (time.process_time() - here),
            1000 * (time.perf_counter() - began),
        )

    whole = await used(lambda: capture(connection))
    await follower()
    result = Table("", "server CPU ms", "client CPU ms", "ms", "what was read")
    result.add_row("everything", *(f"{value:.0f}" for value in whole), "")
    for what, statement in CHANGES.items():
        costs = []
        for round_ in range(rounds):
            await session.execute(statement.format(n=10 * (first + round_)))
            await session.execute("SELECT pg_stat_force_next_flush()")
            costs.append(await used(follower))
            if follower.told.startswith("everything"):
                raise SystemExit(f"after {what} was read {follower.told}")
        result.add_row(
            what, *(f"{statistics.median(values):.0f}" for values in zip(*costs[1:], strict=True)), follower.told
        )
    CONSOLE.print(f"{tables} tables", result)
    await session.close()
    await connection.close()


async def backend(connection: Connection) -> int:
    async with connection.transaction() as transaction:
        return int(await transaction.fetchval("SELECT pg_backend_pid()"))


def server_cpu(pid: int) -> float:
    """Seconds that a process used."""
    file = Path(f"/proc/{pid}/schedstat")
    return int(file.read_text().split()[0]) / 1e9 if file.exists() else 0.0


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10000, int(sys.argv[2]) if len(sys.argv) > 2 else 5)
