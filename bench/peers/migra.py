"""migra, which compares two databases."""

from bench.peers.contender import Target
from bench.peers.installed import pinned, python


class Migra:
    name = "migra"
    does = "compares two databases"
    reads = "what schemainspect reads, of two databases, and writes the SQL that makes one into the other"

    def install(self) -> str:
        python("migra")
        return pinned("migra", "migra")

    def prepare(self, target: Target) -> list[str]:
        return []

    def command(self, target: Target) -> list[str]:
        return [str(python("migra").with_name("migra")), "--unsafe", target.dsn, target.twin]

    def tables(self, printed: str) -> int | None:
        return None
