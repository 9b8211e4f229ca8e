"""SQLAlchemy's reflection, both ways: all tables at once, and as MetaData for an ORM."""

from bench.peers.contender import Target
from bench.peers.installed import PROGRAMS, pinned, python

READS = "tables with columns, keys, checks, indexes and comments; no views, functions, triggers, policies"


class _Reflection:
    does = "makes a model"
    way: str

    def install(self) -> str:
        python("current")
        return pinned("current", "SQLAlchemy")

    def prepare(self, target: Target) -> list[str]:
        return []

    def command(self, target: Target) -> list[str]:
        return [str(python("current")), str(PROGRAMS / "reflect_schema.py"), target.dsn, self.way]

    def tables(self, printed: str) -> int | None:
        return int(printed.split(maxsplit=1)[0])


class GetMulti(_Reflection):
    name = "SQLAlchemy get_multi_*"
    reads = f"{READS}; compares nothing"
    way = "get_multi"


class Reflect(_Reflection):
    name = "SQLAlchemy MetaData.reflect"
    reads = f"{READS}; makes Table objects of them; compares nothing"
    way = "reflect"
