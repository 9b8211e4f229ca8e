"""Statements planned by a role that may read nothing: what is refused and why, and that nothing ever runs."""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping

import asyncpg
import pytest

from tests.servers.query import rows, sql
from tests.servers.servers import Server
from watchdog.errors import UnreachableError
from watchdog.postgres.connection import APPLICATION_NAME, Connection, Timeouts
from watchdog.postgres.planning import PORTION, Bounds, Planner, plan
from watchdog.queries.plan import PLANS, Plan

SLEEP_SECONDS = 30
SHOP = f"""
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE DOMAIN always AS text NOT NULL;
CREATE TABLE orders (id bigint PRIMARY KEY, total numeric NOT NULL, mood mood, note text);
CREATE TABLE lines (order_id bigint REFERENCES orders, line int, text always, UNIQUE (order_id, line));
CREATE TABLE log (line text);
CREATE SEQUENCE counter;
CREATE FUNCTION vat(numeric) RETURNS numeric LANGUAGE sql AS 'SELECT $1 * 0.19';
CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql AS 'SELECT 2 * $1';
CREATE FUNCTION twice(date) RETURNS int LANGUAGE sql AS 'SELECT 2';
CREATE FUNCTION writes(text) RETURNS text VOLATILE LANGUAGE plpgsql
  AS 'BEGIN INSERT INTO log VALUES ($1); RETURN $1; END';
CREATE FUNCTION lies(text) RETURNS text IMMUTABLE SECURITY DEFINER LANGUAGE plpgsql
  AS 'BEGIN PERFORM nextval(''counter''); INSERT INTO log VALUES ($1); RETURN $1; END';
CREATE FUNCTION slow(text) RETURNS text IMMUTABLE LANGUAGE plpgsql
  AS 'BEGIN PERFORM pg_sleep({SLEEP_SECONDS}); RETURN $1; END';
"""
GIVE_UP = Bounds(lock=0.2, statement=10)


@pytest.fixture
def poor(database: str, server: Server) -> Iterator[str]:
    """The connection string of a role with CONNECT on the shop's database and USAGE on its schema, and nothing else."""
    name = database.rpartition("/")[2]
    role = f"poor_{name}"
    sql(
        database,
        f"{SHOP} CREATE ROLE {role} LOGIN; REVOKE ALL ON DATABASE {name} FROM PUBLIC;"
        f"GRANT CONNECT ON DATABASE {name} TO {role}; REVOKE ALL ON SCHEMA public FROM PUBLIC;"
        f"GRANT USAGE ON SCHEMA public TO {role}",
    )
    yield server.dsn(name, role)
    sql(database, f"DROP OWNED BY {role}; DROP ROLE {role}")


def planned(dsn: str, *statements: str, search_path: str | None = None, bounds: Bounds = GIVE_UP) -> tuple[Plan, ...]:
    async def run() -> tuple[Plan, ...]:
        connection = Connection(dsn)
        try:
            found = await plan(connection, statements, search_path, bounds)
            # Whatever was asked, the next look finds a connection that works.
            assert (await plan(connection, ["SELECT 1", "SELECT nowhere"]))[0] == PLANS
            return found
        finally:
            await connection.close()

    return asyncio.run(run())


def verdicts(plans: tuple[Plan, ...]) -> list[tuple[str, str]]:
    return [(each.verdict, each.sqlstate) for each in plans]


@pytest.mark.all_majors
def test_what_fits_plans_for_a_role_that_may_neither_read_nor_write(poor: str, major: int) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        rows(poor, "SELECT id FROM orders")
    statements = [
        "SELECT id, total, mood FROM orders WHERE mood = 'sad' AND note = $1",
        "SELECT o.id, l.text FROM public.orders AS o LEFT JOIN lines l ON l.order_id = o.id ORDER BY 1 LIMIT $1",
        "SELECT vat(total) FROM orders WHERE id = ANY($1) FOR UPDATE",
        "(SELECT id FROM orders) UNION ALL SELECT order_id FROM lines",
        "TABLE orders",
        "VALUES (1, $1)",
        "INSERT INTO orders (id, total, mood) VALUES ($1, $2, $3) RETURNING id",
        "INSERT INTO orders (id, total) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET total = excluded.total",
        "INSERT INTO lines (order_id, line) VALUES ($1, $2) ON CONFLICT (order_id, line) DO NOTHING",
        "-- a comment\n/* and another */ UPDATE orders SET note = $2 WHERE id = $1",
        "DELETE FROM orders USING lines WHERE order_id = id",
        "WITH gone AS (DELETE FROM lines RETURNING *) SELECT count(*) FROM gone",
        "WITH new AS (SELECT 1 AS id) INSERT INTO orders (id, total) SELECT id, 0 FROM new",
        "WITH few AS (SELECT id FROM orders) SELECT id FROM few FOR UPDATE",
    ]
    if major >= 15:
        statements.append("MERGE INTO orders USING lines ON order_id = id WHEN MATCHED THEN UPDATE SET note = text")

    assert planned(poor, *statements) == (PLANS,) * len(statements)


