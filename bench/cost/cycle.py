"""A look at the rows of very many tables: what the server does for it, what the watchdog does, and what counts cost."""

import asyncio
import json
import resource
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import asyncpg
import msgspec
from rich.progress import track
from rich.table import Table

from bench.cost.place import CONSOLE, as_role, backend_seconds, measured_server, new_database, statements
from tests.servers.query import rows, sql
from watchdog.check import Watch
from watchdog.config.settings import Config
from watchdog.postgres.queries import query
from watchdog.status import StatusBoard
from watchdog.store.state import State
from watchdog.wiring.daemon import agreed, wire

ROLE = "may_select"
# Each statement locks its tables until its transaction ends.
BATCH = 250
MAKE = """
EXECUTE format('CREATE TABLE t%s (id bigint PRIMARY KEY, epoch bigint NOT NULL, value real NOT NULL)', n);
EXECUTE format('INSERT INTO t%s SELECT g, 1700000000 + g, g %% 97 FROM generate_series(1, {each}) AS g', n);
"""
MOVE = "EXECUTE format('INSERT INTO t%s SELECT coalesce(max(id), 0) + 1, 1, 1 FROM t%s', n, n);"


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """One look, noted on the disk.

    Attributes:
        seconds: that passed.
        own: seconds of this process's processor.
        server: seconds of the server's processor.
        asked: statements, and `buffers` that they touched.
        memory: the most that this process ever held, bytes.
        disk: the state's files, bytes.
    """

    name: str
    seconds: float
    own: float
    server: float
    asked: int
    buffers: int
    memory: int
    disk: int


def cycle(tables: int, each: int, rounds: int) -> None:
    """Measure looks at `tables` tables of `each` rows, and a count of each."""
    with measured_server() as server, TemporaryDirectory(prefix="schema-watchdog-") as folder:
        dsn = new_database(server, "cost")
        for_each(dsn, tables, MAKE.format(each=each), "making tables")
        CONSOLE.print("VACUUM ANALYZE ...")
        sql(dsn, "VACUUM ANALYZE")
        looks: list[Look] = []
        for exact in ("never", "1d"):
            looks += asyncio.run(looked(dsn, Path(folder) / exact, tables, rounds, exact))
        report(looks, tables)
        asyncio.run(explained(dsn, tables, rounds))
        asyncio.run(counted(dsn, tables))


def for_each(dsn: str, tables: int, statements: str, what: str) -> None:
    for first in track(range(0, tables, BATCH), what, console=CONSOLE, transient=True):
        last = min(first + BATCH, tables) - 1
        sql(dsn, f"DO $$ BEGIN FOR n IN {first}..{last} LOOP {statements} END LOOP; END $$")


async def looked(dsn: str, folder: Path, tables: int, rounds: int, exact: str) -> list[Look]:
    """A first look, then some with nothing moved, then some with all moved."""
    kind = "no routine counts" if exact == "never" else "routine counts as by default"

    async def move() -> None:
        await asyncio.to_thread(for_each, dsn, tables, MOVE, "moving all tables")

    async def rest() -> None:
        await asyncio.sleep(0)

    looks = []
    async with watching(dsn, folder, exact) as watch:
        looks.append(await look(watch, dsn, folder, f"first, {kind}", rest))
        for number in range(rounds):
            CONSOLE.print(f"{kind}: round {number + 1} of {rounds}")
            looks.append(await look(watch, dsn, folder, f"nothing moved, {kind}", rest))
        looks += [await look(watch, dsn, folder, f"all moved, {kind}", move) for _ in range(rounds)]
    return looks


@asynccontextmanager
async def watching(dsn: str, folder: Path, exact: str) -> AsyncIterator[Watch]:
    """The daemon's own parts, without its clock."""
    database = {
        "name": "cost",
        "dsn": as_role(dsn, ROLE),
        "baseline": str(folder / "baseline.json"),
        "rows": {"counting": {"exact": {"every": exact}}},
    }
    state = await State.open(folder / "watchdog.sqlite3")
    config = Config.model_validate({"databases": [database], "state": str(folder)})
    wired = wire(config, agreed(config), state, StatusBoard())
    try:
        [(watch, _)] = wired.watches
        yield watch
    finally:
        await wired.close()
        await state.close()


