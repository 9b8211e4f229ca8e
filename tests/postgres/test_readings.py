"""Row counts of real servers: what the catalogs say after each event, and what is concluded from it."""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import asyncpg
import msgspec
import pytest

from tests.servers.query import rows, sql
from tests.servers.servers import Server
from watchdog.finding import Finding, Severity
from watchdog.postgres.connection import Connection, Timeouts
from watchdog.postgres.readings import confirm, read_facts
from watchdog.rows.carry import carried
from watchdog.rows.facts import Confirmation, ServerFacts, TableFacts
from watchdog.rows.judge import Evidence, judge, suspects
from watchdog.rows.label import label
from watchdog.rows.level import Level, Name
from watchdog.rows.reading import Reading
from watchdog.rows.terms import Terms

T = ("public", "t")
# No autovacuum: an analyze in the midst of a case would make it another case.
TABLE = "CREATE TABLE {0} (id int PRIMARY KEY, note text) WITH (autovacuum_enabled = off);"
FILLED = TABLE + "INSERT INTO {0} SELECT i, 'row ' || i FROM generate_series(1, {1}) i;"
# Statistics arrive up to 10 s after the commit, and before PostgreSQL 15 through a file of their own.
PATIENCE_SECONDS = 20.0


def facts(dsn: str) -> tuple[ServerFacts, dict[Name, TableFacts]]:
    """What one look reads, as the daemon reads it."""

    async def read() -> tuple[ServerFacts, tuple[TableFacts, ...]]:
        connection = Connection(dsn, Timeouts(lock=0.5, statement=5))
        async with connection.transaction() as transaction:
            found = await read_facts(transaction)
        await connection.close()
        return found

    server, tables = asyncio.run(read())
    return server, {(table.schema, table.table): table for table in tables}


def until(dsn: str, arrived: Callable[[dict[Name, TableFacts]], bool]) -> dict[Name, TableFacts]:
    """The tables' facts, once the statistics have arrived."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not arrived(tables := facts(dsn)[1]):
        assert time.monotonic() < deadline, f"the statistics never arrived: {tables}"
        time.sleep(0.1)
    return tables


def counted(dsn: str, name: Name, floor: int, lock_timeout_seconds: float = 1.0) -> Confirmation:
    """The answer to `confirm`, asked as the daemon asks."""

    async def ask() -> Confirmation:
        connection = Connection(dsn)
        async with connection.transaction() as transaction:
            answer = await confirm(transaction, *name, floor, lock_timeout_seconds=lock_timeout_seconds)
        await connection.close()
        return answer

    return asyncio.run(ask())


def as_role(database: str, membership: str) -> str:
    """The same database, through a new role of this test's own."""
    role = "role_of_" + database.rsplit("/", 1)[1]
    sql(database, f"CREATE ROLE {role} LOGIN {membership}")
    return database.replace("postgres@", f"{role}@")


class Watcher:
    """Looks at one database as the daemon does, and remembers the levels."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self.levels: Mapping[Name, Level] = {}
        self.readings: dict[Name, Reading] = {}

    def look(self) -> tuple[Finding, ...]:
        server, tables = facts(self.dsn)
        observed = label(server, tables.values(), self.levels, datetime.now(UTC))
        observed = tuple(
            carried(one, self.levels[one.name].track.count) if one.name in self.levels else one for one in observed
        )
        standing = {part.oid: one for one in observed for part in one.parts}
        evidence = Evidence(terms=lambda *_: Terms(), standing=standing)
        doubted = suspects(self.levels, observed, evidence)
        counts = {one.key: counted(self.dsn, one.name, one.floor) for one in doubted}
        verdict = judge("test", self.levels, observed, msgspec.structs.replace(evidence, counts=counts))
        self.levels = verdict.levels
        self.readings = {one.name: one.reading for one in observed}
        return verdict.findings


@pytest.mark.all_majors
def test_a_mass_delete_is_critical_and_confirmed_by_count(database: str) -> None:
    sql(database, FILLED.format("t", 10_000))
    until(database, lambda tables: tables[T].live == 10_000)
    watcher = Watcher(database)
    assert watcher.look() == ()
    sql(database, "DELETE FROM t WHERE id > 1000")
    until(database, lambda tables: tables[T].live == 1_000)
    [finding] = watcher.look()
    assert (finding.expected, finding.actual, finding.severity) == ("10000", "1000", Severity.CRITICAL)
    assert "public.t lost 9,000 of 10,000 rows (90 %) since" in finding.message
    assert finding.message.endswith(": 9,000 rows deleted; by live statistics, confirmed by count")


@pytest.mark.all_majors
async def load_and_analyze_at_once(dsn: str) -> None:
    """In one session, each statement its own transaction: the load's counts are still pending when ANALYZE runs."""
    connection = await asyncpg.connect(dsn)
    await connection.execute(TABLE.format("t"))
    await connection.execute("INSERT INTO t SELECT i, 'row ' || i FROM generate_series(1, 10000) i")
    await connection.execute("ANALYZE t")
    await connection.close()


