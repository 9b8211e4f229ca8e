"""Remedies of what belongs to a table and of routines, run on a real server; and of what is there and has changed."""

import pytest

from tests.postgres.looks import look
from tests.postgres.mending import found, left_by, mend, mended_and_taken_back, psql, strongest_lock, unsafe
from tests.servers.query import rows, sql
from watchdog.finding import Finding
from watchdog.schema.diff import diff
from watchdog.schema.findings import judge_state
from watchdog.schema.plan import in_order

TABLES = (
    "CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
    "CREATE TABLE parent (id int PRIMARY KEY); INSERT INTO parent VALUES (1), (2);"
    'CREATE TABLE t (id int NOT NULL, "Of it" text NOT NULL, up int);'
    "INSERT INTO t VALUES (1, 'a', 1), (2, 'b', NULL);"
    "CREATE TABLE p (id int NOT NULL, up int) PARTITION BY LIST (id); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);"
)
NOW = "ALTER TABLE t ADD CONSTRAINT c "
# What is made, and then dropped: a trigger, a policy, a constraint.
PARTS = {
    "a trigger": (
        "CREATE TRIGGER c BEFORE INSERT OR UPDATE OF up ON t FOR EACH ROW WHEN (NEW.up > 0) EXECUTE FUNCTION stamp()"
    ),
    "one with arguments": ("CREATE TRIGGER c AFTER DELETE ON t EXECUTE FUNCTION stamp('a;', E'b\\\\''', '$do$')"),
    "a deferred one": (
        "CREATE CONSTRAINT TRIGGER c AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION stamp()"
    ),
    "one for replicas": (
        "CREATE TRIGGER c AFTER INSERT ON t EXECUTE FUNCTION stamp(); ALTER TABLE t ENABLE REPLICA TRIGGER c"
    ),
    "one that is off": "CREATE TRIGGER c AFTER INSERT ON t EXECUTE FUNCTION stamp(); ALTER TABLE t DISABLE TRIGGER c",
    "one of all partitions": "CREATE TRIGGER c AFTER INSERT ON p FOR EACH ROW EXECUTE FUNCTION stamp()",
    "a policy": "CREATE POLICY c ON t USING (\"Of it\" = 'a;$do$')",
    "a strict policy": (
        "CREATE POLICY c ON t AS RESTRICTIVE FOR UPDATE TO pg_monitor, pg_read_all_stats USING (up > 1)"
        " WITH CHECK (id > 0)"
    ),
    "a policy for INSERT": "CREATE POLICY c ON t FOR INSERT TO PUBLIC WITH CHECK (up IN (SELECT id FROM parent))",
    "a check": f"{NOW} CHECK (up > 0 OR \"Of it\" <> '$do$')",
    "a check of new rows": f"{NOW} CHECK (up > 100) NOT VALID",
    "a check of all partitions": "ALTER TABLE p ADD CONSTRAINT c CHECK (up > 0)",
    "a foreign key": f"{NOW} FOREIGN KEY (up) REFERENCES parent ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED",
    "a foreign key of new rows": f"{NOW} FOREIGN KEY (up) REFERENCES parent NOT VALID",
    "a primary key": f'{NOW} PRIMARY KEY (id, "Of it")',
    "a primary key of its own": f"{NOW} PRIMARY KEY (id) INCLUDE (up) WITH (fillfactor = 70)",
    "a unique constraint": f'{NOW} UNIQUE ("Of it") DEFERRABLE INITIALLY DEFERRED',
}
DROPS = {
    "trigger": "DROP TRIGGER c ON {}",
    "policy": "DROP POLICY c ON t",
    "constraint": "ALTER TABLE {} DROP CONSTRAINT c",
}


def script(finding: Finding) -> str:
    assert finding.remedy is not None
    return f"{finding.remedy.before_sql}\n{finding.remedy.sql}\n"


def fits(dsn: str, finding: Finding, relation: str) -> bool:
    """Whether the words for the lock say the strongest one; what is built beside cannot be tried in a transaction."""
    assert finding.remedy is not None
    return "CONCURRENTLY" in finding.remedy.sql or strongest_lock(dsn, finding, relation) in finding.remedy.lock


@pytest.mark.majors(13, 18)
def test_a_missing_trigger_policy_or_constraint_is_brought_back_as_it_was(database: str) -> None:
    sql(database, TABLES)
    wrong: dict[str, object] = {}
    for case, part in PARTS.items():
        sql(database, part)
        kind = next(kind for kind in DROPS if kind.upper() in part.partition(" c ")[0])
        table = "p" if "partitions" in case else "t"
        drop = DROPS[kind].format(table)
        finding, left = mended_and_taken_back(database, drop)
        dangers = unsafe(script(finding), ())
        if left or dangers or not fits(database, finding, table):
            wrong[case] = (left, dangers, finding)

    assert wrong == {}


def test_a_unique_constraint_that_takes_one_null_is_brought_back_as_it_was(database: str) -> None:
    sql(database, f"{TABLES} {NOW} UNIQUE NULLS NOT DISTINCT (up)")
    _, left = mended_and_taken_back(database, "ALTER TABLE t DROP CONSTRAINT c")
    assert left == []


