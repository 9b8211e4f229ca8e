"""What a person types: one small file per command group. Prints, chooses the exit code, nothing else."""

import atexit
import gc
import os
import re
import sys
from collections.abc import Iterable

from watchdog.address import is_dsn
from watchdog.cli.app import app
from watchdog.errors import UsageError, WatchdogError

# A URL, one with a slash too few, `user:password@host`, or `password=...` of libpq.
_ADDRESS = re.compile(r"\w:/|:.*@|\bpassword\s*=", re.IGNORECASE | re.DOTALL)

# After so many new objects what runs once looks for garbage: the trees of many SQL statements are cycles.
_ONCE = 500_000


def main() -> None:
    """The command `schema-watchdog`. Exits 0, 1, 2 or 3 as docs/architecture.md says."""
    # A schema is hundreds of thousands of objects that stay and make no cycles, and the collector would look through
    # them again and again; at the end it would look through every module, for memory that goes with the process.
    gc.set_threshold(_ONCE)
    # The thread that takes in what the server told gives way soon, so that the server is asked on meanwhile.
    sys.setswitchinterval(0.0005)
    atexit.register(gc.freeze)
    # Typer brings Rich along, and structlog and httpx import what they find, for what this program never shows.
    sys.modules.setdefault("rich", None)  # type: ignore[arg-type]
    try:
        refuse_addresses([*sys.argv[1:], *filter(None, [os.environ.get("SCHEMA_WATCHDOG_CONFIG")])])
        app()
    except WatchdogError as error:
        print(f"schema-watchdog: {error}", file=sys.stderr)  # noqa: T201 the command line's own voice
        sys.exit(error.exit_code)


def refuse_addresses(arguments: Iterable[str]) -> None:
    """Raise UsageError for an address where none belongs: whoever complains of it later would show its password."""
    before, command = "", None
    for argument in arguments:
        command = command or argument
        name, _, value = argument.partition("=") if argument.startswith("--") else (before, "", argument)
        taken = name in ("--dsn", "--scratch-url", "--reason") or (command == "diff" and is_dsn(value))
        if _ADDRESS.search(value) and not taken:
            raise UsageError(
                "what looks like a server's address stands where none is taken; it is not shown, as it may hold a"
                " password (an address belongs behind --dsn, and begins with postgresql://, as it does for diff)"
            )
        before = argument