REFUSED = [
    ("SELECT id, currency FROM orders", "42703", 'column "currency" does not exist', "currency"),
    ("UPDATE orders SET currency = $1", "42703", 'column "currency" of relation "orders"', "currency"),
    ("INSERT INTO orders (id, currency) VALUES ($1, $2)", "42703", 'column "currency" of relation', "currency"),
    ("DELETE FROM orders o WHERE o.currency = $1", "42703", "column o.currency does not exist", "o.currency"),
    ("SELECT 1 FROM customers", "42P01", 'relation "customers" does not exist', "customers"),
    ("SELECT 1 FROM shop.customers", "42P01", 'relation "shop.customers" does not exist', "shop.customers"),
    ("SELECT gst(total) FROM orders", "42883", "function gst(numeric) does not exist", "gst"),
    ("SELECT vat(note) FROM orders", "42883", "function vat(text) does not exist", "vat"),
    ("SELECT 1 FROM orders WHERE mood = 'merry'", "22P02", 'invalid input value for enum mood: "merry"', "'merry'"),
    ("SELECT $1::temper", "42704", 'type "temper" does not exist', "temper"),
    ("SELECT 1 FROM orders WHERE id = note", "42883", "operator does not exist: bigint = text", "= note"),
    ("SELECT id FORM orders", "42601", "syntax error", "orders"),
    (
        "INSERT INTO orders (id, total) VALUES ($1, $2) ON CONFLICT (note) DO NOTHING",
        "42P10",
        "there is no unique or exclusion constraint matching the ON CONFLICT specification",
        "",
    ),
]


@pytest.mark.all_majors
def test_what_does_not_fit_is_refused_in_the_server_s_words_at_its_place(poor: str) -> None:
    plans = planned(poor, *(statement for statement, *_ in REFUSED))
    for found, (statement, sqlstate, words, at) in zip(plans, REFUSED, strict=True):
        assert (found.verdict, found.sqlstate) == ("refused", sqlstate), statement
        assert words in found.words
        assert found.position == (statement.index(at) + 1 if at else None), statement


@pytest.mark.all_majors
def test_a_unique_key_that_is_dropped_breaks_what_leans_on_it_by_columns(database: str, poor: str) -> None:
    statement = "INSERT INTO lines (order_id, line) VALUES ($1, $2) ON CONFLICT (order_id, line) DO NOTHING"
    assert planned(poor, statement) == (PLANS,)
    sql(database, "ALTER TABLE lines DROP CONSTRAINT lines_order_id_line_key")
    assert verdicts(planned(poor, statement)) == [("refused", "42P10")]


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


UNPLANNED = [
    "CREATE TABLE t (id int)",
    "DROP TABLE orders",
    "TRUNCATE orders",
    "ALTER TABLE orders ADD currency text",
    "CALL refresh()",
    "COPY orders TO STDOUT",
    "EXPLAIN ANALYZE DELETE FROM orders",
    "DO 'BEGIN END'",
    "LOCK TABLE orders",
    "COMMIT",
    "ROLLBACK TO SAVEPOINT planning",
    "SET ROLE postgres",
    "RESET ALL",
    "NOTIFY somebody",
    "DISCARD ALL",
    "PREPARE TRANSACTION 'x'",
    "",
    " ; ",
    "-- nothing",
]


def test_what_no_server_plans_is_not_called_checked_and_is_not_sent(database: str, poor: str) -> None:
    found = planned(poor, *UNPLANNED, "SELECT id FROM orders")
    assert found == (Plan(verdict="unjudged", words="no server plans such a statement"),) * len(UNPLANNED) + (PLANS,)
    assert rows(database, "SELECT count(*) FROM pg_class WHERE relname IN ('orders', 't')") == [(1,)]


HOSTILE = [
    ("SELECT 'a\0b'", "unjudged"),
    ("SELECT '\udcff'", "unjudged"),
    ("SELECT 1; COMMIT; DROP TABLE orders", "unjudged"),
    ("DELETE FROM log; COMMIT", "unjudged"),
    ("SELECT 1;", "plans"),
    ("SELECT '" + "x" * 1_000_000 + "'", "plans"),
    ("SELECT 1 WHERE 1 IN (" + "1," * 200_000 + "1)", "plans"),
    ("SELECT " + "(" * 100_000 + "1" + ")" * 100_000, "refused"),
    ("INSERT INTO log VALUES ('🦊\u202e\x1b[31m')", "plans"),
    ('SELECT nothing AS "\x1b[31m\nx"', "refused"),
    ("SELECT 'open", "refused"),
    ("SELECT $1 + $99999", "unjudged"),
    ("SELECT " + ", ".join(f"${number}::int" for number in range(1, 40_000)), "unanswered"),
]


@pytest.mark.all_majors
def test_after_the_most_hostile_statement_the_next_one_is_answered(database: str, poor: str) -> None:
    plans = planned(poor, *(each for statement, _ in HOSTILE for each in (statement, "SELECT id FROM orders")))
    assert [(statement[:30], found.verdict) for found, (statement, _) in zip(plans[::2], HOSTILE, strict=True)] == [
        (statement[:30], verdict) for statement, verdict in HOSTILE
    ]
    assert plans[1::2] == (PLANS,) * len(HOSTILE)
    assert all(found.words.isprintable() for found in plans)
    assert rows(database, "SELECT count(*) FROM log") == [(0,)]


