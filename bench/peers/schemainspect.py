"""schemainspect, with which migra reads a database."""

from bench.peers.contender import Target
from bench.peers.installed import PROGRAMS, pinned, python


class Schemainspect:
    name = "schemainspect (migra)"
    does = "makes a model"
    reads = (
        "tables, columns, constraints, indexes, views, functions, triggers, policies, enums, sequences, privileges and"
        " what depends on what; no owners or roles; compares nothing"
    )

    def install(self) -> str:
        python("migra")
        return pinned("migra", "schemainspect")

    def prepare(self, target: Target) -> list[str]:
        return []

    def command(self, target: Target) -> list[str]:
        return [str(python("migra")), str(PROGRAMS / "inspect_schema.py"), target.dsn]

    def tables(self, printed: str) -> int | None:
        return int(printed.split(maxsplit=1)[0])