async def look(watch: Watch, dsn: str, folder: Path, name: str, before: Callable[[], Awaitable[None]]) -> Look:
    await before()
    await asyncio.to_thread(rows, dsn, "SELECT pg_stat_statements_reset()")
    server = await asyncio.to_thread(backend_seconds, dsn, ROLE)
    started, own = time.perf_counter(), time.process_time()
    await watch.run("rows")
    seconds, own = time.perf_counter() - started, time.process_time() - own
    asked = await asyncio.to_thread(statements, dsn, ROLE, "%")
    return Look(
        name=name,
        seconds=seconds,
        own=own,
        server=await asyncio.to_thread(backend_seconds, dsn, ROLE) - server,
        asked=asked.calls,
        buffers=asked.buffers,
        memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        disk=await asyncio.to_thread(size, folder),
    )


def size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.glob("watchdog.sqlite3*"))


def report(looks: Sequence[Look], tables: int) -> None:
    result = Table(
        "look",
        "looks",
        "s",
        "own CPU, s",
        "µs a table",
        "server CPU, s",
        "statements",
        "buffers",
        "peak MB",
        "state MB",
    )
    for name in dict.fromkeys(each.name for each in looks):
        found = [each for each in looks if each.name == name]
        own = median(each.own for each in found)
        result.add_row(
            name,
            str(len(found)),
            f"{median(each.seconds for each in found):.2f}",
            f"{own:.2f}",
            f"{own / tables * 1e6:.0f}",
            f"{median(each.server for each in found):.2f}",
            f"{median(each.asked for each in found):,.0f}",
            f"{median(each.buffers for each in found):,.0f}",
            f"{found[-1].memory / 1e6:.0f}",
            f"{found[-1].disk / 1e6:.1f}",
        )
    result.title = f"{tables:,} tables, medians"
    CONSOLE.print(result)


class Plan(msgspec.Struct, frozen=True):
    """Of one statement or of many: the time on the server, and the buffers of its tables and of its planning."""

    milliseconds: float
    buffers: int
    planning: int


async def explained(dsn: str, tables: int, rounds: int) -> None:
    """The look's own query, by itself."""
    connection = await asyncpg.connect(as_role(dsn, ROLE))
    try:
        plans = [await explain(connection, query("readings")) for _ in range(rounds + 1)][1:]
    finally:
        await connection.close()
    CONSOLE.print(
        f"the readings of {tables:,} tables in one query: {median(plan.milliseconds for plan in plans):.1f} ms, "
        f"{median(plan.buffers for plan in plans):,.0f} buffers, {median(plan.planning for plan in plans):,.0f} to plan"
    )


async def counted(dsn: str, tables: int) -> None:
    """SELECT count(*) of each table, one statement each: once for the time, once for the buffers."""
    connection = await asyncpg.connect(as_role(dsn, ROLE), statement_cache_size=0)
    try:
        server, started = await asyncio.to_thread(backend_seconds, dsn, ROLE), time.perf_counter()
        for number in track(range(tables), "counting", console=CONSOLE, transient=True):
            await connection.fetchval(f"SELECT count(*) FROM t{number}")
        seconds = time.perf_counter() - started
        server = await asyncio.to_thread(backend_seconds, dsn, ROLE) - server
        plans = [
            await explain(connection, f"SELECT count(*) FROM t{number}")
            for number in track(range(tables), "explaining", console=CONSOLE, transient=True)
        ]
    finally:
        await connection.close()
    CONSOLE.print(
        f"SELECT count(*) of each: {seconds:.1f} s, {server:.1f} s of the server's processor; explained, "
        f"{sum(plan.milliseconds for plan in plans):,.0f} ms, {sum(plan.buffers for plan in plans):,} buffers, "
        f"{sum(plan.planning for plan in plans):,} to plan"
    )


async def explain(connection: asyncpg.Connection, statement: str) -> Plan:
    [plan] = json.loads(await connection.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}"))

    def buffers(part: str) -> int:
        return int(plan[part]["Shared Hit Blocks"]) + int(plan[part]["Shared Read Blocks"])

    return Plan(plan["Planning Time"] + plan["Execution Time"], buffers("Plan"), buffers("Planning"))
