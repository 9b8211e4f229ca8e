"""One thing that was looked at, and what there is to say of it."""

import enum
from collections.abc import Iterable

import msgspec

from watchdog.sqltext import display_name, how_many, visible


class Level(enum.StrEnum):
    """How bad it is: a fault keeps the watchdog from its work, a warning makes it blind or risky somewhere."""

    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    FAULT = "fault"


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What was found, why it matters, and what to do; `sql` is what does it, a statement each, safe to run as it is.

    The SQL of a note is an offer: nothing is wrong without it.
    """

    check: str
    level: Level
    what: str
    why: str = ""
    do: str = ""
    sql: tuple[str, ...] = ()


def named(names: Iterable[tuple[str, ...]], thing: str, most: int = 5) -> str:
    """`3 tables (public.a, public.b, public.c)`; of many only the first."""
    known = sorted({display_name(name) for name in names})
    more = [f"and {len(known) - most:,} more"] if len(known) > most else []
    return f"{how_many(len(known), thing)} ({', '.join([*known[:most], *more])})"


def ok(check: str, what: str) -> Line:
    """Nothing is wrong."""
    return Line(check=check, level=Level.OK, what=visible(what))
