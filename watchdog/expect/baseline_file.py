"""Where the daemon takes its expectation from."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec
import structlog

from watchdog.errors import BaselineError, StateError
from watchdog.expect.baseline import Accepted, Baseline, Packed, dump, read, read_packed, unpacked
from watchdog.expect.expected import Expected
from watchdog.schema.snapshot import Snapshot, unread, unread_in_words
from watchdog.store.files import make_folder_of, signature, write_atomically

log = structlog.get_logger()


class Memory(msgspec.Struct, frozen=True):
    """What outlives the process: whether this database ever had a baseline, and a note that it has one."""

    had_baseline: Callable[[], Awaitable[bool]]
    note_baseline: Callable[[], Awaitable[None]]


class BaselineFile:
    """A baseline file, read anew once it was written anew, so that an acceptance counts at the next look."""

    def __init__(self, path: Path, on_missing: Literal["capture", "fail"], memory: Memory | None = None) -> None:
        """Without a memory, as in a look by hand, a missing file is never made."""
        self._path = path
        self._on_missing = on_missing
        self._memory = memory
        self._noted = False
        self._begun: tuple[object, Packed] | None = None
        self._read: tuple[object, Baseline] | None = None

    async def begin(self) -> None:
        """Read what can be read before it is known what is there, which is quicker for the wait on the server."""
        await asyncio.to_thread(self._begin)

    async def expected(self, actual: Snapshot, now: datetime) -> Expected:
        """The file's baseline. Where there was never one, `actual` becomes it, if that is allowed.

        Raises:
            BaselineError: there is none and none may be made, or the file is damaged or foreign. It is left as it is.
            StateError: the file cannot be written.
        """
        try:
            baseline = await self._read_or_made(actual, now)
        except FileNotFoundError:
            raise BaselineError(
                f"{self._path.absolute()}: no baseline: restore it, or make one with `schema-watchdog baseline capture`"
            ) from None
        if self._memory and not self._noted:
            # A full disk must not end the watching: it is noted at a later look.
            with contextlib.suppress(StateError):
                await self._memory.note_baseline()
                self._noted = True
        return Expected(snapshot=baseline.snapshot, captured_at=baseline.captured_at)

    async def _read_or_made(self, actual: Snapshot, now: datetime) -> Baseline:
        try:
            baseline = await asyncio.to_thread(self._as_written, actual)
        except FileNotFoundError:
            # Only a first start makes a baseline: one that disappears later must not take the drift with it.
            if self._on_missing == "fail" or self._memory is None or await self._memory.had_baseline():
                raise
            baseline = await asyncio.to_thread(write_new, self._path, actual, now, None)
            log.warning(
                "baseline.captured", path=str(self._path), objects=len(actual.objects), advice="put it into git"
            )
        self._on_missing = "fail"
        return baseline

    def _as_written(self, actual: Snapshot) -> Baseline:
        """What stands in the file; ten thousand tables take seconds to read, and looks may follow each other."""
        try:
            written = signature(self._path)
        except OSError:
            return read(self._path, actual)  # which says what is wrong
        if self._read is None or self._read[0] != written:
            begun, self._begun = self._begun, None
            packed = begun[1] if begun and begun[0] == written else read_packed(self._path)
            self._read = written, unpacked(packed, actual)
        return self._read[1]

    def _begin(self) -> None:
        with contextlib.suppress(OSError, BaselineError):  # which is said when it is asked for
            written = signature(self._path)
            if not any(each and each[0] == written for each in (self._read, self._begun)):
                self._begun = written, read_packed(self._path)


def write_new(path: Path, snapshot: Snapshot, now: datetime, accepted: Accepted | None) -> Baseline:
    """Make a snapshot the baseline in that file.

    Raises:
        BaselineError: part of the schema could not be read, so it would be an expectation with holes.
        StateError: the file cannot be written.
    """
    if snapshot.stale:
        raise BaselineError(f"{path}: not written: {unread_in_words(unread(snapshot))}; try again when that is over")
    baseline = Baseline(snapshot=snapshot, captured_at=now, accepted=accepted)
    make_folder_of(path)
    write_atomically(path, dump(baseline))
    return baseline
