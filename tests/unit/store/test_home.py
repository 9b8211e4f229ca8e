"""The state moves into memory when its file fails again and again, and back; a moment's failure moves nothing."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from watchdog.errors import StateError
from watchdog.store import home as home_module
from watchdog.store import layout
from watchdog.store.home import Home
from watchdog.store.state import State

PATIENCE = 0.2


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(layout, "BUSY_TIMEOUT_MILLISECONDS", 10)
    monkeypatch.setattr(home_module, "PATIENCE_SECONDS", PATIENCE)
    monkeypatch.setattr(home_module, "TRY_SECONDS", 0.0)
    return tmp_path / "state" / "watchdog.sqlite3"


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another process writes, and does not end."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


async def fails(home: Home) -> None:
    with pytest.raises(StateError):
        await home.state.set_note("a", "lost")


async def moves(home: Home) -> bool:
    """Whether it moves, once it has had its patience."""
    for _ in range(3):
        await home.look_around()
        await asyncio.sleep(PATIENCE)
    is_to_move = home.is_to_move
    await home.move()
    return is_to_move


def test_a_file_that_fails_once_stays_where_the_state_is(path: Path) -> None:
    async def main() -> None:
        failures: list[str | None] = []
        home = Home(path, failures.append)
        await home.enter()
        with locked(path):
            await fails(home)
        assert not await moves(home)
        await home.state.close()
        assert failures == []

    asyncio.run(main())


def test_a_file_that_nobody_can_write_is_left_though_nobody_tries_twice_and_it_is_home_again_once_it_can_be_written(
    path: Path,
) -> None:
    async def main() -> None:
        failures: list[str | None] = []
        home = Home(path, failures.append)
        await home.enter()
        await home.state.set_note("a", "known")
        with locked(path):
            await fails(home)
            assert await moves(home)
            assert await home.state.note("a") == "known"
            await home.state.set_note("a", "newer")
            assert not await moves(home)
        assert await moves(home)
        await home.state.close()
        await home.enter()
        assert await home.state.note("a") == "newer"
        await home.state.close()
        assert [bool(each) for each in failures] == [True, False]

    asyncio.run(main())


def test_a_return_that_fails_is_tried_less_and_less_often(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> list[float]:
        home = Home(path, lambda _: None)
        await home.enter()
        with locked(path):
            await fails(home)
            assert await moves(home)
        monkeypatch.setattr(home, "_try_seconds", 10.0)
        with locked(path), capture_logs() as logs:
            for _ in range(8):
                home.is_to_move = True
                await home.move()
        await home.state.close()
        return [log["retry_in_seconds"] for log in logs if log["event"] == "state.unusable"]

    assert asyncio.run(main()) == [20, 40, 80, 160, 320, 600, 600, 600]


def test_a_file_that_somebody_put_in_the_place_of_a_damaged_one_is_taken_as_it_is(path: Path) -> None:
    async def fill() -> None:
        first = await State.open(path)
        await first.note_baseline("production")
        await first.set_note("a", "of the copy")
        await first.close()

    asyncio.run(fill())
    whole = path.read_bytes()
    path.write_bytes(b"damaged" * 1_000)

    async def main() -> tuple[str | None, bool]:
        home = Home(path, lambda _: None)
        await home.enter()
        await home.state.set_note("a", "of the refuge")
        await home.state.note_baseline("other")
        await asyncio.to_thread(path.write_bytes, whole)
        assert await moves(home)
        found = await home.state.note("a"), await home.state.had_baseline("other")
        await home.state.close()
        return found

    assert asyncio.run(main()) == ("of the copy", False)
