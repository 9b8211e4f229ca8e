"""What config/role.sql makes: a role that sees all and writes nothing, made by an administrator who is no superuser."""

import asyncio
from collections.abc import Iterator

import asyncpg
import pytest

from tests.postgres.looks import BRISK, look
from tests.postgres.managed import ODD, Managed, managed
from tests.servers.query import rows
from tests.servers.servers import Server
from watchdog.postgres.connection import Connection
from watchdog.postgres.counter import Counter
from watchdog.postgres.history import history
from watchdog.rows.facts import EVERYTHING, Confirmation, TableFacts
from watchdog.schema.kinds import KINDS

ALL = {"count": f"public, {ODD}", "sequences": f"public,{ODD}", "migrations": "public.schema_migrations"}
# Each by itself, after the role has lifted its own default of reading only.
WRITES = [
    "INSERT INTO orders (total) VALUES (1)",
    "UPDATE orders SET total = 0",
    "DELETE FROM orders",
    "TRUNCATE orders",
    "SELECT * FROM orders FOR UPDATE",
    "LOCK TABLE orders IN SHARE MODE",
    "DELETE FROM schema_migrations",
    "SELECT nextval('orders_id_seq')",
    "SELECT setval('orders_id_seq', 1)",
    "REFRESH MATERIALIZED VIEW totals",
    "CREATE TABLE mine (id int)",
    "CREATE SCHEMA mine",
    "CREATE TEMP TABLE mine (id int)",
    "CREATE ROLE mine",
    "CREATE EXTENSION pg_stat_statements",
    "ALTER TABLE orders ADD COLUMN mine int",
    "DROP TABLE orders",
    "COMMENT ON TABLE orders IS 'mine'",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'postgres'",
    "SELECT pg_reload_conf()",
    "COPY orders TO PROGRAM 'cat'",
    "SELECT pg_read_file('postgresql.conf')",
]


@pytest.fixture
def place(server: Server, database: str) -> Iterator[Managed]:
    with managed(server, database) as made:
        yield made


def refusals(dsn: str, statements: list[str]) -> dict[str, str]:
    """Each statement -> the SQLSTATE, or nothing where it was done."""

    async def run() -> dict[str, str]:
        connection = await asyncpg.connect(dsn)
        found = {}
        for statement in statements:
            transaction = connection.transaction()
            await transaction.start()
            await connection.execute("SET TRANSACTION READ WRITE")
            try:
                await connection.execute(statement)
                found[statement] = ""
            except asyncpg.PostgresError as error:
                found[statement] = str(error.sqlstate)
            finally:
                await transaction.rollback()
        await connection.close()
        return found

    return asyncio.run(run())


def counted(dsn: str) -> tuple[tuple[TableFacts, ...], Confirmation, int]:
    """What the rows look reads of every table, a count, and how many migrations are noted."""

    async def ask() -> tuple[tuple[TableFacts, ...], Confirmation, int]:
        connection = Connection(dsn, BRISK)
        counter = Counter(connection)
        _, tables = await counter.facts()
        count = await counter.confirm("public", "orders", EVERYTHING, 10)
        noted = await history(connection, ("public", "schema_migrations"), "SELECT version FROM {table}")
        await connection.close()
        assert noted is not None
        return tables, count, len(noted.rows)

    return asyncio.run(ask())


@pytest.mark.all_majors
def test_the_role_sees_everything_and_can_write_nothing(major: int, place: Managed) -> None:
    close = {"close_public": "yes"} if major < 15 else {}
    for _ in range(2):
        assert "The role may log in." in place.role_sql(**ALL, **close)

    seen = look(place.watcher, kinds=tuple(KINDS))
    tables, count, noted = counted(place.watcher)
    assert (seen.hidden, seen.stale, dict(seen.broken)) == (frozenset(), frozenset(), {})
    assert {table.table for table in tables if table.may_select} == {table.table for table in tables}
    assert len(tables) == 6
    assert (count.exact, noted) == (100, 1)

    assert refusals(place.watcher, WRITES) == dict.fromkeys(WRITES, "42501")


@pytest.mark.majors(13)
def test_a_part_that_is_answered_with_no_is_left_out(place: Managed) -> None:
    public = "SELECT nspacl::text FROM pg_namespace WHERE nspname = 'public'"
    before = rows(place.superuser, public)
    place.role_sql(guards="no", close_public="no")
    assert rows(place.superuser, public) == before
    assert rows(place.superuser, "SELECT rolconfig FROM pg_roles WHERE rolname = $1", place.role) == [(None,)]


@pytest.mark.majors(13, 18)
def test_without_the_optional_parts_the_role_reads_no_row(place: Managed) -> None:
    place.role_sql(connections="3", guards="yes")
    look(place.watcher)
    assert set(refusals(place.watcher, ["SELECT FROM orders", "SELECT last_value FROM orders_id_seq"]).values()) == {
        "42501"
    }
    [facts] = rows(
        place.superuser,
        "SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls, rolconnlimit, rolconfig "
        "FROM pg_roles WHERE rolname = $1",
        place.role,
    )
    assert facts[:6] == (False, False, False, False, False, 3)
    assert facts[6] == [
        "default_transaction_read_only=on",
        "statement_timeout=60s",
        "lock_timeout=2s",
        "idle_in_transaction_session_timeout=60s",
    ]
    assert rows(place.watcher, "SELECT current_setting('transaction_read_only')") == [("on",)]
    hidden = {subject.name[0] for subject in look(place.watcher, kinds=["server_setting"]).hidden}
    assert hidden == {setting.partition("=")[0] for setting in facts[6]}
