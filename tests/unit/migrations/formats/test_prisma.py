import hashlib
from datetime import UTC, datetime

import pytest

from watchdog.errors import MigrationsError
from watchdog.migrations.formats.prisma import applied, parse

NOON = datetime(2025, 11, 17, 12, tzinfo=UTC)
FILES = {"1_a/migration.sql": "SELECT 1;\n", "1_a/down.sql": "SELECT 0;", "migration_lock.toml": "x"}


def row(name: str, *, checksum: str = "", ended: bool = True, rolled_back: bool = False) -> dict[str, object]:
    return {
        "migration_name": name,
        "checksum": checksum,
        "finished_at": NOON if ended else None,
        "rolled_back_at": NOON if rolled_back else None,
    }


def test_a_folder_is_a_migration() -> None:
    [one] = parse(FILES)
    assert (one.version, one.file, one.sql) == ("1_a", "1_a/migration.sql", "SELECT 1;\n")


def test_the_checksum_is_the_one_that_prisma_writes() -> None:
    # The value that checksum.rs is tested with.
    [one] = parse({"1_a/migration.sql": "hello"})
    assert one.checksum == "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"


@pytest.mark.parametrize("noted", ["SELECT 1;\n", "SELECT 1;\r\n"])
@pytest.mark.parametrize("form", ["02x", "x"])
def test_other_line_ends_and_the_old_way_of_writing_are_no_edit(noted: str, form: str) -> None:
    checksum = "".join(format(byte, form) for byte in hashlib.sha256(noted.encode()).digest())
    migrations = parse(FILES)
    [one] = applied([row("1_a", checksum=checksum)], migrations)
    assert one.checksum == migrations[0].checksum
    [other] = applied([row("1_a", checksum=checksum[:-1])], migrations)
    assert other.checksum == checksum[:-1]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([row("1_a", ended=False)], [("1_a", False)]),
        ([row("1_a", ended=False, rolled_back=True)], []),
        ([row("1_a", ended=False, rolled_back=True), row("2_b"), row("1_a")], [("2_b", True), ("1_a", True)]),
        ([row("1_a", ended=False), row("1_a")], [("1_a", False)]),
        ([row("1_a"), row("1_a", ended=False)], [("1_a", False)]),
    ],
)
def test_what_was_rolled_back_never_ran_and_what_did_not_end_has_failed(
    rows: list[dict[str, object]], expected: list[tuple[str, bool]]
) -> None:
    assert [(each.version, each.succeeded) for each in applied(rows, parse(FILES))] == expected


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({**FILES, "V1__x.sql": ""}, "V1__x.sql: prisma runs no file of this folder itself"),
        ({**FILES, "2_b/down.sql": ""}, "2_b/down.sql: 2_b has no migration.sql"),
        ({"1_a/migration.sql": "-- migrate:up\n"}, "is dbmate's"),
        ({}, "no migrations of prisma"),
    ],
)
def test_a_mistake_is_named_with_its_place(files: dict[str, str], says: str) -> None:
    with pytest.raises(MigrationsError, match=says):
        parse(files)
