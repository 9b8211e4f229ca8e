"""Statements that a server recorded: exports of pg_stat_statements, and plain statements.

They are taken as they stand. Parameters are the server's own already, and what is never planned (BEGIN, SET) is passed
over: a server records thousands of those.
"""

import csv
import io

import msgspec

from watchdog.finding import Location
from watchdog.queries.sources.shape import Shape, beginning
from watchdog.queries.sources.split import parts
from watchdog.queries.statement import Harvest, Statement, Unread

_HIDDEN = "<insufficient privilege>"


class _Row(msgspec.Struct):
    """A row of pg_stat_statements, as far as it is used; the view calls the number `queryid`."""

    query: str
    calls: int | None = None
    query_id: int | None = None
    queryid: int | None = None


def read_json_lines(text: str, file: str) -> Harvest:
    """A JSON object a line: `{"query": "...", "calls": 12, "query_id": 7}`; only `query` must be there."""
    found = _Found(file)
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            found.take_json(line, number)
    return found.harvest()


def read_json(text: str, file: str) -> Harvest:
    """One array of such objects."""
    found = _Found(file)
    try:
        rows = msgspec.json.decode(text.encode(errors="replace"), type=list[msgspec.Raw])
    except (msgspec.DecodeError, RecursionError):
        found.fail(1, "it is no JSON array of objects with a `query`")
        return found.harvest()
    for row in rows:
        found.take_json(bytes(row).decode(errors="replace"), 1)
    return found.harvest()


def read_csv(text: str, file: str) -> Harvest:
    """A table with a header in which one column is `query`; `calls` and `queryid` are used."""
    found = _Found(file)
    rows = csv.DictReader(io.StringIO(text, newline=""))
    try:
        if "query" not in (rows.fieldnames or ()):
            found.fail(1, "its first line names no column `query`")
            return found.harvest()
        line = rows.line_num + 1
        for row in rows:
            # A field that is empty is none; more fields than the header has are under None.
            given = {name: value for name, value in row.items() if name and value}
            found.take(given, line)
            line = rows.line_num + 1
    except csv.Error as error:
        found.fail(rows.line_num or 1, f"it is no CSV from here on: {error}")
    return found.harvest()


def read_statements(text: str, file: str) -> Harvest:
    """Statements that end with a semicolon."""
    found = _Found(file)
    found.take_script(text, 1, _Row(query=""))
    return found.harvest()


class _Found:
    """What was found in one file."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._statements: list[Statement] = []
        self._unread: list[Unread] = []
        self._hidden: list[int] = []

    def harvest(self) -> Harvest:
        if self._hidden:
            count = len(self._hidden)
            of = f"{count} statements of other roles are" if count > 1 else "a statement of another role is"
            self.fail(self._hidden[0], f"{of} hidden from the role that exported this: it needs pg_read_all_stats")
        return Harvest(statements=tuple(self._statements), unread=tuple(self._unread))

    def fail(self, line: int, reason: str) -> None:
        self._unread.append(Unread(location=Location(self._file, line), reason=reason))

    def take_json(self, text: str, line: int) -> None:
        try:
            self.take(msgspec.json.decode(text.encode(errors="replace")), line)
        except (msgspec.DecodeError, RecursionError):
            self.fail(line, "it is no JSON object with a `query`")

    def take(self, given: object, line: int) -> None:
        try:
            row = msgspec.convert(given, _Row, strict=False)
        except msgspec.ValidationError as error:
            self.fail(line, f"it is no row of pg_stat_statements: {error}")
            return
        if row.query.strip() == _HIDDEN:
            self._hidden.append(line)
        else:
            self.take_script(row.query, line, row, spread=False)

    def take_script(self, script: str, line: int, row: _Row, *, spread: bool = True) -> None:
        """Take each statement of a text that begins on `line`; `spread` where its lines are those of the file."""
        counted = 0
        for part in parts(script):
            if spread:
                line, counted = line + script.count("\n", counted, part.start), part.start
            reason = self._fault(part.sql, closed=part.closed)
            if reason:
                self.fail(line, reason)
            elif beginning(part.sql) is Shape.STATEMENT:
                number = row.queryid if row.query_id is None else row.query_id
                self._statements.append(Statement(sql=part.sql, query_id=number, calls=row.calls, recorded=True))

    def _fault(self, sql: str, *, closed: bool) -> str:
        if not closed:
            return "it was cut off when it was recorded: a string, a comment or a bracket in it is not closed"
        if "\0" in sql:
            return "it holds a character of code 0, which no server takes"
        return "it begins like no statement of PostgreSQL" if beginning(sql) is Shape.OTHER else ""
