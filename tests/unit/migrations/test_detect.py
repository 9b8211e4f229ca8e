import pytest

from watchdog.errors import MigrationsError
from watchdog.migrations.detect import detect

DBMATE = "-- migrate:up\n-- migrate:down\n"
NODE = "-- Up Migration\n"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"20251117120000_x.sql": DBMATE}, "dbmate"),
        ({"1_x.sql": DBMATE, "2_y.sql": ""}, "dbmate"),
        ({"1_x/migration.sql": "", "migration_lock.toml": ""}, "prisma"),
        ({"V1__x.sql": "", "R__y.sql": ""}, "flyway"),
        ({"all.sql": "-- Running upgrade  -> aaa\n"}, "alembic"),
        ({"1763380800000_x.sql": NODE}, "node-pg-migrate"),
        ({"1_x.sql": "-- no-transaction\n"}, "sqlx"),
        ({"1_x.up.sql": "", "1_x.down.sql": "", "2_y.up.sql": "-- no-transaction\n"}, "sqlx"),
        ({"01-tables.sql": "", "02-views.sql": ""}, "plain"),
    ],
)
def test_what_only_one_tool_writes_decides(files: dict[str, str], expected: str) -> None:
    assert detect(files, files).name == expected


@pytest.mark.parametrize(
    ("names", "candidates"),
    [
        (["1_x.up.sql", "1_x.down.sql"], "golang-migrate or sqlx"),
        (["20251117120000_x.sql"], "sqlx, supabase or plain"),
        (["1763380800000_x.sql"], "sqlx, supabase, plain or node-pg-migrate"),
        (["1763380800000_x.up.sql"], "golang-migrate, sqlx or node-pg-migrate"),
    ],
)
def test_names_that_several_tools_use_are_never_guessed(names: list[str], candidates: str) -> None:
    with pytest.raises(MigrationsError, match=f"may be a migration of {candidates}: .* set `format`"):
        detect(names, dict.fromkeys(names, "SELECT 1;"))


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"1_x.sql": DBMATE, "V1__x.sql": ""}, "two tools, 1_x.sql of dbmate and V1__x.sql of flyway"),
        ({"V1__x.sql": DBMATE}, "two tools"),
        ({"1_x.sql": "-- +goose Up\n"}, "1_x.sql is a migration of goose, which cannot be read"),
        ({"README.md": "", ".x.sql": ""}, "holds no .sql file"),
        ({"1763380800000_x.js": ""}, "JavaScript"),
        ({"aaa_x.py": "down_revision = None\n"}, "alembic upgrade head --sql"),
    ],
)
def test_a_folder_that_cannot_be_read_says_why(files: dict[str, str], says: str) -> None:
    with pytest.raises(MigrationsError, match=says):
        detect(files, files)
