"""Statements in .sql files: scripts of psql, queries for sqlc, aiosql and their like, dumps."""

from watchdog.finding import Location
from watchdog.queries.sources.parameters import numbered
from watchdog.queries.sources.roots import Unplanned
from watchdog.queries.sources.shape import Shape, beginning
from watchdog.queries.sources.split import Part, parts
from watchdog.queries.sources.tree import plain
from watchdog.queries.statement import Harvest, Statement, Unread

# sqlc, aiosql and others name the statement that follows so.
_NAMED = ("-- name:", "--name:")
NOT_CLOSED = "a string, a comment, a bracket or a body in it is not closed"


def read(text: str, file: str) -> Harvest:
    """The statements of a script, each at the line of its first word.

    Args:
        text: the script.
        file: its path, as places are told.
    """
    script = plain(text)
    is_sqlc = any(name in script for name in _NAMED)
    statements: list[Statement] = []
    unread: list[Unread] = []
    commands: list[tuple[Location, str]] = []
    unplanned = Unplanned()
    line, counted = 1, 0
    for part in parts(script):
        line, counted = line + script.count("\n", counted, part.start), part.start
        place = Location(file, line)
        if part.is_command:
            commands.append((place, part.sql.split()[0]))
        elif part.closed and beginning(part.sql) is Shape.UTILITY:
            unplanned.add(place, part.sql)
        else:
            done = numbered(part.sql, sqlc=is_sqlc)
            reason = _fault(part) or done.reason
            if reason:
                unread.append(Unread(location=place, reason=reason))
            else:
                statements.append(Statement(sql=done.sql, locations=(place,)))
    return Harvest(statements=tuple(statements), unread=(*unread, *unplanned.told(), *_commands(commands)))


def _fault(part: Part) -> str:
    if not part.closed:
        return NOT_CLOSED
    if "\0" in part.sql:
        return "it holds a character of code 0, which no server takes"
    return "" if beginning(part.sql) is Shape.STATEMENT else "it begins like no statement of PostgreSQL"


def _commands(found: list[tuple[Location, str]]) -> tuple[Unread, ...]:
    """Said once a file: a script may hold hundreds."""
    if not found:
        return ()
    place, first = found[0]
    more = f" and {len(found) - 1} more of its commands are" if len(found) > 1 else " is"
    return (Unread(location=place, reason=f"`{first}`{more} for psql, and what it does is not looked at"),)
