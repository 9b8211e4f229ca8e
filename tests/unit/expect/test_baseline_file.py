import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec
import pytest
from structlog.testing import capture_logs

from tests.unit.schema.samples import relation, snapshot
from watchdog.errors import BaselineError, StateError
from watchdog.expect.baseline import Accepted, Baseline, dump, read
from watchdog.expect.baseline_file import BaselineFile, Memory, write_new
from watchdog.expect.expected import Expected
from watchdog.schema.snapshot import Snapshot

NOON = datetime(2025, 11, 17, 12, 0, tzinfo=UTC)
ORDERS, USERS = relation("public", "orders"), relation("public", "users")


class Notes:
    """A memory that outlives a BaselineFile, and may be full."""

    def __init__(self) -> None:
        self.noted = 0
        self.full = False

    @property
    def memory(self) -> Memory:
        return Memory(self._had, self._note)

    async def _had(self) -> bool:
        return self.noted > 0

    async def _note(self) -> None:
        if self.full:
            raise StateError("the disk is full")
        self.noted += 1


def expected(file: BaselineFile, actual: Snapshot) -> Expected:
    return asyncio.run(file.expected(actual, NOON))


def test_the_first_look_makes_the_baseline_with_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "production.json"
    with capture_logs() as logs:
        made = expected(BaselineFile(path, "capture", Notes().memory), snapshot(ORDERS))
    assert [line["advice"] for line in logs if line["event"] == "baseline.captured"] == ["put it into git"]
    assert made == Expected(snapshot=snapshot(ORDERS), captured_at=NOON)
    assert read(path) == Baseline(snapshot=snapshot(ORDERS), captured_at=NOON)


def test_a_later_look_is_compared_with_what_the_file_says_then(tmp_path: Path) -> None:
    path = tmp_path / "production.json"
    file = BaselineFile(path, "capture", Notes().memory)
    expected(file, snapshot(ORDERS))
    assert (stands := expected(file, snapshot(USERS)).snapshot) == snapshot(ORDERS)
    assert expected(file, snapshot(USERS)).snapshot is stands  # as nobody has written it anew
    accepted = Accepted(by="ada", reason="new table")
    write_new(path, snapshot(USERS), NOON, accepted)
    assert expected(file, snapshot()) == Expected(snapshot=snapshot(USERS), captured_at=NOON)


def test_what_was_begun_beforehand_counts_only_while_the_file_is_the_same(tmp_path: Path) -> None:
    path = tmp_path / "production.json"
    file = BaselineFile(path, "fail")
    asyncio.run(file.begin())  # says nothing of what is not there
    write_new(path, snapshot(ORDERS), NOON, None)
    asyncio.run(file.begin())
    write_new(path, snapshot(USERS), NOON, Accepted(by="ada", reason="new table"))
    assert expected(file, snapshot()).snapshot == snapshot(USERS)
    other = BaselineFile(path, "fail")
    asyncio.run(other.begin())
    assert expected(other, snapshot()).snapshot == snapshot(USERS)


def test_of_a_relative_path_the_place_that_was_looked_at_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BaselineError, match=rf"^{re.escape(str(tmp_path))}/a/b\.json: no baseline"):
        expected(BaselineFile(Path("a/b.json"), "fail"), snapshot(ORDERS))


def test_a_baseline_that_disappears_does_not_take_the_drift_with_it(tmp_path: Path) -> None:
    path = tmp_path / "production.json"
    file = BaselineFile(path, "capture", Notes().memory)
    expected(file, snapshot(ORDERS))
    path.unlink()
    with pytest.raises(BaselineError, match="no baseline"):
        expected(file, snapshot(USERS))
    assert not path.exists()


@pytest.mark.parametrize("on_missing", ["capture", "fail"])
def test_a_baseline_that_was_ever_seen_is_not_made_anew_after_a_restart(
    tmp_path: Path, on_missing: Literal["capture", "fail"]
) -> None:
    path, notes = tmp_path / "production.json", Notes()
    write_new(path, snapshot(ORDERS), NOON, None)
    first = BaselineFile(path, on_missing, notes.memory)
    notes.full = True
    assert expected(first, snapshot(ORDERS)).snapshot == snapshot(ORDERS)
    notes.full = False
    for _ in range(2):
        expected(first, snapshot(ORDERS))
    assert notes.noted == 1
    path.unlink()
    with pytest.raises(BaselineError, match="no baseline"):
        expected(BaselineFile(path, "capture", notes.memory), snapshot(USERS))
    assert not path.exists()


def test_a_look_by_hand_never_makes_a_baseline(tmp_path: Path) -> None:
    path = tmp_path / "production.json"
    with pytest.raises(BaselineError, match="no baseline"):
        expected(BaselineFile(path, "capture"), snapshot(ORDERS))
    assert not path.exists()


def test_a_start_without_baseline_is_refused_where_that_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "production.json"
    with pytest.raises(BaselineError, match="baseline capture"):
        expected(BaselineFile(path, "fail"), snapshot(ORDERS))
    assert not path.exists()


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"someone's notes", dump(Baseline(snapshot=snapshot(), captured_at=NOON))[:-9]]
)
def test_a_damaged_or_foreign_file_is_never_overwritten(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "production.json"
    path.write_bytes(content)
    with pytest.raises(BaselineError):
        expected(BaselineFile(path, "capture", Notes().memory), snapshot(ORDERS))
    assert path.read_bytes() == content


def test_no_baseline_is_made_of_a_schema_that_could_not_be_read_whole_and_the_next_look_tries_again(
    tmp_path: Path,
) -> None:
    path = tmp_path / "below" / "production.json"
    file = BaselineFile(path, "capture", Notes().memory)
    locked = msgspec.structs.replace(snapshot((ORDERS[0], {})), stale=frozenset({ORDERS[0]}))
    with pytest.raises(BaselineError, match="1 object is locked"):
        expected(file, locked)
    assert list(tmp_path.iterdir()) == []
    assert expected(file, snapshot(ORDERS)).snapshot == snapshot(ORDERS)


def test_a_place_where_nothing_can_be_written_is_said_and_asked_again(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    file = BaselineFile(tmp_path / "file" / "production.json", "capture", Notes().memory)
    with pytest.raises((StateError, BaselineError), match=r"production\.json"):
        expected(file, snapshot(ORDERS))
    with pytest.raises(StateError, match="its folder cannot be made"):
        write_new(tmp_path / "file" / "production.json", snapshot(ORDERS), NOON, None)
