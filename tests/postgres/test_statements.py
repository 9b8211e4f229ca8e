"""What pg_stat_statements has recorded, and what is said where it has not, or may not be seen."""

import asyncio
import re
from collections.abc import Callable, Mapping
from typing import TypeVar

import pytest

from tests.servers.query import rows, sql
from tests.servers.servers import Server
from watchdog.errors import CaptureError
from watchdog.postgres.connection import Connection
from watchdog.postgres.planning import Planner
from watchdog.postgres.statements import Recorded, recorded

T = TypeVar("T")
Private = Callable[[Mapping[str, str]], Server]

SHOP = """
CREATE TABLE orders (id bigint PRIMARY KEY, note text);
CREATE ROLE app LOGIN; GRANT ALL ON orders TO app;
CREATE ROLE watch LOGIN; GRANT CONNECT ON DATABASE shop TO watch;
"""


@pytest.fixture
def recording(private_server: Private) -> Server:
    """A server that records, with a database `shop` for it, and roles `app` and `watch` that may connect."""
    server = private_server(
        {"shared_preload_libraries": "pg_stat_statements", "pg_stat_statements.track_utility": "on"}
    )
    sql(server.dsn(), "CREATE DATABASE shop")
    sql(server.dsn("shop"), SHOP)
    return server


def asked(dsn: str, most: int) -> Recorded:
    async def run() -> Recorded:
        connection = Connection(dsn)
        try:
            return await recorded(connection, most)
        finally:
            await connection.close()

    return asyncio.run(run())


def in_words(dsn: str, most: int) -> tuple[int, str]:
    async def run() -> tuple[int, str]:
        connection = Connection(dsn)
        try:
            found, beyond = await Planner(connection, None, most).recorded()
            return len(found), beyond
        finally:
            await connection.close()

    return asyncio.run(run())


@pytest.mark.all_majors
def test_what_ran_most_often_comes_first_whoever_ran_it_and_wherever_the_extension_is(recording: Server) -> None:
    shop, app = recording.dsn("shop"), recording.dsn("shop", "app")
    sql(shop, 'CREATE SCHEMA "odd ""one"; CREATE EXTENSION pg_stat_statements SCHEMA "odd ""one"')
    sql(shop, 'GRANT pg_monitor TO watch; GRANT USAGE ON SCHEMA "odd ""one" TO watch')
    rows(shop, 'SELECT "odd ""one".pg_stat_statements_reset() IS NULL')
    sql(recording.dsn(), "SELECT 1 AS of_another_database")
    for number in range(3):
        rows(shop, f"SELECT note FROM orders WHERE id = {number}")
    for number in range(4):
        rows(app, f"SELECT note FROM orders WHERE id = {number}")
    for _ in range(2):
        rows(app, "SELECT id FROM orders WHERE note = $1", "x")
    sql(app, "UPDATE orders SET note = 'x' WHERE id = 7")
    sql(app, "/* of the web */ -- and more\n SELECT id FROM orders")
    for utility in ("BEGIN", "SET jit = off", "  show jit", "TRUNCATE orders"):
        sql(shop, utility)

    found = asked(recording.dsn("shop", "watch"), 1000)

    first_words = {each.sql.split()[0].lower().lstrip("(") for each in found.statements}
    assert first_words <= {"select", "update", "/*"}, "no server plans any other"
    # From 18 on a server leaves out the comments before a SELECT.
    assert any(each.sql.startswith("/* of the web */") for each in found.statements) is (recording.major < 18)
    assert any(each.sql.rstrip(")").endswith("SELECT id FROM orders") for each in found.statements)
    own = [each for each in found.statements if re.search("FROM orders |UPDATE orders", each.sql)]
    assert [(each.sql, each.calls) for each in own] == [
        ("SELECT note FROM orders WHERE id = $1", 7),
        ("SELECT id FROM orders WHERE note = $1", 2),
        ("UPDATE orders SET note = $1 WHERE id = $2", 1),
    ]
    assert all(each.recorded and each.query_id is not None and each.locations == () for each in found.statements)
    # 13 does not tell since when it counts; what is younger than a day counts as a day old.
    assert [each.calls_a_day for each in own] == ([None] * 3 if recording.major == 13 else [7, 2, 1])
    assert len({each.query_id for each in found.statements}) == len(found.statements)
    calls = [each.calls or 0 for each in found.statements]
    assert calls == sorted(calls, reverse=True)
    assert not any("of_another_database" in each.sql for each in found.statements)
    assert (found.beyond, found.hidden) == (0, 0)

    first = asked(recording.dsn("shop", "watch"), 1)
    assert [each.sql for each in first.statements] == [own[0].sql]
    assert first.beyond >= len(found.statements) - 1
    number, words = in_words(recording.dsn("shop", "watch"), 1)
    assert number == 1
    assert re.fullmatch(r"\d+ recorded statements that ran less often \(queries.recorded\)", words)
    assert in_words(recording.dsn("shop", "watch"), 0) == (0, "")


@pytest.mark.all_majors
def test_what_a_role_may_not_see_of_others_is_counted_and_the_grant_is_named(recording: Server) -> None:
    shop, watch = recording.dsn("shop"), recording.dsn("shop", "watch")
    sql(shop, "CREATE EXTENSION pg_stat_statements; GRANT SELECT ON orders TO watch")
    rows(shop, "SELECT pg_stat_statements_reset() IS NULL")
    rows(recording.dsn("shop", "app"), "SELECT note FROM orders WHERE id = 1")
    rows(recording.dsn("shop", "app"), "SELECT id FROM orders")
    rows(recording.dsn("shop", "app"), "SELECT id FROM orders")
    rows(watch, "SELECT id FROM orders WHERE note IS NULL")

    found = asked(watch, 1000)

    own = [each.sql for each in found.statements if "FROM orders" in each.sql]
    assert own == ["SELECT id FROM orders WHERE note IS NULL"]
    assert found.hidden >= 2
    first = asked(watch, 1)
    assert (len(first.statements), first.hidden >= 2) == (1, True)
    number, words = in_words(watch, 1000)
    assert number >= 1
    assert re.search(r"\d+ that this role may not see \(GRANT pg_read_all_stats\)", words)
    sql(shop, "GRANT pg_read_all_stats TO watch")
    assert asked(watch, 1000).hidden == 0
    assert "SELECT id FROM orders" in [each.sql for each in asked(watch, 1000).statements]


def test_a_server_that_records_nothing_is_told_with_the_way_to_it(database: str) -> None:
    with pytest.raises(CaptureError, match=r"CREATE EXTENSION pg_stat_statements .*shared_preload_libraries"):
        asked(database, 10)
    sql(database, "CREATE EXTENSION pg_stat_statements")
    with pytest.raises(CaptureError, match=r"cannot be read: .*shared_preload_libraries"):
        asked(database, 10)


def test_an_extension_in_a_schema_that_may_not_be_used_is_told(recording: Server) -> None:
    sql(recording.dsn("shop"), "CREATE SCHEMA closed; CREATE EXTENSION pg_stat_statements SCHEMA closed")
    with pytest.raises(CaptureError, match="cannot be read: permission denied for schema closed"):
        asked(recording.dsn("shop", "watch"), 10)


def test_a_record_that_was_just_emptied_is_empty_and_no_mistake(recording: Server) -> None:
    sql(recording.dsn("shop"), "CREATE EXTENSION pg_stat_statements; GRANT pg_monitor TO watch")
    rows(recording.dsn("shop"), "SELECT pg_stat_statements_reset() IS NULL")
    assert asked(recording.dsn("shop", "watch"), 1000).beyond == 0
