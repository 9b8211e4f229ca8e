"""To plan a statement changes nothing, runs nothing and holds nobody up."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Mapping

import asyncpg
import pytest

from tests.postgres.planned import GIVE_UP, planned, verdicts
from tests.servers.query import rows, sql
from tests.servers.servers import Server
from watchdog.errors import UnreachableError
from watchdog.postgres.connection import APPLICATION_NAME, Connection, Timeouts
from watchdog.postgres.planning import Bounds, plan
from watchdog.queries.plan import PLANS, Plan


@pytest.mark.all_majors
def test_nothing_is_executed_not_even_what_says_that_it_changes_nothing(database: str, poor: str) -> None:
    statements = [
        "SELECT writes('selected')",
        "INSERT INTO log SELECT writes('inserted')",
        "INSERT INTO log VALUES ('plain') RETURNING writes('returned')",
        "WITH x AS (INSERT INTO log VALUES ('with') RETURNING *) SELECT writes(line) FROM x",
        "SELECT nextval('counter')",
        "INSERT INTO orders (id, total) VALUES (nextval('counter'), 1)",
        "UPDATE log SET line = writes(line)",
        "DELETE FROM log WHERE line = writes(line)",
        # Whatever calls itself immutable is run by the planner, in a transaction that only reads.
        "INSERT INTO log VALUES (lies('lied'))",
        "SELECT lies('lied')",
        "SELECT set_config('search_path', 'nowhere', false), pg_advisory_lock(1)",
    ]

    assert verdicts(planned(poor, *statements)) == [("plans", "")] * len(statements)
    assert rows(database, "SELECT line FROM log") == []
    assert rows(database, "SELECT is_called FROM counter") == [(False,)]
    assert rows(database, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == [(0,)]


def test_the_server_is_never_told_to_execute_one(private_server: Callable[[Mapping[str, str]], Server]) -> None:
    server = private_server({"log_statement": "all"})
    sql(server.dsn(), "CREATE TABLE orders (id int); /* made */")
    statements = [
        "/* asked */ SELECT id FROM orders",
        "/* asked */ INSERT INTO orders VALUES ($1)",
        "/* asked */ DELETE FROM orders",
        "/* asked */ TABLE nowhere",
    ]
    assert [each.verdict for each in planned(server.dsn(), *statements)] == ["plans"] * 3 + ["refused"]
    log = server.log.read_text()
    assert "/* made */" in log, "what is executed is logged"
    assert [line for line in log.splitlines() if "/* asked */" in line and "STATEMENT:" not in line] == []


@pytest.mark.all_majors
def test_a_foreign_table_is_planned_without_asking_its_server(database: str, poor: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as remote:
        port = remote.getsockname()[1]
        calls: list[object] = []

        def listen() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, address = remote.accept()
                    calls.append(address)
                    connection.close()

        listening = threading.Thread(target=listen, daemon=True)
        listening.start()
        sql(
            database,
            "CREATE EXTENSION postgres_fdw;"
            f"CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '{port}');"
            "CREATE USER MAPPING FOR PUBLIC SERVER far OPTIONS (user 'u', password 'p');"
            "CREATE FOREIGN TABLE remote (id bigint, note text) SERVER far; GRANT SELECT ON remote TO PUBLIC",
        )
        statements = [
            "SELECT note FROM remote",
            "WITH r AS (SELECT note FROM remote) SELECT note FROM r",
            "WITH r AS (SELECT note FROM remote) SELECT o.id FROM orders o, r FOR UPDATE OF o",
            'WITH r AS (SELECT note AS "update" FROM remote) SELECT r.update AS delete FROM r',
            "SELECT o.id FROM orders o, remote r WHERE o.id = r.id FOR UPDATE OF o",
            "INSERT INTO log SELECT note FROM remote",
            "UPDATE remote SET note = $1 WHERE id = $2",
            "INSERT INTO remote (id) VALUES ($1)",
            "DELETE FROM remote",
        ]
        found = planned(poor, *statements, "SELECT nothing FROM remote")
        with pytest.raises(asyncpg.PostgresError):
            rows(poor, "SELECT note FROM remote")
        remote.shutdown(socket.SHUT_RDWR)
        listening.join(5)

    assert found[:-1] == (PLANS,) * len(statements)
    assert verdicts(found)[-1] == ("refused", "42703")
    assert len(calls) == 1, "only the statement that was executed"


def test_a_foreign_server_that_the_planner_asks_and_does_not_reach_ends_no_look(database: str, poor: str) -> None:
    sql(
        database,
        "CREATE EXTENSION postgres_fdw;"
        "CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '1');"
        "CREATE USER MAPPING FOR PUBLIC SERVER far OPTIONS (user 'u', password 'p');"
        "CREATE FOREIGN TABLE remote (note text) SERVER far OPTIONS (use_remote_estimate 'true')",
    )
    found = planned(poor, "INSERT INTO log SELECT note FROM remote", "SELECT id FROM orders")
    assert verdicts(found) == [("unanswered", "08001"), ("plans", "")]


@pytest.mark.all_majors
def test_a_locked_table_is_unanswered_within_the_bound_and_others_are_answered(database: str, poor: str) -> None:
    async def run() -> tuple[tuple[Plan, ...], float]:
        holder = await asyncpg.connect(database)
        # Whatever patience the other looks have.
        connection = Connection(poor, Timeouts(lock=30, statement=60))
        try:
            await holder.execute("BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")
            started = asyncio.get_running_loop().time()
            found = await plan(connection, ["SELECT id FROM orders", "SELECT line FROM log", "DELETE FROM orders"])
            return found, asyncio.get_running_loop().time() - started
        finally:
            await connection.close()
            await holder.close()

    found, seconds = asyncio.run(run())
    assert verdicts(found) == [("unanswered", "55P03"), ("plans", ""), ("unanswered", "55P03")]
    assert seconds < 5


# Asked once of each, as between two questions the answer may become another.
WAITING = """
SELECT * FROM (
    SELECT pid, pg_blocking_pids(pid) AS blocked_by, application_name = $1 AS ours FROM pg_stat_activity
    WHERE datname = current_database() OFFSET 0
) sessions WHERE cardinality(blocked_by) > 0
"""


@pytest.mark.all_majors
def test_a_migration_that_waits_for_its_own_lock_never_waits_for_us(database: str, poor: str) -> None:
    async def run() -> None:
        reader, migration, observer = [await asyncpg.connect(database) for _ in range(3)]
        connection = Connection(poor)
        try:
            await reader.execute("BEGIN; SELECT * FROM orders")
            altering = asyncio.create_task(migration.execute("ALTER TABLE orders ADD currency text"))
            while not await observer.fetch(WAITING, APPLICATION_NAME):  # noqa: ASYNC110 another process
                await asyncio.sleep(0.01)
            asking = asyncio.create_task(plan(connection, ["SELECT id FROM orders", "DELETE FROM orders"] * 3))
            seen = []
            while not asking.done():
                seen += await observer.fetch(WAITING, APPLICATION_NAME)
            plans = await asking
            alter = migration.get_server_pid()
            assert {tuple(row["blocked_by"]) for row in seen if row["pid"] == alter} == {(reader.get_server_pid(),)}
            assert {tuple(row["blocked_by"]) for row in seen if row["ours"]} == {(alter,)}
            assert {each.sqlstate for each in plans} == {"55P03"}
            await reader.execute("COMMIT")
            await altering
            assert await plan(connection, ["SELECT currency FROM orders"]) == (PLANS,)
        finally:
            await connection.close()
            for each in (reader, migration, observer):
                each.terminate()

    asyncio.run(run())


@pytest.mark.all_majors
def test_locks_are_given_back_before_the_next_statement_is_planned(database: str, poor: str) -> None:
    locked = (
        "SELECT DISTINCT relation::regclass::text FROM pg_locks JOIN pg_stat_activity USING (pid)"
        " WHERE application_name = $1 AND datname = current_database() AND locktype = 'relation'"
        " AND relation > 16383 AND granted"
    )

    async def run() -> set[str]:
        observer = await asyncpg.connect(database)
        connection = Connection(poor)
        try:
            statements = [
                "SELECT id FROM orders",
                "UPDATE lines SET line = 1",
                "SELECT nothing FROM lines",
                "INSERT INTO log VALUES (slow('x'))",
            ]
            asking = asyncio.create_task(plan(connection, statements, None, Bounds(lock=0.2, statement=2)))
            while not await observer.fetch(
                "SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
            ):
                assert not asking.done()
                await asyncio.sleep(0.01)
            held = {row[0] for row in await observer.fetch(locked, APPLICATION_NAME)}
            assert verdicts(await asking) == [
                ("plans", ""),
                ("plans", ""),
                ("refused", "42703"),
                ("unanswered", "57014"),
            ]
            assert await observer.fetch(locked, APPLICATION_NAME) == []
            return held
        finally:
            await connection.close()
            await observer.close()

    assert asyncio.run(run()) == {"log"}


def test_a_connection_that_breaks_in_the_middle_is_told_and_the_next_look_has_another(database: str, poor: str) -> None:
    async def run() -> None:
        observer = await asyncpg.connect(database)
        connection = Connection(poor)
        try:
            asking = asyncio.create_task(plan(connection, ["INSERT INTO log VALUES (slow('x'))"], None, GIVE_UP))
            ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
            while not await observer.fetch(f"{ended} AND datname = current_database()"):  # noqa: ASYNC110 another process
                await asyncio.sleep(0.01)
            with pytest.raises(UnreachableError, match="connection"):
                await asking
            assert await plan(connection, ["SELECT id FROM orders"]) == (PLANS,)
        finally:
            await connection.close()
            await observer.close()

    asyncio.run(run())
