"""Whole looks at the rows of real servers: what is counted when, and what is told of tables hard to look at."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from tests.postgres.test_readings import until
from tests.servers.query import sql
from tests.servers.servers import Server
from watchdog.finding import Finding
from watchdog.look.rows import Due, RowsLook
from watchdog.look.seen import Seen
from watchdog.postgres.connection import Connection, Timeouts
from watchdog.postgres.counter import Counter
from watchdog.rows.facts import Confirmation, Newest, Unit
from watchdog.rows.history import Point
from watchdog.rows.judge import Suspect, routine
from watchdog.rows.level import Level, Name, Observation
from watchdog.rows.reading import Reading
from watchdog.rows.terms import Budget, Freshness, Terms
from watchdog.sqltext import qualified

PATIENCE = 20.0
AS_BY_DEFAULT = Terms()


class Memory:
    """Levels as bytes, as on the disk; no history."""

    def __init__(self) -> None:
        self.kept: dict[Name, bytes] = {}

    async def levels(self) -> Mapping[Name, bytes]:
        return dict(self.kept)

    async def history(self, _name: Name, _since: datetime) -> Sequence[Point]:
        return ()


class Looks:
    """Looks that follow one another on one connection, as the daemon's do."""

    def __init__(self, connection: Connection, due: Due, terms: Terms, counter: Counter | None = None) -> None:
        self.memory = Memory()
        self.readings: dict[str, Reading] = {}
        self._look = RowsLook(
            "test",
            counter or Counter(connection),
            self.memory,
            lambda *_: True,
            lambda *_: terms,
            due=self._due,
        )
        self.due = due

    def _due(
        self, levels: Mapping[Name, Level], observed: Sequence[Observation], budget: Budget
    ) -> tuple[Suspect, ...]:
        return self.due(levels, observed, budget)

    async def __call__(self, later: timedelta = timedelta(0)) -> Seen:
        seen = await self._look(datetime.now(UTC) + later)
        self.memory.kept |= {name: body for name, body in seen.levels.items() if body is not None}
        self.readings = {reading.table: reading for reading in seen.readings}
        return seen

    async def until(self, holds: Callable[[Seen], bool]) -> Seen:
        """Look until it holds, as statistics arrive late."""
        deadline = time.monotonic() + PATIENCE
        while True:
            seen = await self()
            if holds(seen):
                return seen
            assert time.monotonic() < deadline, seen
            await asyncio.sleep(0.05)

    async def until_read(self, rows: Mapping[str, int]) -> Seen:
        return await self.until(lambda _: {table: self.readings[table].rows for table in rows} == rows)

    async def finding(self) -> Finding:
        """The one that there is, as soon as there is one."""
        [found] = (await self.until(lambda seen: bool(seen.findings))).findings
        return found


def nothing(*_: object) -> tuple[()]:
    return ()


@asynccontextmanager
async def looking(
    dsn: str, due: Due = nothing, terms: Terms = AS_BY_DEFAULT, counter: Callable[[Connection], Counter] = Counter
) -> AsyncIterator[Looks]:
    connection = Connection(dsn, Timeouts(connect=5, lock=0.3, statement=10))
    try:
        yield Looks(connection, due, terms, counter(connection))
    finally:
        await connection.close()


async def run_sql(dsn: str, script: str) -> None:
    await asyncio.to_thread(sql, dsn, script)


FILLED = """
CREATE TABLE {0} (id int PRIMARY KEY, at timestamptz DEFAULT now()) WITH (autovacuum_enabled = off);
INSERT INTO {0} SELECT generate_series(1, {1});
"""


@pytest.mark.majors(15, 18)
@pytest.mark.parametrize("loss", ["DELETE FROM t WHERE id > 700", "TRUNCATE t"])
def test_a_loss_that_a_count_saw_before_the_statistics_told_of_it_is_no_less_a_loss(database: str, loss: str) -> None:
    async def run() -> None:
        await run_sql(database, FILLED.format("t", 1200))
        async with looking(database) as looks:
            await looks.until_read({"t": 1200})
            session = await asyncpg.connect(database)
            await session.execute("DELETE FROM t WHERE id <= 10")  # told at once, and so what follows is not
            await session.execute(loss)
            left = 0 if loss == "TRUNCATE t" else 690
            looks.due = routine
            seen = await looks()
            if not seen.findings:
                assert (looks.readings["t"].rows, looks.readings["t"].source) == (left, "exact")
                await looks()
            await session.execute("SELECT pg_stat_force_next_flush()")
            found = await looks.finding()
            assert (found.expected, found.actual, found.severity.value) == (
                "1200",
                str(left),
                "critical" if left == 0 else "warning",
            )
            await session.close()
            await run_sql(database, "INSERT INTO t SELECT generate_series(1, 1200) ON CONFLICT DO NOTHING")
            await looks.until_read({"t": 1200})
            assert (await looks(later=timedelta(seconds=20))).findings == ()
            assert looks.readings["t"].rows == 1200

    asyncio.run(run())


