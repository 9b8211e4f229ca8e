"""`run`: the daemon."""

import asyncio
import functools
from collections.abc import Mapping
from pathlib import Path

from watchdog import log
from watchdog.cli.options import DEFAULT_CONFIG, ConfigFile, Listen
from watchdog.config.load import load
from watchdog.config.settings import Config
from watchdog.store.files import exclusive_lock

# A reload by a process manager starts the new process while the old one still drains.
WAIT_FOR_PREDECESSOR_SECONDS = 20.0


def run(config: ConfigFile = DEFAULT_CONFIG, listen: Listen = None) -> None:
    """Watch the configured databases until SIGINT or SIGTERM. SIGHUP reads the configuration again."""
    from watchdog.daemon import Daemon  # noqa: PLC0415 with all that it serves; a gate waits for none of that

    read = functools.partial(_read, config, {"listen": listen} if listen else {})
    first = read()
    log.configure(first.log.format, first.log.level)
    # Two watchdogs on one state would both tell everybody.
    with exclusive_lock(first.state / "lock", WAIT_FOR_PREDECESSOR_SECONDS):
        asyncio.run(Daemon(read).run())


def _read(path: Path, instead: Mapping[str, str]) -> Config:
    return load(path).model_copy(update=instead)
