import pytest

from watchdog.queries.plan import Plan, changes_data, is_of_execution, is_planned, refusal

SELECT = "SELECT a FROM t WHERE b = $1"


@pytest.mark.parametrize(
    ("sql", "planned"),
    [
        ("SELECT 1", True),
        ("select\n1", True),
        ("  -- why\n/* and */ SeLeCt 1", True),
        ("(SELECT 1) UNION SELECT 2", True),
        ("WITH x AS (SELECT 1) TABLE x", True),
        ("VALUES (1)", True),
        ("TABLE t", True),
        ("INSERT INTO t VALUES (1)", True),
        ("MERGE INTO t USING s ON true WHEN MATCHED THEN DELETE", True),
        ("", False),
        ("-- SELECT 1", False),
        ("/* SELECT 1 */", False),
        ("; SELECT 1", False),
        ("'SELECT 1'", False),
        ('"select" 1', False),
        ("CREATE TABLE t AS SELECT 1", False),
        ("EXPLAIN SELECT 1", False),
        ("EXECUTE p", False),
        ("SELECTED", False),
        ("COMMIT", False),
        ("CALL p()", False),
    ],
)
def test_a_server_plans_what_reads_and_what_changes_data_and_nothing_else(sql: str, planned: bool) -> None:
    assert is_planned(sql) is planned


@pytest.mark.parametrize(
    ("sql", "changes"),
    [
        ("INSERT INTO t VALUES (1)", True),
        ("/* x */ update t set a = 1", True),
        ("DELETE FROM t", True),
        ("MERGE INTO t USING s ON true WHEN MATCHED THEN DELETE", True),
        ("WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x", True),
        ("WITH x AS (DELETE FROM t RETURNING a) SELECT a FROM x", True),
        ("WITH x AS MATERIALIZED (UPDATE t SET a = 1 RETURNING a) SELECT a FROM x", True),
        ("SELECT a FROM t", False),
        ("SELECT a FROM t FOR UPDATE", False),
        ("(SELECT a FROM t) ", False),
        ("VALUES (1)", False),
        ("TABLE t", False),
        ("WITH x AS (SELECT a FROM t) SELECT a FROM x", False),
        ("WITH x AS (SELECT a FROM t) SELECT a FROM x FOR UPDATE", False),
        ("WITH x AS (SELECT a AS delete FROM t) SELECT x.delete AS insert FROM x", False),
        ("WITH x AS (SELECT 'delete', \"update\" FROM t) SELECT 1 -- insert", False),
    ],
)
def test_what_writes_is_told_from_what_only_has_such_a_word(sql: str, changes: bool) -> None:
    assert changes_data(sql) is changes


@pytest.mark.parametrize(
    ("sqlstate", "sql", "of_execution"),
    [
        ("42501", "INSERT INTO t VALUES ($1)", True),
        ("25006", "DELETE FROM t", True),
        ("23502", "INSERT INTO t VALUES ($1)", True),
        ("23514", "UPDATE t SET a = $1", True),
        ("23502", "INSERT INTO t VALUES ($1) ON CONFLICT (a) DO NOTHING", False),
        ("23514", "INSERT INTO t VALUES ($1) ON CONFLICT DO NOTHING", False),
        ("23505", "INSERT INTO t VALUES ($1)", False),
        ("42P10", "INSERT INTO t VALUES ($1) ON CONFLICT (a) DO NOTHING", False),
        ("42703", "DELETE FROM t", False),
        ("57014", "DELETE FROM t", False),
    ],
)
def test_rights_and_values_are_only_needed_to_execute(sqlstate: str, sql: str, of_execution: bool) -> None:
    assert is_of_execution(sqlstate, sql) is of_execution


@pytest.mark.parametrize("sqlstate", ["42703", "42P01", "42883", "42704", "42P10", "42804", "42702", "42601"])
def test_what_does_not_fit_the_schema_is_refused_where_the_server_points(sqlstate: str) -> None:
    assert refusal(sqlstate, "no such\n  thing", 8, SELECT) == Plan(
        verdict="refused", sqlstate=sqlstate, words="no such thing", position=8
    )


@pytest.mark.parametrize("sqlstate", ["3F000", "22P02", "22007", "22012", "0A000"])
def test_a_schema_a_value_and_what_no_server_does_are_of_the_schema_too(sqlstate: str) -> None:
    assert refusal(sqlstate, "no", None, SELECT).verdict == "refused"


@pytest.mark.parametrize(
    "sqlstate",
    ["57014", "55P03", "40001", "40P01", "53100", "53300", "54001", "58030", "XX000", "08001", "P0001", "3D000"],
)
def test_what_has_nothing_to_do_with_the_schema_is_no_answer(sqlstate: str) -> None:
    assert refusal(sqlstate, "later", 3, SELECT) == Plan(verdict="unanswered", sqlstate=sqlstate, words="later")


def test_a_right_that_is_lacking_is_no_answer_and_the_grant_is_named() -> None:
    found = refusal("42501", "permission denied for schema app", 8, SELECT)
    assert (found.verdict, found.words) == (
        "unanswered",
        "permission denied for schema app (GRANT USAGE on it to the role of the watchdog)",
    )


@pytest.mark.parametrize("sqlstate", ["42P18", "42P08", "23502", "23514"])
def test_what_values_would_tell_is_never_judged(sqlstate: str) -> None:
    found = refusal(sqlstate, "could not determine data type of parameter $1", 8, SELECT)
    assert found.verdict == "unjudged"
    assert found.words.endswith("$1: that cannot be told without the values of its parameters")


@pytest.mark.parametrize(
    ("sql", "words", "verdict"),
    [
        ("SELECT $1 + $2", "operator is not unique: unknown + unknown", "unjudged"),
        ("SELECT f($1)", "function f(unknown) is not unique", "unjudged"),
        ("SELECT f('a')", "function f(unknown) is not unique", "refused"),
        ("SELECT f(a) FROM t WHERE b = $1", "function f(integer) is not unique", "refused"),
    ],
)
def test_an_ambiguous_call_is_a_break_only_where_no_parameter_makes_it_so(sql: str, words: str, verdict: str) -> None:
    assert refusal("42725", words, 8, sql).verdict == verdict


@pytest.mark.parametrize(
    ("sql", "position", "verdict"),
    [
        ("SELECT interval $1", 17, "unjudged"),
        ("SELECT 'é', interval $1", 22, "unjudged"),
        ("SELECT 1; SELECT 2", None, "unjudged"),
        ("SELECT $x", 8, "refused"),
        ("SELECT FORM t", 13, "refused"),
        ("SELECT a FROM t WHERE $1 $2 b", 23, "unjudged"),
        ("SELECT (", 9, "refused"),
    ],
)
def test_a_mistake_in_the_syntax_is_a_break_unless_a_literal_was_taken_out_there(
    sql: str, position: int | None, verdict: str
) -> None:
    found = refusal("42601", "syntax error", position, sql)
    assert found.verdict == verdict
    assert ("not in a form that can be parsed without its values" in found.words) is (verdict == "unjudged")