@pytest.mark.majors(18)
def test_an_analyze_that_overtook_the_counts_of_its_own_load_is_no_drop_when_it_is_corrected(database: str) -> None:
    asyncio.run(load_and_analyze_at_once(database))
    until(database, lambda tables: tables[T].live == 20_000)
    watcher = Watcher(database)
    watcher.look()
    assert watcher.readings[T].rows == 20_000
    sql(database, "ANALYZE t")
    until(database, lambda tables: tables[T].live == 10_000)
    assert watcher.look() == ()
    sql(database, "DELETE FROM t WHERE id <= 9000")
    until(database, lambda tables: tables[T].live == 1_000)
    [finding] = watcher.look()
    assert (finding.expected, finding.actual) == ("10000", "1000")


def test_truncate_is_told_with_its_cause(database: str) -> None:
    sql(database, FILLED.format("t", 500) + "ANALYZE t")
    until(database, lambda tables: tables[T].live == 500)
    watcher = Watcher(database)
    watcher.look()
    sql(database, "TRUNCATE t")
    until(database, lambda tables: tables[T].live == 0)
    [finding] = watcher.look()
    assert "lost all 500 rows" in finding.message
    assert "TRUNCATE or rewrite (relfilenode " in finding.message
    assert finding.severity is Severity.CRITICAL


@pytest.mark.all_majors
def test_a_statistics_reset_is_no_drop_and_later_inserts_are_not_taken_for_all_rows(database: str) -> None:
    sql(database, FILLED.format("analysed", 1_000) + FILLED.format("never", 1_000) + "ANALYZE analysed")
    analysed, never = ("public", "analysed"), ("public", "never")
    until(database, lambda tables: tables[analysed].live == tables[never].live == 1_000)
    watcher = Watcher(database)
    watcher.look()
    sql(database, "SELECT pg_stat_reset()")
    wiped = until(database, lambda tables: tables[analysed].live == tables[never].live == 0)
    assert wiped[analysed].analyzed_at is None
    assert watcher.look() == ()
    assert (watcher.readings[analysed].rows, watcher.readings[analysed].source) == (1_000, "planner")
    assert watcher.readings[never].source == "unknown"
    assert "statistics were reset at" in watcher.readings[never].note
    sql(database, "INSERT INTO analysed VALUES (-1); INSERT INTO never VALUES (-1)")
    until(database, lambda tables: tables[analysed].live == tables[never].live == 1)
    assert watcher.look() == ()
    sql(database, "ANALYZE")
    until(database, lambda tables: tables[analysed].live == tables[never].live == 1_001)
    assert watcher.look() == ()
    assert {reading.source for reading in watcher.readings.values()} == {"live"}


@pytest.mark.all_majors
def test_an_alter_table_that_rewrites_loses_nothing(database: str) -> None:
    sql(database, FILLED.format("t", 1_000) + "ANALYZE t")
    until(database, lambda tables: tables[T].live == 1_000)
    watcher = Watcher(database)
    watcher.look()
    sql(database, "ALTER TABLE t ALTER id TYPE bigint")
    assert [watcher.look(), watcher.look()] == [(), ()]
    assert (watcher.readings[T].rows, watcher.readings[T].source) == (1_000, "live")
    sql(database, "VACUUM FULL t")
    assert watcher.look() == ()
    assert watcher.readings[T].rows == 1_000


@pytest.mark.majors(13, 15, 18)
@pytest.mark.parametrize("victim", ["postmaster", "backend"])
def test_a_crash_is_no_drop(private_server: Callable[[Mapping[str, str]], Server], victim: str) -> None:
    server = private_server({"autovacuum": "off", "synchronous_commit": "on"})
    dsn = server.dsn()
    sql(dsn, FILLED.format("t", 1_000) + "ANALYZE t;" + FILLED.format("never", 1_000) + TABLE.format("empty"))
    never = ("public", "never")
    until(dsn, lambda tables: tables[T].live == tables[never].live == 1_000)
    watcher = Watcher(dsn)
    watcher.look()
    before, _ = facts(dsn)
    if victim == "postmaster":
        server.kill9()
        server.start()
    else:
        kill_a_backend(dsn)
    after, tables = facts(dsn)
    assert (tables[T].live, tables[never].live, tables[T].analyzed_at) == (0, 0, None)
    assert not after.same_statistics(before)
    assert (after.started_at == before.started_at) is (victim == "backend")
    assert watcher.look() == ()
    sql(dsn, "INSERT INTO t VALUES (-1); INSERT INTO never VALUES (-1)")
    until(dsn, lambda tables: tables[T].live == tables[never].live == 1)
    assert watcher.look() == ()
    assert (watcher.readings[T].rows, watcher.readings[T].source) == (1_000, "planner")
    assert watcher.readings[never].source == "unknown"


