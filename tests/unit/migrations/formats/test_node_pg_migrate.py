import pytest

from watchdog.errors import MigrationsError
from watchdog.migrations.formats.node_pg_migrate import age, applied, parse

BOTH = "-- Up Migration\nSELECT 1;\n-- Down Migration\nSELECT 2;\n"


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        (BOTH, "-- Up Migration\nSELECT 1;\n"),
        ("SELECT 0;\n\n" + BOTH, "\n\n-- Up Migration\nSELECT 1;\n"),
        ("SELECT 1;\n", "SELECT 1;\n"),
        ("-- Down Migration\nSELECT 2;\n --- up   migration\nSELECT 1;", "\n\n --- up   migration\nSELECT 1;"),
    ],
)
def test_the_way_up_is_what_the_comments_say(text: str, sql: str) -> None:
    [one] = parse({"1763380800000_x.sql": text})
    assert (one.version, one.sql) == ("1763380800000_x", sql)


def test_names_of_both_kinds_are_sorted_by_the_time_they_mean() -> None:
    files = ["1763380800001_b.sql", "20251117120000000_a.sql", "init.sql", "1763380799999_c.sql"]
    order = [each.version for each in parse(dict.fromkeys(files, ""))]
    assert order == ["init", "1763380799999_c", "20251117120000000_a", "1763380800001_b"]
    assert age("20251117120000000_a")[0] == 1763380800000


def test_a_number_of_17_digits_that_is_no_date_has_no_time() -> None:
    assert age("99999999999999999_x")[0] == 0


def test_a_pair_of_files_is_one_migration() -> None:
    [one] = parse({"1_x.up.sql": "up", "1_x.down.sql": "down"})
    assert (one.version, one.sql) == ("1_x", "up")


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"1_x.sql": "\n-- Down Migration\n"}, "1_x.sql, line 2: it has `-- Down Migration` and no"),
        ({"1_x.sql": BOTH + BOTH}, "1_x.sql, line 5: `-- Up Migration` stands here a second time"),
        ({"1_x.down.sql": ""}, "1_x.down.sql: version 1_x has no .up.sql"),
        ({"1_x.up.sql": "", "1_x.sql": ""}, "version 1_x is also that of"),
        ({"1_x.js": ""}, "JavaScript"),
    ],
)
def test_a_mistake_is_named_with_its_place(files: dict[str, str], says: str) -> None:
    with pytest.raises(MigrationsError, match=says):
        parse(files)


def test_the_table_notes_names() -> None:
    assert [each.version for each in applied([{"name": "2_b"}, {"name": "1_a"}], ())] == ["2_b", "1_a"]
