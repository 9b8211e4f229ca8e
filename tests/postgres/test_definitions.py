"""What is put together from the catalogs' rows reads as the server renders it."""

import asyncio
import time
from typing import Any

import asyncpg
import pytest

from tests.postgres.looks import assert_same, look
from tests.postgres.test_damaged import damage
from tests.postgres.test_locks import open_transactions
from tests.servers.query import rows, sql
from watchdog.postgres.capture import REPRESENTED
from watchdog.postgres.columns import COLUMN
from watchdog.postgres.found import Found
from watchdog.postgres.queries import kind_query
from watchdog.schema.kind import Kind

# Beside ordinary indexes and keys whatever may stand in a definition, and a name that has to be quoted in each place.
SCHEMA = """
CREATE SCHEMA "s-1";
CREATE TYPE mood AS ENUM ('well');
CREATE DOMAIN word AS text;
CREATE TABLE "s-1"."T t" (
  id int, "Id" bigint, a text, b varchar(20), c char(3), d timestamptz, e jsonb, f mood, g word, h int[], i numeric,
  j text COLLATE "C", k inet, l int4range, m date, PRIMARY KEY (id), UNIQUE (a, "Id"), UNIQUE (i) INCLUDE (m),
  CONSTRAINT "U u" UNIQUE (b), UNIQUE (c) DEFERRABLE INITIALLY DEFERRED, CONSTRAINT three UNIQUE (a, b, c),
  CHECK (id > 0), EXCLUDE USING gist (l WITH &&)
);
CREATE TABLE refers (
  id int REFERENCES "s-1"."T t", a text, "Id" bigint, b varchar, c char(3), PRIMARY KEY ("Id", id),
  FOREIGN KEY (a, "Id") REFERENCES "s-1"."T t" (a, "Id") ON UPDATE CASCADE ON DELETE SET NULL,
  FOREIGN KEY (a, "Id") REFERENCES "s-1"."T t" (a, "Id") MATCH FULL ON UPDATE RESTRICT ON DELETE SET DEFAULT,
  FOREIGN KEY (b) REFERENCES "s-1"."T t" (b) DEFERRABLE, FOREIGN KEY (a, b, c) REFERENCES "s-1"."T t" (a, b, c)
);
ALTER TABLE refers ADD FOREIGN KEY (id) REFERENCES "s-1"."T t" ON DELETE CASCADE NOT VALID;
ALTER TABLE refers ADD CHECK (id <> 3) NOT VALID;
CREATE INDEX ON "s-1"."T t" ("Id");
CREATE UNIQUE INDEX "I i" ON "s-1"."T t" ("Id", a DESC, b);
CREATE INDEX ON "s-1"."T t" (a NULLS FIRST, d DESC NULLS LAST, c DESC NULLS FIRST);
CREATE INDEX ON "s-1"."T t" (a, b, c, d);
CREATE INDEX ON "s-1"."T t" (a text_pattern_ops);
CREATE INDEX ON "s-1"."T t" (b varchar_pattern_ops);
CREATE INDEX ON "s-1"."T t" (b varchar_ops);
CREATE INDEX ON "s-1"."T t" USING hash (b);
CREATE INDEX ON "s-1"."T t" (a COLLATE "C");
CREATE INDEX ON "s-1"."T t" (j);
CREATE INDEX ON "s-1"."T t" (j COLLATE "default");
CREATE INDEX ON "s-1"."T t" (f, g, h);
CREATE INDEX ON "s-1"."T t" USING gin (e);
CREATE INDEX ON "s-1"."T t" USING gin (e jsonb_path_ops);
CREATE INDEX ON "s-1"."T t" USING gist (l);
CREATE INDEX ON "s-1"."T t" USING gist (k inet_ops);
CREATE INDEX ON "s-1"."T t" USING brin (d, m);
CREATE INDEX ON "s-1"."T t" USING spgist (a);
CREATE INDEX ON "s-1"."T t" (lower(a), b);
CREATE INDEX ON "s-1"."T t" (a) WHERE id > 5;
CREATE INDEX ON "s-1"."T t" (a) INCLUDE (b);
CREATE INDEX ON "s-1"."T t" (a) WITH (fillfactor = 70);
CREATE TABLE parted (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE INDEX ON parted (at);
CREATE INDEX ON ONLY parted (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE INDEX ON parted_1 (id, at);
CREATE MATERIALIZED VIEW seen AS SELECT a, b FROM "s-1"."T t";
CREATE UNIQUE INDEX ON seen (a);
CREATE TABLE types (a bool, b bytea, c "char", d name, e int8, f int2, g float4, h float8, i oid, j tid, k money,
  l cidr, m macaddr, n bit(3), o varbit, p uuid, q interval, r time, s timetz, t timestamp, u pg_lsn, v tsvector,
  w varchar[], x int8range, y xid8);
CREATE INDEX ON types USING gist (v tsvector_ops (siglen = 100));
CREATE INDEX targets ON types (lower(w[1]), a);
ALTER INDEX targets ALTER COLUMN 1 SET STATISTICS 7;
"""
# Tables of the same columns, whose expressions are the same but for one thing each.
ALIKE = """
CREATE SCHEMA "a USING btree (";
CREATE TABLE first (id int, "N n" int, a text COLLATE "C", b text, m date,
  CHECK ("N n" > id), CHECK (id > 0) NO INHERIT, CHECK (tableoid > 0), CHECK (1 < 2), CHECK (a || b <> 'x'));
CREATE INDEX one ON first (lower(a), "N n") WHERE id > 0;
CREATE UNIQUE INDEX " USING btree (" ON first (("N n" + id) DESC, a, b text_pattern_ops);
CREATE INDEX ON first (a) INCLUDE (b) WHERE "N n" > 0;
CREATE INDEX ON first (a, lower(b));
CREATE INDEX ON first (lower(a), lower(b), id, m);
CREATE INDEX ON first (lower(a));
CREATE INDEX ON first (lower(a)) WITH (fillfactor = 70);
CREATE INDEX ON first (lower(a) DESC);
CREATE INDEX ON first (lower(a) text_pattern_ops);
CREATE INDEX ON first (lower(a) COLLATE "POSIX");
CREATE INDEX ON first (lower(a)) INCLUDE (b);
CREATE INDEX ON first (lower(a)) WHERE m IS NULL;
CREATE INDEX ON first (lower(a), id);
CREATE INDEX ON first (lower(a), "N n");
CREATE INDEX ON first USING gist (to_tsvector('simple', a) tsvector_ops (siglen = 100));
CREATE INDEX ON first USING gist (to_tsvector('simple', a));
CREATE TABLE second (LIKE first INCLUDING ALL);
CREATE TABLE "a USING btree (".third (LIKE first INCLUDING ALL);
CREATE TABLE renamed (LIKE first INCLUDING ALL);
ALTER TABLE renamed RENAME "N n" TO n;
CREATE TABLE renamed_too (LIKE renamed INCLUDING ALL);
CREATE TABLE inherits () INHERITS (first);
CREATE TABLE typed (LIKE first INCLUDING ALL);
ALTER TABLE typed ALTER a TYPE varchar, ALTER id TYPE bigint;
CREATE TABLE collated (LIKE first INCLUDING ALL);
ALTER TABLE collated ALTER b TYPE text COLLATE "C";
CREATE INDEX ON first (b) WHERE m IS NULL;
CREATE INDEX ON second (b COLLATE "C") WHERE m IS NULL;
CREATE INDEX ON renamed (b) WHERE m IS NULL;
CREATE INDEX ON collated (b) WHERE m IS NULL;
CREATE INDEX ON typed (a text_pattern_ops) WHERE m IS NULL;
CREATE TABLE oids (id oid, "N n" int, a text, b text, m date);
CREATE INDEX ON oids (id oid_ops) WHERE m IS NULL;
CREATE INDEX ON first (id oid_ops) WHERE m IS NULL;
CREATE INDEX ON first (lower(a), id, "N n", b COLLATE "C");
CREATE INDEX ON collated (lower(a), id, "N n", b COLLATE "C");
CREATE TABLE shifted (gone int, LIKE first INCLUDING ALL);
ALTER TABLE shifted DROP gone;
ALTER TABLE first ADD CHECK (first IS NOT NULL) NO INHERIT, ADD CHECK ((id, first.*) IS NOT NULL) NO INHERIT;
ALTER TABLE second ADD CHECK (second IS NOT NULL) NO INHERIT, ADD CHECK ((id, second.*) IS NOT NULL) NO INHERIT;
CREATE INDEX ON first ((first IS NULL));
CREATE INDEX ON second ((second IS NULL));
CREATE INDEX ON first (id) WHERE first IS NOT NULL;
CREATE INDEX ON second (id) WHERE second IS NOT NULL;
CREATE TABLE whole (id int, "N n" int, a text, CHECK ("N n" > id)) PARTITION BY RANGE (id);
CREATE INDEX ON whole (lower(a));
CREATE TABLE part PARTITION OF whole FOR VALUES FROM (0) TO (9);
CREATE INDEX ON ONLY whole (upper(a));
ALTER TABLE second ADD CHECK (id < 9) NOT VALID; ALTER TABLE first ADD CHECK (id < 9) NOT VALID;
ALTER TABLE renamed ADD CHECK (id < 9);
"""
TYPES = "abcdefghijklmnopqrstuvwxy"
OF_LATER = {
    15: """
    CREATE UNIQUE INDEX ON "s-1"."T t" (d) NULLS NOT DISTINCT;
    CREATE UNIQUE INDEX ON first (b, lower(a)) NULLS NOT DISTINCT;
    CREATE UNIQUE INDEX ON second (b, lower(a)) NULLS NOT DISTINCT;
    CREATE UNIQUE INDEX ON second (b, lower(a));
    ALTER TABLE refers ADD UNIQUE NULLS NOT DISTINCT (a);
    ALTER TABLE refers ADD FOREIGN KEY (a, "Id") REFERENCES "s-1"."T t" (a, "Id") ON DELETE SET NULL (a);
    """,
    18: """
    CREATE TABLE times (id int4range, at daterange, PRIMARY KEY (id, at WITHOUT OVERLAPS));
    CREATE TABLE at_times (id int4range, at daterange,
      FOREIGN KEY (id, PERIOD at) REFERENCES times (id, PERIOD at));
    ALTER TABLE refers ADD FOREIGN KEY (id) REFERENCES "s-1"."T t" NOT ENFORCED;
    ALTER TABLE first ADD CHECK (m > 'epoch') NOT ENFORCED; ALTER TABLE second ADD CHECK (m > 'epoch');
    """,
}


