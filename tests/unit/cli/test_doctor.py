from watchdog.cli.doctor import text
from watchdog.doctor.line import Level, Line


def test_a_name_with_a_grudge_stays_on_its_line() -> None:
    line = Line(check="role", level=Level.WARNING, what="a\nb\x1b[31m", why="c\rd", do="e\x00f", sql=("SELECT 1;",))
    assert text("data\nbase", [line]).splitlines() == [
        "data\\u000abase: 1 thing to mend",
        "",
        "  warning  role  a\\u000ab\\u001b[31m",
        "                 why: c\\u000dd",
        "                 do: e\\u0000f",
        "",
        "To be run in this database by who administers it, on the primary:",
        "",
        "SET lock_timeout = '2s';",
        "SET statement_timeout = '30s';",
        "-- What is to be mended:",
        "SELECT 1;",
    ]


def test_sql_with_names_that_a_terminal_would_obey_is_the_same_when_it_is_pasted() -> None:
    hostile = 'GRANT SELECT ON TABLE "a\x1b[201~" TO w;'
    line = Line(check="rows", level=Level.NOTE, what="it cannot read 2 tables", sql=("SELECT 1;", hostile))
    shown = text("database", [line])
    assert shown.replace("\n", "").isprintable()
    assert 'GRANT SELECT ON TABLE U&"a\\+00001b[201~" TO w;' in shown