def kill_a_backend(dsn: str) -> None:
    """What the out-of-memory killer does: the postmaster lives, every session ends, the server recovers."""

    async def kill() -> None:
        connection = await asyncpg.connect(dsn)
        os.kill(await connection.fetchval("SELECT pg_backend_pid()"), signal.SIGKILL)
        connection.terminate()

    asyncio.run(kill())
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        time.sleep(0.5)
        try:
            rows(dsn, "SELECT 1")
        except (OSError, asyncpg.PostgresError):
            continue
        return
    pytest.fail("the server did not recover")


@pytest.mark.majors(13, 18)
def test_a_clean_restart_keeps_live_statistics_even_of_tables_never_analysed(
    private_server: Callable[[Mapping[str, str]], Server],
) -> None:
    server = private_server({"autovacuum": "off"})
    sql(server.dsn(), FILLED.format("t", 30))
    until(server.dsn(), lambda tables: tables[T].live == 30)
    watcher = Watcher(server.dsn())
    watcher.look()
    server.restart()
    assert watcher.look() == ()
    assert (watcher.readings[T].rows, watcher.readings[T].source) == (30, "live")


@pytest.mark.all_majors
def test_a_partitioned_table_is_the_sum_of_its_leaves_however_deep(database: str) -> None:
    sql(
        database,
        """
        CREATE TABLE events (id int) PARTITION BY RANGE (id);
        CREATE TABLE events_a PARTITION OF events FOR VALUES FROM (0) TO (1000);
        CREATE TABLE events_b PARTITION OF events FOR VALUES FROM (1000) TO (3000) PARTITION BY RANGE (id);
        CREATE SCHEMA other;
        CREATE TABLE other.events_b1 PARTITION OF events_b FOR VALUES FROM (1000) TO (3000);
        INSERT INTO events SELECT generate_series(0, 2999);
        """,
    )
    root = ("public", "events")
    until(database, lambda tables: sum(table.live for table in tables.values()) == 3_000)
    watcher = Watcher(database)
    assert watcher.look() == ()
    assert {name: reading.rows for name, reading in watcher.readings.items()} == {root: 3_000}
    sql(database, "ALTER TABLE events DETACH PARTITION events_b")
    [finding] = watcher.look()
    assert (finding.identity, finding.expected, finding.actual) == (root, "3000", "1000")
    detached = "partition other.events_b1 was detached: it is other.events_b1 in public.events_b now with 2,000 rows"
    assert detached in finding.message
    assert finding.message.endswith("confirmed by count")
    assert watcher.readings["public", "events_b"].rows == 2_000


@pytest.mark.all_majors
def test_pg_monitor_is_enough_to_read_and_a_count_is_refused_in_words(database: str) -> None:
    sql(
        database,
        FILLED.format("t", 1_000)
        + """
        CREATE SCHEMA hidden; CREATE TABLE hidden.h (id int); INSERT INTO hidden.h VALUES (1);
        REVOKE ALL ON SCHEMA public FROM public
        """,
    )
    everything = until(database, lambda tables: tables[T].live == 1_000)
    monitor = as_role(database, "IN ROLE pg_monitor")
    server, seen = facts(monitor)
    assert server.system_identifier
    assert [(one.schema, one.table, one.live, one.may_select) for one in seen.values()] == [
        (one.schema, one.table, one.live, False) for one in everything.values()
    ]
    assert counted(monitor, T, 800) == Confirmation(floor=800, reason="no SELECT privilege")
    watcher = Watcher(monitor)
    watcher.look()
    sql(database, "DELETE FROM t WHERE id > 10")
    until(database, lambda tables: tables[T].live == 10)
    [finding] = watcher.look()
    assert finding.message.endswith("990 rows deleted; by live statistics, borne out by the catalogs")


@pytest.mark.majors(13, 18)
def test_a_count_that_row_level_security_would_filter_is_refused(database: str) -> None:
    sql(database, FILLED.format("t", 100))
    reader = as_role(database, "")
    sql(database, "GRANT SELECT (id) ON t TO " + reader.split("//")[1].split("@")[0])
    assert counted(reader, T, 1_000).exact == 100
    sql(database, "ALTER TABLE t ENABLE ROW LEVEL SECURITY")
    assert rows(reader, "SELECT count(*) FROM t") == [(0,)]
    assert counted(reader, T, 1_000).reason == "row level security filters what this role can count"
    assert facts(reader)[1][T].row_security
    assert not facts(database)[1][T].row_security


