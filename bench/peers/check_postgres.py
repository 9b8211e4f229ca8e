"""check_postgres' same_schema, in its form that compares a database with how it was before."""

from bench.peers.contender import Target
from bench.peers.installed import debian, first_line


class CheckPostgres:
    name = "check_postgres same_schema"
    does = "compares with a file"
    reads = (
        "21 kinds, among them users, tables, columns, constraints, indexes, views, triggers, functions, operators,"
        " types and comments; no policies"
    )

    def install(self) -> str:
        return first_line([str(_program()), "--version"]).rpartition(" ")[2]

    def prepare(self, target: Target) -> list[str]:
        return self.command(target)

    def command(self, target: Target) -> list[str]:
        return [
            str(_program()),
            "--action=same_schema",
            f"--dbhost={target.host}",
            f"--dbport={target.port}",
            "--dbuser=postgres",
            f"--dbname={target.database}",
            f"--audit-file-dir={target.folder}",
            "--timeout=3600",
        ]

    def tables(self, printed: str) -> int | None:
        return None


def _program() -> str:
    return str(debian("check-postgres", "check_postgres"))