def test_a_constraint_that_old_rows_break_guards_new_ones_all_the_same(database: str) -> None:
    sql(database, f"{TABLES} {NOW} CHECK (up > 0)")
    expected = look(database)
    sql(database, "ALTER TABLE t DROP CONSTRAINT c; INSERT INTO t VALUES (3, 'c', -1)")
    (finding,) = found(expected, look(database))

    with pytest.raises(AssertionError, match='check constraint "c" of relation "t" is violated by some row'):
        mend(database, finding)
    (left,) = found(expected, look(database))
    assert left.attribute == "validated"
    sql(database, "DELETE FROM t WHERE up = -1")
    mend(database, left)

    assert found(expected, look(database)) == ()


def test_keys_and_what_refers_to_them_come_back_in_one_run(database: str) -> None:
    sql(database, f"{TABLES} {NOW} FOREIGN KEY (up) REFERENCES parent")
    expected = look(database)
    sql(database, "ALTER TABLE parent DROP CONSTRAINT parent_pkey CASCADE; ALTER TABLE parent ALTER id DROP NOT NULL")
    missing = in_order([one for one in found(expected, look(database)) if one.kind == "constraint"])
    assert [one.identity[-1] for one in missing] == ["parent_pkey", "c"]
    assert missing[0].remedy is not None
    assert "as long as all rows are read" in missing[0].remedy.lock

    for finding in missing:
        mend(database, finding)

    assert found(expected, look(database)) == ()


@pytest.mark.parametrize(
    "constraint",
    [
        f"{NOW} EXCLUDE USING gist (int4range(id, id + 1) WITH &&)",
        "ALTER TABLE p ADD CONSTRAINT c PRIMARY KEY (id)",
        "ALTER TABLE p ADD CONSTRAINT c FOREIGN KEY (up) REFERENCES parent",
    ],
)
def test_a_constraint_that_only_a_long_lock_would_bring_back_is_left_to_people(database: str, constraint: str) -> None:
    sql(database, f"{TABLES} {constraint}")
    expected = look(database)
    sql(database, constraint.partition(" ADD ")[0] + " DROP CONSTRAINT c")
    (finding,) = found(expected, look(database))
    assert finding.remedy is None


ROUTINES = {
    "sql": "CREATE FUNCTION r(a int, b int DEFAULT 2) RETURNS int LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 7"
    " AS 'SELECT a + b'",
    "trigger": "CREATE FUNCTION r() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp"
    " SET work_mem = '64MB' AS $$BEGIN RETURN NEW; -- $body$\nEND$$",
    "an empty path": "CREATE FUNCTION r() RETURNS int LANGUAGE sql SET search_path = '' AS 'SELECT 1'",
    "rows": 'CREATE FUNCTION r(OUT a int, OUT "B c" text) RETURNS SETOF record LANGUAGE sql STABLE ROWS 12 LEAKPROOF'
    " AS $$VALUES (1, 'a')$$",
    "a table": "CREATE FUNCTION r(text, VARIADIC n int[]) RETURNS TABLE (a int, b text)"
    " LANGUAGE sql AS $$VALUES (1, 'a')$$",
    "a procedure": "CREATE PROCEDURE r(INOUT x int) LANGUAGE plpgsql AS $$BEGIN x := x + 1; END$$",
    "kept secret": "CREATE FUNCTION r() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';"
    "REVOKE ALL ON FUNCTION r() FROM PUBLIC",
}


@pytest.mark.majors(13, 18)
def test_a_missing_routine_is_brought_back_as_it_was(major: int, database: str) -> None:
    later = {"a body": "CREATE FUNCTION r(a int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT a + 1; END"}
    for case, routine in {**ROUTINES, **(later if major > 13 else {})}.items():
        sql(database, routine)
        finding, left = mended_and_taken_back(database, "DROP ROUTINE r")
        assert (left, unsafe(script(finding), ())) == ([], set()), case


def test_a_routine_whose_settings_cannot_be_written_for_sure_is_left_to_people(database: str) -> None:
    sql(database, "CREATE FUNCTION r() RETURNS int LANGUAGE sql SET datestyle = 'ISO, DMY' AS 'SELECT 1'")
    expected = look(database)
    sql(database, "DROP FUNCTION r")
    (finding,) = found(expected, look(database))
    assert finding.remedy is None


