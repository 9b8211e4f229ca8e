"""The servers of a run, on the loopback address, and databases with the schema of so many tables."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.progress import track

from bench.stand.tables import scripts
from tests.servers.pool import Lifeline
from tests.servers.query import rows, sql
from tests.servers.servers import DEFAULT_MAJOR, Server

CONSOLE = Console(highlight=False)
# No autovacuum in the measured server: what it does meanwhile would be counted as somebody's. pg_dump and others lock
# every table at once.
SETTINGS = {
    "autovacuum": "off",
    "shared_buffers": "1GB",
    "max_wal_size": "1GB",
    "max_locks_per_transaction": "1024",
    "checkpoint_timeout": "1h",
}


class Place:
    """One run's servers and folder; all of it is gone when the block ends."""

    def __init__(self, folder: Path, lifeline: Lifeline) -> None:
        """Start nothing yet.

        Attributes:
            folder: for files of this run.
        """
        self.folder = folder
        self._lifeline = lifeline
        self._servers: dict[int, Server] = {}
        self._made: set[str] = set()

    def server(self, major: int = DEFAULT_MAJOR) -> Server:
        """The running server of a major, started when it is first asked for."""
        if major not in self._servers:
            CONSOLE.print(f"starting PostgreSQL {major} ...")
            server = Server.create(major, self._lifeline.folder / f"server-{major}", SETTINGS)
            server.start()
            self._servers[major] = server
        return self._servers[major]

    def database(self, tables: int) -> str:
        """The connection string of a database with the schema of `tables` tables; it is made once and not changed."""
        server = self.server()
        name = f"tables_{tables}"
        if name not in self._made:
            fill(server, name, tables)
            self._made.add(name)
        return server.dsn(name)

    def copy(self, tables: int, name: str) -> str:
        """A database `name` with the same schema, made anew, and for the caller to change."""
        self.database(tables)
        server = self.server()
        sql(server.dsn(), f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        sql(server.dsn(), f"CREATE DATABASE {name} TEMPLATE tables_{tables} STRATEGY file_copy")
        return server.dsn(name)


def fill(server: Server, name: str, tables: int) -> None:
    """Make a database with the schema of `tables` tables on a server, vacuumed."""
    sql(server.dsn(), f"CREATE DATABASE {name}")
    script = list(scripts(tables))
    for text in track(script, f"making {tables:,} tables", console=CONSOLE, transient=True, disable=tables < 1000):
        sql(server.dsn(name), text)
    sql(server.dsn(name), "VACUUM ANALYZE")
    sql(server.dsn(), "CHECKPOINT")


def version(server: Server) -> str:
    [[found]] = rows(server.dsn(), "SHOW server_version")
    return str(found)


@contextmanager
def place() -> Iterator[Place]:
    """Where a run measures."""
    lifeline = Lifeline.make()
    try:
        with TemporaryDirectory(prefix="schema-watchdog-bench-") as folder:
            yield Place(Path(folder), lifeline)
    finally:
        lifeline.cut()
