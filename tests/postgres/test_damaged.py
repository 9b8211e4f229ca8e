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
