import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchdog.queries.sources.parameters import Numbered, numbered
from watchdog.queries.sources.text import SLOT


@pytest.mark.parametrize(
    ("sql", "written"),
    [
        ("SELECT 1", "SELECT 1"),
        ("SELECT $1 WHERE a = :b", "SELECT $1 WHERE a = :b"),
        ("SELECT :a, :b, :a", "SELECT $1, $2, $1"),
        ("SELECT a::text, b::int[] WHERE c = :c", "SELECT a::text, b::int[] WHERE c = $1"),
        ("SELECT ':a', \":a\" /* :a */ -- :a\n, :b", "SELECT ':a', \":a\" /* :a */ -- :a\n, $1"),
        ("SELECT a[1:n], a[:n] WHERE b = :b", "SELECT a[1:n], a[:n] WHERE b = $1"),
        ("SELECT f(a := 1, b => :b)", "SELECT f(a := 1, b => $1)"),
        ("SELECT $$ :a ? $$, :b", "SELECT $$ :a ? $$, $1"),
        ("SELECT '12:30:00' WHERE a = :'v' AND b = :'v'", "SELECT '12:30:00' WHERE a = $1 AND b = $1"),
        ("SELECT :a::text", "SELECT $1::text"),
        ("WHERE a = ? AND b IN (?, ?) LIMIT ?", "WHERE a = $1 AND b IN ($2, $3) LIMIT $4"),
        ("WHERE a=? AND b>=? AND c LIKE ?", "WHERE a=$1 AND b>=$2 AND c LIKE $3"),
        ("WHERE a ? 'key' AND b = ?", "WHERE a ? 'key' AND b = ?"),
        ("WHERE a ?| b AND c ?& d", "WHERE a ?| b AND c ?& d"),
        ("WHERE a @? '$.b'", "WHERE a @? '$.b'"),
        ("WHERE '?' = ?", "WHERE '?' = $1"),
        ("WHERE a = $(b) AND c = ${b} AND d = $<e> AND f = $/b/", "WHERE a = $1 AND c = $1 AND d = $2 AND f = $1"),
        ("WHERE a = $<b.c> AND d = ${b:json}", "WHERE a = $1 AND d = $2"),
        ("WHERE a % b = :c", "WHERE a % b = $1"),
        ("WHERE a = %s", "WHERE a = %s"),
        ("WHERE a = @b", "WHERE a = @b"),
        (f"WHERE a = {SLOT} AND b IN ({SLOT}, {SLOT})", "WHERE a = $1 AND b IN ($2, $3)"),
    ],
)
def test_parameters_are_written_as_the_server_takes_them(sql: str, written: str) -> None:
    assert numbered(sql) == Numbered(written)


@pytest.mark.parametrize(
    ("sql", "written"),
    [
        ("WHERE a = %s AND b = %s", "WHERE a = $1 AND b = $2"),
        ("WHERE a=%s AND b IN (%s,%b)", "WHERE a=$1 AND b IN ($2,$3)"),
        ("WHERE a = %(x)s AND b = %(y)s AND c = %(x)s", "WHERE a = $1 AND b = $2 AND c = $1"),
        ("WHERE a LIKE '%%b' AND c %% 2 = %s", "WHERE a LIKE '%b' AND c % 2 = $1"),
        ("WHERE a LIKE 'b%'", "WHERE a LIKE 'b%'"),
        ("WHERE a LIKE 'b%%'", "WHERE a LIKE 'b%%'"),
        ("SELECT format('%s', a) WHERE b = $1", "SELECT format('%s', a) WHERE b = $1"),
        ("SELECT format('%s', a)", "SELECT format('%s', a)"),
        ("WHERE a % size = 1", "WHERE a % size = 1"),
    ],
)
def test_python_has_its_own(sql: str, written: str) -> None:
    assert numbered(sql, percent=True) == Numbered(written)


@pytest.mark.parametrize(
    ("sql", "written"),
    [
        ("WHERE a = @a AND b = @b OR c = @a", "WHERE a = $1 AND b = $2 OR c = $1"),
        ("WHERE a = sqlc.arg(a) AND b = sqlc.narg('b') AND c = @a", "WHERE a = $1 AND b = $2 AND c = $1"),
    ],
)
def test_sqlc_has_its_own(sql: str, written: str) -> None:
    assert numbered(sql, sqlc=True) == Numbered(written)


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("SELECT {columns} FROM t", "`{` in it is no SQL"),
        ("SELECT {columns} FROM t WHERE a = $1", "`{` in it is no SQL"),
        ('SELECT * FROM :"table"', "is a name"),
        ("SELECT ${columns:name} FROM t", "put in as SQL"),
        ("SELECT $<columns^> FROM t", "put in as SQL"),
        (f"SELECT '{SLOT}'", "into a string"),
        (f"SELECT * FROM {SLOT}", "where no parameter can stand"),
        (f"SELECT * FROM t_{SLOT}", "where no parameter can stand"),
        (f"SELECT * FROM t WHERE a = 1 {SLOT}", "where no parameter can stand"),
    ],
)
def test_what_is_no_parameter_is_a_reason(sql: str, words: str) -> None:
    assert words in numbered(sql).reason


def test_a_slice_of_sqlc_is_a_reason() -> None:
    assert "sqlc" in numbered("SELECT 1 WHERE a IN (sqlc.slice('ids'))", sqlc=True).reason


def test_braces_in_a_string_are_its_own() -> None:
    assert numbered("SELECT '{}'::jsonb") == Numbered("SELECT '{}'::jsonb")


@given(st.text(alphabet=f"a':?%s$1(){{}}<>/ \n\"-*@[]{SLOT}"), st.booleans(), st.booleans())
def test_any_text_is_numbered_or_has_a_reason_and_no_slot_is_left(sql: str, percent: bool, sqlc: bool) -> None:
    done = numbered(sql, percent=percent, sqlc=sqlc)
    assert done.reason or SLOT not in done.sql or "$1" in sql
