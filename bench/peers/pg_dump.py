"""pg_dump --schema-only: what all others are compared with."""

from pathlib import Path

from bench.peers.contender import Target
from bench.peers.installed import first_line
from watchdog.postgres.embedded import embedded_wheel


class PgDump:
    name = "pg_dump --schema-only"
    does = "writes a script"
    reads = "every kind of a database; no roles or settings of the server; compares nothing"

    def install(self) -> str:
        return first_line([str(_program()), "--version"]).rpartition(" ")[2]

    def prepare(self, target: Target) -> list[str]:
        return []

    def command(self, target: Target) -> list[str]:
        return [str(_program()), "--schema-only", "--dbname", target.dsn]

    def tables(self, printed: str) -> int | None:
        return printed.count("\nCREATE TABLE ")


def _program() -> Path:
    return Path(embedded_wheel().__file__).parent / "pginstall" / "bin" / "pg_dump"
