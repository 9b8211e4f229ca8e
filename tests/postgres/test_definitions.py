"""What is put together from the catalogs' rows reads as the server renders it."""

import pytest

from tests.postgres.looks import look
from tests.servers.query import rows, sql

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
TYPES = "abcdefghijklmnopqrstuvwxy"
OF_LATER = {
    15: """
    CREATE UNIQUE INDEX ON "s-1"."T t" (d) NULLS NOT DISTINCT;
    ALTER TABLE refers ADD UNIQUE NULLS NOT DISTINCT (a);
    ALTER TABLE refers ADD FOREIGN KEY (a, "Id") REFERENCES "s-1"."T t" (a, "Id") ON DELETE SET NULL (a);
    """,
    18: """
    CREATE TABLE times (id int4range, at daterange, PRIMARY KEY (id, at WITHOUT OVERLAPS));
    CREATE TABLE at_times (id int4range, at daterange,
      FOREIGN KEY (id, PERIOD at) REFERENCES times (id, PERIOD at));
    ALTER TABLE refers ADD FOREIGN KEY (id) REFERENCES "s-1"."T t" NOT ENFORCED;
    """,
}


@pytest.mark.all_majors
def test_the_definitions_of_indexes_and_constraints_are_in_the_servers_own_words(database: str, major: int) -> None:
    sql(database, SCHEMA + ";".join(f"CREATE INDEX ON types ({name})" for name in TYPES))
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
    assert len(found) > 60
    assert found == {key: words[key] for key in found}
