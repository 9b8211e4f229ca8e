"""Whether a text is a statement, or only begins like one: "Select a file from the list" is no query.

How much a text must show depends on where it stands: what is passed to a call such as `query` needs less than what
stands anywhere. In doubt a text that stands anywhere is none: a button's label that is sent to a server as a statement
would be a finding that nobody can mend.
"""

import enum
from collections.abc import Iterator, Mapping
from itertools import islice
from types import MappingProxyType
from typing import Protocol

from watchdog.schema.tokens import is_comment, spans

# More is not looked at to tell what a text is.
_TOKENS = 4_000
# What PostgreSQL runs without a plan, by its first word: all commands of its reference but those above.
UTILITIES = frozenset(
    """
    ABORT ALTER ANALYZE BEGIN CALL CHECKPOINT CLOSE CLUSTER COMMENT COMMIT COPY CREATE DEALLOCATE DECLARE DISCARD DO
    DROP END EXECUTE EXPLAIN FETCH GRANT IMPORT LISTEN LOAD LOCK MOVE NOTIFY PREPARE REASSIGN REFRESH REINDEX RELEASE
    RESET REVOKE ROLLBACK SAVEPOINT SECURITY SET SHOW START TRUNCATE UNLISTEN VACUUM
    """.split()
)
# In small letters those are words of every day; with one of these after them they are not.
_OBJECTS = frozenset(
    """
    TABLE INDEX UNIQUE VIEW MATERIALIZED SCHEMA SEQUENCE TYPE FUNCTION PROCEDURE TRIGGER EXTENSION TEMP TEMPORARY
    UNLOGGED OR ROLE DATABASE POLICY DOMAIN TRANSACTION
    """.split()
)
_ENDS = frozenset({"BEGIN", "COMMIT", "ROLLBACK"})
_ACTS = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "VALUES", "TABLE"})
_NO_ARGUMENTS = frozenset(
    {"CURRENT_USER", "CURRENT_DATE", "CURRENT_TIMESTAMP", "SESSION_USER", "NULL", "TRUE", "FALSE"}
)
_WORDS_THAT_TEST = frozenset({"IS", "IN", "NOT", "EXISTS", "LIKE", "ILIKE", "BETWEEN", "CURRENT"})
_SIGNS = frozenset("*(=<>$?:%'\"|+-/,.0123456789[")


class Shape(enum.Enum):
    STATEMENT = "a statement that a server plans"
    UTILITY = "a statement that a server runs without a plan"
    OTHER = "no statement"


def shape(text: str, *, sent: bool) -> Shape:
    """What a text is.

    Args:
        text: the whole text; what is not known of it is a name.
        sent: it stands where a statement is expected.
    """
    words = _words(text)
    if not words:
        return Shape.OTHER
    first = words[0].upper()
    if first in _STARTS:
        # "Select" with one capital is prose, unless it is sent.
        one_case = words[0].isupper() or words[0].islower() or first == "("
        found = (sent or one_case) and _STARTS[first](words, [word.upper() for word in words], sent=sent)
        return Shape.STATEMENT if found else Shape.OTHER
    if sent and first in UTILITIES and _is_utility(words):
        return Shape.UTILITY
    return Shape.OTHER


def beginning(sql: str) -> Shape:
    """What a text is that is known to be a statement: its first word tells."""
    first = next(_tokens(sql), "").upper()
    return Shape.STATEMENT if first in _STARTS else Shape.UTILITY if first in UTILITIES else Shape.OTHER


def utility(sql: str) -> str:
    """What to call such a statement: its first words in capitals."""
    words = [word.upper() for word in islice(_tokens(sql), 2)]
    return " ".join(words if words[-1] in _OBJECTS else words[:1])


def _words(text: str) -> list[str]:
    """The first tokens of a text, or the one with which no statement begins."""
    found = _tokens(text)
    first = list(islice(found, 1))
    known = first and (first[0].upper() in _STARTS or first[0].upper() in UTILITIES)
    return [*first, *islice(found, _TOKENS)] if known else first


def _tokens(text: str) -> Iterator[str]:
    return (text[start:end] for start, end in spans(text) if not is_comment(text, start))


def _is_insert(words: list[str], capitals: list[str], *, sent: bool) -> bool:
    if capitals[1:2] != ["INTO"] or not _is_name(words[2:3]):
        return False
    return sent or bool(_ACTS.intersection(capitals[3:])) or "DEFAULT" in capitals


def _is_update(words: list[str], capitals: list[str], *, sent: bool) -> bool:
    # As far as SET: ONLY, a schema, a name, a star, AS and another name.
    at = capitals.index("SET", 0, 9) if "SET" in capitals[:9] else 0
    return at > 1 and _is_name(words[1:2]) and (sent or _tests(words[at:]))


