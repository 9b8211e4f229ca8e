import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.queries.sources.found import reasons, sql, statements, unread
from watchdog.queries.sources.javascript import read_javascript, read_tsx, read_typescript

RUNS = "is known only when it runs"
DOUBLES = "".join(f"const a{n} = a{n - 1} + a{n - 1};" for n in range(1, 50))
DOUBLED = f"const a0 = 'SELECT a FROM t'; {DOUBLES} db.query(a49)"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("f('SELECT a FROM t')", ["SELECT a FROM t"]),
        ('f("SELECT a FROM t")', ["SELECT a FROM t"]),
        ("f(`SELECT a\n  FROM t;\n`)", ["SELECT a\n  FROM t"]),
        ("f('SELECT a ' + 'FROM t' + ` WHERE b`)", ["SELECT a FROM t WHERE b"]),
        ("f(`SELECT a FROM ${'t'} LIMIT ${10}`)", ["SELECT a FROM t LIMIT 10"]),
        ("f(`SELECT a FROM ${`${'t'}`}`)", ["SELECT a FROM t"]),
        ("const T = 't'; f(`SELECT a FROM ${T}`)", ["SELECT a FROM t"]),
        ("const S = 's', T = S + '.t'; f('SELECT a FROM ' + T)", ["SELECT a FROM s.t"]),
        ("const T = { a: 't', 'b': 'u' }; f(`SELECT a FROM ${T.a}`, `SELECT a FROM ${T.b}`)",
         ["SELECT a FROM t", "SELECT a FROM u"]),
        ("class A { table = 't'; f() { q(`SELECT a FROM ${this.table}`) } }", ["SELECT a FROM t"]),
        ("const C = 'SELECT a, b'; f(`${C} FROM t`)", ["SELECT a, b FROM t"]),
        ("let t = 't'; f(`SELECT a FROM ${t}`)", ["SELECT a FROM t"]),
        ("f(`\n  SELECT a FROM t\n`.trim())", ["SELECT a FROM t"]),
        ("f(dedent`\n  SELECT a FROM t`, dedent(`SELECT b FROM t`))", ["SELECT a FROM t", "SELECT b FROM t"]),
        ("f(['SELECT a', 'FROM t'].join('\\n'), 'SELECT '.concat('b FROM t'))",
         ["SELECT a\nFROM t", "SELECT b FROM t"]),
        (r"f('SELECT \'\x41\u0042\u{43}\n\uD83D\uDE00\' FROM t')", ["SELECT 'ABC\n😀' FROM t"]),
        (r"f(String.raw`SELECT '\n' FROM t`)", [r"SELECT '\n' FROM t"]),
        ("f('SELECT a \\\nFROM t')", ["SELECT a FROM t"]),
        ("f(x ? 'SELECT a FROM t' : 'SELECT b FROM t')", ["SELECT a FROM t", "SELECT b FROM t"]),
        ("f('SELECT 1; SELECT 2')", ["SELECT 1", "SELECT 2"]),
        ("f('-- why\\nSELECT a FROM t')", ["SELECT a FROM t"]),
        ("f(`\n  -- why\n  SELECT a FROM t`)", ["SELECT a FROM t"]),
        ("db.query('select name from users')", ["select name from users"]),
        ("const sql = 'select name from users'", ["select name from users"]),
        ("x = { insertQuery: 'select name from users' }", ["select name from users"]),
        ("const s = 'select name from users'; db.query(s)", ["select name from users"]),
        ("db.query({ text: 'select name from users', values: [] })", ["select name from users"]),
        ("const text = 'select name from users'; db.query({ text, values: [] })", ["select name from users"]),
        ("knex.raw('select * from t where a = ? and b = ?', [1, 2])", ["select * from t where a = $1 and b = $2"]),
        ("db.any('SELECT a FROM t WHERE b = $<b>', x)", ["SELECT a FROM t WHERE b = $1"]),
        ("rows.map(r => `${r.x}`); f('SELECT a FROM t')", ["SELECT a FROM t"]),
        ("f(`${x.map(async (y) => { await db.query('SELECT a FROM t') })}`)", ["SELECT a FROM t"]),
    ],
)  # fmt: skip
def test_what_a_program_puts_together_of_what_is_known_is_read(source: str, found: list[str]) -> None:
    for read in (read_javascript, read_typescript, read_tsx):
        harvest = read(source, "a.js")
        assert (sql(harvest), reasons(harvest)) == (found, [])


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("f(`SELECT a FROM ${t}`)", f"`t` {RUNS}"),
        ("f(`SELECT a FROM ${a.b} WHERE ${c}`)", f"`a.b` {RUNS} (and 1 more part of it)"),
        ("f('SELECT a FROM ' + t)", f"`t` {RUNS}"),
        ("f('SELECT a FROM ' + g('secret'))", f"`g` {RUNS}"),
        ("f('SELECT a FROM t WHERE b IN (' + ids.join(',') + ')')", f"a part of it {RUNS}"),
        ("const t = g(); f(`SELECT a FROM ${t}`)", f"`t` {RUNS}"),
        ("function g(t) { f(`SELECT a FROM ${t}`) } const t = 'x'", f"`t` {RUNS}"),
        ("import t from 't'; f(`SELECT a FROM ${t}`)", f"`t` {RUNS}"),
        ("let t = 'a'; t = 'b'; f(`SELECT a FROM ${t}`)", f"`t` {RUNS}"),
        ("let q = 'SELECT a FROM t'; if (x) q += ' WHERE b'; db.query(q)", "`q` is added to after this"),
        ("let x = 'SELECT a FROM t'; x = x + ' WHERE b'; f(x)", "`x` is added to after this"),
        ("const COLUMNS = 'SELECT a, b FROM t JOIN'; f(`${COLUMNS} u ${x}`)", f"`x` {RUNS}"),
        ("db.query(`${a} b`)", f"`a` {RUNS}"),
        ("db.query(a)", f"`a` {RUNS}"),
        ("pool.query(g('secret'))", f"what is passed {RUNS}"),
        ("pool.query({ text: SQL.a })", f"`SQL.a` {RUNS}"),
        ("this.pool.query(await g())", f"what is passed {RUNS}"),
        ("db.query('SELECT \\0')", "it holds a character of code 0, which no server takes"),
        ("db.query('SELECT {0} FROM t')", "a `{` in it is no SQL: a part of it is put in when it runs"),
        ("const a = a; db.query(`SELECT ${a}`)", f"`a` {RUNS}"),
        ("const a = b, b = a; db.query(`SELECT ${a}`)", f"`a` {RUNS}"),
    ],
)
def test_what_cannot_be_read_whole_is_told_and_no_secret_in_it(source: str, words: str) -> None:
    harvest = read_typescript(source, "a.ts")
    assert (sql(harvest), reasons(harvest)) == ([], [words])


