from pathlib import Path

import pytest

from watchdog.postgres.dsn import destination, unusable_file


@pytest.mark.parametrize(
    ("dsn", "told"),
    [
        ("postgresql://ada:pw@db.example:6432/milo?sslmode=require", " to db.example:6432/milo as ada"),
        ("postgres://ada@[::1]/milo", " to [::1]/milo as ada"),
        ("postgresql://a%40b:p%2Fw@h1:1,h2:2/my%20db", " to h1:1,h2:2/my db as a@b"),
        ("postgresql://postgres@/milo?host=%2Frun%2Fpg&port=5432&password=pw", " to /run/pg:5432/milo as postgres"),
        ("postgresql:///?dbname=milo&user=ada&password=pw", " to the default host/milo as ada"),
        ("postgresql://ada@h/a%0Ab", " to h/a\\u000ab as ada"),
        ("postgresql://", " to the default host"),
    ],
)
def test_a_destination_is_said_without_the_password(dsn: str, told: str) -> None:
    assert destination(dsn) == told


@pytest.mark.parametrize("dsn", ["", "mysql://u@h/d", "postgresql://u:a/b@h/d", "postgresql://u:p@p@h/d", "host=h"])
def test_what_cannot_be_taken_apart_for_sure_is_not_shown_at_all(dsn: str) -> None:
    assert destination(dsn) == ""


def test_a_file_that_cannot_be_used_is_named_with_the_reason(tmp_path: Path) -> None:
    there = tmp_path / "ca.crt"
    there.touch()
    for name, why in {
        "none": "no such file",
        "/": "Is a directory",
        "x" * 300: "File name too long",
        "ca.crt/x": "Not a directory",
    }.items():
        told = unusable_file({"sslrootcert": str(there), "sslcrl": f"{tmp_path}/{name}"}, {"sslcrl": "PGSSLCRL"})
        assert told is not None
        assert told.startswith(f"{tmp_path}/{name}: {why} (sslcrl, PGSSLCRL; ")
    assert unusable_file({"sslrootcert": "system"}, {}) is None
