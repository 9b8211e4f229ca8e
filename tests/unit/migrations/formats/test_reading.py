import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchdog.errors import MigrationsError
from watchdog.migrations.formats.reading import line_at, part, sql_files


@given(st.lists(st.text(alphabet="ab;'- \r\t\x0c\u2028"), min_size=1), st.data())
def test_each_line_that_is_left_keeps_its_number(lines: list[str], data: st.DataObject) -> None:
    text = "\n".join(lines)
    number = data.draw(st.integers(1, len(lines)))
    start = sum(len(line) + 1 for line in lines[: number - 1])
    assert line_at(text, start) == number
    assert part(text, start).split("\n") == [""] * (number - 1) + lines[number - 1 :]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("1763380800000_x.js", "exports.up = 1", "JavaScript or TypeScript.*--migration-file-language sql"),
        ("20251117_x.ts", "", "JavaScript or TypeScript"),
        ("1763380800000_x.mjs", "", "JavaScript or TypeScript"),
        ("ae1027a6acf_x.py", "revision = 'ae10'\n", "alembic upgrade head --sql >"),
        ("0001_initial.py", "", "manage.py sqlmigrate"),
    ],
)
def test_a_migration_in_code_is_refused_with_the_way_to_its_sql(name: str, text: str, says: str) -> None:
    with pytest.raises(MigrationsError, match=f"^{name}: .*{says}"):
        list(sql_files({name: text, "1_x.sql": ""}, "sqlx"))


def test_code_that_is_no_migration_is_passed_over() -> None:
    files = {"index.js": "", "embed.go": "", "__init__.py": "", "folder/1_x.js": "", "1_x.sql": "SELECT 1;"}
    assert list(sql_files(files, "sqlx")) == [("1_x.sql", "SELECT 1;")]
