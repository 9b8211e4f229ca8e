import pytest

from tests.unit.queries.samples import RELATIONS, lack, refused
from watchdog.queries.blame import Name, blamed, mends, tables
from watchdog.queries.plan import Plan


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("SELECT 1 FROM lines", [("public", "lines")]),
        ("SELECT 1 FROM LINES", [("public", "lines")]),
        ('SELECT 1 FROM "LINES"', []),
        ('SELECT 1 FROM "lines"', [("public", "lines")]),
        ("SELECT 1 FROM orders", [("archive", "orders"), ("public", "orders")]),
        ("SELECT 1 FROM public.orders o, lines l WHERE l.id = o.id", [("public", "orders"), ("public", "lines")]),
        ('SELECT 1 FROM Public . "orders"', [("public", "orders")]),
        ("SELECT 1 FROM shop.public.orders", [("public", "orders")]),
        ("SELECT 1 FROM elsewhere.orders", []),
        ('SELECT 1 FROM "Od""d.one"', [("public", 'Od"d.one')]),
        ('SELECT 1 FROM public."Od""d.one" x', [("public", 'Od"d.one')]),
        ("SELECT 'lines', $$lines$$, $1 -- lines\n/* lines */", []),
        ("SELECT lines", [("public", "lines")]),
        ("SELECT 1 FROM", []),
        ("", []),
        ("....", []),
        ('"', []),
        ("'lines", []),
    ],
)
def test_the_tables_that_a_statement_names_are_found_as_the_server_folds_them(sql: str, found: list[Name]) -> None:
    assert list(tables(sql, RELATIONS)) == found


def test_other_letters_than_those_of_ascii_are_not_folded() -> None:
    there = {("public", "öl"), ("public", "Öl")}
    assert tables("SELECT 1 FROM Öl", there) == (("public", "Öl"),)
    assert tables("SELECT 1 FROM ÖL", there) == (("public", "Öl"),)


@pytest.mark.parametrize(
    ("sql", "at", "names"),
    [
        ("SELECT total FROM public.orders", "total", [("public", "orders", "total")]),
        ("SELECT o.Total FROM public.orders AS o", "o.Total", [("public", "orders", "total")]),
        ('SELECT o."Total" FROM public.orders o', 'o."Total"', [("public", "orders", "Total")]),
        (
            "SELECT total FROM public.orders JOIN lines USING (id)",
            "total",
            [("public", "orders", "total"), ("public", "lines", "total")],
        ),
        ("UPDATE public.orders SET total = 1", "total", [("public", "orders", "total")]),
        ("SELECT total FROM (SELECT 1) x", "total", []),
        ("SELECT total FROM public.orders", None, []),
        ("SELECT (total) FROM public.orders", "(", []),
    ],
)
def test_a_missing_column_may_be_of_each_table_that_is_named(sql: str, at: str | None, names: list[Name]) -> None:
    assert list(blamed(refused("42703", sql, at), sql, RELATIONS)) == names


@pytest.mark.parametrize(
    ("sqlstate", "sql", "at", "names"),
    [
        ("42P01", "SELECT 1 FROM customers", "customers", [("customers",)]),
        ("42P01", "SELECT 1 FROM Shop.Customers c", "Shop", [("shop", "customers")]),
        ("42P01", 'SELECT 1 FROM "a.b"."c""d" ', '"a.b"', [("a.b", 'c"d')]),
        ("42883", "SELECT vat(total) FROM orders", "vat", [("vat",)]),
        ("42883", "SELECT a = b FROM orders", "= b", []),
        ("42704", "SELECT $1::mood", "mood", [("mood",)]),
        ("22P02", "SELECT 'merry'::mood", "'merry'", []),
        ("42601", "SELECT FORM t", None, []),
        ("42601", "SELECT total, FROM orders", "FROM", []),
        ("42702", "SELECT id FROM orders, lines", "id", []),
        ("42803", "SELECT orders.id, count(*) FROM orders", "orders.id", []),
    ],
)
def test_all_else_is_what_the_server_points_at_where_it_says_that_there_is_no_such_object(
    sqlstate: str, sql: str, at: str | None, names: list[Name]
) -> None:
    assert list(blamed(refused(sqlstate, sql, at), sql, RELATIONS)) == names


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("INSERT INTO lines VALUES ($1) ON CONFLICT (id) DO NOTHING", [("public", "lines")]),
        (
            "WITH x AS (SELECT * FROM public.orders) INSERT INTO lines SELECT * FROM x ON CONFLICT (id) DO NOTHING",
            [("public", "lines")],
        ),
        ("INSERT INTO nowhere SELECT 1 ON CONFLICT (id) DO NOTHING", []),
    ],
)
def test_a_missing_key_is_of_the_table_that_is_inserted_into(sql: str, names: list[Name]) -> None:
    assert list(blamed(refused("42P10", sql), sql, RELATIONS)) == names


@pytest.mark.parametrize("position", [0, 10_000, 1])
def test_a_place_outside_of_the_statement_blames_nothing(position: int) -> None:
    assert blamed(Plan(verdict="refused", sqlstate="42P01", position=position), "'x'", RELATIONS) == ()


COLUMN = lack("column", "public", "orders", "total")
TABLE = lack("relation", "public", "customers")
ROUTINE = lack("routine", "public", "vat(numeric)")
TYPE = lack("enum", "public", "mood")
KEY = lack("constraint", "public", "orders", "orders_key")
INDEX = lack("index", "public", "orders", "orders_idx")
RENAMED = lack("column", "public", "orders", "sum", change="renamed")
ALL = [COLUMN, TABLE, ROUTINE, TYPE, KEY, INDEX, RENAMED]


@pytest.mark.parametrize(
    ("sqlstate", "objects", "found"),
    [
        ("42703", [("public", "orders", "total")], [COLUMN]),
        ("42703", [("archive", "orders", "total"), ("public", "orders", "sum")], [RENAMED]),
        ("42703", [("public", "customers")], []),
        ("42P10", [("public", "orders")], [KEY, INDEX]),
        ("42P10", [("public", "lines")], []),
        ("42P01", [("customers",)], [TABLE]),
        ("42P01", [("public", "customers")], [TABLE]),
        ("42P01", [("archive", "customers")], []),
        ("42P01", [("ustomers",)], []),
        ("42P01", [("total",)], []),
        ("42883", [("vat",)], [ROUTINE]),
        ("42883", [("public", "vat")], [ROUTINE]),
        ("42704", [("mood",)], [TYPE]),
        ("42P01", [], []),
    ],
)
def test_a_finding_mends_what_lacks_its_very_object(sqlstate: str, objects: list[Name], found: list[object]) -> None:
    assert list(mends(objects, ALL, sqlstate)) == found


def test_what_only_changed_or_is_unexpected_mends_nothing() -> None:
    others = [lack("column", "public", "orders", "total", change=change) for change in ("changed", "unexpected")]
    assert mends([("public", "orders", "total")], others, "42703") == ()
