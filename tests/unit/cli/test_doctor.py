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
