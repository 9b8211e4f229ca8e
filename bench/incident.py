"""The incident with everything real and the waits that are shipped: when each step happens.

    make incident

PostgreSQL, the watchdog under pm2, Prometheus, two Alertmanagers, and receivers in the place of PagerDuty. The schema
is looked at every 15 s, by default every 5 minutes; all else waits as long as it does as shipped.
"""

import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.acceptance.station import replay
from watchdog.postgres.embedded import scratch_server

CONSOLE = Console()
# The rule goes on for 5 minutes after it was true last, and Alertmanager tells of a change every 5 minutes.
PATIENCE_SECONDS = 1200


def main() -> None:
    with scratch_server() as server, tempfile.TemporaryDirectory(prefix="schema-watchdog-") as folder:
        seen = replay(server.dsn(), Path(folder), CONSOLE.print, quick=False, patience=PATIENCE_SECONDS)
    table = Table("after", "s", "what happened")
    for cause, steps in (("DROP COLUMN", seen.broken), ("the remedy", seen.mended)):
        for step in steps:
            table.add_row(cause, f"{step.seconds:.1f}", step.words)
    CONSOLE.print(seen.remedy, table)


if __name__ == "__main__":
    main()