@pytest.mark.all_majors
def test_the_definitions_of_indexes_and_constraints_are_in_the_servers_own_words(database: str, major: int) -> None:
    sql(database, SCHEMA + ALIKE + ";".join(f"CREATE INDEX ON types ({name})" for name in TYPES))
    for since, statements in OF_LATER.items():
        if since <= major:
            sql(database, statements)
    seen = look(database)
    found = {
        (kind, subject.name): facts["definition"]
        for kind in ("index", "constraint")
        for subject, facts in seen.of_kind(kind).items()
    }

    rendered = rows(
        f"{database}{'&' if '?' in database else '?'}search_path=pg_catalog",
        "SELECT 'index', n.nspname, c.relname, ic.relname, pg_get_indexdef(ic.oid) FROM pg_index i"
        " JOIN pg_class ic ON ic.oid = i.indexrelid JOIN pg_class c ON c.oid = i.indrelid"
        " JOIN pg_namespace n ON n.oid = c.relnamespace"
        " UNION ALL SELECT 'constraint', n.nspname, c.relname, x.conname,"
        " regexp_replace(pg_get_constraintdef(x.oid), ' NOT VALID$', '') FROM pg_constraint x"
        " JOIN pg_class c ON c.oid = x.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace",
    )
    words: dict[object, object] = {(row[0], row[1:4]): row[4] for row in rendered}
    assert len(found) > 180
    assert found == {key: words[key] for key in found}


