"""Snapshots of replayed migrations, kept by their content: what was replayed once is not replayed again."""

import contextlib
import hashlib
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from watchdog import __version__
from watchdog.errors import BaselineError, StateError
from watchdog.expect.baseline import FORMAT, Baseline, dump, read
from watchdog.postgres.replay import Script
from watchdog.schema.kinds import KINDS
from watchdog.schema.snapshot import Snapshot
from watchdog.store.files import make_folder_of, write_atomically

KEPT = 40

# Whatever else than the scripts a snapshot depends on.
_MADE_BY = msgspec.json.encode(
    [__version__, FORMAT, [[kind.name, [each.name for each in kind.attributes]] for kind in KINDS.values()]]
)


class Cache:
    """A folder of snapshots. It is never needed: what cannot be read or written is replayed anew."""

    def __init__(self, folder: Path | None) -> None:
        """Without a folder nothing is kept."""
        self._folder = folder

    def get(self, key: str) -> Snapshot | None:
        if self._folder is None:
            return None
        path = self._folder / f"{key}.json"
        try:
            found = read(path).snapshot
        except (FileNotFoundError, BaselineError):
            return None
        with contextlib.suppress(OSError):
            os.utime(path)  # the least recently used ones go first
        return found

    def put(self, key: str, snapshot: Snapshot, now: datetime) -> None:
        if self._folder is None:
            return
        # Addresses are of a database that is gone. Between the states of one replay they still tell what was renamed.
        kept = Baseline(snapshot=snapshot, captured_at=now.astimezone(UTC))
        with contextlib.suppress(OSError, StateError):
            make_folder_of(self._folder / key)
            write_atomically(self._folder / f"{key}.json", dump(kept))
            for old in sorted(self._folder.glob("*.json"), key=lambda path: path.stat().st_mtime)[:-KEPT]:
                old.unlink()


def keys(scripts: Sequence[Script], scratch: str) -> list[str]:
    """The key of the state before each script, and of that after the last: what ran until then, and where."""
    digest = hashlib.sha256(_MADE_BY + scratch.encode())
    found = [digest.hexdigest()]
    for script in scripts:
        digest.update(msgspec.json.encode([script.sql, script.transactional]))
        found.append(digest.hexdigest())
    return found
