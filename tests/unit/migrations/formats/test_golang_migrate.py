import pytest

from watchdog.errors import MigrationsError
from watchdog.migrations.formats.golang_migrate import applied, parse

FILES = {f"{number}_x.{way}.sql": way for number in ("1", "0002", "10") for way in ("up", "down")}


def test_ways_up_come_by_number() -> None:
    assert [(each.version, each.sql) for each in parse(FILES)] == [("1", "up"), ("2", "up"), ("10", "up")]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"version": 2, "dirty": False}, {"1": True, "2": True}),
        ({"version": 10, "dirty": True}, {"1": True, "2": True, "10": False}),
        ({"version": 7, "dirty": False}, {"1": True, "2": True, "7": True}),
        ({"version": -1, "dirty": True}, {"-1": False}),
    ],
)
def test_one_row_says_what_all_have_done(row: dict[str, object], expected: dict[str, bool]) -> None:
    assert {each.version: each.succeeded for each in applied([row], parse(FILES))} == expected


def test_without_a_row_nothing_is_applied() -> None:
    assert applied([], parse(FILES)) == ()


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"3_x.down.sql": "", **FILES}, "3_x.down.sql: version 3 has no .up.sql"),
        ({"01_y.up.sql": "", **FILES}, "1_x.up.sql: version 1 is also that of 01_y.up.sql"),
        ({"3_x.sql": "", **FILES}, "3_x.sql: golang-migrate does not run a file of this name"),
        ({"1_x.up.sql": "-- migrate:up\n"}, "is dbmate's"),
        ({}, "no migrations of golang-migrate"),
    ],
)
def test_a_mistake_is_named_with_its_place(files: dict[str, str], says: str) -> None:
    with pytest.raises(MigrationsError, match=says):
        parse(files)
