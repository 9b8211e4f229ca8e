"""Renames on a real server: one finding each, with a remedy that gives the name back, and nothing of what names it."""

from datetime import UTC, datetime

import pytest
from msgspec import structs

from tests.postgres.looks import look, rich
from tests.postgres.mending import found, psql, words
from tests.servers.query import sql
from watchdog.expect.baseline import Baseline, dump, load
from watchdog.schema.compare import compare
from watchdog.schema.selection import Selection
from watchdog.schema.snapshot import Snapshot


def kept(snapshot: Snapshot) -> Snapshot:
    """As a baseline file has it."""
    return load(dump(Baseline(snapshot=snapshot, captured_at=datetime.now(UTC))), "kept").snapshot


RENAMES = {
    "ALTER TABLE app.orders RENAME COLUMN total TO sum": "column app.orders.total is now called app.orders.sum",
    "ALTER TABLE app.accounts RENAME TO clients": "table app.accounts is now called app.clients",
    "ALTER INDEX app.orders_totals RENAME TO sums": "index app.orders.orders_totals is now called app.orders.sums",
    "ALTER TABLE app.accounts RENAME CONSTRAINT dated TO old": (
        "check constraint app.accounts.dated is now called app.accounts.old"
    ),
    'ALTER SCHEMA "Second one" RENAME TO second': 'schema "Second one" is now called second',
    "ALTER SEQUENCE app.tickets RENAME TO numbers": "sequence app.tickets is now called app.numbers",
    "ALTER VIEW app.open_orders RENAME TO pending": "view app.open_orders is now called app.pending",
}


@pytest.mark.majors(13, 18)
def test_a_rename_is_one_finding_and_its_remedy_gives_the_name_back(major: int, database: str) -> None:
    sql(database, rich(major, rooms=[""]))
    expected = kept(look(database))
    told, left = {}, {}
    for statement in RENAMES:
        sql(database, statement)
        findings = found(expected, look(database))
        told[statement] = words(findings)
        assert {finding.change for finding in findings} == {"renamed"}, told[statement]
        remedy = findings[0].remedy
        assert remedy is not None
        # Once: there is no IF EXISTS for a column's name.
        psql(database, f"{remedy.before_sql}\n{remedy.sql}")
        left[statement] = words(found(expected, look(database)))
    assert told == {statement: [message] for statement, message in RENAMES.items()}
    assert left == {statement: [] for statement in RENAMES}


@pytest.mark.parametrize("kind", ["TYPE app.status RENAME TO state", "DOMAIN app.percent RENAME TO share"])
def test_a_type_that_is_renamed_is_one_finding_though_columns_name_it(database: str, kind: str) -> None:
    sql(database, rich(18, rooms=[""]))
    expected = kept(look(database))
    sql(database, f"ALTER {kind}")
    assert [finding.change for finding in found(expected, look(database))] == ["renamed"]


def test_a_table_that_was_made_anew_under_another_name_is_no_rename(database: str) -> None:
    sql(database, "CREATE TABLE t (a int)")
    expected = kept(look(database))
    sql(database, "CREATE TABLE u (a int); DROP TABLE t")
    assert sorted(finding.change for finding in found(expected, look(database))) == ["missing", "unexpected"]


# A table whose column is renamed, all that names it, and another table with a column of each of the two names.
SCHEMA = """
CREATE TABLE t (a int, b text);
CREATE TABLE u (a int, z int, b text);
CREATE FUNCTION f1() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE FUNCTION f2() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE FUNCTION one() RETURNS int LANGUAGE plpgsql STABLE AS 'BEGIN RETURN 1; END';
CREATE VIEW v AS SELECT a, b FROM t;
CREATE VIEW joined AS SELECT t.a, x.b, x.a AS other FROM t JOIN u x ON x.a = t.a WHERE t.a > 0;
CREATE VIEW counted AS SELECT t.a, count(*) AS n FROM t GROUP BY t.a ORDER BY t.a;
CREATE VIEW above AS SELECT s.a FROM (SELECT t.a FROM t) s;
CREATE VIEW of_u AS SELECT a FROM u;
CREATE INDEX i ON t (a, (a + 1)) WHERE a > 0;
CREATE STATISTICS st ON a, b FROM t;
ALTER TABLE t ADD CHECK (a > 0), ADD UNIQUE (a);
ALTER TABLE u ADD FOREIGN KEY (a) REFERENCES t (a), ADD CHECK (a < 9);
CREATE TRIGGER g BEFORE UPDATE OF a ON t FOR EACH ROW WHEN (old.a > 0) EXECUTE FUNCTION f1();
CREATE RULE r AS ON DELETE TO t DO ALSO UPDATE u SET b = 'x' WHERE u.a = old.a;
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON t USING (a > 0);
CREATE POLICY q ON u USING (a IN (SELECT t.a FROM t WHERE t.b = u.b));
CREATE SEQUENCE numbers OWNED BY t.a;
ALTER TABLE u ALTER a SET DEFAULT nextval('numbers');
"""


