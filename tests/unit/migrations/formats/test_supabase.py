import pytest

from watchdog.errors import MigrationsError
from watchdog.migrations.formats.supabase import applied, parse


def row(statements: list[str] | None, name: str | None = "x") -> dict[str, object]:
    return {"version": "1", "name": name, "statements": statements}


def test_a_file_and_the_statements_it_was_split_into_have_one_checksum() -> None:
    [one] = parse({"1_x.sql": "-- a note; here\nCREATE TABLE t (c text DEFAULT ';');\n\n;SELECT 1 ;\n"})
    [noted] = applied([row(["-- a note; here\nCREATE TABLE t (c text DEFAULT ';')", "SELECT 1"])], ())
    assert noted.checksum == one.checksum
    [other] = applied([row(["-- a note; here\nCREATE TABLE t (c text DEFAULT '!')", "SELECT 1"])], ())
    assert other.checksum != one.checksum


@pytest.mark.parametrize("statements", [None, []])
def test_statements_that_were_not_noted_are_no_edit(statements: list[str] | None) -> None:
    [noted] = applied([row(statements, None)], ())
    assert (noted.checksum, noted.name) == (None, "")


def test_an_old_first_init_is_skipped_as_the_cli_does() -> None:
    files = {"20211208000000_init.sql": "", "20211209000000_init.sql": ""}
    assert [each.version for each in parse(files)] == ["20211209000000"]
    assert [each.version for each in parse({"20211209000000_init.sql": ""})] == ["20211209000000"]


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"1_a.sql": "", "1_b.sql": ""}, "1_b.sql: version 1 is also that of 1_a.sql"),
        ({"seed.sql": ""}, "seed.sql: supabase does not run a file of this name"),
    ],
)
def test_a_mistake_is_named_with_its_place(files: dict[str, str], says: str) -> None:
    with pytest.raises(MigrationsError, match=says):
        parse(files)
