import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.queries.sources.found import reasons, sql, statements, unread
from watchdog.queries.sources.python import read

RUNS = "is known only when it runs"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("f('SELECT a FROM t')", ["SELECT a FROM t"]),
        ('f("""\n  SELECT a\n  FROM t;\n""")', ["SELECT a\n  FROM t"]),
        ("f('SELECT a '\n  'FROM t'  # why\n  ' WHERE b')", ["SELECT a FROM t WHERE b"]),
        ("f('SELECT a ' + 'FROM t')", ["SELECT a FROM t"]),
        ("T = 't'\nf(f'SELECT a FROM {T} LIMIT {10}')", ["SELECT a FROM t LIMIT 10"]),
        ("T: str = 't'\nf('SELECT a FROM ' + T)", ["SELECT a FROM t"]),
        ("f(f\"SELECT '{{}}' FROM t\")", ["SELECT '{}' FROM t"]),
        ("class A:\n  T = 't'\n  def f(self): q(f'SELECT a FROM {self.T}', f'SELECT b FROM {A.T}')",
         ["SELECT a FROM t", "SELECT b FROM t"]),
        (r"f('SELECT \'\x41\u0042\N{DIGIT ONE}\n\' FROM t')", ["SELECT 'AB1\n' FROM t"]),
        (r"f(r'SELECT \d FROM t', '''SELECT '\d' FROM t''')", [r"SELECT \d FROM t", r"SELECT '\d' FROM t"]),
        ("f('SELECT a \\\nFROM t')", ["SELECT a FROM t"]),
        ("f(dedent('''\n    SELECT a\n    FROM t'''), '''\n SELECT b FROM t'''.strip())",
         ["SELECT a\nFROM t", "SELECT b FROM t"]),
        ("f(' '.join(['SELECT a', 'FROM t']), ' '.join(('SELECT b', 'FROM t')))",
         ["SELECT a FROM t", "SELECT b FROM t"]),
        ("f('SELECT a FROM t' if x else 'SELECT b FROM t')", ["SELECT a FROM t", "SELECT b FROM t"]),
        ("cur.execute('select name from users')", ["select name from users"]),
        ("cur.execute(query='select name from users')", ["select name from users"]),
        ("q = 'select name from users'\ncur.execute(q)", ["select name from users"]),
        ("if x:\n  q = 'select a from t'\nelse:\n  q = 'select b from t'\ncur.execute(q)",
         ["select a from t", "select b from t"]),
        ("USERS_SQL = 'select name from users'", ["select name from users"]),
        ("def f(query='select name from users'): pass", ["select name from users"]),
        ("x = {'query': 'select name from users'}", ["select name from users"]),
        ("cur.execute('SELECT a FROM t WHERE b = %s AND c LIKE \\'%%d\\'', (1,))",
         ["SELECT a FROM t WHERE b = $1 AND c LIKE '%d'"]),
        ("cur.execute('SELECT a FROM t WHERE b = %(b)s AND c = %(b)s', x)",
         ["SELECT a FROM t WHERE b = $1 AND c = $1"]),
        ("execute_values(cur, 'INSERT INTO t (a) VALUES (%s)', x)", ["INSERT INTO t (a) VALUES ($1)"]),
        ("c.execute(text('select name from t where a = :a and b::int = :a'))",
         ["select name from t where a = $1 and b::int = $1"]),
        ("await c.fetch('SELECT a % 2 FROM t WHERE b = $1', 1)", ["SELECT a % 2 FROM t WHERE b = $1"]),
        ("cur.execute(t'SELECT a FROM t WHERE b = {b} AND c = {c.d}')", ["SELECT a FROM t WHERE b = $1 AND c = $2"]),
        ("with c.cursor() as cur: cur.execute('SELECT a FROM t')", ["SELECT a FROM t"]),
    ],
)  # fmt: skip
def test_what_a_program_puts_together_of_what_is_known_is_read(source: str, found: list[str]) -> None:
    harvest = read(source, "a.py")
    assert (sql(harvest), reasons(harvest)) == (found, [])


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("f(f'SELECT a FROM {t}')", f"`t` {RUNS}"),
        ("f(f'SELECT a FROM {t.u!r} {v:>3}')", f"a part of it {RUNS}"),
        ("f('SELECT a FROM ' + g('secret'))", f"a part of it {RUNS}"),
        ("f('SELECT a FROM %s' % t)", "values are put into it with `%`"),
        ("f('SELECT a FROM {}'.format(t))", "it is put together with `.format()`"),
        ("f(sql.SQL('SELECT {} FROM t').format(sql.Identifier('a')))", "it is put together with `.format()`"),
        ("Q = 'SELECT a FROM {}'\nf(Q.format(t))", "it is put together with `.format()`"),
        ("cur.execute(' '.join(x))", "it is put together with `.join()`"),
        ("f('SELECT a FROM x'.replace('x', y))", "it is put together with `.replace()`"),
        ("def f(t): g(f'SELECT a FROM {t}')\nt = 'x'", f"`t` {RUNS}"),
        ("from x import t\nf(f'SELECT a FROM {t}')", f"`t` {RUNS}"),
        ("for t in x: f(f'SELECT a FROM {t}')", f"`t` {RUNS}"),
        ("[f(f'SELECT a FROM {t}') for t in x]", f"`t` {RUNS}"),
        ("t = 'a'\nt = 'b'\nf(f'SELECT a FROM {t}')", f"`t` {RUNS}"),
        ("q = 'SELECT a FROM t'\nif x: q += ' WHERE b'\ncur.execute(q)", "`q` is added to after this"),
        ("x = 'SELECT a FROM t'\nx = x + ' WHERE b'\nf(x)", "`x` is added to after this"),
        ("cur.execute(q)", f"`q` {RUNS}"),
        ("session.execute(select(User))", f"what is passed {RUNS}"),
        ("self.conn.execute(self.q)", f"`self.q` {RUNS}"),
        ("cur.execute(t'SELECT a FROM {t:i}')", f"a part of it {RUNS}"),
        ("cur.execute(t'SELECT a FROM {t}')", "a value is put where no parameter can stand: it may be a piece of SQL"),
        ("x = 'SELECT {a} FROM t'", "a `{` in it is no SQL: a part of it is put in when it runs"),
    ],
)
def test_what_cannot_be_read_whole_is_told_and_no_secret_in_it(source: str, words: str) -> None:
    harvest = read(source, "a.py")
    assert (sql(harvest), reasons(harvest)) == ([], [words])


