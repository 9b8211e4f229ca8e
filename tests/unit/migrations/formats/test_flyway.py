import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchdog.errors import MigrationsError
from watchdog.migrations.formats.flyway import age, applied, checksum_of, parse
from watchdog.migrations.migration import Applied

FOLDER = dict.fromkeys(
    ("V1__a.sql", "V1_10__b.sql", "sub/V1.9__c.sql", "U1__a.sql", "R__views.sql", "afterMigrate.sql", "B1_9__all.sql"),
    "",
)


def row(
    version: str | None, kind: str = "SQL", *, script: str = "", checksum: int | None = 0, success: bool = True
) -> dict[str, object]:
    name = {"version": version, "description": "views", "type": kind, "script": script}
    return {**name, "checksum": checksum, "success": success}


def noted(*rows: dict[str, object]) -> list[str]:
    return [each.version for each in applied(rows, parse(FOLDER))]


def test_versions_come_by_their_numbers_then_what_is_repeatable() -> None:
    order = [(each.version, each.repeatable, each.baseline) for each in parse(FOLDER)]
    assert order == [
        ("1", False, False),
        ("1.9", False, False),
        ("B1.9", False, True),
        ("1.10", False, False),
        ("R__views", True, False),
    ]


@given(st.lists(st.integers(0, 99), min_size=1, max_size=4), st.lists(st.integers(0, 99), min_size=1, max_size=4))
def test_versions_are_compared_number_by_number(one: list[int], other: list[int]) -> None:
    def padded(numbers: list[int]) -> list[int]:
        return [*numbers, *[0] * (4 - len(numbers))]

    def text(numbers: list[int]) -> str:
        return ".".join(map(str, numbers))

    assert (age(text(one)) < age(text(other))) == (padded(one) < padded(other))
    assert (age(text(one)) == age(text(other))) == (padded(one) == padded(other))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("begin", ["", "\ufeff"])
def test_line_ends_and_the_byte_order_mark_do_not_count(begin: str, end: str) -> None:
    assert checksum_of(f"{begin}CREATE TABLE t();{end}SELECT 1;{end}") == checksum_of("CREATE TABLE t();\nSELECT 1;")


@given(st.lists(st.text(alphabet="ab é\t\x0c\u2028")))
def test_the_checksum_is_the_signed_crc_of_the_lines(lines: list[str]) -> None:
    crc = zlib.crc32("".join(lines).encode())
    assert checksum_of("\n".join(lines)) == int.from_bytes(crc.to_bytes(4), signed=True)


def test_a_placeholder_whose_value_is_not_known_is_refused_where_it_is_one() -> None:
    files = {"V1__x.sql": "SELECT 1;\nGRANT USAGE ON SCHEMA s TO ${reader};"}
    with pytest.raises(MigrationsError, match=r"V1__x\.sql, line 2: the placeholder \$\{reader\} has its value in"):
        parse(files)
    [one] = parse({**files, "V1__x.sql.conf": "# a note\nplaceholderReplacement = false\n"})
    assert one.sql == files["V1__x.sql"]


@pytest.mark.parametrize(
    ("text", "conf", "transactional"),
    [
        ("CREATE INDEX i ON t (c);", "", True),
        ("-- a note\ncreate unique index  concurrently i ON t (c);", "", False),
        ("VACUUM t;", "", False),
        ("CREATE INDEX i ON t (c);", "executeInTransaction=false", False),
        ("VACUUM t;", "executeInTransaction=true", True),
    ],
)
def test_what_cannot_run_in_a_transaction_does_not(text: str, conf: str, *, transactional: bool) -> None:
    [one] = parse({"V1__x.sql": text, "V1__x.sql.conf": conf})
    assert one.transactional is transactional


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([row(None, "SCHEMA"), row("1.0"), row("1.10")], ["1", "1.10"]),
        ([row("1"), row("1.9"), row("1", "UNDO_SQL"), row("1")], ["1.9", "1"]),
        ([row("1"), row("1", "UNDO_SQL")], []),
        ([row("1"), row("0.5"), row("0.5", "DELETE")], ["1"]),
        ([row("1.9", "BASELINE"), row("1.10")], ["1", "1.9", "1.10"]),
        ([row("0.9", "BASELINE")], ["0.9"]),
        ([row("1.9.0", "SQL_BASELINE"), row("1.10")], ["B1.9", "1.10"]),
        ([row(None), row("1"), row(None)], ["1", "R__views"]),
        ([row("2", "JDBC")], ["2"]),
    ],
)
def test_the_table_is_read_by_the_types_of_its_rows(rows: list[dict[str, object]], expected: list[str]) -> None:
    assert noted(*rows) == expected


def test_a_row_carries_its_script_its_checksum_and_its_success() -> None:
    rows = [row("1", script="V1__a.sql", checksum=-7), row("1.9", checksum=None, success=False)]
    assert applied(rows, parse(FOLDER)) == (
        Applied(version="1", name="V1__a.sql", checksum="-7"),
        Applied(version="1.9", succeeded=False),
    )


def test_an_undo_that_failed_leaves_its_version_in_doubt() -> None:
    assert [each.succeeded for each in applied([row("1"), row("1", "UNDO_SQL", success=False)], parse(FOLDER))] == [
        False
    ]


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"V1_x.sql": ""}, "V1_x.sql: flyway does not run .* with two underscores"),
        ({"v1__x.sql": ""}, "v1__x.sql: flyway does not run"),
        ({"R_x.sql": ""}, "R_x.sql: flyway does not run"),
        ({"V1__x.sql": "", "V1.0__y.sql": ""}, "version 1 is also that of V1.0__y.sql"),
        ({"R__x.sql": "", "a/R__x.sql": ""}, "version R__x is also that of"),
        ({"db/V2__x.java": "", "V1__x.sql": ""}, "db/V2__x.java: a migration in Java cannot be read"),
        ({"U1__x.sql": ""}, "no migrations of flyway"),
        ({"V1__x.sql": "\n\n-- migrate:up\n"}, "V1__x.sql, line 3: .* is dbmate's"),
    ],
)
def test_a_mistake_is_named_with_its_place(files: dict[str, str], says: str) -> None:
    with pytest.raises(MigrationsError, match=says):
        parse(files)
