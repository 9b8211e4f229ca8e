"""The server that is measured, and what it tells of its own work."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from rich.console import Console

from tests.servers.query import rows, sql
from watchdog.postgres.embedded import EmbeddedServer

CONSOLE = Console()

# No autovacuum: what is read of a table is then read by whoever is measured.
SETTINGS = {
    "shared_preload_libraries": "pg_stat_statements",
    "autovacuum": "off",
    "fsync": "off",
    "shared_buffers": "1GB",
    "max_wal_size": "8GB",
    "track_io_timing": "on",
}
# What a role may, beside pg_monitor.
ROLES = {"may_select": "pg_read_all_data", "only_monitors": "pg_monitor"}


@contextmanager
def measured_server() -> Iterator[EmbeddedServer]:
    """An embedded PostgreSQL with pg_stat_statements and the roles of ROLES; it is gone when the block ends."""
    with TemporaryDirectory(prefix="schema-watchdog-") as folder:
        place = Path(folder) / "data"
        first = EmbeddedServer(place)
        for name, value in SETTINGS.items():
            sql(first.dsn(), f"ALTER SYSTEM SET {name} = '{value}'")
        first.stop()
        server = EmbeddedServer(place)
        try:
            for role, granted in ROLES.items():
                sql(server.dsn(), f"CREATE ROLE {role} LOGIN; GRANT pg_monitor, {granted} TO {role}")
            [[version]] = rows(server.dsn(), "SHOW server_version")
            CONSOLE.print(f"PostgreSQL {version}; load {os.getloadavg()[0]:.1f}", highlight=False)
            yield server
        finally:
            server.stop()


def new_database(server: EmbeddedServer, name: str) -> str:
    """The connection string of an empty database's superuser."""
    sql(server.dsn(), f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    sql(server.dsn(), f"CREATE DATABASE {name}")
    sql(server.dsn(name), "CREATE EXTENSION pg_stat_statements")
    return server.dsn(name)


def as_role(dsn: str, role: str) -> str:
    return dsn.replace("postgres@", f"{role}@")


def backend_seconds(dsn: str, role: str) -> float:
    """The processor's time that the role's sessions have taken on the server."""
    found = rows(dsn, "SELECT pid FROM pg_stat_activity WHERE usename = $1", role)
    return sum(_seconds(int(str(pid))) for (pid,) in found)


def _seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Statements(msgspec.Struct, frozen=True):
    """Some of a role's statements since the server's record of them was emptied, all together.

    Attributes:
        buffers: of 8 kB that they touched, found in memory or read.
        seconds: that they took on the server.
    """

    calls: int
    buffers: int
    seconds: float


def statements(dsn: str, role: str, like: str) -> Statements:
    [found] = rows(
        dsn,
        "SELECT coalesce(sum(calls), 0)::int8, coalesce(sum(shared_blks_hit + shared_blks_read), 0)::int8,"
        " (coalesce(sum(total_exec_time), 0) / 1000)::float8 FROM pg_stat_statements s JOIN pg_roles r"
        " ON r.oid = s.userid WHERE r.rolname = $1 AND query LIKE $2",
        role,
        like,
    )
    return Statements(*msgspec.convert(found, tuple[int, int, float]))
