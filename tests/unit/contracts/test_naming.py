import pytest

from watchdog.contracts.naming import Naming, Use, named


def uses(sql: str) -> set[str]:
    return {f"{'.'.join(use.name)} {use.privilege}" for use in named(sql).uses}


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SELECT a FROM t", {"t SELECT"}),
        (
            'select x.a from Public.T as x, "My t" m left join u on m.a = u.a',
            {"public.t SELECT", "My t SELECT", "u SELECT"},
        ),
        ("SELECT 1 FROM ONLY t JOIN LATERAL f(1) ON true", {"t SELECT"}),
        ("SELECT 1 FROM a WHERE b IS DISTINCT FROM c, d", {"a SELECT"}),
        ("SELECT extract(epoch FROM at), trim(both FROM x) FROM t", {"t SELECT"}),
        ("SELECT (SELECT max(a) FROM inner_t) FROM t FOR UPDATE", {"inner_t SELECT", "t SELECT"}),
        ("WITH r AS (SELECT * FROM old), q (a) AS MATERIALIZED (SELECT 1) SELECT a FROM r, q", {"old SELECT"}),
        ("INSERT INTO t (a) VALUES ($1)", {"t INSERT"}),
        ("INSERT INTO t (a) SELECT a FROM u", {"t INSERT", "u SELECT"}),
        ("INSERT INTO t (a) VALUES ($1) ON CONFLICT (a) DO NOTHING", {"t INSERT"}),
        ("INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET b = 1", {"t INSERT", "t SELECT", "t UPDATE"}),
        ("UPDATE t SET a = 1 FROM u WHERE t.b = u.b", {"t UPDATE", "t SELECT", "u SELECT"}),
        ("DELETE FROM t USING u WHERE t.a = u.a", {"t DELETE", "t SELECT", "u SELECT"}),
        ("TRUNCATE t, u CASCADE", {"t TRUNCATE", "u TRUNCATE"}),
        ("TRUNCATE TABLE ONLY t", {"t TRUNCATE"}),
        (
            "MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (1)",
            {"t SELECT", "t INSERT", "t DELETE", "u SELECT"},
        ),
        ("SELECT 'FROM a' -- FROM b\n/* FROM c */ FROM t", {"t SELECT"}),
        ("SELECT a FROM t WHERE (b = 1", set()),
        ("", set()),
        ("FROM", set()),
        ("SELECT FROM t.", {"t SELECT"}),
    ],
)
def test_a_statement_names_its_tables_and_what_it_does_with_them(sql: str, told: set[str]) -> None:
    assert uses(sql) == told


def test_words_are_folded_as_the_server_folds_them_and_strings_are_none() -> None:
    found = named("SELECT Epoch, \"Quoted \"\"x\", ÄB, $1, 'text', E'esc', 7 FROM t")
    assert found.words == {"select", "epoch", 'Quoted "x', "Äb", "from", "t"}


@pytest.mark.parametrize(
    ("after", "columns"),
    [
        ('(a, "B c") DO NOTHING', ("a", "B c")),
        ("(a) WHERE b DO NOTHING", None),
        ("(lower(a)) DO NOTHING", None),
        ("ON CONSTRAINT k DO NOTHING", None),
        ("DO NOTHING", None),
        ("() DO NOTHING", None),
    ],
)
def test_on_conflict_names_a_key_where_it_names_columns_alone(after: str, columns: tuple[str, ...] | None) -> None:
    found = named(f"WITH w AS (INSERT INTO app.t (a) VALUES (1) ON CONFLICT {after}) SELECT 1")
    assert found.conflicts == (((("app", "t"), columns),) if columns else ())


@pytest.mark.parametrize(
    ("sql", "takes_all"),
    [
        ("SELECT * FROM t", True),
        ("SELECT a, * FROM t", True),
        ("SELECT t.* FROM t", True),
        ("DELETE FROM t RETURNING *", True),
        ("SELECT count(*), a * b FROM t", False),
    ],
)
def test_a_star_is_told_from_a_product_and_from_a_count(sql: str, takes_all: bool) -> None:
    assert named(sql).takes_all is takes_all


def test_a_use_is_told_once() -> None:
    assert named("SELECT a FROM t UNION SELECT b FROM t").uses == (Use(("t",), "SELECT"),)
    assert named(")") == Naming()
