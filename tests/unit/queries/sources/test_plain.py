from hypothesis import given
from hypothesis import strategies as st

from tests.unit.queries.sources.found import reasons, statements, unread
from watchdog.queries.sources.plain import NOT_CLOSED, read

QUERIES = """-- name: GetEpoch :one
SELECT epoch, root
FROM sealed_epochs
WHERE epoch = @epoch AND channel = sqlc.arg(channel);

/* name: ListEpochs :many */
  select * from sealed_epochs where epoch > $1;

-- name: mark-published!
UPDATE sealed_epochs SET published = 1 WHERE epoch = :epoch AND channel = :channel AND epoch = :epoch;
"""


def test_each_statement_stands_at_the_line_of_its_first_word_with_its_parameters_numbered() -> None:
    harvest = read(QUERIES, "queries.sql")
    assert statements(harvest) == [
        (2, "SELECT epoch, root\nFROM sealed_epochs\nWHERE epoch = $1 AND channel = $2"),
        (7, "select * from sealed_epochs where epoch > $1"),
        (10, "UPDATE sealed_epochs SET published = 1 WHERE epoch = $1 AND channel = $2 AND epoch = $1"),
    ]
    assert harvest.unread == ()
    assert statements(read(QUERIES.replace("\n", "\r\n"), "queries.sql")) == statements(harvest)


def test_what_is_not_planned_and_what_is_for_psql_is_said_once_a_file() -> None:
    script = "\\set a 1\nBEGIN;\nCREATE TABLE t (a int);\nSELECT 1;\nCOMMIT;\n\\echo done\n"
    harvest = read(script, "a.sql")
    assert statements(harvest) == [(4, "SELECT 1")]
    assert unread(harvest) == [
        (2, "BEGIN and 2 more statements of this file are not planned: nothing to check"),
        (1, "`\\set` and 1 more of its commands are for psql, and what it does is not looked at"),
    ]


def test_what_is_no_statement_or_not_closed_is_told() -> None:
    assert unread(read("SELECT 1;\nfrobnicate;\nSELECT 'a", "a.sql")) == [
        (2, "it begins like no statement of PostgreSQL"),
        (3, NOT_CLOSED),
    ]
    assert reasons(read("SELECT '\0'", "a.sql")) == ["it holds a character of code 0, which no server takes"]
    assert reasons(read("SELECT a FROM {{ ref('t') }}", "a.sql")) == [
        "a `{` in it is no SQL: a part of it is put in when it runs"
    ]
    assert reasons(read('SELECT a FROM :"t"', "a.sql")) == ['`:"t"` is a name that is known only when it runs']


@given(st.text())
def test_reading_never_fails(text: str) -> None:
    read(text, "a.sql")
    read(f"SELECT {text}", "a.sql")


@given(
    st.lists(st.sampled_from(["SELECT 1", "select a from t where b = $1", "INSERT INTO t VALUES (';')"]), max_size=5)
)
def test_every_statement_of_a_script_comes_out(script: list[str]) -> None:
    harvest = read(";\n".join(script), "a.sql")
    assert statements(harvest) == list(enumerate(script, start=1))
