import asyncio
import contextlib
import sqlite3
from pathlib import Path

import pytest

from watchdog.errors import StateError
from watchdog.store.layout import MIGRATIONS
from watchdog.store.state import State


def open_and_close(path: Path) -> None:
    async def main() -> None:
        await (await State.open(path)).close()

    asyncio.run(main())


def run_sql(path: Path, *statements: str) -> None:
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        for statement in statements:
            database.execute(statement)


def refused(path: Path, because: str) -> None:
    before = path.read_bytes()
    with pytest.raises(StateError, match=because) as caught:
        open_and_close(path)
    assert str(path) in str(caught.value)
    assert path.read_bytes() == before


def test_a_state_is_durable_and_marked_as_ours(tmp_path: Path) -> None:
    async def main() -> dict[str, str]:
        state = await State.open(tmp_path / "watchdog.db")
        names = ("journal_mode", "synchronous", "application_id", "user_version")
        found = {name: str(next(iter(await state._sqlite.execute_fetchall(f"PRAGMA {name}")))[0]) for name in names}
        await state.close()
        return found

    assert asyncio.run(main()) == {
        "journal_mode": "wal",
        "synchronous": "2",  # FULL
        "application_id": str(0x73776467),
        "user_version": str(len(MIGRATIONS)),
    }


def test_a_newer_versions_file_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "watchdog.db"
    open_and_close(path)
    run_sql(path, "PRAGMA user_version = 99")
    refused(path, rf"newer schema-watchdog .layout 99, this one knows {len(MIGRATIONS)}.: start that version again")


@pytest.mark.parametrize(
    "statement", ["CREATE TABLE theirs (id)", "PRAGMA user_version = 1", "PRAGMA application_id = 7"]
)
def test_another_programs_database_is_refused_untouched(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "theirs.db"
    run_sql(path, statement)
    refused(path, "another program's database")


@pytest.mark.parametrize("content", [b"no database", b"SQLite format 3\x00" + b"\xff" * 200, b"{}" * 5_000])
def test_a_file_that_is_no_database_is_refused_untouched(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "watchdog.db"
    path.write_bytes(content)
    refused(path, "move it away")


def test_a_damaged_state_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "watchdog.db"
    open_and_close(path)
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xaa" * (len(content) - 4096))
    refused(path, "damaged")


def test_a_truncated_state_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "watchdog.db"
    open_and_close(path)
    path.write_bytes(path.read_bytes()[:6_000])
    refused(path, "damaged")


def test_an_empty_file_becomes_a_state(tmp_path: Path) -> None:
    path = tmp_path / "watchdog.db"
    path.touch()
    open_and_close(path)
    open_and_close(path)
    assert path.stat().st_size > 0


def test_a_path_that_cannot_be_a_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="cannot be opened: Is a directory"):
        open_and_close(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(StateError, match="the folder cannot be made"):
        open_and_close(tmp_path / "file" / "watchdog.db")


def test_several_may_open_the_same_new_file_at_once(tmp_path: Path) -> None:
    async def main() -> None:
        states = await asyncio.gather(*(State.open(tmp_path / "watchdog.db") for _ in range(4)))
        for state in states:
            await state.close()

    asyncio.run(main())
