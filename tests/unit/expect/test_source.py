import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.unit.schema.samples import relation, snapshot
from watchdog.address import is_dsn
from watchdog.errors import BaselineError, UnreachableError, UsageError
from watchdog.expect.baseline import Baseline, dump
from watchdog.expect.source import label, snapshot_of


def test_an_address_of_a_server_is_told_from_a_path() -> None:
    assert is_dsn("postgresql://u:p@h/db")
    assert is_dsn("postgres://h")
    assert not is_dsn("postgresql/baseline.json")
    assert not is_dsn("./postgresql://h")


def test_a_label_shows_no_secret() -> None:
    assert label("postgresql://u:hunter2@h/db?password=hunter2") == "server"
    assert label("config/baselines/production.json") == "production.json"
    assert label("..") == ".."
    assert label("/") == "source"


def test_a_baseline_file_is_a_source(tmp_path: Path) -> None:
    whole = snapshot(relation("public", "t"))
    (tmp_path / "b.json").write_bytes(dump(Baseline(snapshot=whole, captured_at=datetime(2025, 1, 1, tzinfo=UTC))))
    assert asyncio.run(snapshot_of(str(tmp_path / "b.json"))) == whole


def test_what_is_not_there_or_holds_no_sql_is_a_mistake_of_the_caller(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no such file .* begins with postgresql://"):
        asyncio.run(snapshot_of(str(tmp_path / "nothing.json")))
    with pytest.raises(UsageError, match=r"no \.sql files"):
        asyncio.run(snapshot_of(str(tmp_path)))


def test_a_file_that_is_no_baseline_is_refused(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text("CREATE TABLE t ();")
    with pytest.raises(BaselineError, match=r"b\.txt: not a baseline"):
        asyncio.run(snapshot_of(str(tmp_path / "b.txt")))


def test_a_server_that_is_not_there_is_unreachable_and_its_password_is_not_said() -> None:
    with pytest.raises(UnreachableError) as caught:
        asyncio.run(snapshot_of("postgresql://u:hunter2@127.0.0.1:1/db"))
    assert "hunter2" not in str(caught.value)
