"""driftbrake, which compares a database with a contract of its own."""

from bench.peers.contender import Target
from bench.peers.installed import pinned, python


class Driftbrake:
    name = "driftbrake check"
    does = "compares with a file"
    reads = "tables with columns, keys, checks and indexes of one schema; no views, functions, triggers or policies"

    def install(self) -> str:
        python("current")
        return pinned("current", "driftbrake")

    def prepare(self, target: Target) -> list[str]:
        return [_program(), "init", "--db-url", target.dsn]

    def command(self, target: Target) -> list[str]:
        return [_program(), "check", "--db-url", target.dsn]

    def tables(self, printed: str) -> int | None:
        return None


def _program() -> str:
    return str(python("current").with_name("driftbrake"))