@pytest.mark.majors(13, 18)
def test_what_columns_of_another_relation_tell_is_what_a_relations_own_do(database: str, major: int) -> None:
    sql(database, SCHEMA + ALIKE)

    async def found() -> None:
        connection = await asyncpg.connect(database)
        try:
            await connection.execute("SET search_path = pg_catalog")
            same = await connection.fetch(
                "SELECT oid, min(oid) OVER (PARTITION BY columns) AS first FROM (SELECT attrelid AS oid, array_agg("
                "(attnum, attname, atttypid, attcollation)::text ORDER BY attnum) AS columns"
                " FROM pg_attribute WHERE attnum > 0 GROUP BY attrelid) each"
            )
            given = [row["oid"] for row in same], [row["first"] for row in same]
            others = [row["oid"] for row in same if row["oid"] != row["first"]]
            for kind in REPRESENTED:
                for roots in (None, others):
                    own, told = [
                        await connection.fetch(kind_query(kind, major), roots, [], *more)
                        for more in ((None, None), given)
                    ]
                    assert sorted(map(repr, own)) == sorted(map(repr, told))
                    assert len(own) > 10
        finally:
            await connection.close()

    asyncio.run(found())


# Two tables have all alike, `far` has another name of a column, and `gap` other numbers.
OF_POLICIES = """
CREATE TABLE lists (id int, a text);
CREATE TABLE one (id int, a text); CREATE TABLE two (id int, a text); CREATE TABLE far (id int, b text);
CREATE TABLE gap (gone int, id int, a text); ALTER TABLE gap DROP gone
"""
POLICIES = """
plain ON one USING (id > 0 AND a <> ''); plain ON two USING (id > 0 AND a <> '');
plain ON far USING (id > 0 AND b <> ''); plain ON gap USING (id > 0 AND a <> '');
other ON one USING (id > 0 AND a <> '') WITH CHECK (a <> 'x');
other ON two USING (id > 0 AND a <> '') WITH CHECK (a <> 'x');
by_id ON one USING (id > 0); by_id ON far USING (id > 0);
by_no ON one FOR INSERT WITH CHECK (true); by_no ON gap FOR INSERT WITH CHECK (true);
asked ON one USING (EXISTS (SELECT FROM lists l WHERE l.id = one.id));
asked ON two USING (EXISTS (SELECT FROM lists l WHERE l.id = two.id));
whole ON one USING (one IS NOT NULL); whole ON two USING (two IS NOT NULL)
"""