OF_VALUES = [
    # Only a driver that sends types, or writes the values into the text, can say what these are.
    ("SELECT $1 IS NULL", "unjudged", "42P18"),
    ("SELECT $1 + $2", "unjudged", "42725"),
    ("SELECT pg_typeof($1)", "unjudged", "42P18"),
    ("INSERT INTO orders (id, note) VALUES ($1, $1)", "unjudged", "42P08"),
    # As a server records them, with literals taken out where no parameter may stand.
    ("SELECT interval $1", "unjudged", "42601"),
    # A domain takes no NULL, which is all that is ever given.
    ("INSERT INTO lines (text) VALUES ($1)", "plans", ""),
    ("INSERT INTO lines (text) VALUES ($1) ON CONFLICT (line) DO NOTHING", "unjudged", "23502"),
    # Here no value is lacking.
    ("SELECT twice('a')", "refused", "42725"),
    ("SELECT twice(id::text, $1::int) FROM orders", "refused", "42883"),
]


@pytest.mark.all_majors
def test_what_only_values_could_tell_is_no_verdict(poor: str) -> None:
    plans = planned(poor, *(statement for statement, *_ in OF_VALUES))
    found = [(statement, *one) for (statement, *_), one in zip(OF_VALUES, verdicts(plans), strict=True)]
    assert found == OF_VALUES


@pytest.mark.all_majors
def test_what_takes_too_long_to_plan_is_unanswered_and_the_next_is_asked(poor: str) -> None:
    started = time.monotonic()
    statements = ["INSERT INTO log VALUES (slow('x'))", "SELECT id FROM orders", "INSERT INTO log VALUES (slow($1))"]
    found = planned(poor, *statements, bounds=Bounds(lock=0.2, statement=0.3))
    # What a parameter will be is not known to the planner, so nothing is made of it.
    assert verdicts(found) == [("unanswered", "57014"), ("plans", ""), ("plans", "")]
    assert time.monotonic() - started < SLEEP_SECONDS / 2


def test_a_schema_that_may_not_be_used_is_unanswered_with_the_grant(database: str, poor: str) -> None:
    sql(database, "CREATE SCHEMA closed; CREATE TABLE closed.t (id int)")
    (found,) = planned(poor, "SELECT id FROM closed.t")
    assert (found.verdict, found.sqlstate) == ("unanswered", "42501")
    assert found.words == "permission denied for schema closed (GRANT it to the role of the watchdog)"


@pytest.mark.all_majors
def test_names_are_found_as_the_database_says_unless_a_search_path_is_given(database: str, poor: str) -> None:
    name = database.rpartition("/")[2]
    sql(
        database,
        'CREATE SCHEMA app; CREATE SCHEMA "Odd, one"; GRANT USAGE ON SCHEMA app, "Odd, one" TO PUBLIC;'
        'CREATE TABLE app.things (id int); CREATE TABLE "Odd, one".oddities (id int)',
    )
    both = ("SELECT id FROM things", "SELECT id FROM orders", "SELECT id FROM oddities")
    assert [each.verdict for each in planned(poor, *both)] == ["refused", "plans", "refused"]
    odd = planned(poor, *both, search_path='"Odd, one", app')
    assert [each.verdict for each in odd] == ["plans", "refused", "plans"]
    sql(database, f"ALTER DATABASE {name} SET search_path = app")
    assert [each.verdict for each in planned(poor, *both)] == ["plans", "refused", "refused"]
    given = planned(poor, *both, search_path="public")
    assert [each.verdict for each in given] == ["refused", "plans", "refused"]
    # It holds in each portion.
    many = planned(poor, *["SELECT id FROM things"] * (PORTION + 1))
    assert {each.verdict for each in many} == {"plans"}


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


WAITING = """
SELECT pid, pg_blocking_pids(pid) AS blocked_by, application_name = $1 AS ours FROM pg_stat_activity
WHERE cardinality(pg_blocking_pids(pid)) > 0 AND datname = current_database()
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


def test_the_planner_of_a_look_says_who_answers_and_what_there_is(database: str, poor: str) -> None:
    sql(database, "CREATE VIEW v AS SELECT 1; CREATE MATERIALIZED VIEW m AS SELECT 1; CREATE INDEX i ON orders (note)")

    async def run() -> None:
        connection = Connection(poor)
        planner = Planner(connection, "public")
        try:
            assert (await planner.server()).database == database.rpartition("/")[2]
            assert await planner.plan([]) == ()
            assert await planner.plan(["SELECT id FROM orders"]) == (PLANS,)
            assert await planner.recorded() == ((), "")
            found = await planner.relations()
            own = {name for schema, name in found if schema == "public"}
            assert own == {"orders", "lines", "log", "v", "m"}
            assert {schema for schema, _ in found} == {"public", "information_schema"}
        finally:
            await connection.close()

    asyncio.run(run())
