"""What the commands about alerts share: their options, and the state, beside a running daemon or without one."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from watchdog.alerts.books import Books
from watchdog.alerts.overview import when
from watchdog.cli.looks import state_file
from watchdog.config import typed
from watchdog.config.settings import Config
from watchdog.errors import StateError, UsageError
from watchdog.store.files import is_locked
from watchdog.store.state import State
from watchdog.wiring.database import utc_now

# Among so many there is one of the daemon's, or its lock tells as much.
_EVENTS_LOOKED_AT = 100


def end(lasts: str | None, until: str | None) -> datetime | None:
    """When what is said ends, UTC; None where neither is given. Raises UsageError."""
    try:
        return typed.end(lasts, until, utc_now())
    except ValueError as error:
        raise UsageError(f"--for, --until: {error}") from None


def matchers(given: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """`name=pattern` of each; of one name several patterns. Raises UsageError."""
    found: dict[str, list[str]] = {}
    for each in given:
        name, separator, pattern = each.partition("=")
        if not separator or not pattern:
            raise UsageError(f"{each!r}: say NAME=PATTERN, such as database=production or 'name=public.orders*'")
        found.setdefault(name, []).append(pattern)
    try:
        return typed.matchers(found)
    except ValueError as error:
        raise UsageError(str(error)) from None


@contextlib.asynccontextmanager
async def opened(config: Config, *, made: bool = False) -> AsyncIterator[State]:
    """The state of the configuration. Raises StateError, also where there is none yet and none is to be made."""
    path = state_file(config)
    if not made and not _exists(path):
        raise StateError(_absent(config.state, path))
    state = await State.open(path)
    try:
        yield state
    finally:
        await state.close()


async def books_if_any(config: Config) -> Books:
    """What stands, and what was said of it; nothing without a state."""
    if not _exists(state_file(config)):
        return Books()
    async with opened(config) as state:
        return await state.books()


async def idle(config: Config, state: State) -> str:
    """That no daemon works on the state, and of when the state is; empty where one does. Raises StateError."""
    lock = config.state / "lock"
    if await asyncio.to_thread(is_locked, lock):
        return ""
    ran_at = await asyncio.to_thread(_touched_at, lock)
    # What people say changes the state beside a daemon or without one.
    seen = [each.at for each in await state.events(_EVENTS_LOOKED_AT) if each.event in {"firing", "resolved"}]
    known = [at for at in (ran_at, *seen[:1]) if at is not None]
    if not known:
        return "the watchdog is not running, and never ran with this state"
    return f"the watchdog is not running; this is as of {when(max(known))}"


def _exists(path: Path) -> bool:
    return path.exists()


def _absent(folder: Path, path: Path) -> str:
    where = "" if folder.is_absolute() else " from here"
    hint = "" if folder.is_absolute() else f" (state: ./{folder} is relative to the folder where the command runs)"
    return f"no state at {path.absolute()}: the watchdog has not run with this configuration{where}{hint}"


def _touched_at(lock: Path) -> datetime | None:
    """When a daemon last took the lock, or gave it back in good order; None where none ever did."""
    try:
        return datetime.fromtimestamp(lock.stat().st_mtime, UTC)
    except OSError:
        return None
