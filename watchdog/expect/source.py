"""What `diff` compares: a server, a baseline file, or SQL files. All become the same kind of value."""

from pathlib import Path

from watchdog.errors import UsageError
from watchdog.expect.baseline import read
from watchdog.postgres.capture import capture_once
from watchdog.postgres.connection import Connection
from watchdog.postgres.scratch import snapshot_of_files
from watchdog.schema.kind import Group
from watchdog.schema.selection import Selection, select
from watchdog.schema.snapshot import Snapshot

# What SQL files leave to those who run them, and to the server they are run on.
UNSAID: tuple[Group, ...] = ("owners", "privileges", "roles", "settings")


def is_dsn(source: str) -> bool:
    return source.startswith(("postgresql://", "postgres://"))


def label(source: str) -> str:
    """A name for a source that may be shown: a DSN is not, it may hold a password."""
    return "server" if is_dsn(source) else Path(source).name or "source"


async def snapshot_of(source: str) -> Snapshot:
    """Read one source.

    Raises:
        UsageError: it is none of the three, or not there.
        UnverifiedError: it could not be read whole.
    """
    if is_dsn(source):
        return await capture_once(Connection(source))
    files = _sql_files(Path(source))
    if not files:
        return read(Path(source)).snapshot
    return select(await snapshot_of_files(files), Selection(without=UNSAID))


def _sql_files(path: Path) -> list[Path]:
    """The SQL files that a path stands for, in order of their names; none for a file of another kind."""
    if path.is_dir():
        files = sorted(path.glob("*.sql"))
        if not files:
            raise UsageError(f"{path}: no .sql files in this folder")
        return files
    if not path.exists():
        raise UsageError(f"{path.absolute()}: no such file or folder (a server's address begins with postgresql://)")
    return [path] if path.suffix == ".sql" else []
