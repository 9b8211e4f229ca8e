"""SQL files, applied to a throw-away server and read back: what a schema would be, by the server's own word."""

from collections.abc import Sequence
from pathlib import Path

from watchdog.postgres.capture import capture_once
from watchdog.postgres.connection import Connection
from watchdog.postgres.embedded import scratch_server
from watchdog.postgres.psql import run_file
from watchdog.schema.snapshot import Snapshot


async def snapshot_of_files(files: Sequence[Path]) -> Snapshot:
    """Apply the files in the given order to an empty database and capture it.

    Raises:
        UsageError: the embedded PostgreSQL is not installed.
        ScratchError: it does not start, or a file fails: with the file, the line and the server's words.
    """
    with scratch_server() as server:
        for file in files:
            await run_file(server.dsn(), file)
        return await capture_once(Connection(server.dsn()))
