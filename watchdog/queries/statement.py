"""One statement that an application sends, and where it was found."""

import hashlib

import msgspec

from watchdog.finding import Location


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """A statement that can be read whole.

    Attributes:
        sql: with parameters as the server takes them, `$1` and so on.
        locations: where it stands in files; none of what a server recorded.
        query_id: the server's number for it, of what a server recorded.
        calls: how often the server ran it since it began to count; None for what was read from files.
        calls_a_day: of them, on average since then, and of what is younger than a day all; None where it does not say.
        recorded: what a server ran, with its literals taken out: it may not parse though it ran.
    """

    sql: str
    locations: tuple[Location, ...] = ()
    query_id: int | None = None
    calls: int | None = None
    calls_a_day: float | None = None
    recorded: bool = False

    @property
    def digest(self) -> str:
        """A name for life, 12 hex digits: the same wherever it stands, and however it is broken into lines."""
        return hashlib.sha256(" ".join(self.sql.split()).encode()).hexdigest()[:12]


class Unread(msgspec.Struct, frozen=True, kw_only=True):
    """A place that holds a statement which cannot be read whole, and why, as a clause."""

    location: Location
    reason: str


class Harvest(msgspec.Struct, frozen=True, kw_only=True):
    """What was found in one source or in several: statements, and what could not be read, each in their order."""

    statements: tuple[Statement, ...] = ()
    unread: tuple[Unread, ...] = ()
