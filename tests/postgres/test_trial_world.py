"""The simulated server of the trial beside a real one: what both show of a table after the same events."""

import asyncio
import random
from collections.abc import Callable

import asyncpg

from bench.trial.table import Table
from bench.trial.world import World
from watchdog.postgres.connection import Connection
from watchdog.postgres.readings import read_facts
from watchdog.rows.facts import TableFacts

# By hand only, so that both do it at the same moment.
STILL = "WITH (autovacuum_enabled = off)"
ROWS = "SELECT i, 'row ' || i FROM generate_series(1, {}) i"

Step = tuple[str, tuple[str, ...], Callable[[World], object]]


def t(world: World, name: str = "t") -> Table:
    return world.table(("public", name))


def created(world: World, name: str = "t", rows: int = 0, root: str = "") -> None:
    world.create(("public", name), rows, root=("public", root) if root else None).autovacuum = False


def partitioned(world: World) -> None:
    world.create(("public", "p"), relkind="p")
    created(world, "low", 600, root="p")
    created(world, "high", 400, root="p")


STEPS: tuple[Step, ...] = (
    (
        "a load",
        (f"CREATE TABLE t (id int PRIMARY KEY, note text) {STILL}", f"INSERT INTO t {ROWS.format(10_000)}"),
        lambda world: created(world, rows=10_000),
    ),
    ("ANALYZE", ("ANALYZE t",), lambda world: world.analyze(t(world))),
    ("DELETE", ("DELETE FROM t WHERE id <= 3000",), lambda world: world.write(t(world), deleted=3000)),
    (
        "DELETE rolled back",
        ("BEGIN", "DELETE FROM t WHERE id > 5000", "ROLLBACK"),
        lambda world: world.roll_back(t(world), deleted=5000),
    ),
    (
        "INSERT and UPDATE rolled back",
        (
            "BEGIN",
            f"INSERT INTO t SELECT i + 20000, '' FROM ({ROWS.format(800)}) s",
            "UPDATE t SET note = 'x' WHERE id BETWEEN 4001 AND 4100",
            "ROLLBACK",
        ),
        lambda world: world.roll_back(t(world), inserted=800, updated=100),
    ),
    ("UPDATE", ("UPDATE t SET note = 'y' WHERE id > 9500",), lambda world: world.write(t(world), updated=500)),
    ("TRUNCATE rolled back", ("BEGIN", "TRUNCATE t", "ROLLBACK"), lambda _: None),
    ("VACUUM", ("VACUUM t",), lambda world: t(world).vacuum()),
    ("VACUUM FULL", ("VACUUM FULL t",), lambda world: world.vacuum_full(t(world))),
    ("CLUSTER", ("CLUSTER t USING t_pkey",), lambda world: world.vacuum_full(t(world))),
    ("a rewrite", ("ALTER TABLE t ALTER id TYPE bigint",), lambda world: world.rewrite(t(world))),
    ("ANALYZE of the new file", ("ANALYZE t",), lambda world: world.analyze(t(world))),
    (
        "TRUNCATE and reload in one transaction",
        ("BEGIN", "TRUNCATE t", f"INSERT INTO t {ROWS.format(8_000)}", "COMMIT"),
        lambda world: world.truncate(t(world), 8_000),
    ),
    ("DELETE of all", ("DELETE FROM t",), lambda world: world.write(t(world), deleted=8_000)),
    ("VACUUM of nothing", ("VACUUM t",), lambda world: t(world).vacuum()),
    ("INSERT", (f"INSERT INTO t {ROWS.format(4_000)}",), lambda world: world.write(t(world), inserted=4_000)),
    ("statistics reset", ("SELECT pg_stat_reset()",), lambda world: world.reset_statistics()),
    (
        "DELETE after the reset",
        ("DELETE FROM t WHERE id <= 1000",),
        lambda world: world.write(t(world), deleted=1000),
    ),
    (
        "INSERT after the reset",
        ("INSERT INTO t VALUES (9001), (9002)",),
        lambda world: world.write(t(world), inserted=2),
    ),
    ("ANALYZE after the reset", ("ANALYZE t",), lambda world: world.analyze(t(world))),
    (
        "reset of one table",
        ("SELECT pg_stat_reset_single_table_counters('t'::regclass)",),
        lambda world: world.reset_statistics_of(t(world)),
    ),
    ("TRUNCATE", ("TRUNCATE t",), lambda world: world.truncate(t(world))),
    ("rename", ("ALTER TABLE t RENAME TO old",), lambda world: world.rename(t(world), "old")),
    (
        "created under the old name",
        (f"CREATE TABLE t (id int, note text) {STILL}", f"INSERT INTO t {ROWS.format(50)}"),
        lambda world: created(world, rows=50),
    ),
    ("DROP", ("DROP TABLE old",), lambda world: world.drop(t(world, "old"))),
    (
        "partitions",
        (
            "CREATE TABLE p (id int, note text) PARTITION BY RANGE (id)",
            f"CREATE TABLE low PARTITION OF p FOR VALUES FROM (0) TO (601) {STILL}",
            f"CREATE TABLE high PARTITION OF p FOR VALUES FROM (601) TO (2000) {STILL}",
            f"INSERT INTO p {ROWS.format(1_000)}",
        ),
        partitioned,
    ),
    ("the root renamed", ("ALTER TABLE p RENAME TO q",), lambda world: world.rename(t(world, "p"), "q")),
    (
        "a partition detached",
        ("ALTER TABLE q DETACH PARTITION low",),
        lambda world: world.detach(t(world, "low")),
    ),
)


def shown(table: TableFacts, before: TableFacts | None) -> dict[str, object]:
    """What is comparable of two servers: oids and files by whether they are new, sizes by whether there are any."""
    return {
        "live": table.live,
        "inserted": table.inserted,
        "updated": table.updated,
        "deleted": table.deleted,
        "reltuples": table.reltuples,
        "pages": table.relpages > 0,
        "analyzed": table.analyzed_at is not None,
        "maintained": getattr(table, "maintained", 0),
        "relkind": table.relkind,
        "root": table.root,
        "another oid": before is not None and table.oid != before.oid,
        "another file": before is not None and table.relfilenode != before.relfilenode,
    }


def test_the_simulated_server_shows_what_a_real_one_shows_after_each_event(database: str) -> None:
    async def compare() -> list[tuple[str, object, object]]:
        world = World(random.Random(1))  # noqa: S311 reproducible
        real: dict[str, TableFacts] = {}
        simulated: dict[str, TableFacts] = {}
        compared: list[tuple[str, object, object]] = []
        session = await asyncpg.connect(database)
        watching = Connection(database)
        for name, statements, act in STEPS:
            for statement in statements:
                await session.execute(statement)
            # Else the counts of this session come up to 10 s later.
            await session.execute("SELECT pg_stat_force_next_flush()")
            act(world)
            async with watching.transaction() as transaction:
                _, read = await read_facts(transaction)
            _, told = await world.facts()
            after, after_told = {one.table: one for one in read}, {one.table: one for one in told}
            compared.append(
                (
                    name,
                    {table: shown(facts, real.get(table)) for table, facts in after.items()},
                    {table: shown(facts, simulated.get(table)) for table, facts in after_told.items()},
                )
            )
            real, simulated = after, after_told
        await session.close()
        await watching.close()
        return compared

    for name, real, simulated in asyncio.run(compare()):
        assert simulated == real, name