@pytest.mark.parametrize(
    "source",
    [
        "alert('Select a file from the list')",
        "const label = 'select name from users'",
        "f('SELECT')",
        "log.error('SELECT * FROM users failed')",
        "throw new QueryError('DELETE FROM users failed')",
        "it('SELECT a FROM t works', () => {})",
        "gql`select { a }`; css`select { color: red }`; html`SELECT a FROM t ${b}`",
        "'SELECT a FROM t'",
        "/* SELECT a FROM t */ // SELECT a FROM t",
        "document.querySelector('select option'); client.request('DELETE')",
        "useQuery(key, fetcher); apolloClient.query(options); queryClient.fetchQuery(a); redisClient.query(x)",
        "f(`SELECT a FROM t WHERE b IN (${'SELECT c FROM u'})`.length)",
        "const where = sql`WHERE a = ${a}`",
        "const select = (update) => update.values; x.query",
        "",
    ],
)
def test_what_is_no_statement_is_left_alone(source: str) -> None:
    found = [each for each in sql(read_typescript(source, "a.ts")) if "IN (" not in each]
    assert (found, reasons(read_typescript(source, "a.ts"))) == ([], [])


@pytest.mark.parametrize(
    ("source", "found", "said"),
    [
        ("sql`SELECT a FROM t WHERE b = ${b} AND c = ${d.e()} AND b = ${b}`",
         ["SELECT a FROM t WHERE b = $1 AND c = $2 AND b = $3"], []),
        ("sql<Row>`select name from t where a = ${a}`", ["select name from t where a = $1"], []),
        ("await sql<Row[]>`select name from t where a = ${a}`", ["select name from t where a = $1"], []),
        ("const [x] = await sql<{ a: string }[]>`select name from t where a = ${a}`",
         ["select name from t where a = $1"], []),
        ("await prisma.$queryRaw<User[]>`SELECT a FROM t WHERE b = ${b}`", ["SELECT a FROM t WHERE b = $1"], []),
        ("prisma.$executeRaw`UPDATE t SET a = ${a}`", ["UPDATE t SET a = $1"], []),
        ("sql.type(z)`SELECT a FROM t WHERE b = ${sql.json(b)}`", ["SELECT a FROM t WHERE b = $1"], []),
        ("sql.begin(tx => tx`UPDATE t SET a = ${a}`)", ["UPDATE t SET a = $1"], []),
        ("sql`SELECT ${sql(columns)} FROM t`", [], ["a fragment of SQL is put into it"]),
        ("sql`SELECT a FROM ${sql.identifier(['t'])}`", [], ["a fragment of SQL is put into it"]),
        ("sql`SELECT a FROM t WHERE ${sql.raw(x)}`", [], ["a fragment of SQL is put into it"]),
        ("sql`SELECT a FROM t ${b ? sql`WHERE a` : sql``}`", [], ["a fragment of SQL is put into it"]),
        ("const w = sql`SELECT 1`; sql`SELECT a FROM t WHERE b IN (${w})`", [],
         ["`w` is a fragment of SQL that is put into it"]),
        ("sql`SELECT a FROM ${t}`", [], ["a value is put where no parameter can stand: it may be a piece of SQL"]),
        ("sql`SELECT a FROM t WHERE b = '${c}'`", [], ["a value is put into a string or a comment of it"]),
        ("sql`INSERT INTO t ${sql(rows)}`", [], ["a fragment of SQL is put into it"]),
        ("prisma.$queryRawUnsafe(`SELECT a FROM ${t}`)", [], [f"`t` {RUNS}"]),
    ],
)  # fmt: skip
def test_a_value_in_a_tagged_template_is_a_parameter_and_sql_in_it_is_not(
    source: str, found: list[str], said: list[str]
) -> None:
    harvest = read_typescript(source, "a.ts")
    assert (sql(harvest), reasons(harvest)) == (found, said)


