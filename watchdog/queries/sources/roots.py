"""The texts of one source, and what becomes of each: a statement, a place that cannot be read, or nothing."""

from collections.abc import Sequence

import msgspec

from watchdog.finding import Location
from watchdog.queries.sources.parameters import numbered
from watchdog.queries.sources.scopes import Scopes
from watchdog.queries.sources.shape import Shape, beginning, shape, utility
from watchdog.queries.sources.split import parts
from watchdog.queries.sources.text import HOLE, Text, why
from watchdog.queries.statement import Harvest, Statement, Unread

# How a name ends, word by word, that is given to a statement: `sql`, `insertQuery`, `SEALED_EPOCHS_SQL`.
_NAMES = ("sql", "query", "statement", "stmt")


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """What a text's place says of it.

    Attributes:
        sent: it is passed to a call that sends a statement, or has a name that says that it is one.
        spoken: it is for people: passed to a log or an error, or a docstring.
        inside: it is a part of another text.
        given_to: the name that it is given to; empty where it is given to none.
    """

    sent: bool = False
    spoken: bool = False
    inside: bool = False
    given_to: str = ""


class Root(msgspec.Struct, frozen=True, kw_only=True):
    """A text that is not a part of one, by where its expression begins in the source."""

    at: int
    location: Location
    text: Text
    use: Use


class Roots:
    """What was found in one source."""

    def __init__(self, scopes: Scopes) -> None:
        self._scopes = scopes
        self._roots: dict[int, Root] = {}
        self._unread: list[tuple[int, Unread]] = []
        # By the node's number: expressions that are a part of other texts, and those that are sent by their name.
        self.parts: set[int] = set()
        self.sent: set[int] = set()

    def add(self, node_id: int, root: Root) -> None:
        self._roots.setdefault(node_id, root)

    def __contains__(self, node_id: int) -> bool:
        return node_id in self._roots

    def fail(self, at: int, location: Location, reason: str) -> None:
        """A statement stands there and cannot be read."""
        self._unread.append((at, Unread(location=location, reason=reason)))

    def harvest(self, *, percent: bool = False) -> Harvest:
        """Statements and unread places, in the order of the source."""
        statements: list[Statement] = []
        unread = list(self._unread)
        unplanned = Unplanned()
        for node_id, root in sorted(self._roots.items(), key=lambda item: item[1].at):
            sent = root.use.sent or node_id in self.sent
            if not sent and (root.use.inside or root.use.spoken or node_id in self.parts):
                continue
            found = self._read(root, unplanned, sent=sent, percent=percent)
            statements.extend(found.statements)
            unread.extend((root.at, each) for each in found.unread)
        ordered = [each for _, each in sorted(unread, key=lambda item: item[0])]
        return Harvest(statements=tuple(statements), unread=(*ordered, *unplanned.told()))

    def _read(self, root: Root, unplanned: "Unplanned", *, sent: bool, percent: bool) -> Harvest:
        """What one text is."""
        sql = root.text.sql
        what = shape(sql, sent=sent)
        if root.text.holes:
            # What begins with a part that is not known may be anything; what is sent is a statement all the same.
            stands = what is not Shape.OTHER or (sent and sql.lstrip().startswith(HOLE))
            return _failed(root, why(root.text.holes)) if stands else Harvest()
        if what is Shape.OTHER:
            return Harvest()
        if root.use.given_to and self._scopes.meaning(root.use.given_to, root.at).extended:
            return _failed(root, f"`{root.use.given_to}` is added to after this")
        return read_script(sql, root.location, unplanned, percent=percent)


class Unplanned:
    """The statements of one file that no server plans: they are told in one place, where the first of them stands."""

    def __init__(self) -> None:
        self._found: list[tuple[Location, str]] = []

    def add(self, location: Location, sql: str) -> None:
        self._found.append((location, utility(sql)))

    def told(self) -> tuple[Unread, ...]:
        if not self._found:
            return ()
        location, what = self._found[0]
        more = len(self._found) - 1
        others = f" and {more} more statement{'s' if more > 1 else ''} of this file" if more else ""
        return (
            Unread(location=location, reason=f"{what}{others} {'are' if more else 'is'} not planned: nothing to check"),
        )


def read_script(sql: str, location: Location, unplanned: Unplanned, *, percent: bool) -> Harvest:
    """The statements of a text of which the first is known to be one; there is one place for all of them."""
    if "\0" in sql:
        return Harvest(
            unread=(Unread(location=location, reason="it holds a character of code 0, which no server takes"),)
        )
    statements: list[Statement] = []
    unread: list[Unread] = []
    for part in parts(sql):
        what = beginning(part.sql)
        if what is Shape.UTILITY:
            unplanned.add(location, part.sql)
            continue
        done = numbered(part.sql, percent=percent)
        reason = done.reason or ("" if what is Shape.STATEMENT else "a part of it is no statement that is known here")
        if reason:
            unread.append(Unread(location=location, reason=reason))
        else:
            statements.append(Statement(sql=done.sql, locations=(location,)))
    return Harvest(statements=tuple(statements), unread=tuple(unread))


def is_statement_name(name: str) -> bool:
    """Whether a variable, a key or a field says by its name that it holds a statement."""
    return name.rstrip("_0123456789").lower().endswith(_NAMES) or name.lower() in {"q", "text_sql"}


def _failed(root: Root, reason: str) -> Harvest:
    return Harvest(unread=(Unread(location=root.location, reason=reason),))


def merge(harvests: Sequence[Harvest]) -> Harvest:
    """All that was found in several sources. The same statement at several places is one, with all of them.

    What a server recorded is the statement that a file holds where both read the same; its calls are added up.
    """
    merged: dict[str, Statement] = {}
    for statement in (each for harvest in harvests for each in harvest.statements):
        known = merged.get(statement.digest)
        merged[statement.digest] = statement if known is None else _both(known, statement)
    return Harvest(
        statements=tuple(merged.values()),
        unread=tuple(dict.fromkeys(each for harvest in harvests for each in harvest.unread)),
    )


def _both(one: Statement, other: Statement) -> Statement:
    counted = [calls for calls in (one.calls, other.calls) if calls is not None]
    return Statement(
        sql=other.sql if one.recorded and not other.recorded else one.sql,
        locations=tuple(dict.fromkeys((*one.locations, *other.locations))),
        query_id=other.query_id if one.query_id is None else one.query_id,
        calls=sum(counted) if counted else None,
        recorded=one.recorded and other.recorded,
    )
