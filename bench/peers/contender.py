"""What each contender tells of itself."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import msgspec

# Of the environment of whoever runs the benchmark nothing may speak to a contender.
ENVIRONMENT: Mapping[str, str] = {"TERM": "dumb", "COLUMNS": "200", "PGCONNECT_TIMEOUT": "10"}


class MissingError(Exception):
    """A contender cannot be had on this machine; the message says why."""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What a contender is to look at.

    Attributes:
        host: with `port`, `database` and `dsn` the same place: the database of so many `tables`.
        twin: the connection string of a copy of it, for those that compare two databases.
        folder: for its files, empty at first.
    """

    dsn: str
    host: str
    port: int
    database: str
    twin: str
    tables: int
    folder: Path


class Contender(Protocol):
    """A program that reads a whole schema.

    Attributes:
        name: as it is told.
        does: what becomes of what it reads.
        reads: how much it reads, in words: whoever reads less is faster for it.
    """

    @property
    def name(self) -> str: ...

    @property
    def does(self) -> str: ...

    @property
    def reads(self) -> str: ...

    def install(self) -> str:
        """Its version, once it is there. Raises MissingError."""
        ...

    def prepare(self, target: Target) -> list[str]:
        """The command that makes what it compares with; empty when it needs nothing. Its time is not told."""
        ...

    def command(self, target: Target) -> list[str]:
        """The command that is measured."""
        ...

    def tables(self, printed: str) -> int | None:
        """How many tables it read, by what it printed; None when it tells of differences only."""
        ...
