import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from tests.unit.schema.samples import relation, snapshot
from watchdog.expect import cache as caching
from watchdog.expect.cache import Cache, keys
from watchdog.postgres.replay import Script
from watchdog.schema.snapshot import Address, ObjectId

NOON = datetime(2025, 11, 17, 12, 0, tzinfo=UTC)
ORDERS, LINES = snapshot(relation("public", "orders")), snapshot(relation("public", "lines"))
SCRIPTS = [Script(file="1.sql", sql="CREATE TABLE t ()"), Script(file="2.sql", sql="DROP TABLE t")]


def test_what_was_kept_is_found_again_by_its_key_alone(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "a" / "expected")
    assert cache.get("k") is None
    cache.put("k", ORDERS, NOON)
    assert cache.get("k") == Cache(tmp_path / "a" / "expected").get("k") == ORDERS
    assert cache.get("other") is None
    cache.put("k", LINES, NOON)
    assert cache.get("k") == LINES


def test_nothing_is_kept_without_a_folder() -> None:
    cache = Cache(None)
    cache.put("k", ORDERS, NOON)
    assert cache.get("k") is None


def test_what_tells_a_rename_between_the_states_of_one_replay_is_kept(tmp_path: Path) -> None:
    there = msgspec.structs.replace(ORDERS, addresses={ObjectId("relation", ("public", "orders")): Address(1, 2, 3)})
    cache = Cache(tmp_path)
    cache.put("k", there, NOON)
    assert cache.get("k") == there


@pytest.mark.parametrize("damage", [b"", b"{}", b"\xff\x00", b'{"format": 1, "objects"'])
def test_what_is_damaged_is_as_good_as_not_there(tmp_path: Path, damage: bytes) -> None:
    cache = Cache(tmp_path)
    cache.put("k", ORDERS, NOON)
    whole = (tmp_path / "k.json").read_bytes()
    (tmp_path / "k.json").write_bytes(damage)
    assert cache.get("k") is None
    (tmp_path / "k.json").write_bytes(whole.replace(b"orders", b"0rders"))
    assert cache.get("k") is None, "its digest tells"
    cache.put("k", ORDERS, NOON)
    assert cache.get("k") == ORDERS


def test_a_folder_that_cannot_be_written_costs_a_replay_and_no_more(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = Cache(tmp_path / "file" / "expected")
    cache.put("k", ORDERS, NOON)
    assert cache.get("k") is None


def test_what_was_not_used_for_longest_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caching, "KEPT", 3)
    cache = Cache(tmp_path)
    for number in range(3):
        cache.put(str(number), ORDERS, NOON)
        at = (NOON + timedelta(minutes=number)).timestamp()
        os.utime(tmp_path / f"{number}.json", (at, at))
    assert cache.get("0") == ORDERS
    cache.put("3", ORDERS, NOON)
    assert sorted(path.stem for path in tmp_path.glob("*.json")) == ["0", "2", "3"]


def test_a_key_is_of_all_that_ran_until_then_and_of_where_it_ran(monkeypatch: pytest.MonkeyPatch) -> None:
    before, between, after = keys(SCRIPTS, "embedded")
    assert len({before, between, after}) == 3
    assert keys(SCRIPTS[:1], "embedded") == [before, between]
    renamed = [Script(file="9.sql", sql=SCRIPTS[0].sql), SCRIPTS[1]]
    assert keys(renamed, "embedded") == [before, between, after]
    bare = [Script(file="1.sql", sql=SCRIPTS[0].sql, transactional=False), SCRIPTS[1]]
    for scripts, scratch in (
        (bare, "embedded"),
        ([SCRIPTS[1], SCRIPTS[0]], "embedded"),
        ([Script(file="1.sql", sql="CREATE TABLE u ()"), SCRIPTS[1]], "embedded"),
        (SCRIPTS, "postgresql://h/s"),
    ):
        assert keys(scripts, scratch)[-1] != after
        assert after not in keys(scripts, scratch)
    # Neither are two scripts one.
    joined = [Script(file="1.sql", sql=SCRIPTS[0].sql + SCRIPTS[1].sql)]
    assert keys(joined, "embedded")[-1] not in (between, after)
    monkeypatch.setattr(caching, "_MADE_BY", b"another version")
    assert set(keys(SCRIPTS, "embedded")).isdisjoint({before, between, after})


def test_no_address_of_a_server_can_be_read_from_a_key(tmp_path: Path) -> None:
    (key,) = keys([], "postgresql://u:hunter2@h/s")
    Cache(tmp_path).put(key, ORDERS, NOON)
    (path,) = tmp_path.iterdir()
    assert "hunter2" not in path.name + path.read_text()
