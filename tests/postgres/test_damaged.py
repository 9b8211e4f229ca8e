"""Catalogs that are damaged: what cannot be rendered is said, and all else is read."""

import pytest

from tests.postgres.looks import look
from tests.postgres.test_locks import open_transactions
from tests.servers.query import sql
from watchdog.errors import CaptureError
from watchdog.schema.snapshot import ObjectId, unread, unread_in_words

SCHEMA = """
  CREATE TABLE other (id int PRIMARY KEY);
  CREATE FUNCTION f(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
  CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
  CREATE TYPE mood AS ENUM ('well');
  CREATE FOREIGN DATA WRAPPER w; CREATE SERVER away FOREIGN DATA WRAPPER w;
  CREATE FOREIGN TABLE far (id int) SERVER away;
  CREATE TABLE t (id int PRIMARY KEY, n int DEFAULT f(1), m mood, CHECK (n > 0));
  CREATE DOMAIN d AS int CHECK (f(value) > 0);
  CREATE VIEW v AS SELECT f(n) FROM t;
  CREATE VIEW sound AS SELECT id FROM other;
  CREATE INDEX i ON t (f(n));
  CREATE POLICY p ON t USING (f(n) > 0);
  CREATE TRIGGER tr AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION tell();
  CREATE STATISTICS s ON n, id FROM t;
"""
TELL = ObjectId("routine", ("public", "tell()"))
NO_FUNCTION = "DELETE FROM pg_proc WHERE proname IN ('f', 'tell')"


def damage(dsn: str, statement: str) -> None:
    sql(dsn, f"SET allow_system_table_mods = on; {statement}")


@pytest.mark.majors(13, 15, 18)
def test_what_cannot_be_rendered_is_named_with_the_servers_words_and_all_else_is_read(database: str) -> None:
    sql(database, SCHEMA)
    whole = look(database).objects
    damage(database, NO_FUNCTION)
    seen = look(database)
    assert set(seen.broken) == seen.stale
    assert {subject.kind for subject in seen.broken} == {"view", "index", "policy", "trigger", "domain", "column"}
    assert seen.broken[ObjectId("view", ("public", "v"))].startswith("cache lookup failed for function")
    gone = {ObjectId("routine", ("public", name)) for name in ("f(integer)", "tell()")}
    assert seen.objects.keys() == whole.keys() - gone
    read = {subject: facts for subject, facts in seen.objects.items() if subject not in seen.stale}
    assert read.items() <= whole.items()
    assert ObjectId("view", ("public", "sound")) in read
    assert "the server cannot render column public.t.id and 7 more objects: cache lookup" in unread_in_words(
        unread(seen)
    )


@pytest.mark.majors(13, 18)
@pytest.mark.parametrize(
    ("statement", "gone", "broken"),
    [
        ("DELETE FROM pg_rewrite WHERE ev_class = 'v'::regclass", None, ObjectId("view", ("public", "v"))),
        (
            "UPDATE pg_proc SET prorettype = 99999 WHERE proname = 'tell'",
            None,
            ObjectId("routine", ("public", "tell()")),
        ),
        ("DELETE FROM pg_language WHERE lanname = 'plpgsql'", None, None),
        ("DELETE FROM pg_type WHERE typname = 'mood'", ObjectId("enum", ("public", "mood")), None),
        ("DELETE FROM pg_foreign_data_wrapper", ObjectId("foreign_data_wrapper", ("w",)), None),
        ("DELETE FROM pg_foreign_server", ObjectId("foreign_server", ("away",)), None),
    ],
)
def test_what_names_something_that_is_gone_is_not_taken_for_gone(
    database: str, statement: str, gone: ObjectId | None, broken: ObjectId | None
) -> None:
    sql(database, SCHEMA)
    whole = look(database).objects
    damage(database, statement)
    seen = look(database)
    assert seen.objects.keys() == whole.keys() - {gone}
    assert set(seen.broken) == {broken} - {None}


@pytest.mark.majors(13, 18)
def test_a_catalog_that_is_locked_is_named(database: str) -> None:
    sql(database, SCHEMA)
    with (
        open_transactions(database, ["LOCK TABLE pg_constraint"]),
        pytest.raises(CaptureError, match=r"another session held a lock on pg_constraint .*lock timeout"),
    ):
        look(database)


TWINS = """
  CREATE TABLE a (i int, gone int, t text, CHECK (i > 0)); ALTER TABLE a DROP gone; CREATE INDEX ON a (abs(i));
  CREATE TABLE b (i int, gone int, t text, CHECK (i > 0)); ALTER TABLE b DROP gone; CREATE INDEX ON b (abs(i));
  CREATE TABLE c (i int, gone int, t text, CHECK (i > 0)); ALTER TABLE c DROP gone; CREATE INDEX ON c (abs(i));
"""


@pytest.mark.majors(13, 18)
def test_that_a_dropped_column_is_missing_is_not_hidden_by_a_table_with_the_same_columns(database: str) -> None:
    sql(database, TWINS)
    damage(database, "DELETE FROM pg_attribute WHERE attrelid = 'b'::regclass AND attisdropped")
    broken = look(database).broken
    assert {(subject.kind, subject.name[1]) for subject in broken} == {("constraint", "b"), ("index", "b")}


@pytest.mark.majors(13, 18)
def test_a_policy_whose_table_is_gone_takes_no_others_text_along(database: str) -> None:
    sql(database, TWINS + "".join(f"CREATE POLICY p ON {table} USING (i > 0);" for table in "abc"))
    whole = look(database).of_kind("policy")
    damage(database, "DELETE FROM pg_class WHERE oid = 'a'::regclass")
    assert look(database).of_kind("policy") == {s: facts for s, facts in whole.items() if s.name[1] != "a"}


@pytest.mark.majors(13, 18)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE pg_attribute SET atttypid = 23 WHERE attrelid = 'kept'::regclass AND attisdropped",
        (
            "INSERT INTO pg_depend SELECT classid, 'kept_b_seq'::regclass, objsubid, refclassid, refobjid, refobjsubid,"
            " deptype FROM pg_depend WHERE objid = 'kept_a_seq'::regclass AND deptype = 'i'"
        ),
    ],
)
def test_each_column_is_told_once_and_none_that_is_dropped(database: str, statement: str) -> None:
    identity = "int GENERATED ALWAYS AS IDENTITY"
    sql(database, f"CREATE TABLE kept (gone int, a {identity}, b {identity}); ALTER TABLE kept DROP gone")
    damage(database, statement)
    seen = look(database)
    assert {subject.name[2]: facts["position"] for subject, facts in seen.of_kind("column").items()} == {"a": 1, "b": 2}
    assert seen.objects[ObjectId("relation", ("public", "kept"))]["column_order"] == ("a", "b")