@pytest.mark.majors(13, 18)
def test_a_lock_is_waited_for_by_the_count_only_and_not_for_long(database: str) -> None:
    sql(database, FILLED.format("t", 100))
    until(database, lambda tables: tables[T].live == 100)

    async def under_lock() -> tuple[dict[Name, TableFacts], Confirmation]:
        holder = await asyncpg.connect(database)
        async with holder.transaction():
            await holder.execute("LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
            _, tables = await asyncio.to_thread(facts, database)
            answer = await asyncio.to_thread(counted, database, T, 10, 0.2)
        await holder.close()
        return tables, answer

    tables, answer = asyncio.run(under_lock())
    assert tables[T].live == 100
    assert answer == Confirmation(floor=10, reason="the table is locked", again=True)


def test_a_count_stops_at_its_floor_and_is_exact_below_it(database: str) -> None:
    sql(database, FILLED.format("t", 100) + TABLE.format("empty"))
    assert counted(database, T, 100) == Confirmation(floor=100, counted=100)
    assert counted(database, T, 101).exact == 100
    assert counted(database, ("public", "empty"), 1).exact == 0
    assert counted(database, ("public", "nowhere"), 1).reason == "the table is gone"


def test_the_rows_of_inheriting_tables_are_not_counted_twice(database: str) -> None:
    sql(database, FILLED.format("t", 10) + "CREATE TABLE child () INHERITS (t); INSERT INTO child VALUES (11), (12)")
    assert counted(database, T, 100).exact == 10


@pytest.mark.parametrize(
    "name", ['a"b', "a\nb", "a'b\\c", "<script>", "%s{}$1", "🦀", "user", "A b", 'x"; DROP TABLE t; --']
)
def test_hostile_names_are_read_and_counted(database: str, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    sql(database, f"CREATE SCHEMA {quoted}; CREATE TABLE {quoted}.{quoted} AS SELECT generate_series(1, 7)")
    assert (name, name) in facts(database)[1]
    assert counted(database, (name, name), 100).exact == 7


@pytest.mark.all_majors
def test_only_what_is_the_users_and_holds_rows_is_read(database: str) -> None:
    sql(
        database,
        TABLE.format("t")
        + """
        CREATE VIEW v AS SELECT * FROM t; CREATE SEQUENCE s; CREATE TYPE c AS (a int);
        CREATE TABLE owned (id int); ALTER EXTENSION plpgsql ADD TABLE owned;
        CREATE UNLOGGED TABLE u (id int);
        CREATE MATERIALIZED VIEW m AS SELECT * FROM t WITH NO DATA;
        CREATE TEMP TABLE gone_with_the_session (id int);
        """,
    )
    _, tables = facts(database)
    assert [(one.table, one.relkind, one.unlogged, one.populated) for one in tables.values()] == [
        ("m", "m", False, False),
        ("t", "r", False, True),
        ("u", "r", True, True),
    ]
    assert counted(database, ("public", "m"), 1).reason == "the materialized view is not populated"


def test_an_empty_table_and_one_never_analysed_are_both_known(database: str) -> None:
    sql(database, FILLED.format("t", 250) + TABLE.format("empty"))
    until(database, lambda tables: tables[T].live == 250)
    watcher = Watcher(database)
    assert watcher.look() == ()
    known = {name[1]: (reading.rows, reading.source) for name, reading in watcher.readings.items()}
    assert known == {"t": (250, "live"), "empty": (0, "live")}


@pytest.mark.majors(13, 18)
def test_an_estimate_that_no_table_can_hold_is_none_and_hides_no_other_table(database: str) -> None:
    sql(database, TABLE.format("t") + TABLE.format("u") + "ANALYZE")
    for absurd, shown in {"NaN": -1, "Infinity": -1, "1e30": -1, "1e10": 10_000_000_000}.items():
        sql(database, f"UPDATE pg_class SET reltuples = '{absurd}', relpages = 1 WHERE relname = 't'")
        _, tables = facts(database)
        assert (tables[T].reltuples, tables["public", "u"].reltuples) == (shown, 0), absurd


def test_a_refreshed_materialized_view_is_counted_as_it_is_now(database: str) -> None:
    sql(database, FILLED.format("t", 400) + "CREATE MATERIALIZED VIEW m AS SELECT * FROM t")
    m = ("public", "m")
    until(database, lambda tables: tables[m].live == 400)
    watcher = Watcher(database)
    watcher.look()
    sql(database, "DELETE FROM t WHERE id > 40; REFRESH MATERIALIZED VIEW m")
    until(database, lambda tables: tables[m].live == 40)
    finding = next(finding for finding in watcher.look() if finding.identity == m)
    assert (finding.expected, finding.actual, finding.severity) == ("400", "40", Severity.CRITICAL)
