import msgspec

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


def test_sql_that_a_terminal_would_change_is_not_there_to_be_pasted() -> None:
    hostile = 'GRANT SELECT ON TABLE "a\x1b[201~" TO w;'
    line = Line(check="rows", level=Level.NOTE, what="it cannot read 2 tables", sql=("SELECT 1;", hostile))
    shown = text("database", [line])
    assert shown.replace("\n", "").isprintable()
    assert "SELECT 1;" in shown
    assert "GRANT" not in shown
    assert shown.endswith("`schema-watchdog doctor --format json` has the SQL to the letter.")
    alone = text("database", [msgspec.structs.replace(line, sql=(hostile,))])
    assert "To be run" not in alone
    assert "Not all is shown" in alone
