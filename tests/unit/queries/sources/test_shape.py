import pytest

from watchdog.queries.sources.shape import Shape, beginning, shape, utility

ANYWHERE = """
SELECT * FROM t
SELECT id FROM t
SELECT DISTINCT channel FROM sealed_epochs ORDER BY channel
SELECT a, b FROM t
SELECT count(*) total FROM t
SELECT COUNT(*) FROM T
SELECT ID FROM USERS
SELECT 1
SELECT $1::int
SELECT now()
SELECT pg_catalog.now()
SELECT current_user
SELECT NULL
SELECT 'a' AS b
select * from t
select a, b from t
select t.a from t
select count(*) from t
select a b from t where a = 1
INSERT INTO t (a) VALUES (1)
insert into t select 1
INSERT INTO t DEFAULT VALUES
INSERT INTO "T" VALUES (1)
UPDATE t SET a = 1
update only s.t as x set a = 1
UPDATE t Set a = b
DELETE FROM t
DELETE FROM s.t
DELETE FROM t WHERE a = 1
delete from t where a is null
WITH x AS (SELECT 1) SELECT * FROM x
with recursive x (a) as materialized (select 1) select a from x
MERGE INTO t USING s ON a = b WHEN MATCHED THEN DELETE
/* a comment */ SELECT a FROM t
"""

PROSE = """
Select a file from the list
Select all items from the cart (optional)
select a file from the list
select all items from cart
select name from users
Select * From t
SELECT A FILE FROM THE LIST
SELECT ONE
SELECT
select
select one
selected from the list
SELECT 2 ITEMS
update the cache with new values
Update the set of channels
update available
UPDATE AVAILABLE
Update the settings, set a new password
delete from list
Delete from the list where possible
DELETE FROM CART
DELETE
insert into the form
Insert into the slot
INSERT COIN
with react as a base
With x as (a framework), life is easy
with
merge into main
Merge into main when using git
values
VALUES (1)
VALUES: a and b
table
TABLE t
(SELECT 1)
BEGIN
CREATE TABLE t ()
drop it
""".strip().splitlines()


@pytest.mark.parametrize("text", ANYWHERE.strip().splitlines())
def test_a_statement_is_told_wherever_it_stands(text: str) -> None:
    assert shape(text, sent=False) is Shape.STATEMENT
    assert shape(text, sent=True) is Shape.STATEMENT
    assert shape(f"\n  -- why\n /* and */ {text}\n", sent=False) is Shape.STATEMENT


@pytest.mark.parametrize("text", ["", " ", "'", "-- SELECT 1 FROM t", *PROSE])
def test_prose_is_no_statement(text: str) -> None:
    assert shape(text, sent=False) is Shape.OTHER


@pytest.mark.parametrize(
    "text",
    [
        "select name from users",
        "Select * From t",
        "Update t Set a = 1",
        "delete from list",
        "VALUES (1)",
        "TABLE t",
        "(SELECT 1) UNION SELECT 2",
        "SELECT a",
        "select f()",
        "select 1",
        "((SELECT 1))",
        "MERGE INTO t",
        "insert into t values (1)",
    ],
)
def test_what_is_sent_needs_less(text: str) -> None:
    assert shape(text, sent=True) is Shape.STATEMENT


@pytest.mark.parametrize(
    "text",
    [
        "select item",
        "update packages",
        "delete branch",
        "users",
        "/api/select",
        "create user",
        "show me",
        "SELECT",
        "table users",
        "values",
        "with x",
        "start",
        "insert coin",
        "merge main",
    ],
)
def test_not_all_that_is_sent_is_sent_to_a_database(text: str) -> None:
    assert shape(text, sent=True) is Shape.OTHER


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("BEGIN", "BEGIN"),
        ("commit", "COMMIT"),
        ("create table t ()", "CREATE TABLE"),
        ("ALTER TABLE t ADD a int", "ALTER TABLE"),
        ("SET search_path = a", "SET"),
        ("/* x */ LISTEN a", "LISTEN"),
        ("DO $$ BEGIN END $$", "DO"),
    ],
)
def test_what_a_server_does_not_plan_is_told_where_it_is_sent(text: str, called: str) -> None:
    assert shape(text, sent=True) is Shape.UTILITY
    assert shape(text, sent=False) is Shape.OTHER
    assert beginning(text) is Shape.UTILITY
    assert utility(text) == called


def test_of_what_is_known_to_be_a_statement_the_first_word_tells() -> None:
    assert beginning("select item") is Shape.STATEMENT
    assert beginning("-- a\n(select 1)") is Shape.STATEMENT
    assert beginning("vacuum") is Shape.UTILITY
    assert beginning("frobnicate t") is beginning("") is beginning("/* */") is Shape.OTHER


def test_a_long_list_before_from_is_looked_through() -> None:
    assert shape("SELECT " + ", ".join(f"column_{n}" for n in range(500)) + " FROM t", sent=False) is Shape.STATEMENT
