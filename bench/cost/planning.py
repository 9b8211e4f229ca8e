"""A thousand recorded statements planned beside a load: the time, the locks, and whether ALTER TABLE waits for it."""

import asyncio
import subprocess
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import median, quantiles

import asyncpg
import msgspec
from rich.table import Table

from bench.cost.place import CONSOLE, as_role, backend_seconds, measured_server, new_database
from tests.servers.query import sql
from watchdog.postgres.connection import Connection
from watchdog.postgres.embedded import embedded_wheel
from watchdog.postgres.planning import Planner

TABLES = 100
ROLE = "only_monitors"
PGBENCH = Path(embedded_wheel().__file__).parent / "pginstall" / "bin" / "pgbench"
SHAPES = (
    "SELECT id, epoch FROM t{n} WHERE epoch > 5 ORDER BY id LIMIT 3",
    "SELECT count(*) FROM t{n} WHERE channel = 'a'",
    "SELECT a.id FROM t{n} a JOIN t{m} b USING (id) WHERE a.epoch = 1",
    "INSERT INTO t{n} (id, epoch, channel) VALUES (1, 2, 'a') ON CONFLICT (id) DO UPDATE SET epoch = excluded.epoch",
    "INSERT INTO t{n} SELECT id + 1000, epoch FROM t{m} WHERE id < 3 ON CONFLICT (id) DO NOTHING",
    "UPDATE t{n} SET epoch = epoch + 1 WHERE id = 7",
    "UPDATE t{n} SET channel = b.channel FROM t{m} b WHERE b.id = t{n}.id AND b.id = 3",
    "DELETE FROM t{n} WHERE id = -1",
    "WITH old AS (DELETE FROM t{n} WHERE epoch < 0 RETURNING id) SELECT count(*) FROM old",
    "SELECT channel, sum(epoch) FROM t{n} GROUP BY channel HAVING count(*) > 1",
)
# How long ALTER TABLE is repeated with planning beside it, and as long without, in turns.
TURN_SECONDS = 4.0
TURNS = 6


class Alters(msgspec.Struct, frozen=True):
    """How long each ALTER TABLE took, in milliseconds, alone and with the planning beside it."""

    alone: list[float]
    beside: list[float]


def planning(rounds: int) -> None:
    """Measure all of it."""
    with measured_server() as server:
        dsn = new_database(server, "cost")
        columns = "id int PRIMARY KEY, epoch bigint, channel text DEFAULT 'a'"
        for n in range(TABLES):
            sql(dsn, f"CREATE TABLE t{n} ({columns}); INSERT INTO t{n} SELECT g, g FROM generate_series(1, 200) g")
        subprocess.run([str(PGBENCH), "-i", "-q", "-s", "5", dsn], check=True, capture_output=True)
        for n in range(TABLES):
            for shape in SHAPES:
                sql(dsn, shape.format(n=n, m=(n + 1) % TABLES))
        load = subprocess.Popen(
            [str(PGBENCH), "-n", "-c", "2", "-R", "200", "-T", "600", dsn],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            asyncio.run(_measured(dsn, rounds))
        finally:
            load.terminate()
            load.wait()


async def _measured(dsn: str, rounds: int) -> None:
    watching = as_role(dsn, ROLE)
    connection = Connection(watching)
    planner = Planner(connection, most_recorded=1000)
    statements, _ = await planner.recorded()
    texts = [each.sql for each in statements]
    walls, own, server = [], [], []
    for _ in range(rounds):
        before = await asyncio.to_thread(backend_seconds, dsn, ROLE)
        began, busy = time.perf_counter(), time.process_time()
        plans = await planner.plan(texts)
        walls.append(time.perf_counter() - began)
        own.append(time.process_time() - busy)
        server.append(await asyncio.to_thread(backend_seconds, dsn, ROLE) - before)
    CONSOLE.print(f"{len(texts)} statements: {dict(Counter(plan.verdict for plan in plans))}", highlight=False)
    CONSOLE.print(
        f"medians of {rounds}: {median(walls):.2f} s, {median(own):.2f} s of our own processor, "
        f"{median(server):.2f} s of the server's",
        highlight=False,
    )
    locks = Locks()
    watching_locks = asyncio.create_task(locks.watch(dsn))
    await planner.plan(texts)
    watching_locks.cancel()
    await asyncio.gather(watching_locks, return_exceptions=True)
    CONSOLE.print(
        f"locks on tables and indexes, seen {locks.looks:,} times: {locks.most} at once at most, {dict(locks.modes)}",
        highlight=False,
    )
    await connection.close()
    _report(await _alters(dsn, planner, texts))
    await connection.close()


class Locks:
    """What was seen of the locks that the watcher holds on tables and indexes."""

    def __init__(self) -> None:
        self.looks = 0
        self.most = 0
        self.modes = Counter[str]()

    async def watch(self, dsn: str) -> None:
        """Look over and over, until cancelled."""
        other = await asyncpg.connect(dsn)
        try:
            while True:
                rows = await other.fetch(
                    "SELECT mode FROM pg_locks l JOIN pg_stat_activity a USING (pid) JOIN pg_class c"
                    " ON c.oid = l.relation WHERE a.usename = $1 AND c.relname ~ '^t[0-9]'",
                    ROLE,
                )
                self.looks += 1
                self.most = max(self.most, len(rows))
                self.modes.update(row["mode"] for row in rows)
        finally:
            other.terminate()


async def _alters(dsn: str, planner: Planner, statements: Sequence[str]) -> Alters:
    found = Alters([], [])
    other = await asyncpg.connect(dsn)
    for _ in range(TURNS):
        found.alone.extend(await _altered(other))
        running = asyncio.create_task(_plan_for_ever(planner, statements))
        found.beside.extend(await _altered(other))
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    await other.close()
    return found


async def _plan_for_ever(planner: Planner, statements: Sequence[str]) -> None:
    while True:
        await planner.plan(statements)


async def _altered(other: asyncpg.Connection) -> list[float]:
    took = []
    number = 0
    deadline = time.perf_counter() + TURN_SECONDS
    while time.perf_counter() < deadline:
        table = f"t{number % TABLES}"
        number += 1
        began = time.perf_counter()
        await other.execute(f"ALTER TABLE {table} ADD COLUMN more int; ALTER TABLE {table} DROP COLUMN more")
        took.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(0.005)
    return took


def _report(alters: Alters) -> None:
    table = Table("ALTER TABLE", "runs", "median ms", "p99 ms", "longest ms")
    for name, took in (("alone", alters.alone), ("beside the planning", alters.beside)):
        p99 = quantiles(took, n=100)[98]
        table.add_row(name, str(len(took)), f"{median(took):.2f}", f"{p99:.2f}", f"{max(took):.2f}")
    CONSOLE.print(table)