def test_a_place_is_the_line_on_which_the_literal_begins() -> None:
    source = "// 😀\nf(\n  `\n SELECT a\n FROM t`,\n  `SELECT ${x} FROM t`)\ndb.query('BEGIN'); db.query('COMMIT')\n"
    harvest = read_typescript(source.replace("\n", "\r\n"), "src/a.ts")
    assert harvest == read_typescript(source, "src/a.ts")
    assert statements(harvest) == [(3, "SELECT a\n FROM t")]
    assert unread(harvest) == [
        (6, f"`x` {RUNS}"),
        (7, "BEGIN and 1 more statement of this file are not planned: nothing to check"),
    ]
    assert harvest.statements[0].locations[0].file == "src/a.ts"


def test_a_name_means_what_the_closest_scope_says() -> None:
    source = """
        const t = 'outer';
        function a() { const t = 'inner'; db.query(`SELECT 1 FROM ${t}`); }
        function b() { const sql = 'select x from b'; db.query(sql); }
        function c() { const sql = 'select x from c'; db.query(sql); }
        const d = ({ t }) => db.query(`SELECT 2 FROM ${t}`);
        for (const t of ts) { db.query(`SELECT 3 FROM ${t}`); }
        db.query(`SELECT 4 FROM ${t}`);
    """
    harvest = read_typescript(source, "a.ts")
    assert sql(harvest) == ["SELECT 1 FROM inner", "select x from b", "select x from c", "SELECT 4 FROM outer"]
    assert reasons(harvest) == [f"`t` {RUNS}", f"`t` {RUNS}"]


