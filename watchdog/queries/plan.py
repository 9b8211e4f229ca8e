"""How a server takes a statement, as PostgreSQL says it when the statement is parsed and planned and not executed."""

import re
from itertools import pairwise
from typing import Literal

import msgspec

from watchdog.schema.tokens import is_comment, tokens

# At Bind, what only the execution would need. A SELECT's rights are asked for then, a data-changing statement's are
# not; and what takes row locks is refused in a transaction that only reads.
_NEEDED_TO_EXECUTE = frozenset({"42501", "25006"})
# At Bind, before it is planned: the constraints of a domain that takes no NULL, which is all that a parameter is given.
_OF_NULLS = frozenset({"23502", "23514"})
# Errors that say that the statement does not fit the schema: syntax and access rules, names of schemas, values of
# enumerated types and other literals, what a server does not do.
_UNFIT = re.compile(r"42|3F|22|0A")
# Of these a parameter without its value is the cause; of an ambiguous name where it is asked for by an unknown type.
_OF_PARAMETERS = frozenset({"42P18", "42P08"}) | _OF_NULLS
_AMBIGUOUS = "42725"
_RIGHTS = "42501"
_SYNTAX = "42601"
_PARAMETER = re.compile(r"\$\d+")
_CHANGES_DATA = frozenset({"insert", "update", "delete", "merge"})
_PLANNED = _CHANGES_DATA | {"select", "with", "values", "table", "("}


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What came of parsing and planning one statement.

    Attributes:
        verdict: "plans"; "refused", as it does not fit the schema; "unjudged", as nothing can ever be concluded of
            such a statement; "unanswered", as something else kept the server from saying it now.
        sqlstate: the server's code; empty where it had nothing to say.
        words: the server's own, or why nothing can be concluded, on one line.
        position: the character of the statement that the server points at, from 1.
    """

    verdict: Literal["plans", "refused", "unjudged", "unanswered"]
    sqlstate: str = ""
    words: str = ""
    position: int | None = None


PLANS = Plan(verdict="plans")


def is_planned(sql: str) -> bool:
    """Whether a server plans such a statement at all: of all others it checks nothing but the syntax."""
    return bool(words := _words(sql)) and words[0] in _PLANNED


def changes_data(sql: str) -> bool:
    """Whether the statement writes: only then it can be planned without any right on its tables, and is."""
    words = _words(sql)
    if words[0] == "with":
        # Anywhere else they are names, or of FOR UPDATE.
        return any(before in "()" and word in _CHANGES_DATA for before, word in pairwise(words))
    return words[0] in _CHANGES_DATA


def is_of_execution(sqlstate: str, sql: str) -> bool:
    """Whether an error of Bind says nothing against it; only planning would find that an ON CONFLICT lacks a key."""
    return sqlstate in _NEEDED_TO_EXECUTE or (sqlstate in _OF_NULLS and "conflict" not in _words(sql))


def _words(sql: str) -> list[str]:
    return [token.lower() for token in tokens(sql) if not is_comment(token)]


def refusal(sqlstate: str, words: str, position: int | None, sql: str) -> Plan:
    """Judge an error of Parse or Bind."""
    said = " ".join(words.split())
    if sqlstate == _RIGHTS:
        # Of a table no right is asked for here; what parsing needs is USAGE of what a name leads through.
        words = f"{said} (GRANT USAGE on it to the role of the watchdog)"
        return Plan(verdict="unanswered", sqlstate=sqlstate, words=words)
    if sqlstate in _OF_PARAMETERS or (sqlstate == _AMBIGUOUS and "unknown" in said and "$1" in sql):
        return Plan(
            verdict="unjudged",
            sqlstate=sqlstate,
            words=f"{said}: that cannot be told without the values of its parameters",
        )
    if sqlstate == _SYNTAX and (position is None or _PARAMETER.match(sql, position - 1)):
        return Plan(
            verdict="unjudged",
            sqlstate=sqlstate,
            words=f"{said}: not in a form that can be parsed without its values",
        )
    if _UNFIT.match(sqlstate):
        return Plan(verdict="refused", sqlstate=sqlstate, words=said, position=position)
    return Plan(verdict="unanswered", sqlstate=sqlstate, words=said)
