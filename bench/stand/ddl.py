"""Random statements that change a schema, each on objects of its own, so that each has a finding of its own: pure."""

import random
from collections.abc import Sequence

import msgspec

TABLE = (
    "CREATE TABLE {x} (id bigint CONSTRAINT {x}_pkey PRIMARY KEY, a integer, b text DEFAULT 'x',"
    " c numeric(10,2) NOT NULL);"
    "CREATE INDEX {x}_a ON {x} (a);"
)
FUNCTION = "CREATE FUNCTION {x}_f(a integer) RETURNS integer LANGUAGE sql AS 'SELECT a + 1';"
VIEW = "CREATE VIEW {x}_v AS SELECT id, a FROM {x};"
TRIGGER = "CREATE TRIGGER {x}_t BEFORE UPDATE ON {x} FOR EACH ROW EXECUTE FUNCTION nothing();"
# Once a database, before all else.
COMMON = (
    "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';CREATE SCHEMA elsewhere;"
)
# What is there before, and what changes it; {x} stands for a name that nothing else has.
FORMS: Sequence[tuple[str, str]] = (
    (TABLE, "ALTER TABLE {x} ADD COLUMN d timestamptz"),
    (TABLE, "ALTER TABLE {x} DROP COLUMN b"),
    (TABLE, "ALTER TABLE {x} ALTER COLUMN a TYPE bigint"),
    (TABLE, "ALTER TABLE {x} ALTER COLUMN a SET NOT NULL"),
    (TABLE, "ALTER TABLE {x} ALTER COLUMN c DROP NOT NULL"),
    (TABLE, "ALTER TABLE {x} ALTER COLUMN b SET DEFAULT 'y'"),
    (TABLE, "ALTER TABLE {x} ALTER COLUMN b DROP DEFAULT"),
    (TABLE, "CREATE INDEX {x}_b ON {x} (b)"),
    (TABLE, "DROP INDEX {x}_a"),
    (TABLE, "ALTER TABLE {x} ADD CONSTRAINT {x}_check CHECK (a > 0)"),
    (TABLE, "ALTER TABLE {x} ADD CONSTRAINT {x}_key UNIQUE (a, b)"),
    (TABLE, "ALTER TABLE {x} ADD CONSTRAINT {x}_of FOREIGN KEY (id) REFERENCES {x} (id)"),
    (TABLE, "ALTER TABLE {x} DROP CONSTRAINT {x}_pkey"),
    (TABLE, "DROP TABLE {x}"),
    ("", "CREATE TABLE {x} (id integer)"),
    (TABLE, "ALTER TABLE {x} RENAME TO {x}_renamed"),
    (TABLE, "ALTER TABLE {x} RENAME COLUMN a TO z"),
    (TABLE, "ALTER TABLE {x} SET SCHEMA elsewhere"),
    (TABLE, "ALTER TABLE {x} ENABLE ROW LEVEL SECURITY"),
    (TABLE, "CREATE POLICY {x}_own ON {x} USING (a > 0)"),
    (TABLE, "COMMENT ON TABLE {x} IS 'a word'"),
    (TABLE, "GRANT SELECT ON {x} TO PUBLIC"),
    (TABLE, "ALTER TABLE {x} SET (fillfactor = 70)"),
    (TABLE, "ALTER TABLE {x} REPLICA IDENTITY FULL"),
    (TABLE, "ALTER TABLE {x} SET UNLOGGED"),
    (TABLE, "CREATE STATISTICS {x}_s ON a, c FROM {x}"),
    (TABLE, "CREATE RULE {x}_r AS ON DELETE TO {x} DO INSTEAD NOTHING"),
    (TABLE, TRIGGER),
    (TABLE + TRIGGER, "ALTER TABLE {x} DISABLE TRIGGER {x}_t"),
    (TABLE + TRIGGER, "DROP TRIGGER {x}_t ON {x}"),
    (TABLE, VIEW),
    (TABLE + VIEW, "CREATE OR REPLACE VIEW {x}_v AS SELECT id, a + 1 AS a FROM {x}"),
    (TABLE + VIEW, "DROP VIEW {x}_v"),
    (TABLE, "CREATE MATERIALIZED VIEW {x}_m AS SELECT count(*) AS n FROM {x}"),
    (TABLE, "CREATE PUBLICATION {x}_p FOR TABLE {x}"),
    ("", FUNCTION),
    (FUNCTION, "CREATE OR REPLACE FUNCTION {x}_f(a integer) RETURNS integer LANGUAGE sql AS 'SELECT a + 2'"),
    (FUNCTION, "ALTER FUNCTION {x}_f(integer) SECURITY DEFINER"),
    (FUNCTION, "DROP FUNCTION {x}_f(integer)"),
    ("", "CREATE SEQUENCE {x}_q"),
    ("CREATE SEQUENCE {x}_q;", "ALTER SEQUENCE {x}_q INCREMENT BY 2"),
    ("", "CREATE TYPE {x}_e AS ENUM ('a', 'b')"),
    ("CREATE TYPE {x}_e AS ENUM ('a', 'b');", "ALTER TYPE {x}_e ADD VALUE 'c'"),
    ("", "CREATE DOMAIN {x}_d AS text CHECK (VALUE <> '')"),
    ("CREATE DOMAIN {x}_d AS text;", "ALTER DOMAIN {x}_d SET NOT NULL"),
    ("", "CREATE SCHEMA {x}_s"),
    ("", "CREATE ROLE {x}_r"),
)


class Ddl(msgspec.Struct, frozen=True):
    """One statement.

    Attributes:
        name: in the name of everything that it is about, and of nothing else.
        before: the script that makes what it needs.
        sql: the statement.
    """

    name: str
    before: str
    sql: str


def random_ddl(count: int, seed: int) -> list[Ddl]:
    """So many statements: every form as often as every other, in an order of chance."""
    chance = random.Random(seed)
    forms: list[tuple[str, str]] = []
    while len(forms) < count:
        forms += chance.sample(FORMS, min(len(FORMS), count - len(forms)))
    names = [f"x{number:05d}" for number in range(count)]
    return [
        Ddl(name, before.replace("{x}", name), sql.replace("{x}", name))
        for name, (before, sql) in zip(names, forms, strict=True)
    ]
