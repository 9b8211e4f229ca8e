"""Where the daemon takes its expectation from."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Literal

import structlog

from watchdog.errors import BaselineError, StateError
from watchdog.expect.baseline import Acceptance, Baseline, dump, read
from watchdog.schema.snapshot import Snapshot
from watchdog.store.files import write_atomically

log = structlog.get_logger()


class BaselineFile:
    """A baseline file, read anew for each look, so that an acceptance counts at the next one."""

    def __init__(self, path: Path, on_missing: Literal["capture", "fail"]) -> None:
        self._path = path
        self._on_missing = on_missing

    async def expected(self, actual: Snapshot, now: datetime) -> Baseline:
        """The file's baseline. Without a file at the first look, `actual` becomes it, if that is allowed.

        Raises:
            BaselineError: there is none and none may be made, or the file is damaged or foreign. It is left as it is.
            StateError: the file cannot be written.
        """
        try:
            baseline = await asyncio.to_thread(read, self._path)
        except FileNotFoundError:
            if self._on_missing == "fail":
                raise BaselineError(
                    f"{self._path}: no baseline: restore it, or make one with `schema-watchdog baseline capture`"
                ) from None
            baseline = await asyncio.to_thread(write_new, self._path, actual, now, None)
            log.warning(
                "baseline.captured", path=str(self._path), objects=len(actual.objects), advice="put it into git"
            )
        # Only a first start makes a baseline: one that disappears later must not take the drift with it.
        self._on_missing = "fail"
        return baseline


def write_new(path: Path, snapshot: Snapshot, now: datetime, accepted: Acceptance | None) -> Baseline:
    """Make a snapshot the baseline in that file.

    Raises:
        BaselineError: part of the schema could not be read, so it would be an expectation with holes.
        StateError: the file cannot be written.
    """
    if snapshot.stale:
        raise BaselineError(
            f"{path}: not written: {len(snapshot.stale)} objects are locked by another session and could not be read; "
            "try again when its transaction is over"
        )
    baseline = Baseline(snapshot=snapshot, captured_at=now, accepted=accepted)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StateError(f"{path}: its folder cannot be made: {error.strerror} (make it, or name another)") from error
    write_atomically(path, dump(baseline))
    return baseline