def test_a_count_that_the_statistics_contradict_for_good_is_carried_on_once_it_was_made_twice(database: str) -> None:
    async def run() -> None:
        # Counted by ANALYZE, and told by the session again.
        session = await asyncpg.connect(database)
        for statement in (*FILLED.format("t", 1200).split(";")[:2], "ANALYZE t"):
            await session.execute(statement)
        await session.close()
        async with looking(database) as looks:
            await looks.until_read({"t": 2400})
            looks.due = routine
            told = []
            for seconds in (0, 5, 20, 25):
                assert (await looks(later=timedelta(seconds=seconds))).findings == ()
                told.append((looks.readings["t"].rows, looks.readings["t"].source))
            assert told == [(1200, "exact"), (2400, "live"), (1200, "exact"), (1200, "exact")]

    asyncio.run(run())


HOSTILE = ['a"b', "a\nb", "a'b\\c", "<script>", "%s{}$1", "🦀", "user", "a.b", "e\u0301", "n" * 63, 'x"; DROP TABLE t']


def test_losses_of_tables_with_hostile_names_are_told_in_a_line_each(database: str) -> None:
    names = [(schema, table) for schema, table in zip(HOSTILE, reversed(HOSTILE), strict=True)]

    async def run() -> None:
        for name in names:
            script = f"CREATE SCHEMA {qualified(name[:1])};" + FILLED.format(qualified(name), 150)
            await run_sql(database, script + f"CREATE INDEX ON {qualified(name)} (at)")
        terms = Terms(min_rows=10, freshness=Freshness(column="at", max_age=timedelta(hours=1)))
        async with looking(database, routine, terms) as looks:
            await looks.until_read({table: 150 for _, table in names})
            assert {reading.source for reading in looks.readings.values()} == {"exact"}
            assert all(reading.newest_at for reading in looks.readings.values())
            await run_sql(database, "".join(f"TRUNCATE {qualified(name)};" for name in names))
            seen = await looks.until(lambda seen: len(seen.findings) == 3 * len(names))
            assert {(finding.identity, finding.attribute) for finding in seen.findings} == {
                (name, attribute) for name in names for attribute in ("rows", "min_rows", "freshness")
            }
            assert all(finding.message.isprintable() for finding in seen.findings)

    asyncio.run(run())


@pytest.mark.majors(14, 18)
def test_a_partition_whose_detachment_is_pending_is_gone_already_and_once_only(database: str) -> None:
    async def run() -> None:
        await run_sql(
            database,
            """
            CREATE TABLE events (id int) PARTITION BY RANGE (id);
            CREATE TABLE events_a PARTITION OF events FOR VALUES FROM (0) TO (1000);
            CREATE TABLE events_b PARTITION OF events FOR VALUES FROM (1000) TO (3000);
            INSERT INTO events SELECT generate_series(0, 2999);
            """,
        )
        # Before 15 a database's statistics begin with what is told of it first.
        await asyncio.to_thread(until, database, lambda tables: sum(one.live for one in tables.values()) == 3000)
        async with looking(database, routine) as looks:
            await looks()
            reader = await asyncpg.connect(database)
            await reader.execute("BEGIN; SELECT FROM events LIMIT 1")
            other = await asyncpg.connect(database)
            detaching = asyncio.create_task(other.execute("ALTER TABLE events DETACH PARTITION events_b CONCURRENTLY"))
            found = await looks.finding()
            assert (found.identity, found.expected, found.actual) == (("public", "events"), "3000", "1000")
            where = "partition public.events_b was detached: it is public.events_b now with 2,000 rows"
            assert where in found.message
            assert found.message.endswith("confirmed by count")
            assert not detaching.done()
            await reader.execute("COMMIT")
            await detaching
            still = await looks.finding()
            assert (still.fingerprint, still.actual) == (found.fingerprint, "1000")
            assert looks.readings["events_b"].rows == 2000
            for session in (reader, other):
                await session.close()

    asyncio.run(run())


class Late(Counter):
    """Drops a table each time, between what is read and what is asked."""

    dsn = ""

    async def confirm(self, schema: str, table: str, floor: int, seconds: float) -> Confirmation:
        await run_sql(self.dsn, f"DROP TABLE IF EXISTS {qualified((schema, table))}")
        return await super().confirm(schema, table, floor, seconds)

    async def newest(self, schema: str, table: str, column: str, unit: Unit | None, not_after: datetime) -> Newest:
        await run_sql(self.dsn, f"DROP TABLE IF EXISTS {qualified((schema, table))}")
        return await super().newest(schema, table, column, unit, not_after)


def test_a_table_that_is_dropped_between_what_is_read_and_what_is_counted_is_no_mistake(database: str) -> None:
    async def run() -> None:
        await run_sql(database, FILLED.format("t", 500) + FILLED.format("u", 500))
        Late.dsn = database
        terms = Terms(min_rows=10, freshness=Freshness(column="id", max_age=timedelta(days=365_000)))
        async with looking(database, routine, terms, Late) as looks:
            seen = await looks()
            assert (seen.findings, looks.readings["t"].rows, looks.readings["t"].counted) == ((), 500, None)
            assert "how new public.t is could not be asked: the table is gone" in seen.doubt
            assert (await looks()).readings == ()

    asyncio.run(run())