def test_of_a_broken_file_what_can_be_read_is_read_and_the_place_is_told() -> None:
    harvest = read_typescript("db.query('SELECT a FROM t');\nfunction ( {{{\n", "a.ts")
    assert sql(harvest) == ["SELECT a FROM t"]
    [(line, words)] = unread(harvest)
    assert (line, "broken" in words) == (2, True)


def test_jsx_is_read() -> None:
    source = (
        "const a = <b title='Select a file from the list' onClick={() => db.query('SELECT a FROM t')}>Select from</b>"
    )
    assert sql(read_tsx(source, "a.tsx")) == sql(read_javascript(source, "a.jsx")) == ["SELECT a FROM t"]


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("x = " + "(" * 20_000 + "'SELECT a FROM t'" + ")" * 20_000, id="brackets"),
        pytest.param("x = " + "(" * 20_000, id="open brackets"),
        pytest.param("f('SELECT a FROM t'" + " + 'a'" * 20_000 + ")", id="sum"),
        pytest.param("f('SELECT a FROM t'" + " + (a" * 5_000 + ")" * 5_001, id="sum to the right"),
        pytest.param("`SELECT ${" * 5_000, id="open templates"),
        pytest.param("sql`SELECT ${" * 2_000 + "}`" * 2_000, id="tagged in tagged"),
        pytest.param("a(" * 10_000 + "'SELECT a FROM t'" + ")" * 10_000, id="calls"),
        pytest.param("x" + ".query('SELECT a FROM t')" * 2_000, id="chain"),
        pytest.param("x = " + "a<b>`select`+" * 2_000 + "1", id="types"),
        pytest.param(DOUBLED, id="doubled"),
        pytest.param("db.query('SELECT a FROM t", id="open string"),
        pytest.param("db.query(`SELECT a FROM t", id="open template"),
    ],
)  # fmt: skip
def test_hostile_sources_are_read_or_told(source: str) -> None:
    harvest = read_typescript(source, "a.ts")
    assert harvest.statements or harvest.unread or "query" not in source


def test_ten_thousand_holes_are_one_place_and_a_template_of_a_megabyte_is_one_statement() -> None:
    holes = read_typescript("db.query(`SELECT a" + ", ${b}" * 10_000 + " FROM t`)", "a.ts")
    assert reasons(holes) == [f"`b` {RUNS}"]
    large = "SELECT '" + "x" * 900_000 + "' FROM t"
    assert sql(read_typescript(f"db.query(`{large}`)", "a.ts")) == [large]
    assert reasons(read_typescript(f"db.query(`SELECT '{'x' * 1_000_000}'`)", "a.ts")) == [
        "it is longer than a million characters"
    ]


@given(
    st.text(alphabet="`'\"${}()+.,;=<>/*\\ \n\0aT😀\ue000\ue001"),
    st.sampled_from(["", "db.query(", "sql`", "const a = "]),
)
def test_reading_never_fails(text: str, before: str) -> None:
    for read in (read_javascript, read_typescript, read_tsx):
        read(f"{before}`SELECT {text}", "a.ts")
        read(f"{before}'SELECT a FROM t' {text}", "a.ts")


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0\r\ue000\ue001'")))
def test_what_is_quoted_is_read_back_as_it_was(text: str) -> None:
    statement = f"SELECT '{text}' FROM t"
    ascii_only = json.dumps(statement)
    assert sql(read_javascript(f"f({ascii_only})", "a.js")) == [statement]
    template = statement.replace("\\", "\\\\").replace("`", "\\`").replace("${", "\\${")
    assert sql(read_javascript(f"f(`{template}`)", "a.js")) == [statement]
