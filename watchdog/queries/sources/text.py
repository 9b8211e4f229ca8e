"""A text as a program puts it together: what is known of it, and what is known only when the program runs."""

from collections.abc import Iterable

import msgspec

from watchdog.sqltext import visible

# Two signs of Unicode that mean nothing to anybody stand in a text: for a part that is not known, and for a value that
# a tagged template sends as a parameter. In a source they are replaced before it is read.
HOLE, SLOT = "\ue000", "\ue001"
# A statement that is longer is no statement that a person wrote.
LONGEST = 1_000_000
_SHOWN = 40


class Text(msgspec.Struct, frozen=True):
    """The value of an expression.

    Attributes:
        sql: with a HOLE for each part that is not known.
        holes: why each of those is not known, as a clause.
        literal: some of it is written in the source as a string.
    """

    sql: str
    holes: tuple[str, ...] = ()
    literal: bool = True


def literal(sql: str) -> Text:
    return Text(sql)


def hole(reason: str) -> Text:
    return Text(HOLE, (reason,), literal=False)


def unknown(expression: str) -> Text:
    """A part that is an expression of the program. Only a plain name is shown: others may hold anything."""
    name = expression.strip()
    plain = all(part.removeprefix("#").isidentifier() for part in name.replace("?.", ".").split("."))
    shown = f"`{visible(name[:_SHOWN])}`" if plain else "a part of it"
    return hole(f"{shown} is known only when it runs")


def joined(texts: Iterable[Text], glue: str = "") -> Text:
    """The texts one after another."""
    parts, holes, length, is_literal = [], list[str](), 0, False
    for text in texts:
        length += len(text.sql)
        if length > LONGEST:
            return Text(HOLE, ("it is longer than a million characters",))
        parts.append(text.sql)
        holes.extend(text.holes)
        is_literal = is_literal or text.literal
    return Text(glue.join(parts), tuple(holes), literal=is_literal)


def why(holes: tuple[str, ...]) -> str:
    """Why a text with these holes cannot be read, as a clause: the first of them, and how many more there are."""
    distinct = list(dict.fromkeys(holes))
    more = len(distinct) - 1
    return distinct[0] + (f" (and {more} more part{'s' if more > 1 else ''} of it)" if more else "")
