"""Where the state lives while its file cannot be used: in memory, so that watching and telling go on.

What is known then is lost only if the process ends before the file can be used again.
"""

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import aiosqlite
import structlog

from watchdog.errors import ForeignStateError, StateError
from watchdog.store.layout import prepare
from watchdog.store.ledger import Event
from watchdog.store.state import State

log = structlog.get_logger()

# A disk that is full for a moment is no reason to move.
PATIENCE_SECONDS = 5.0
TRY_SECONDS = 10.0
# A disk with room for some pages, but not for all, would have everybody move again and again.
LONGEST_TRY_SECONDS = 600.0
ROOM_BYTES = 64 * 1024

# A file on a disk that cannot be written is read as it stands; SQLite's own aids to reading would have to be written.
_READ_ONLY = ("mode=ro", "mode=ro&immutable=1")
# Of a file that nobody lets us look at.
UNKNOWN = (-1, -1)
# What a file holds that somebody has lived by.
_CONTENT = ("alerts", "told", "levels", "baselines")


class Home:
    """Where the state is: in its file, or in memory while the file cannot be used.

    Attributes:
        state: to live by; another one after each move.
        is_to_move: the file cannot be used any more, or can be used again.
    """

    state: State

    def __init__(self, path: Path, on_failure: Callable[[str | None], None]) -> None:
        """`on_failure` is told why the file cannot be used, and None once it can again."""
        self._path = path
        self._on_failure = on_failure
        self.is_to_move = False
        self._is_refuge = False
        # The refuge began with what the file held.
        self._is_copy = False
        self._tried_at = 0.0
        self._try_seconds = TRY_SECONDS
        # A look that lasts must not ask for the move that was made meanwhile.
        self._turn = asyncio.Lock()
        # Of the file that is open: device and inode.
        self._identity: tuple[int, int] | None = None

    async def enter(self) -> None:
        """Open the file; where it is there and cannot be used, take refuge.

        Raises:
            StateError: there is no file and none can be made, or it is another program's.
        """
        try:
            self.state = await State.open(self._path)
            self._identity = _identity(self._path)
        except ForeignStateError:
            raise
        except StateError as error:
            if not self._path.exists():
                raise
            await self._take_refuge(str(error))

    async def events(self, limit: int, database: str | None) -> tuple[Event, ...]:
        """As `State.events`, wherever the state is."""
        return await self.state.events(limit, database)

    async def look_around(self) -> None:
        """See whether it is time to move."""
        async with self._turn:
            if not self._is_refuge:
                if self.state.failing(0):
                    # One failure may be of a moment, such as a lock; and nobody else may write for minutes.
                    await _takes(self.state)
                self.is_to_move = bool(self.state.failing(PATIENCE_SECONDS)) or self._is_gone()
            elif time.monotonic() - self._tried_at >= self._try_seconds:
                self._tried_at = time.monotonic()
                self.is_to_move = await self._is_usable()

    async def move(self) -> None:
        """Move where it is time to; nobody else may use the state meanwhile."""
        async with self._turn:
            if self.is_to_move:
                self.is_to_move = False
                await self._move()

    async def _move(self) -> None:
        before = self.state
        if not self._is_refuge and self._is_gone():
            await self._rescue(before)
        elif not self._is_refuge:
            await self._take_refuge(before.failing(0))
        else:
            try:
                await self._return()
            except StateError as error:
                # All that was stopped begins anew, which must not become the rule.
                self._try_seconds = min(2 * self._try_seconds, LONGEST_TRY_SECONDS)
                log.warning("state.unusable", reason=str(error), retry_in_seconds=self._try_seconds)
                return
        await before.close()

    def _is_gone(self) -> bool:
        """Whether another file stands in the place of the open one, or none: what is written then is lost."""
        return self._identity is not None and _identity(self._path) not in {self._identity, UNKNOWN}

    async def _rescue(self, before: State) -> None:
        """Keep what the file that is gone still holds for whoever has it open."""
        self._begin_refuge(f"{self._path}: the file was removed or replaced while it was in use (it is written anew)")
        # A file that somebody put in its place is taken as it is.
        self._is_copy = False
        self.state = await self._empty()
        with contextlib.suppress(StateError):
            await before.copy_to(self.state)

    def _begin_refuge(self, reason: str) -> None:
        log.error("state.in_memory", reason=reason)
        self._is_refuge, self._is_copy, self._tried_at = True, True, time.monotonic()
        self._on_failure(reason)

    async def _empty(self) -> State:
        memory = await aiosqlite.connect(":memory:", isolation_level=None)
        await prepare(memory, self._path)
        return State(memory, self._path)

    async def _take_refuge(self, reason: str) -> None:
        self._begin_refuge(reason)
        for mode in _READ_ONLY:
            with contextlib.suppress(sqlite3.Error, StateError):
                self.state = State(await _copied(self._path, mode), self._path)
                return
        self._is_copy = False
        self.state = await self._empty()

    async def _is_usable(self) -> bool:
        with contextlib.suppress(StateError):
            state = await State.open(self._path)
            try:
                return await _takes(state)
            finally:
                await state.close()
        return False

    async def _return(self) -> None:
        """With all that became known meanwhile; but a file that somebody put there and filled is taken as it is."""
        file = await State.open(self._path)
        try:
            if self._is_copy or not any([await file.holds(table) for table in _CONTENT]):
                await self.state.copy_to(file)
            await file.set_note("state", "usable")
        except BaseException:
            await file.close()
            raise
        self.state, self._is_refuge, self._try_seconds = file, False, TRY_SECONDS
        self._identity = _identity(self._path)
        self._on_failure(None)
        log.info("state.in_file", path=str(self._path))


async def _takes(state: State) -> bool:
    """Whether more than one page finds room, so that it does not just fit. That it does not is noted as a failure."""
    try:
        await state.set_note("state", "usable" + " " * ROOM_BYTES)
    except StateError:
        return False
    return True


def _identity(path: Path) -> tuple[int, int] | None:
    """Device and inode of a file; None where there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    except OSError:
        return UNKNOWN
    return found.st_dev, found.st_ino


async def _copied(path: Path, mode: str) -> aiosqlite.Connection:
    memory = await aiosqlite.connect(":memory:", isolation_level=None)
    try:
        file = await aiosqlite.connect(f"file:{quote(str(path))}?{mode}", uri=True, isolation_level=None)
        try:
            await file.backup(memory)
        finally:
            await file.close()
        await prepare(memory, path)
    except BaseException:
        await memory.close()
        raise
    return memory
