"""`run`: the daemon."""

import asyncio
import functools
from collections.abc import Mapping
from pathlib import Path

from watchdog import heap, log
from watchdog.config.load import load
from watchdog.config.settings import Config
from watchdog.daemon import Daemon
from watchdog.store.files import exclusive_lock

# A reload by a process manager starts the new process while the old one still drains.
WAIT_FOR_PREDECESSOR_SECONDS = 20.0


def run(*, config: Path, listen: str | None) -> None:
    """What `run` does, as its help has it."""
    heap.keep_little()
    read = functools.partial(_read, config, {"listen": listen} if listen else {})
    first = read()
    log.configure(first.log.format, first.log.level)
    # Two watchdogs on one state would both tell everybody.
    with exclusive_lock(first.state / "lock", WAIT_FOR_PREDECESSOR_SECONDS):
        asyncio.run(Daemon(read).run())


def _read(path: Path, instead: Mapping[str, str]) -> Config:
    return load(path).model_copy(update=instead)
