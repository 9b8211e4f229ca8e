"""`run`: the daemon."""

import asyncio
import functools

from watchdog import log
from watchdog.cli.options import DEFAULT_CONFIG, ConfigFile
from watchdog.config.load import load
from watchdog.daemon import Daemon
from watchdog.store.files import exclusive_lock

# A reload by a process manager starts the new process while the old one still drains.
WAIT_FOR_PREDECESSOR_SECONDS = 15.0


def run(config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Watch the configured databases until SIGINT or SIGTERM. SIGHUP reads the configuration again."""
    first = load(config)
    log.configure(first.log.format, first.log.level)
    # Two watchdogs on one state would both tell everybody.
    with exclusive_lock(first.state / "lock", WAIT_FOR_PREDECESSOR_SECONDS):
        asyncio.run(Daemon(functools.partial(load, config)).run())