@pytest.mark.majors(13, 18)
@pytest.mark.parametrize(
    "rename",
    [
        "TABLE t RENAME a TO z",
        "TABLE t RENAME TO w",
        "TABLE u RENAME TO w",
        "SEQUENCE numbers RENAME TO w",
        "FUNCTION f1() RENAME TO w",
        "VIEW counted RENAME n TO w",
    ],
)
def test_what_names_what_was_renamed_has_not_changed(database: str, rename: str) -> None:
    sql(database, SCHEMA)
    expected = kept(look(database))
    sql(database, f"ALTER {rename}")
    left = words(found(expected, look(database)))
    assert [" is now called " in each for each in left] == [True], left


@pytest.mark.parametrize(
    ("rename", "change", "message"),
    [
        ("TABLE t RENAME a TO z", "ALTER POLICY q ON u USING (z > 0)", "using expression"),
        ("TABLE t RENAME a TO z", "CREATE OR REPLACE VIEW of_u AS SELECT z AS a FROM u", "view public.of_u"),
        (
            "TABLE t RENAME a TO z",
            "ALTER TABLE u DROP CONSTRAINT u_a_check; ALTER TABLE u ADD CONSTRAINT u_a_check CHECK (z < 9)",
            "u_a_check",
        ),
        ("TABLE t RENAME a TO origin", "ALTER TABLE t DISABLE TRIGGER g", "trigger public.t.g"),
        ("TABLE t RENAME a TO pg_monitor", "ALTER TABLE u OWNER TO pg_monitor", "owner"),
        ('TABLE t RENAME a TO "integer"', "ALTER TABLE u ALTER z TYPE bigint", "data type"),
        ("FUNCTION f1() RENAME TO w", "CREATE OR REPLACE TRIGGER g BEFORE UPDATE ON t EXECUTE FUNCTION f2()", "g: def"),
        ("TABLE t RENAME a TO one", "CREATE OR REPLACE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 2'", "body"),
    ],
)
def test_what_else_changes_beside_a_rename_is_found(database: str, rename: str, change: str, message: str) -> None:
    sql(database, SCHEMA)
    expected = kept(look(database))
    sql(database, f"ALTER {rename}; {change}")
    left = words(found(expected, look(database)))
    assert [each for each in left if message in each and " is now called " not in each], left


def test_elsewhere_a_table_or_column_that_looks_the_same_is_a_hint(database: str) -> None:
    sql(database, "CREATE TABLE t (a int, b text); CREATE TABLE u (x int, y int, z text)")
    sql(database, "CREATE TABLE p (a int) PARTITION BY LIST (a); CREATE TABLE p_1 PARTITION OF p FOR VALUES IN (1)")
    before = look(database)
    elsewhere = structs.replace(before, server=structs.replace(before.server, database="elsewhere"))
    sql(database, "ALTER TABLE t RENAME TO w; ALTER TABLE u RENAME z TO zz; ALTER TABLE p_1 RENAME TO p_2")
    findings, _ = compare("db", elsewhere, look(database), Selection())
    told = {".".join(each.identity): each.message.partition("; ")[2] for each in findings if each.change == "missing"}
    assert told == {
        "public.t": "perhaps it was renamed: public.w looks the same and is not expected",
        "public.u.z": "perhaps it was renamed: public.u.zz looks the same and is not expected",
        "public.p_1": "",  # all partitions of a table look the same
    }