def _is_merge(_: list[str], capitals: list[str], *, sent: bool) -> bool:
    return {"INTO", "USING", "WHEN", "THEN"} <= set(capitals) or (sent and capitals[1:2] == ["INTO"])


def _is_with(words: list[str], capitals: list[str], *, sent: bool) -> bool:
    return "AS" in capitals and "(" in words and (sent or bool(_ACTS.intersection(capitals)))


def _is_values(words: list[str], _: list[str], *, sent: bool) -> bool:
    return sent and words[1:2] == ["("]


def _is_table(words: list[str], _: list[str], *, sent: bool) -> bool:
    return sent and words[0] == "TABLE" and _is_name(words[1:2])


def _is_bracket(words: list[str], capitals: list[str], *, sent: bool) -> bool:
    return (
        sent and next((word for word in capitals if word != "("), "") in {"SELECT", "WITH", "VALUES"} and len(words) > 1
    )


def _is_select(words: list[str], capitals: list[str], *, sent: bool) -> bool:
    if len(words) == 1 or (sent and words[0] == "SELECT"):
        return len(words) > 1
    if "FROM" in capitals:
        return _is_select_from(words, capitals.index("FROM"), sent=sent)
    if words[1][0] in "$'\"0123456789*(-" or capitals[1] in _NO_ARGUMENTS:
        ends = [*words[2:3], ";"][0][0] in ",;:+-*/|<>=" or capitals[2:3] in (["AS"], ["WHERE"])
        return sent or (words[0].isupper() and (ends or words[1] == "("))
    called = "(" in words[2:7] and words[2][0] in "(."
    return (sent and (called or _has_signs(words))) or (words[0].isupper() and called)


def _is_select_from(words: list[str], at: int, *, sent: bool) -> bool:
    """Prose has words and few signs, and does not write its key words unlike its names."""
    chosen = words[1:at]
    if words[0].isupper() and words[at].isupper() and (sent or _lower_names(words)):
        return True
    if len(chosen) == 1 and (sent or words[0].isupper() or chosen == ["*"]):
        return True
    if sent and len(chosen) == 2:  # noqa: PLR2004 such as DISTINCT and a name
        return True
    return _listed(chosen) or "*" in chosen or "(" in chosen or any(word[0] in "=<>" for word in words[at:])


def _is_delete(words: list[str], capitals: list[str], *, sent: bool) -> bool:
    if capitals[1:2] != ["FROM"] or not _is_name(words[2:3]):
        return False
    if "WHERE" in capitals:
        return sent or _tests(words[capitals.index("WHERE") :])
    # Alone, `DELETE FROM cart` is a statement as it is written, and `DELETE FROM CART` is what a button says.
    return sent or "USING" in capitals or (words[0].isupper() and len(words) in {3, 5} and _lower_names(words))


def _is_utility(words: list[str]) -> bool:
    return (
        words[0].isupper()
        or (words[0].upper() in _ENDS and len(words) == 1)
        or (len(words) > 1 and words[1].upper() in _OBJECTS)
    )


def _is_name(tokens: list[str]) -> bool:
    """Whether the one token that is looked at is a name, or a key word."""
    return any(token[0] in '"_' or token[0].isalpha() or token[0] > "\x7f" for token in tokens)


def _lower_names(words: list[str]) -> bool:
    """Whether the key words are told from the names by capitals."""
    return words[0].isupper() and not all(word.isupper() for word in words)


def _has_signs(words: list[str]) -> bool:
    return any(word[0] in _SIGNS and word not in {",", ".", "'", "-", ":"} for word in words[1:])


def _listed(chosen: list[str]) -> bool:
    """Names with single commas or dots between them, as in `a, b.c`: prose has more words between its commas."""
    return len(chosen) > 2 and all(mark in {",", "."} for mark in chosen[1::2])  # noqa: PLR2004


def _tests(words: list[str]) -> bool:
    """Whether something is compared or set."""
    return any(word[0] in "=<>" for word in words) or bool(
        _WORDS_THAT_TEST.intersection(word.upper() for word in words)
    )


class _Judge(Protocol):
    """Whether tokens that begin with a certain word are a statement; `capitals` are the same in capitals."""

    def __call__(self, words: list[str], capitals: list[str], /, *, sent: bool) -> bool: ...


_STARTS: Mapping[str, _Judge] = MappingProxyType({
    "SELECT": _is_select,
    "INSERT": _is_insert,
    "UPDATE": _is_update,
    "DELETE": _is_delete,
    "WITH": _is_with,
    "MERGE": _is_merge,
    "VALUES": _is_values,
    "TABLE": _is_table,
    "(": _is_bracket,
})  # fmt: skip
