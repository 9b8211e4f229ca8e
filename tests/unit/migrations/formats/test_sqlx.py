import hashlib

import pytest

from watchdog.errors import MigrationsError
from watchdog.migrations.formats.sqlx import applied, parse


def test_simple_files_and_pairs_come_by_number() -> None:
    files = {"10_b.up.sql": "up", "10_b.down.sql": "down", "0002_a.sql": "simple"}
    assert [(each.version, each.sql) for each in parse(files)] == [("2", "simple"), ("10", "up")]


def test_the_checksum_is_that_of_the_bytes() -> None:
    [unix] = parse({"1_x.sql": "ä\n"})
    [windows] = parse({"1_x.sql": "ä\r\n"})
    assert unix.checksum == hashlib.sha384(b"\xc3\xa4\n").hexdigest()
    assert windows.checksum == hashlib.sha384(b"\xc3\xa4\r\n").hexdigest()


def test_only_the_very_beginning_of_a_file_switches_the_transaction_off() -> None:
    off, late = parse({"1_x.sql": "-- no-transaction\nSELECT 1;", "2_x.sql": "\n-- no-transaction\n"})
    assert (off.transactional, late.transactional) == (False, True)


def test_a_row_has_its_checksum_in_hex_and_says_whether_it_ended() -> None:
    [one] = applied([{"version": 7, "description": "x y", "success": False, "checksum": b"\x01\xff"}], ())
    assert (one.version, one.name, one.checksum, one.succeeded) == ("7", "x y", "01ff", False)


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"1_a.sql": "", "001_b.sql": ""}, "1_a.sql: version 1 is also that of 001_b.sql"),
        ({"1_a.down.sql": ""}, "1_a.down.sql: version 1 has no .up.sql"),
        ({"a.sql": ""}, "a.sql: sqlx does not run a file of this name: rename it to"),
        ({"folder/1_a.sql": ""}, "no migrations of sqlx"),
    ],
)
def test_a_mistake_is_named_with_its_place(files: dict[str, str], says: str) -> None:
    with pytest.raises(MigrationsError, match=says):
        parse(files)