@pytest.mark.all_majors
def test_the_expressions_of_policies_are_in_the_servers_own_words(database: str) -> None:
    # Apart, as before 17 an expression also says where in its statement it stood.
    made = [f"DO $$BEGIN EXECUTE $of$CREATE POLICY {each.strip()}$of$; END$$" for each in POLICIES.split(";")]
    sql(database, ";".join([OF_POLICIES, *made]))
    found = {
        (*subject.name, facts["using_expression"], facts["check_expression"])
        for subject, facts in look(database).of_kind("policy").items()
    }
    rendered = rows(
        f"{database}{'&' if '?' in database else '?'}search_path=pg_catalog",
        "SELECT schemaname, tablename, policyname, qual, with_check FROM pg_policies",
    )
    assert len(found) == 14
    assert found == set(map(tuple, rendered))


def test_nothing_that_columns_tell_is_asked_before_all_are_taken_in(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sql(database, SCHEMA + ALIKE)
    at_once, take = look(database), Found.take

    def late(self: Found, kind: Kind, *rest: Any, **named: Any) -> None:  # noqa: ANN401 whatever it takes
        if kind.name == COLUMN:
            time.sleep(0.3)
        take(self, kind, *rest, **named)

    monkeypatch.setattr(Found, "take", late)
    assert_same(at_once, look(database))


@pytest.mark.majors(13, 18)
def test_what_reads_as_that_of_a_locked_table_is_read_without_it(database: str) -> None:
    sql(database, "CREATE TABLE a (i int CHECK (i > 0)); CREATE INDEX ON a (abs(i))")
    sql(database, "CREATE TABLE b (LIKE a INCLUDING ALL); CREATE TABLE c (LIKE a INCLUDING ALL)")
    whole = look(database)
    with open_transactions(database, ["LOCK TABLE a"]):
        seen = look(database)
    assert {subject.name[1] for subject in seen.stale} == {"a"}
    read = {subject: facts for subject, facts in whole.objects.items() if subject not in seen.stale}
    assert {subject: seen.objects[subject] for subject in read} == read


@pytest.mark.majors(13, 18)
def test_what_reads_as_that_of_a_damaged_table_is_read_without_it(database: str) -> None:
    sql(database, "CREATE TABLE a (i int CHECK (i > 0)); CREATE INDEX ON a (abs(i))")
    sql(database, "CREATE TABLE b (LIKE a INCLUDING ALL); CREATE TABLE c (LIKE a INCLUDING ALL)")
    whole = look(database)
    damage(database, "DELETE FROM pg_attribute WHERE attrelid = 'a'::regclass AND attname = 'i'")
    seen = look(database)
    assert {subject.name[1] for subject in seen.broken} == {"a"}
    for kind in ("constraint", "index"):
        facts = whole.of_kind(kind)
        assert {s: f for s, f in seen.of_kind(kind).items() if s.name[1] != "a"} == {
            s: f for s, f in facts.items() if s.name[1] != "a"
        }
