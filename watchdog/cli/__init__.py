"""What a person types: one small file per command group. Prints, chooses the exit code, nothing else."""

import sys

from watchdog.cli.app import app
from watchdog.errors import WatchdogError


def main() -> None:
    """The command `schema-watchdog`. Exits 0, 1, 2 or 3 as docs/architecture.md says."""
    try:
        app()
    except WatchdogError as error:
        print(f"schema-watchdog: {error}", file=sys.stderr)  # noqa: T201 the command line's own voice
        sys.exit(error.exit_code)
