"""The newest value of a column of any type that can hold a time: by its index only, else in words why not."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from tests.postgres.test_readings import as_role
from tests.servers.query import sql
from watchdog.postgres.connection import Connection
from watchdog.postgres.freshness import newest
from watchdog.rows.facts import Newest, Unit

NOON = datetime(2025, 11, 17, 12, 0, tzinfo=UTC)
SECONDS = int(NOON.timestamp())


def looked_up(dsn: str, table: str, column: str = "at", unit: Unit | None = None) -> tuple[Newest, int]:
    """The newest value up to noon and a minute, and how many tables were read whole for it."""

    async def ask() -> tuple[Newest, int]:
        connection = Connection(dsn)
        async with connection.transaction() as transaction:
            answer = await newest(
                transaction,
                "public",
                table,
                column,
                unit,
                NOON + timedelta(minutes=1),
                lock_timeout_seconds=0.1,
            )
            scans = 0
            if not answer.reason:
                read = "SELECT coalesce(sum(seq_scan), 0)::int FROM pg_stat_xact_user_tables"
                scans = await transaction.fetchval(read)
        await connection.close()
        return answer, scans

    return asyncio.run(ask())


def reason(dsn: str, table: str, column: str = "at") -> tuple[str, bool]:
    answer, _ = looked_up(dsn, table, column)
    assert (answer.at, answer.empty) == (None, False)
    return answer.reason, answer.again


def of_numbers() -> Iterator[tuple[str, str, Unit | None, datetime]]:
    """Type, values, unit, and the newest of them."""
    future = SECONDS + 3600
    for type_ in ("int", "bigint", "numeric"):
        yield type_, f"(NULL), (-5), ({SECONDS - 60}), ({SECONDS}), ({future})", None, NOON
        yield type_, f"({SECONDS}), ({future})", "s", NOON
    # As milliseconds the year 9999 in seconds lies in 1978.
    yield "bigint", f"({SECONDS}), (253402300799)", None, NOON
    yield "bigint", f"(0), ({SECONDS * 1000 + 250}), ({future * 1000})", None, NOON + timedelta(milliseconds=250)
    yield "bigint", f"({SECONDS * 1000})", "ms", NOON
    yield "numeric", f"({SECONDS}.25), ('NaN')", None, NOON + timedelta(milliseconds=250)
    yield "double precision", f"({SECONDS}.5), ('NaN'), ('Infinity')", None, NOON + timedelta(milliseconds=500)
    # A float of four bytes knows a moment to two minutes.
    yield "real", "(1700000000), ('NaN')", None, datetime.fromtimestamp(1_700_000_000, UTC)
    yield "smallint", "(32767)", None, datetime(1970, 1, 1, 9, 6, 7, tzinfo=UTC)


def of_times() -> Iterator[tuple[str, str, Unit | None, datetime]]:
    """The same of types that are times by themselves."""
    yield "timestamptz", "('2025-11-17 13:00+01'), ('9999-12-31'), ('infinity'), (NULL)", None, NOON
    yield "timestamp", "('2025-11-17 12:00'), ('2025-11-17 12:02'), ('infinity')", None, NOON
    yield "date", "('2025-11-17'), ('2025-11-18'), ('infinity')", None, NOON.replace(hour=0)


@pytest.mark.all_majors
def test_the_newest_value_is_read_by_the_index_whatever_the_type(database: str) -> None:
    cases = [*of_numbers(), *of_times()]
    for number, (type_, values, _, _) in enumerate(cases):
        sql(
            database,
            f"""
            CREATE TABLE plain_{number} (at {type_}); CREATE INDEX ON plain_{number} (at DESC);
            INSERT INTO plain_{number} VALUES {values};
            CREATE DOMAIN inner_{number} AS {type_}; CREATE DOMAIN outer_{number} AS inner_{number};
            CREATE TABLE domain_{number} (at outer_{number}, note text); CREATE INDEX ON domain_{number} (at, note);
            INSERT INTO domain_{number} VALUES {values}
            """,
        )
    # Tables known to be this small are cheaper to read whole.
    sql(database, "ANALYZE")
    for number, (_, values, unit, expected) in enumerate(cases):
        for table in (f"plain_{number}", f"domain_{number}"):
            assert looked_up(database, table, unit=unit) == (Newest(at=expected), 0), (table, values)


@pytest.mark.all_majors
def test_the_newest_value_of_a_partitioned_table_is_read_by_the_indexes_of_its_leaves(database: str) -> None:
    sql(
        database,
        """
        CREATE TABLE events (id int, at timestamptz) PARTITION BY LIST (id);
        CREATE TABLE events_1 PARTITION OF events FOR VALUES IN (1);
        CREATE TABLE events_2 PARTITION OF events FOR VALUES IN (2) PARTITION BY RANGE (at);
        CREATE TABLE events_2a PARTITION OF events_2 FOR VALUES FROM ('2025-11-01') TO ('2025-12-01');
        CREATE TABLE events_2b PARTITION OF events_2 DEFAULT;
        CREATE INDEX ON ONLY events (at);
        INSERT INTO events SELECT i % 2 + 1, '2025-11-17 12:00+00'::timestamptz - i * interval '1 h'
        FROM generate_series(0, 999) i
        """,
    )
    assert reason(database, "events") == (
        "no index begins with it: CREATE INDEX CONCURRENTLY on each partition, then CREATE INDEX ON public.events (at)",
        False,
    )
    sql(database, "DROP INDEX events_at_idx; CREATE INDEX ON events (at); ANALYZE")
    assert looked_up(database, "events") == (Newest(at=NOON), 0)
    assert looked_up(database, "events_2b") == (Newest(at=datetime(2025, 10, 31, 23, tzinfo=UTC)), 0)


def test_no_value_that_counts_is_another_thing_than_no_answer(database: str) -> None:
    sql(
        database,
        """
        CREATE TABLE t (at timestamptz, day date, number numeric);
        CREATE INDEX ON t (at); CREATE INDEX ON t (day); CREATE INDEX ON t (number)
        """,
    )
    assert looked_up(database, "t") == (Newest(empty=True), 0)
    sql(
        database,
        """
        INSERT INTO t VALUES
        (NULL, NULL, NULL), ('infinity', 'infinity', 'NaN'), ('-infinity', '-infinity', -1),
        ('9999-12-31', '9999-12-31', 1e13), ('4713-01-01 BC', '4713-01-01 BC', -1e20)
        """,
    )
    for column in ("at", "day", "number"):
        assert looked_up(database, "t", column) == (Newest(empty=True), 0)


@pytest.mark.majors(13, 18)
def test_what_no_index_leads_to_is_not_looked_for(database: str) -> None:
    sql(
        database,
        """
        CREATE TABLE "T" (id int, "at"" time" timestamptz, gone int, partial date, hashed date, b bigint, word text);
        CREATE INDEX ON "T" (id, "at"" time"); CREATE INDEX ON "T" (partial) WHERE id > 0;
        CREATE INDEX ON "T" USING hash (hashed); CREATE INDEX invalid ON "T" (b); CREATE INDEX ON "T" ((id + 1));
        UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'invalid'::regclass;
        ALTER TABLE "T" DROP gone;
        CREATE VIEW v AS SELECT now() AS at;
        CREATE EXTENSION postgres_fdw; CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw;
        CREATE TABLE events (at timestamptz) PARTITION BY RANGE (at);
        CREATE FOREIGN TABLE "old ones" PARTITION OF events DEFAULT SERVER elsewhere;
        CREATE INDEX ON events (at);
        CREATE MATERIALIZED VIEW m AS SELECT now() AS at WITH NO DATA; CREATE INDEX ON m (at)
        """,
    )
    advice = "no index begins with it: CREATE INDEX CONCURRENTLY ON "
    assert reason(database, "T", 'at" time') == (advice + 'public."T" ("at"" time")', False)
    for column in ("partial", "hashed", "b"):
        assert reason(database, "T", column) == (f'{advice}public."T" ({column})', False)
    assert reason(database, "T", "word") == ("word is of type text, neither a time nor a number", False)
    assert reason(database, "T", "gone") == ("it has no column gone", True)
    assert reason(database, "T", "ctid") == ("it has no column ctid", True)
    assert reason(database, "v") == reason(database, "nowhere") == ("the table is gone", True)
    for table in ("events", "old ones"):
        assert reason(database, table) == ('public."old ones" is a foreign table, which has no index here', False)
    assert reason(database, "m") == ("the materialized view is not populated", False)


@pytest.mark.majors(13, 18)
def test_what_the_role_may_not_see_is_not_taken_for_old(database: str) -> None:
    sql(
        database,
        f"""
        CREATE TABLE t (at timestamptz PRIMARY KEY, secret bigint UNIQUE);
        INSERT INTO t VALUES ('{NOON}', {SECONDS})
        """,
    )
    reader = as_role(database, "")
    sql(database, f"GRANT SELECT (at) ON t TO {reader.split('//')[1].split('@')[0]}")
    assert looked_up(reader, "t") == (Newest(at=NOON), 0)
    assert reason(reader, "t", "secret") == ("no SELECT privilege on secret", False)
    sql(database, "ALTER TABLE t ENABLE ROW LEVEL SECURITY")
    assert reason(reader, "t") == ("row level security filters what this role can read", False)


def test_a_lookup_waits_for_no_lock(database: str) -> None:
    sql(database, "CREATE TABLE t (at timestamptz PRIMARY KEY)")

    async def under_lock() -> tuple[str, bool]:
        holder = await asyncpg.connect(database)
        await holder.execute("BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
        answer = await asyncio.to_thread(reason, database, "t")
        await holder.close()
        return answer

    assert asyncio.run(under_lock()) == ("the table is locked", True)


@pytest.mark.parametrize("name", ['a"b', "a\nb", "a'b\\c", "%s{}$1", "🦀", "user", 'x"; DROP TABLE t; --'])
def test_hostile_names_are_looked_up(database: str, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    sql(database, f"CREATE TABLE {quoted} ({quoted} timestamptz PRIMARY KEY); INSERT INTO {quoted} VALUES ('{NOON}')")
    assert looked_up(database, name, name) == (Newest(at=NOON), 0)
