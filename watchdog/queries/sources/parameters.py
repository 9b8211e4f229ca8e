"""The parameters of drivers and tools, written as the server takes them: `$1`, `$2` and so on.

PostgreSQL itself has no other way to write one, so what is rewritten here would be a mistake in SQL if it were left. A
text that has `$1` already is left alone: what else stands in it means what it means to the server.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence

import msgspec

from watchdog.queries.sources.text import SLOT
from watchdog.schema.tokens import is_comment, spans

_PLACE = re.compile(
    rf"""
      (?P<slot>{SLOT})
    | (?<![:\w\\\[]) : (?P<colon>[A-Za-z_]\w*+) (?! : (?!:) )       # :name, but no ::cast, no slice, no \:
    | (?<![:\w])     : '(?P<psql>\w+)'                              # psql's, as a value
    | (?<![:\w])     : "(?P<quoted>\w+)"                            # psql's, as a name
    | % \( (?P<percent>\w+) \) [sbt] | (?P<next>%[sbt](?!\w)) | (?P<double>%%)
    | \$ (?: \(\s*(?P<round>[\w.]+)(?P<m1>[:^~\#][\w:]*)?\s*\) | \{{\s*(?P<curly>[\w.]+)(?P<m2>[:^~\#][\w:]*)?\s*\}}
           | <\s*(?P<angle>[\w.]+)(?P<m3>[:^~\#][\w:]*)?\s*> | /\s*(?P<slash>[\w.]+)(?P<m4>[:^~\#][\w:]*)?\s*/
           | \[\s*(?P<square>[\w.]+)(?P<m5>[:^~\#][\w:]*)?\s*\] )    # pg-promise's
    | sqlc\.n?arg\( \s*'?(?P<arg>\w+)'?\s* \) | (?P<slice>sqlc\.(?:slice|embed)\() | (?P<at>@[A-Za-z_]\w*+)
    | (?P<mark>\?) | (?P<brace>\{{)
    """,
    re.VERBOSE,
)
_BRACE = "a `{` in it is no SQL: a part of it is put in when it runs"
_NAMES = ("colon", "psql", "percent", "round", "curly", "angle", "slash", "square", "arg", "at")
_MODIFIERS = ("m1", "m2", "m3", "m4", "m5")
# After these a value may stand. `?` anywhere else is an operator of JSONB.
_BEFORE_VALUE = frozenset(
    """
    ( , [ = < > <= >= <> != + - * / % || LIKE ILIKE TO LIMIT OFFSET IN AND OR NOT BETWEEN WHEN THEN ELSE SELECT DISTINCT
    ANY BY WHERE HAVING ON RETURNING CASE SET ~ ~* !~ @> <@ && -> ->> #> #>> @@ ^ ALL SIMILAR FETCH
    """.split()
)


class Numbered(msgspec.Struct, frozen=True):
    """A statement with its parameters as the server takes them, or why it has none such, as a clause."""

    sql: str
    reason: str = ""


def numbered(sql: str, *, percent: bool = False, sqlc: bool = False) -> Numbered:
    """Write the parameters of a statement as `$1` and so on; the same name is the same number.

    Args:
        sql: one statement.
        percent: `%s` and `%(name)s` are parameters, as Python's drivers have them.
        sqlc: `@name` and `sqlc.arg(name)` are.
    """
    if not any(mark in sql for mark in (SLOT, ":", "%", "$", "?", "@", "{", "sqlc")):
        return Numbered(sql)
    code = _Code(sql)
    if code.has_native:
        braces = any(code.is_code(match.start()) for match in re.finditer(r"(?<!\$)\{", sql))
        return Numbered(sql, _BRACE if braces else "")
    found = [match for match in _PLACE.finditer(sql) if _is_meant(match, percent=percent, sqlc=sqlc)]
    if any(match["slot"] and not code.is_code(match.start()) for match in found):
        return Numbered(sql, "a value is put into a string or a comment of it")
    places = [match for match in found if code.is_code(match.start())]
    marks = [match for match in places if match["mark"]]
    if not all(code.may_be_value(match.start()) for match in marks):
        places = [match for match in places if not match["mark"]]
    reason = next((words for match in places if (words := _unreadable(match, code))), "")
    if reason:
        return Numbered(sql, reason)
    with_percent = any(match["percent"] or match["next"] for match in places)
    doubles = [match for match in found if match["double"] and with_percent]
    return Numbered(_rewritten(sql, [match for match in places if not match["double"]], doubles))


class _Code:
    """Where the tokens of a statement are, and which of them the server takes apart no further."""

    def __init__(self, sql: str) -> None:
        self._sql = sql
        self._spans = [span for span in spans(sql) if not is_comment(sql, span[0])]
        self._starts = [start for start, _ in self._spans]
        self.has_native = any(sql[start] == "$" and sql[start + 1 : end].isdigit() for start, end in self._spans)

    def is_code(self, at: int) -> bool:
        """Whether what stands there is outside of strings, quoted names and comments."""
        found = bisect_right(self._starts, at) - 1
        if found < 0 or at >= self._spans[found][1]:
            return False
        start, end = self._spans[found]
        # pg-promise's parameters look like the beginning of a string in dollars; psql's are two tokens.
        return start == at or not (self._sql[start] in "'\"$" or self._sql[end - 1] == "'")

    def may_be_value(self, at: int) -> bool:
        """Whether a value can stand there: after an operator, a bracket or such a word, and no part of another word."""
        found = bisect_right(self._starts, at) - 1
        start, end = self._spans[found]
        before = self._sql[start:at] or (self._sql[slice(*self._spans[found - 1])] if found else "")
        return at == end - 1 and before.upper() in _BEFORE_VALUE


def _is_meant(match: re.Match[str], *, percent: bool, sqlc: bool) -> bool:
    if match["percent"] or match["next"] or match["double"]:
        return percent
    if match["arg"] or match["slice"] or match["at"]:
        return sqlc
    return True


def _unreadable(match: re.Match[str], code: _Code) -> str:
    if match["brace"]:
        return _BRACE
    if match["slot"] and not code.may_be_value(match.start()):
        return "a value is put where no parameter can stand: it may be a piece of SQL"
    if match["quoted"]:
        return f'`:"{match["quoted"]}"` is a name that is known only when it runs'
    if match["slice"]:
        return "sqlc writes a part of it"
    modifier = next((match[group] for group in _MODIFIERS if match[group]), "")
    # pg-promise: `:json` and the like are still values.
    if modifier and modifier not in {":json", ":value"}:
        return f"`{match.group()}` is put in as SQL when it runs"
    return ""


def _rewritten(sql: str, places: Sequence[re.Match[str]], doubles: Sequence[re.Match[str]]) -> str:
    numbers: dict[str | int, int] = {}
    written = {match.start(): (match.end(), "%") for match in doubles}
    for match in places:
        name = next((match[group].removeprefix("@") for group in _NAMES if match[group]), None)
        number = numbers.setdefault(match.start() if name is None else name, len(numbers) + 1)
        written[match.start()] = (match.end(), f"${number}")
    pieces, at = [], 0
    for start in sorted(written):
        end, text = written[start]
        pieces += [sql[at:start], text]
        at = end
    return "".join([*pieces, sql[at:]])
