"""Pairs of renderings as servers of 13 to 18 gave them, and pairs that look like them and say something else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchdog.schema.equality import same_sql
from watchdog.schema.tokens import SPACES, is_name, tokens

ONCE = "(ARRAY['a'::character varying, 'b'::character varying])::text[]"
TWICE = "ARRAY[('a'::character varying)::text, ('b'::character varying)::text]"

# The major of the one, its text, the major of the other, its text.
SAME = (
    # A query of one FROM item
    (15, " SELECT z.id,\n    z.v AS vv\n   FROM app.t z\n  WHERE (z.id > 1)\n  ORDER BY z.v;",
     18, " SELECT id,\n    v AS vv\n   FROM app.t z\n  WHERE (id > 1)\n  ORDER BY v;"),
    (15, " SELECT o.id AS t_id,\n    o.t_id AS id\n   FROM app.o\n  ORDER BY o.id;",
     16, " SELECT id AS t_id,\n    t_id AS id\n   FROM app.o\n  ORDER BY o.id;"),
    (13, " SELECT t.a,\n    t.a(t.a) AS called\n   FROM t.t t\n  WHERE (t.a(t.id) > 0);",
     16, " SELECT a,\n    t.a(a) AS called\n   FROM t.t t\n  WHERE (t.a(id) > 0);"),
    (14, (" SELECT ( SELECT max(o.n) AS max\n           FROM app.o\n          WHERE (o.t_id = t.id)) AS m\n   "
           "FROM app.t\n  WHERE (t.id IN ( SELECT o.t_id\n           FROM app.o));"),
     17, (" SELECT ( SELECT max(o.n) AS max\n           FROM app.o\n          WHERE (o.t_id = t.id)) AS m\n   "
           "FROM app.t\n  WHERE (id IN ( SELECT o.t_id\n           FROM app.o));")),
    (15, " WITH c AS (\n         SELECT t.id\n           FROM app.t\n        )\n SELECT c.id\n   FROM c;",
     16, " WITH c AS (\n         SELECT t.id\n           FROM app.t\n        )\n SELECT id\n   FROM c;"),
    (15, " SELECT k.u,\n    k.n\n   FROM unnest(ARRAY[1, 2]) WITH ORDINALITY k(u, n);",
     18, " SELECT u,\n    n\n   FROM unnest(ARRAY[1, 2]) WITH ORDINALITY k(u, n);"),
    (15, " SELECT z.a,\n    z.b\n   FROM ROWS FROM(generate_series(1, 2), app.pairs(1)) z(a, b);",
     18, " SELECT a,\n    b\n   FROM ROWS FROM(generate_series(1, 2), app.pairs(1)) z(a, b);"),
    (15, " SELECT q.id\n   FROM ( SELECT t.id,\n            t.v\n           FROM app.t) q\n  WHERE (q.id > 3);",
     18, " SELECT id\n   FROM ( SELECT t.id,\n            t.v\n           FROM app.t) q\n  WHERE (id > 3);"),
    (13, " SELECT (t.pl).name AS name,\n    t.*::app.t AS t\n   FROM ONLY app.t TABLESAMPLE system (10);",
     18, " SELECT (pl).name AS name,\n    t.*::app.t AS t\n   FROM ONLY app.t TABLESAMPLE system (10);"),
    (13, ' SELECT t."Weird Name",\n    t."select",\n    t."Weird Name" AS "from"\n   FROM app.t;',
     16, ' SELECT "Weird Name",\n    "select",\n    "Weird Name" AS "from"\n   FROM app.t;'),
    (15, " SELECT DISTINCT ON (t.v) t.v,\n    t.id\n   FROM app.t\n  ORDER BY t.v, t.id DESC NULLS LAST;",
     16, " SELECT DISTINCT ON (v) v,\n    id\n   FROM app.t\n  ORDER BY v, id DESC NULLS LAST;"),
    (15, ' SELECT t.v,\n    t.i,\n    GROUPING(t.v) AS "grouping"\n   FROM app.t\n  GROUP BY ROLLUP(t.v, t.i);',
     18, ' SELECT v,\n    i,\n    GROUPING(v) AS "grouping"\n   FROM app.t\n  GROUP BY ROLLUP(v, i);'),
    # A list of constants, once read and twice
    (18, f"CHECK (((v)::text = ANY ({ONCE})))", 18, f"CHECK (((v)::text = ANY ({TWICE})))"),
    (13, f"CHECK (((v)::text <> ALL ({ONCE})))", 17, f"CHECK (((v)::text <> ALL ({TWICE})))"),
    (15, "((v)::text = ANY ((ARRAY['a'::character varying(5), NULL::character varying])::text[]))",
     15, "((v)::text = ANY (ARRAY[('a'::character varying(5))::text, (NULL::character varying)::text]))"),
    # Calls and syntax
    (13, "btrim(' a '::text)", 14, "TRIM(BOTH FROM ' a '::text)"),
    (13, "CHECK ((btrim((v)::text) <> ''::text))", 14, "CHECK ((TRIM(BOTH FROM v) <> ''::text))"),
    (13, "ltrim((v)::text, 'x'::text)", 14, "TRIM(LEADING 'x'::text FROM v)"),
    (13, "rtrim(by, '\\x00'::bytea)", 18, "TRIM(TRAILING '\\x00'::bytea FROM by)"),
    (13, "timezone('utc'::text, now())", 18, "(now() AT TIME ZONE 'utc'::text)"),
    (13, "(timezone('UTC'::text, (tz + '1 day'::interval)))::date",
     15, "(((tz + '1 day'::interval) AT TIME ZONE 'UTC'::text))::date"),
    (13, "timezone('b'::text, timezone('a'::text, tz))", 16, "((tz AT TIME ZONE 'a'::text) AT TIME ZONE 'b'::text)"),
    (13, '"substring"(x, 1, 2)', 14, "SUBSTRING(x FROM 1 FOR 2)"),
    (13, '"substring"((v)::text, \'a\'::text, \'#\'::text)', 14, "SUBSTRING(v SIMILAR 'a'::text ESCAPE '#'::text)"),
    (13, "(\"position\"((v)::text, '@'::text) > 1)", 18, "(POSITION(('@'::text) IN (v)) > 1)"),
    (13, "\"overlay\"((v)::text, 'q'::text, 1, 2)", 18, "OVERLAY(v PLACING 'q'::text FROM 1 FOR 2)"),
    (13, "\"normalize\"((v)::text, 'nfd'::text)", 14, "NORMALIZE(v, NFD)"),
    (13, "CHECK (is_normalized(x, 'nfc'::text))", 14, "CHECK ((x IS NFC NORMALIZED))"),
    (13, "(NOT is_normalized((v)::text))", 14, "(NOT (v IS NORMALIZED))"),
    (13, '"overlaps"(ts, iv, ts, ts)', 14, "((ts, iv) OVERLAPS (ts, ts))"),
    (13, "pg_collation_for(x)", 14, "COLLATION FOR (x)"),
    (13, "\"xmlexists\"('/a'::text, xm)", 14, "XMLEXISTS(('/a'::text) PASSING (xm))"),
    (15, "XMLSERIALIZE(CONTENT xm AS text)", 16, "XMLSERIALIZE(CONTENT xm AS text NO INDENT)"),
    # EXTRACT, where one is 13
    (13, "date_part('epoch'::text, now())", 14, "EXTRACT(epoch FROM now())"),
    (18, "CHECK ((EXTRACT(year FROM d) > (2000)::numeric))",
     13, "CHECK ((date_part('year'::text, d) > (2000)::double precision))"),
    (13, "(date_part('year'::text, d) = ANY (ARRAY[(1)::double precision, (2)::double precision]))",
     14, "(EXTRACT(year FROM d) = ANY (ARRAY[(1)::numeric, (2)::numeric]))"),
    # The rest
    (13, "INOUT a integer DEFAULT 1, b text DEFAULT 'q'::text",
     14, "INOUT a integer DEFAULT 1, IN b text DEFAULT 'q'::text"),
    (16, " SELECT json,\n    system_user AS x\n   FROM app.t;",
     17, ' SELECT "json",\n    "system_user" AS x\n   FROM app.t;'),
    (15, "SELECT t.id\n FROM app.t", 19, "SELECT id FROM app.t"),
    (13, "not closed (", 14, "not  closed ("),
)  # fmt: skip

DIFFERENT = (
    # A query of one FROM item
    (15, "SELECT t.a FROM app.t", 16, "SELECT b FROM app.t"),
    (15, "SELECT t.a FROM app.t", 16, "SELECT a FROM app.o"),
    (15, "SELECT t.a FROM app.t", 16, "SELECT a FROM app.t z"),
    (15, "SELECT t.a FROM app.t", 16, "SELECT u.a FROM app.t"),
    (15, "SELECT t.a FROM app.t", 16, "SELECT a FROM ONLY app.t"),
    (15, "SELECT t.a FROM t.t", 16, "SELECT a FROM t"),
    (15, "SELECT t.a FROM app.t, app.o", 16, "SELECT a FROM app.t, app.o"),
    (15, "SELECT t.a FROM app.o JOIN app.t ON (true)", 16, "SELECT a FROM app.o JOIN app.t ON (true)"),
    (15, "SELECT t.a(t.a) AS x FROM t.t", 16, "SELECT a(a) AS x FROM t.t"),
    (15, "SELECT (a)::t.a AS x FROM t.t", 16, "SELECT (a)::a AS x FROM t.t"),
    (15, "SELECT (t.a COLLATE t.a) AS x FROM t.t", 16, "SELECT (a COLLATE a) AS x FROM t.t"),
    (15, "SELECT (t.a OPERATOR(t.+) 1) AS x FROM t.t", 16, "SELECT (a OPERATOR(+) 1) AS x FROM t.t"),
    (15, "SELECT XMLSERIALIZE(CONTENT t.a AS t.a) AS x FROM t.t",
     16, "SELECT XMLSERIALIZE(CONTENT a AS a) AS x FROM t.t"),
    (15, "SELECT 't.a'::text AS x FROM app.t", 16, "SELECT 'a'::text AS x FROM app.t"),
    (15, 'SELECT t."A" FROM app.t', 16, "SELECT a FROM app.t"),
    (15, "SELECT t.* FROM app.t", 16, "SELECT * FROM app.t"),
    (15, "SELECT t.id FROM app.t WHERE (EXISTS ( SELECT 1 FROM app.o WHERE (o.id = t.id)))",
     16, "SELECT id FROM app.t WHERE (EXISTS ( SELECT 1 FROM app.o WHERE (o.id = id)))"),
    (15, "SELECT t.id FROM app.t UNION SELECT t.id FROM app.t", 16, "SELECT id FROM app.t UNION SELECT id FROM app.t"),
    (15, "SELECT q.id FROM ( SELECT q.id FROM app.q, app.r) q", 16, "SELECT id FROM ( SELECT id FROM app.q, app.r) q"),
    (15, "CREATE RULE r AS ON INSERT TO app.t DO SELECT t.id FROM app.t",
     16, "CREATE RULE r AS ON INSERT TO app.t DO SELECT id FROM app.t"),
    # A list of constants
    (18, f"(x = ANY ({ONCE}))", 18, f"(x = ANY ({TWICE.replace('b', 'c')}))"),
    (18, f"(x = ANY ({ONCE}))", 18, f"(x <> ALL ({TWICE}))"),
    (18, "ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[])",
     18, "ANY (ARRAY[('b'::character varying)::text, ('a'::character varying)::text])"),
    (18, "ANY ((ARRAY['a'::character varying])::text[])", 18, "ANY (ARRAY[('a'::character varying(1))::text])"),
    (18, "ANY ((ARRAY['a'::character varying])::text[])", 18, "ANY (ARRAY['a'::text])"),
    (18, "ANY ((ARRAY['a'::character varying])::app.code[])", 18, "ANY (ARRAY[('a'::character varying)::text])"),
    (18, "(ARRAY['{a}'::character varying[]])::text[]", 18, "ARRAY[('{a}'::character varying[])::text]"),
    (18, "(ARRAY[va, va])::text[]", 18, "ARRAY[(va)::text, (va)::text]"),
    (18, "((v)::text = '(ARRAY[''a''::character varying])::text[]'::text)",
     18, "((v)::text = 'ARRAY[(''a''::character varying)::text]'::text)"),
    # Calls and syntax
    (13, "btrim(x)", 14, "TRIM(LEADING FROM x)"),
    (13, "btrim(x, 'a'::text)", 14, "TRIM(BOTH x FROM 'a'::text)"),
    (13, "app.btrim(x)", 14, "TRIM(BOTH FROM x)"),
    (13, "app.btrim((v)::text)", 13, "app.btrim(v)"),
    (13, "btrim((v)::character varying)", 14, "TRIM(BOTH FROM v)"),
    (13, "btrim((x)::text, y)", 14, "TRIM(BOTH y FROM x)"),  # of bytes x, this is another function
    (13, '"substring"((v)::text, 1, 2)', 14, "SUBSTRING(v FROM 1 FOR 2)"),  # so is this
    (13, '"substring"(x, 1, 2)', 14, "SUBSTRING(x FROM 2 FOR 1)"),
    (13, '"substring"(x, 1)', 14, "SUBSTRING(x FROM 1 FOR 1)"),
    (13, "\"position\"(x, 'a'::text)", 14, "POSITION((x) IN ('a'::text))"),
    (13, "'position(x)'::text", 14, '"position"(x)'),
    (13, "timezone('UTC'::text, (ts)::timestamp with time zone)", 14, "(ts AT TIME ZONE 'UTC'::text)"),
    (13, "timezone((iv)::text, tz)", 14, "(tz AT TIME ZONE iv)"),
    (13, "timezone(tz, 'UTC'::text)", 14, "(tz AT TIME ZONE 'UTC'::text)"),
    (13, "timezone('utc'::text, tz)", 14, "(tz AT TIME ZONE 'UTC'::text)"),
    (13, '"overlaps"(a, b, c, d)', 14, "((a, c) OVERLAPS (b, d))"),
    (13, "is_normalized(x, 'nfc'::text)", 14, "(x IS NFD NORMALIZED)"),
    (13, "is_normalized('nfc'::text, 'nfc'::text)", 13, "is_normalized('NFC'::text, 'nfc'::text)"),
    (15, "XMLSERIALIZE(CONTENT xm AS text)", 16, "XMLSERIALIZE(CONTENT xm AS text INDENT)"),
    (13, "pg_collation_for(x)", 14, "COLLATION FOR (y)"),
    # EXTRACT
    (14, "EXTRACT(year FROM d)", 18, "date_part('year'::text, d)"),
    (13, "date_part('year'::text, d)", 14, "EXTRACT(day FROM d)"),
    (13, "date_part('year'::text, d)", 14, "EXTRACT(year FROM e)"),
    (13, "app.date_part('year'::text, d)", 14, "EXTRACT(year FROM d)"),
    (13, "(date_part('year'::text, d) > (2000)::double precision)", 14, "(EXTRACT(year FROM d) > (2001)::numeric)"),
    (13, "(date_part('year'::text, d) > (0.1)::double precision)", 14, "(EXTRACT(year FROM d) > (0.1)::numeric)"),
    (13, "(date_part('year'::text, d) > (12345678901234567)::double precision)",
     14, "(EXTRACT(year FROM d) > (12345678901234567)::numeric)"),
    (13, "(n > (2000)::double precision)", 14, "(n > (2000)::numeric)"),
    # The rest
    (13, "a integer, b text", 14, "a integer, OUT b text"),
    (13, "a integer", 14, 'a integer, "in" integer'),
    (17, 'SELECT "user" FROM app.t', 17, "SELECT USER FROM app.t"),
    (17, '"bit"(a, 8)', 17, "bit(a, 8)"),
    (17, "SYSTEM_USER", 17, '"system_user"'),
    (17, "'a b'::text", 17, "'a  b'::text"),
    (17, '"a b"', 17, '"a  b"'),
    (17, "$$a b$$", 17, "$$a  b$$"),
    (17, "E'a\\'  b'", 17, "E'a\\' b'"),
    (17, "a -- b  c", 17, "a -- b c"),
    (17, "a - b", 17, "b - a"),
    (17, "(a - (b - c))", 17, "((a - b) - c)"),
    (17, "a\u00a0b", 17, "a b"),
    (17, "'A'", 17, "'a'"),
    (17, "not closed (", 17, "not closed ["),
)  # fmt: skip


@pytest.mark.parametrize(("one_major", "one", "other_major", "other"), SAME)
def test_what_says_the_same_is_the_same_in_both_directions(
    one_major: int, one: str, other_major: int, other: str
) -> None:
    assert same_sql(one, other, one_major, other_major)
    assert same_sql(other, one, other_major, one_major)


@pytest.mark.parametrize(("one_major", "one", "other_major", "other"), DIFFERENT)
def test_what_looks_alike_is_different_in_both_directions(
    one_major: int, one: str, other_major: int, other: str
) -> None:
    assert not same_sql(one, other, one_major, other_major)
    assert not same_sql(other, one, other_major, one_major)


@pytest.mark.parametrize(("one_major", "one", "other_major", "other"), SAME)
def test_one_other_name_string_or_number_anywhere_is_a_difference(
    one_major: int, one: str, other_major: int, other: str
) -> None:
    for text, major, unchanged, unchanged_major in (
        (one, one_major, other, other_major),
        (other, other_major, one, one_major),
    ):
        parts = tokens(text)
        for at, part in enumerate(parts):
            if is_name(part) or part[0].isdigit() or part[0] in "'E":
                changed = part[:-1] + "7" + part[-1:] if part[-1] in "'\"" else part + "7"
                planted = " ".join([*parts[:at], changed, *parts[at + 1 :]])
                assert not same_sql(planted, unchanged, major, unchanged_major), planted


@pytest.mark.parametrize("text", [text for pair in SAME for text in (pair[1], pair[3])])
def test_layout_says_nothing(text: str) -> None:
    assert same_sql(text, "\n\t".join(tokens(text)), 18, 18)


def test_ten_thousand_brackets_are_no_trouble() -> None:
    deep = "(" * 10_000 + "{}" + ")" * 10_000
    assert same_sql(deep.format("btrim(x)"), deep.format("TRIM(BOTH FROM x)"), 13, 18)
    assert not same_sql(deep.format("btrim(x)"), deep.format("TRIM(BOTH FROM y)"), 13, 18)


def test_since_14_a_call_and_its_syntax_are_two_texts() -> None:
    call, syntax = "timezone('utc'::text, at)", "(at AT TIME ZONE 'utc'::text)"
    assert same_sql(call, syntax, 13, 18)
    assert same_sql(syntax, call, 18, 13)
    assert not same_sql(call, syntax, 14, 18)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.b<=c::text[1]", ("a", ".", "b", "<=", "c", "::", "text", "[", "1", "]")),
        ("'it''s' E'\\'' B'1' \"a\"\"b\"", ("'it''s'", "E'\\''", "B'1'", '"a""b"')),
        ("$1 $$a'b$$ $x$ $$ $x$ a$b$c", ("$1", "$$a'b$$", "$x$ $$ $x$", "a$b$c")),
        ("1.5e-3 .5 1-2 a:=b", ("1.5e-3", ".5", "1", "-", "2", "a", ":=", "b")),
        ("a /* b /* c */ d */ + -- e\nf", ("a", "/* b /* c */ d */", "+", "-- e\n", "f")),
        ("'open", ("'open",)),
    ],
)
def test_tokens(text: str, expected: tuple[str, ...]) -> None:
    assert tokens(text) == expected


@given(st.one_of(st.text(), st.text(alphabet="aeE'\"$-/*+()[]:.;,=\\ \t\n1é\u00a0")))
def test_tokens_joined_give_back_all_but_the_space_between_them(text: str) -> None:
    found = tokens(text)
    assert all(token and token[0] not in SPACES for token in found)
    assert without_space("".join(found)) == without_space(text)


@given(st.text(alphabet="ab'\"$()[].,: \n1"), st.text(alphabet="ab'\"$()[].,: \n1"))
def test_the_order_of_the_two_sides_does_not_matter(one: str, other: str) -> None:
    assert same_sql(one, one, 13, 18)
    assert same_sql(one, other, 13, 18) == same_sql(other, one, 18, 13)


def without_space(text: str) -> str:
    return "".join(char for char in text if char not in SPACES)
