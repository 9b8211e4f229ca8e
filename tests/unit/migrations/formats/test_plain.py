import pytest

from watchdog.errors import MigrationsError
from watchdog.migrations.formats.plain import applied, parse


def test_plain_files_run_whole_by_their_paths_and_all_count_as_applied() -> None:
    migrations = parse({"b/1.sql": "SELECT 2;", "10.sql": "SELECT 1;", "README.md": "text", ".hidden.sql": "no"})
    assert [(each.version, each.sql) for each in migrations] == [("10.sql", "SELECT 1;"), ("b/1.sql", "SELECT 2;")]
    assert [each.version for each in applied([], migrations)] == ["10.sql", "b/1.sql"]


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({}, "holds no migrations of plain SQL"),
        ({"1.up.sql": "", "1.down.sql": ""}, r"1\.down\.sql: a way down .* set `format`"),
        (
            {"1.sql": "\n-- migrate:up\n"},
            r"1\.sql, line 2: `-- migrate:up` is dbmate's, and the folder is read as plain",
        ),
        ({"1.sql": "-- +goose Up\n"}, r"1\.sql, line 1: `-- \+goose Up` is goose's"),
    ],
)
def test_what_no_plain_folder_should_hold_is_named(files: dict[str, str], says: str) -> None:
    with pytest.raises(MigrationsError, match=says):
        parse(files)
