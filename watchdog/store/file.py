"""The open state file: one connection, one transaction at a time, and its failures in words."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Self, TypeVar

import aiosqlite
import msgspec

from watchdog.errors import StateError
from watchdog.store.layout import advice, connect

T = TypeVar("T")


class StateFile:
    """What a method has returned from is on the disk; every method raises StateError when it cannot."""

    def __init__(self, database: aiosqlite.Connection, path: Path) -> None:
        """Take over an open connection; `open` is the way in."""
        self._sqlite = database
        self._path = path
        # One connection has one transaction: a statement of another task must not slip into it.
        self._turn = asyncio.Lock()

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Open the state file; it and its folder are made, readable to this user alone, when there is none."""
        return cls(await connect(path), path)

    async def close(self) -> None:
        """Close the file; without this the process would not end."""
        async with self._turn:
            await self._sqlite.close()

    async def _read(self, sql: str, parameters: Sequence[str | int | None]) -> list[sqlite3.Row]:
        async with self._turn:
            try:
                return list(await self._sqlite.execute_fetchall(sql, parameters))
            except sqlite3.Error as error:
                raise self._failed("read", error) from error

    @contextlib.asynccontextmanager
    async def _transaction(self) -> AsyncIterator[None]:
        async with self._turn:
            try:
                await self._sqlite.execute("BEGIN IMMEDIATE")
                yield
                await self._sqlite.execute("COMMIT")
            except BaseException as error:
                # Statements run in order in SQLite's thread, so this ends even what a cancelled task left under way;
                # nothing is open when BEGIN failed, when SQLite rolled back itself, or when COMMIT got through.
                with contextlib.suppress(sqlite3.OperationalError):
                    await self._sqlite.execute("ROLLBACK")
                if isinstance(error, sqlite3.Error):
                    raise self._failed("written", error) from error
                raise

    def _decoded(self, body: bytes | str, kind: type[T]) -> T:
        try:
            return msgspec.json.decode(body, type=kind)
        except msgspec.MsgspecError as error:
            raise StateError(f"{self._path}: holds what no schema-watchdog wrote: {error} (move it away)") from error

    def _failed(self, verb: str, error: sqlite3.Error) -> StateError:
        return StateError(f"{self._path}: cannot be {verb}: {error} ({advice(error)})")


def text(moment: datetime) -> str:
    """UTC with microseconds always: such texts sort as the moments do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
