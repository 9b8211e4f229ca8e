"""One migration as a tool would run it, and what the tool notes of it in the database."""

import msgspec

from watchdog.sqltext import visible


class Migration(msgspec.Struct, frozen=True, kw_only=True):
    """The way up of one migration.

    Attributes:
        version: as the tool notes it in its table, by which it is found there; of plain files the file's name.
        file: the path inside the folder, with `/`.
        sql: what goes up, on the very lines that it has in the file: what was cut away above it is left as empty lines.
        transactional: whether the tool runs it inside a transaction.
        checksum: as the tool would note it; None where it notes none.
        repeatable: run again whenever its content changes, after all others.
        baseline: stands for all versioned ones before it, where none of them has run.
        parents: the versions that it follows, where the tool keeps a graph; elsewhere the folder's order says it.
        line: where it begins in its file, from 1.
    """

    version: str
    file: str
    sql: str
    transactional: bool = True
    checksum: str | None = None
    repeatable: bool = False
    baseline: bool = False
    parents: tuple[str, ...] = ()
    line: int = 1

    @property
    def name(self) -> str:
        """What people call it: its file, and the version too where one file holds several."""
        return visible(self.file if self.line == 1 else f"{self.version} ({self.file})")


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """A migration that the tool's table says something of.

    Attributes:
        name: what else the table calls it, for people; empty where it says nothing.
        checksum: as noted; None where the tool notes none, or none for this one.
        succeeded: False for one that failed half-way, or has not ended.
    """

    version: str
    name: str = ""
    checksum: str | None = None
    succeeded: bool = True