@pytest.mark.parametrize(
    "source",
    [
        '"""SELECT a FROM docstring"""',
        'def f():\n  """SELECT a FROM docstring"""',
        "log.info('SELECT a FROM t')",
        "raise ValueError('DELETE FROM users failed')",
        "label = 'select name from users'",
        "x = 'Select a file from the list'",
        "x = b'SELECT a FROM t'",
        "# SELECT a FROM t",
        "A = 'SELECT a, b FROM t JOIN'\nB = f'{A} u'.lower",
        "executor.execute(task); command.execute()",
        "",
    ],
)
def test_what_is_no_statement_is_left_alone(source: str) -> None:
    found = [each for each in sql(read(source, "a.py")) if not each.endswith("JOIN u")]
    assert (found, reasons(read(source, "a.py"))) == ([], [])


def test_a_place_is_the_line_on_which_the_literal_begins() -> None:
    source = "# 😀\nx(\n  '''\n SELECT a\n FROM t''')\ncur.execute(f'SELECT {x} FROM t')\ncur.execute('BEGIN')\n"
    harvest = read(source.replace("\n", "\r\n"), "src/a.py")
    assert harvest == read(source, "src/a.py")
    assert statements(harvest) == [(3, "SELECT a\n FROM t")]
    assert unread(harvest) == [(6, f"`x` {RUNS}"), (7, "BEGIN is not planned: nothing to check")]


def test_of_a_broken_file_what_can_be_read_is_read_and_the_place_is_told() -> None:
    harvest = read("cur.execute('SELECT a FROM t')\ndef (:\n", "a.py")
    assert sql(harvest) == ["SELECT a FROM t"]
    [(line, words)] = unread(harvest)
    assert (line, "broken" in words) == (2, True)


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("x = " + "(" * 20_000 + "'SELECT a FROM t'" + ")" * 20_000, id="brackets"),
        pytest.param("f('SELECT a FROM t'" + " + 'a'" * 20_000 + ")", id="sum"),
        pytest.param("f('SELECT a FROM t'" + " % a" * 5_000 + ")", id="percent"),
        pytest.param("f('SELECT a FROM t'" + ".format(1)" * 5_000 + ")", id="format"),
        pytest.param("cur.execute(f'SELECT " + "{a}" * 10_000 + "')", id="holes"),
        pytest.param("x = " + "f'SELECT {" * 500, id="open"),
        pytest.param("cur.execute(a" + ".b" * 10_000 + ")", id="attributes"),
        pytest.param("".join(" " * n + "if x:\n" for n in range(500)) + "cur.execute(q)", id="indented"),
        pytest.param("x = " + "lambda: " * 5_000 + "cur.execute(q)", id="lambdas"),
    ],
)
def test_hostile_sources_are_read_or_told(source: str) -> None:
    harvest = read(source, "a.py")
    assert harvest.statements or harvest.unread


@given(st.text(alphabet="'\"{}()+.,:=%#\\ \n\0afrbN😀\ue000\ue001"), st.sampled_from(["", "f", "r", "rb", "t"]))
def test_reading_never_fails(text: str, prefix: str) -> None:
    read(f"cur.execute({prefix}'SELECT {text}", "a.py")
    read(f"x = {prefix}'SELECT a FROM t' {text}", "a.py")


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0\ue000\ue001'%{:?")))
def test_what_is_quoted_is_read_back_as_it_was(text: str) -> None:
    statement = f"SELECT '{text}' FROM t"
    assert sql(read(f"f({statement!r})", "a.py")) == [statement]
    assert sql(read(f"f({statement!a})", "a.py")) == [statement]
