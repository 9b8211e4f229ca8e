"""The open state file: one connection, one transaction at a time, and its failures in words."""

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Self, TypeVar

import aiosqlite
import msgspec
import structlog

from watchdog.errors import StateError
from watchdog.store.layout import advice, connect

# Failures farther apart than this are no state that lasts.
FAILURES_APART_SECONDS = 20.0

# What cannot be read is shown for so long. SQLite's own words for a span.
UNREADABLE_SHOWN = "-7 days"

T = TypeVar("T")

log = structlog.get_logger()


class Unreadable(msgspec.Struct, frozen=True, kw_only=True):
    """Rows that held what nobody could read, and that were put aside lately.

    Attributes:
        rows: how many.
        tables: that they stood in.
        error: why the last of them could not be read.
    """

    rows: int = 0
    tables: tuple[str, ...] = ()
    error: str = ""


class StateFile:
    """What a method has returned from is on the disk; every method raises StateError when it cannot."""

    def __init__(self, database: aiosqlite.Connection, path: Path) -> None:
        """Take over an open connection; `open` is the way in."""
        self._sqlite = database
        self._path = path
        # One connection has one transaction: a statement of another task must not slip into it.
        self._turn = asyncio.Lock()
        # When the failures that go on began, when the last one was, by the monotonic clock, and its words.
        self._failing: tuple[float, float, str] | None = None
        # (table, body) -> why it cannot be read; until they are put aside.
        self._unreadable: dict[tuple[str, bytes | str], str] = {}

    def failing(self, seconds: float) -> str:
        """Why the file fails again and again for so long now; empty where it does not. What is little may find room."""
        if self._failing is None:
            return ""
        began, last, reason = self._failing
        is_going_on = time.monotonic() - last < FAILURES_APART_SECONDS
        return reason if is_going_on and last - began >= seconds else ""

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Open the state file; it and its folder are made, readable to this user alone, when there is none."""
        return cls(await connect(path), path)

    async def close(self) -> None:
        """Close the file; without this the process would not end."""
        async with self._turn:
            await self._sqlite.close()

    async def holds(self, table: str) -> bool:
        """Whether a table of the layout has any row."""
        return bool(await self._read(f"SELECT 1 FROM {table} LIMIT 1", ()))

    async def copy_to(self, other: "StateFile") -> None:
        """Make another state what this one is, all of it."""
        async with self._turn:
            await other.take_over(self._sqlite)

    async def take_over(self, source: aiosqlite.Connection) -> None:
        """Become what a database is that nobody uses meanwhile."""
        async with self._turn:
            try:
                await source.backup(self._sqlite, progress=_unless_locked)
            except sqlite3.Error as error:
                raise self._failed("written", error) from error

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

    async def unreadable(self) -> Unreadable:
        """What was put aside within the last seven days."""
        rows = await self._read(
            "SELECT source, error FROM unreadable WHERE at >= datetime('now', ?) ORDER BY id", (UNREADABLE_SHOWN,)
        )
        tables = tuple(sorted({str(source) for source, _ in rows}))
        return Unreadable(rows=len(rows), tables=tables, error=str(rows[-1][1]) if rows else "")

    async def put_aside(self) -> None:
        """Take what could not be read out of the way of what can, and keep it."""
        if self._unreadable:
            async with self._transaction():
                await self._put_aside()

    def _sound(self, table: str, rows: Iterable[sqlite3.Row], kind: type[T]) -> list[tuple[sqlite3.Row, T]]:
        """The rows whose last column, the body, can be read, each with what that says.

        One that cannot must not keep people from hearing of all others: it is left out, and put aside later.
        """
        found = []
        for row in rows:
            body = row[-1]
            try:
                found.append((row, msgspec.json.decode(body, type=kind)))
            except (msgspec.MsgspecError, TypeError) as error:
                if (table, body) not in self._unreadable:
                    log.error("state.row_unreadable", table=table, reason=str(error))  # noqa: TRY400 they say it all
                self._unreadable[table, body] = str(error)
        return found

    async def _put_aside(self) -> None:
        """Within a transaction. A body that cannot be read is in no row that can."""
        for (table, body), error in self._unreadable.items():
            await self._sqlite.execute(
                f"INSERT INTO unreadable (source, body, error, at)"
                f" SELECT ?, body, ?, datetime('now') FROM {table} WHERE body = ?",
                (table, error, body),
            )
            await self._sqlite.execute(f"DELETE FROM {table} WHERE body = ?", (body,))
        self._unreadable.clear()

    def _failed(self, verb: str, error: sqlite3.Error) -> StateError:
        reason = f"{self._path}: cannot be {verb}: {error} ({advice(error)})"
        now = time.monotonic()
        began, last, _ = self._failing or (now, now, "")
        self._failing = (began if now - last < FAILURES_APART_SECONDS else now, now, reason)
        return StateError(reason)


def _unless_locked(status: int, _: int, __: int) -> None:
    """End a copy that another process keeps from being made: by itself it would be tried for ever."""
    if status in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        error = sqlite3.OperationalError("database is locked")
        error.sqlite_errorname = "SQLITE_BUSY"
        raise error


def text(moment: datetime) -> str:
    """UTC with microseconds always: such texts sort as the moments do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
