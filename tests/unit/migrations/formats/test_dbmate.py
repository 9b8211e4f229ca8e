import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchdog.errors import MigrationsError
from watchdog.migrations.formats.dbmate import applied, parse
from watchdog.migrations.migration import Applied

BOTH = "-- migrate:up\nSELECT 1;\n-- migrate:down\nSELECT 2;\n"


def test_the_way_up_stands_on_its_own_lines() -> None:
    [one] = parse({"20251117_x.sql": "-- a note\n\n" + BOTH})
    assert (one.version, one.file, one.transactional) == ("20251117", "20251117_x.sql", True)
    assert one.sql == "\n\n-- migrate:up\nSELECT 1;\n"


@given(st.lists(st.sampled_from(["", "  ", "-- a note", "\t-- another"])), st.lists(st.text(alphabet="ab ;'\r")))
def test_lines_of_the_way_up_are_the_lines_of_the_file(above: list[str], body: list[str]) -> None:
    text = "\n".join([*above, "-- migrate:up", *body, "-- migrate:down", "DROP TABLE t;"])
    [one] = parse({"1_x.sql": text})
    for number, line in enumerate(one.sql.split("\n")):
        assert line in ("", text.split("\n")[number])
    assert one.sql.split("\n")[len(above) : -1] == ["-- migrate:up", *body]


@pytest.mark.parametrize("mark", ["--migrate:up", "--  migrate:up ", "-- migrate:up\r", "-- migrate:up x:y"])
def test_marks_are_taken_as_dbmate_takes_them(mark: str) -> None:
    [one] = parse({"1.sql": f"{mark}\nSELECT 1;\n-- migrate:down\r\n"})
    assert "SELECT 1;" in one.sql
    assert one.transactional


def test_a_transaction_is_switched_off_for_the_way_up_alone() -> None:
    up, down = parse(
        {
            "1.sql": "-- migrate:up transaction:false\n-- migrate:down\n",
            "2.sql": "-- migrate:up\n-- migrate:down transaction:false\n",
        }
    )
    assert (up.transactional, down.transactional) == (False, True)


def test_files_come_by_name_as_in_dbmate() -> None:
    files = dict.fromkeys(("1_a.sql", "10_b.sql", "2_c.sql"), BOTH)
    assert [each.version for each in parse(files)] == ["10", "1", "2"]


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"README.md": ""}, "holds no migrations of dbmate"),
        ({"1_x.sql": "SELECT 1;"}, "1_x.sql: it has no `-- migrate:up`.*write `-- migrate:up`"),
        ({"1_x.sql": "  -- migrate:up\n-- MIGRATE:UP\n-- migrate:down\n"}, "only `-- migrate:down`"),
        ({"1_x.sql": "-- migrate:down\nDROP TABLE t;"}, "only `-- migrate:down`"),
        ({"1_x.sql": BOTH + BOTH}, "1_x.sql, line 5: `-- migrate:up` stands here a second time"),
        ({"1_x.sql": "-- migrate:up\n"}, "1_x.sql, line 1: dbmate wants `-- migrate:down` after"),
        ({"1_x.sql": "-- migrate:down\n-- migrate:up\n"}, "line 2: dbmate wants `-- migrate:down` after"),
        ({"1_x.sql": "\nSELECT 1;\n" + BOTH}, "1_x.sql, line 2: dbmate refuses statements above"),
        ({"1_x.sql": BOTH, "1_y.sql": BOTH}, "1_y.sql: version 1 is also that of 1_x.sql"),
        ({"V1__x.sql": BOTH}, "V1__x.sql: dbmate does not run a file of this name"),
    ],
)
def test_a_mistake_is_named_with_its_place(files: dict[str, str], says: str) -> None:
    with pytest.raises(MigrationsError, match=says):
        parse(files)


def test_the_table_notes_versions() -> None:
    assert applied([{"version": "1"}], ()) == (Applied(version="1"),)