SETTLED = (
    f"{TABLES} CREATE TRIGGER c BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION stamp();"
    "CREATE TRIGGER replicas AFTER INSERT ON t EXECUTE FUNCTION stamp(); ALTER TABLE t ENABLE REPLICA TRIGGER replicas;"
    "CREATE TRIGGER c AFTER INSERT ON p FOR EACH ROW EXECUTE FUNCTION stamp();"
    "CREATE RULE r AS ON DELETE TO t DO ALSO NOTHING; ALTER TABLE t ENABLE ALWAYS RULE r;"
    "CREATE POLICY own ON t USING (true); ALTER TABLE t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;"
    "CREATE SEQUENCE s; CREATE MATERIALIZED VIEW m AS SELECT 1 AS a; CREATE SCHEMA n; CREATE TYPE e AS ENUM ('a');"
    "CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER TABLE t ALTER up SET DEFAULT 7;"
    "ALTER TABLE t OWNER TO pg_monitor; CREATE FUNCTION event() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';"
    "CREATE EVENT TRIGGER told ON sql_drop EXECUTE FUNCTION event(); ALTER EVENT TRIGGER told ENABLE ALWAYS;"
    "GRANT SELECT, INSERT ON t TO pg_read_all_stats; GRANT UPDATE ON t TO pg_stat_scan_tables WITH GRANT OPTION;"
    "GRANT UPDATE (up) ON t TO PUBLIC; GRANT USAGE ON SEQUENCE s TO PUBLIC; GRANT CREATE ON SCHEMA n TO pg_monitor;"
    'ALTER TABLE t ADD CONSTRAINT checked CHECK (id > 0), ALTER "Of it" DROP NOT NULL'
)
CHANGES = {
    "ALTER TABLE t DISABLE TRIGGER c": "t",
    "ALTER TABLE t ENABLE TRIGGER replicas": "t",
    "ALTER TABLE p DISABLE TRIGGER c": "p1",
    "ALTER TABLE t DISABLE RULE r": "t",
    "ALTER EVENT TRIGGER told DISABLE": "t",
    "ALTER TABLE t DISABLE ROW LEVEL SECURITY": "t",
    "ALTER TABLE t NO FORCE ROW LEVEL SECURITY": "t",
    "REVOKE SELECT ON t FROM pg_read_all_stats": "t",
    # Of the column nothing is lost that was there.
    "REVOKE INSERT ON t FROM pg_read_all_stats; GRANT INSERT (up) ON t TO pg_read_all_stats": "t",
    "REVOKE GRANT OPTION FOR UPDATE ON t FROM pg_stat_scan_tables": "t",
    "REVOKE DELETE ON t FROM pg_monitor": "t",
    "REVOKE UPDATE (up) ON t FROM PUBLIC": "t",
    "REVOKE USAGE ON SEQUENCE s FROM PUBLIC": "s",
    "REVOKE CREATE ON SCHEMA n FROM pg_monitor": "t",
    "REVOKE EXECUTE ON FUNCTION f(int) FROM PUBLIC": "t",
    "REVOKE USAGE ON TYPE e FROM PUBLIC": "t",
    "ALTER TABLE t ALTER up DROP DEFAULT": "t",
    "ALTER TABLE t ALTER up SET DEFAULT 8": "t",
    "ALTER TABLE t ALTER \"Of it\" SET DEFAULT 'x'": "t",
    'ALTER TABLE t ALTER "Of it" SET NOT NULL': "t",
    "REFRESH MATERIALIZED VIEW m WITH NO DATA": "m",
}
# What squawk says of what is as it was expected.
EXPECTED_SO = {
    "ALTER TABLE t ALTER \"Of it\" SET DEFAULT 'x'": ["ban-drop-default"],
    'ALTER TABLE t ALTER "Of it" SET NOT NULL': ["ban-drop-not-null"],
}


@pytest.mark.majors(13, 18)
@pytest.mark.parametrize("change", CHANGES)
def test_what_was_taken_away_or_switched_off_is_given_back(database: str, change: str) -> None:
    sql(database, SETTLED)
    expected = look(database)
    sql(database, change)
    mendable = [one for one in found(expected, look(database)) if one.remedy is not None]
    finding = mendable[0]
    assert fits(database, finding, CHANGES[change]), (
        finding.remedy,
        strongest_lock(database, finding, CHANGES[change]),
    )

    left = left_by(database, expected, finding)

    beyond = [one.message for one in found(expected, look(database)) if one.remedy is None]
    assert (left, unsafe(script(finding), EXPECTED_SO.get(change, ()))) == (beyond, set())


def test_a_primary_key_and_what_is_granted_beyond_are_left_to_people(database: str) -> None:
    sql(database, "CREATE TABLE t (id int DEFAULT 1, a int); GRANT SELECT ON t TO pg_monitor")
    expected = look(database)
    sql(
        database,
        "ALTER TABLE t ADD PRIMARY KEY (id); GRANT INSERT ON t TO pg_monitor; ALTER TABLE t DISABLE TRIGGER ALL",
    )
    assert [one.message for one in found(expected, look(database)) if one.remedy] == []


def test_an_index_whose_build_failed_is_built_anew_whether_or_not_it_was_expected(database: str) -> None:
    sql(database, "CREATE TABLE t (a int); CREATE INDEX i ON t (a)")
    expected = look(database)
    sql(database, "CREATE INDEX beside ON t (a); UPDATE pg_index SET indisvalid = false WHERE indrelid = 't'::regclass")
    actual = look(database)
    (changed,) = (one for one in found(expected, actual) if one.change == "changed")
    (fault,) = judge_state("db", diff(expected, actual), actual)
    assert (changed.identity[-1], fault.identity[-1]) == ("i", "beside")

    for finding in (changed, fault):
        mend(database, finding)
        assert finding.remedy is not None
        psql(database, finding.remedy.revert_sql)

    assert rows(database, "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid") == []