def test_what_a_crash_empties_is_lost_and_what_it_keeps_is_not(
    private_server: Callable[[Mapping[str, str]], Server],
) -> None:
    server = private_server({"autovacuum": "off", "synchronous_commit": "on"})

    async def run() -> None:
        kept = FILLED.format("kept", 500)
        await run_sql(server.dsn(), kept + kept.replace("kept", "gone").replace("TABLE", "UNLOGGED TABLE") + "ANALYZE")
        async with looking(server.dsn(), routine) as looks:
            await looks.until_read({"kept": 500, "gone": 500})
            await asyncio.to_thread(server.kill9)
            await asyncio.to_thread(server.start)
            found = await looks.finding()
            assert (found.identity, found.expected, found.actual) == (("public", "gone"), "500", "0")
            assert found.severity.value == "critical"

    asyncio.run(run())


def test_materialized_views_and_foreign_partitions_are_looked_at_without_harm(database: str, server: Server) -> None:
    async def run() -> None:
        name = database.rpartition("/")[2]
        await run_sql(
            database,
            FILLED.format("t", 400)
            + f"""
            CREATE MATERIALIZED VIEW m AS SELECT * FROM t;
            CREATE EXTENSION postgres_fdw;
            CREATE SERVER back FOREIGN DATA WRAPPER postgres_fdw
              OPTIONS (host '127.0.0.1', port '{server.port}', dbname '{name}');
            CREATE USER MAPPING FOR PUBLIC SERVER back OPTIONS (user 'postgres');
            CREATE TABLE public.remote AS SELECT generate_series(1, 300) AS id;
            CREATE TABLE events (id int) PARTITION BY RANGE (id);
            CREATE FOREIGN TABLE events_old PARTITION OF events FOR VALUES FROM (0) TO (1000)
              SERVER back OPTIONS (schema_name 'public', table_name 'remote');
            CREATE TABLE events_new PARTITION OF events FOR VALUES FROM (1000) TO (2000);
            INSERT INTO events_new SELECT generate_series(1000, 1099)
            """,
        )
        await run_sql(database, "ANALYZE events_old; ANALYZE remote; ANALYZE events_new")
        async with looking(database, routine) as looks:
            await looks.until_read({"m": 400, "events": 400})
            assert (looks.readings["m"].source, looks.readings["events"].source) == ("exact", "planner")
            assert looks.readings["events"].counted is None
            await run_sql(database, "REFRESH MATERIALIZED VIEW m WITH NO DATA; DELETE FROM remote WHERE id > 10")
            seen = await looks()
            assert looks.readings["m"].source == "unknown"
            assert seen.doubt == "the rows of public.m are unknown: the materialized view is not populated"
            await run_sql(database, "REFRESH MATERIALIZED VIEW m")
            await run_sql(database, "ANALYZE events_old")
            seen = await looks.until(lambda seen: len(seen.findings) == 2)
            events, remote = seen.findings
            assert (events.identity, events.expected, events.actual) == (("public", "events"), "400", "110")
            assert events.message.endswith("by the planner's estimate, confirmed by count")
            assert remote.identity == ("public", "remote")
            assert (seen.doubt, looks.readings["m"].rows) == ("", 400)

    asyncio.run(run())


def test_a_role_that_may_not_count_is_told_what_the_catalogs_know(database: str, watcher: str) -> None:
    async def run() -> None:
        await run_sql(
            database,
            FILLED.format("unread", 400)
            + FILLED.format("filtered", 400)
            # A name is all that this role sees of the first, and of the second what its policies leave.
            + f"GRANT USAGE ON SCHEMA public TO {watcher.partition('//')[2].partition('@')[0]};"
            f"GRANT SELECT ON filtered TO {watcher.partition('//')[2].partition('@')[0]};"
            "ALTER TABLE filtered ENABLE ROW LEVEL SECURITY",
        )
        terms = Terms(min_rows=300, freshness=Freshness(column="id", max_age=timedelta(days=365_000)))
        async with looking(watcher, routine, terms) as looks:
            seen = await looks.until_read({"unread": 400, "filtered": 400})
            assert {reading.source for reading in looks.readings.values()} == {"live"}
            assert "row level security filters what this role can read" in seen.doubt
            assert "no SELECT privilege on id" in seen.doubt
            await run_sql(database, "DELETE FROM unread WHERE id > 100; DELETE FROM filtered WHERE id > 100")
            seen = await looks.until(lambda seen: len(seen.findings) == 4)
            told = {(finding.identity[1], finding.attribute): finding.message for finding in seen.findings}
            assert set(told) == {(t, a) for t in ("unread", "filtered") for a in ("rows", "min_rows")}
            for table in ("unread", "filtered"):
                assert told[table, "rows"].endswith("300 rows deleted; by live statistics, borne out by the catalogs")
                assert told[table, "min_rows"].endswith("by live statistics")

    asyncio.run(run())
