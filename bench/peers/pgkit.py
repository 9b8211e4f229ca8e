"""@pgkit's schemainspect and migra: the ports to JavaScript, which are maintained."""

import json

from bench.peers.contender import Target
from bench.peers.installed import NODE, PROGRAMS, first_line, node


class PgkitSchemainspect:
    name = "@pgkit/schemainspect"
    does = "makes a model"
    reads = "what schemainspect reads; compares nothing"

    def install(self) -> str:
        return _version("schemainspect")

    def prepare(self, target: Target) -> list[str]:
        return []

    def command(self, target: Target) -> list[str]:
        return [str(node()), str(PROGRAMS / "inspect_schema.cjs"), target.dsn]

    def tables(self, printed: str) -> int | None:
        return int(printed.split(maxsplit=1)[0])


class PgkitMigra:
    name = "@pgkit/migra"
    does = "compares two databases"
    reads = "what schemainspect reads, of two databases, and writes the SQL that makes one into the other"

    def install(self) -> str:
        return _version("migra")

    def prepare(self, target: Target) -> list[str]:
        return []

    def command(self, target: Target) -> list[str]:
        return [
            str(node()),
            str(NODE / "@pgkit" / "migra" / "dist" / "command.js"),
            target.dsn,
            target.twin,
            "--unsafe",
        ]

    def tables(self, printed: str) -> int | None:
        return None


def _version(package: str) -> str:
    program = node()
    version = json.loads((NODE / "@pgkit" / package / "package.json").read_text())["version"]
    return f"{version}, node {first_line([str(program), '--version']).lstrip('v')}"
