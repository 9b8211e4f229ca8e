"""What `diff` compares: a server, a baseline file, SQL files or migrations. All become the same kind of value."""

from collections.abc import Sequence
from pathlib import Path

from watchdog.address import is_dsn
from watchdog.errors import UndecidedError, UsageError
from watchdog.expect.baseline import read
from watchdog.expect.folder import Source, script
from watchdog.expect.folder import read as read_migrations
from watchdog.expect.migrations import UNSAID, snapshot_after
from watchdog.postgres.capture import capture_once
from watchdog.postgres.connection import Connection
from watchdog.postgres.replay import Script
from watchdog.postgres.scratch import snapshot_of_files
from watchdog.schema.selection import Selection, select
from watchdog.schema.snapshot import Snapshot


def label(source: str) -> str:
    """A name for a source that may be shown: a DSN is not, it may hold a password."""
    return "server" if is_dsn(source) else Path(source).name or "source"


async def snapshot_of(source: str) -> Snapshot:
    """Read one source.

    Raises:
        UsageError: it is none of the four, or not there.
        UnverifiedError: it could not be read whole.
    """
    if is_dsn(source):
        return await capture_once(Connection(source))
    path = Path(source)
    if migrations := _migrations(path):
        return await snapshot_after(migrations)
    files = _sql_files(path)
    if not files:
        return read(path).snapshot
    return select(await snapshot_of_files(files), Selection(without=UNSAID))


def _migrations(folder: Path) -> Sequence[Script]:
    """What goes up of a tool's migrations; nothing for files that are SQL and no more, which psql runs as they are."""
    if not folder.is_dir() or not any(folder.rglob("*.sql")):
        return ()
    source = Source(path=folder)
    try:
        tool, migrations = read_migrations(source)
    except UndecidedError:
        # Numbered files may be anybody's. Where none goes down, all of them go up.
        if any(folder.rglob("*.down.sql")):
            raise
        return ()
    return () if tool.name == "plain" else [script(source, each) for each in migrations]


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
