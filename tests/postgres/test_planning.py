"""Statements planned by a role that may read nothing: what is refused and why, and that nothing ever runs."""

import asyncio
import time

import asyncpg
import pytest

from tests.postgres.planned import SLEEP_SECONDS, planned, verdicts
from tests.servers.query import rows, sql
from watchdog.postgres.connection import Connection
from watchdog.postgres.planning import PORTION, Bounds, Planner
from watchdog.queries.plan import PLANS, Plan


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
    assert found.words == "permission denied for schema closed (GRANT USAGE on it to the role of the watchdog)"


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
