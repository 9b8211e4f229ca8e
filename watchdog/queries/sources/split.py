"""A script as its statements, cut where psql cuts it: by its rules for brackets and for bodies of functions."""

from collections.abc import Iterator
from itertools import pairwise

import msgspec

from watchdog.schema.tokens import SPACES, is_comment, token_end

_OPENING, _CLOSING = "([", ")]"
# What makes a routine, by its first words: only in one do BEGIN and END hold semicolons together (BEGIN ATOMIC).
_ROUTINES = (
    ("CREATE", "FUNCTION"),
    ("CREATE", "PROCEDURE"),
    ("CREATE", "OR", "REPLACE", "FUNCTION"),
    ("CREATE", "OR", "REPLACE", "PROCEDURE"),
)
_MOST_WORDS = 4


class Part(msgspec.Struct, frozen=True):
    """A statement of a script, or a command to psql, which begins with a backslash.

    Attributes:
        sql: from its first token to its last, without comments around it and without the semicolon.
        start: where that begins in the script.
        closed: whether its end was found; False for a string, a comment, a bracket or a body that is not closed.
    """

    sql: str
    start: int
    closed: bool = True

    @property
    def is_command(self) -> bool:
        return self.sql.startswith("\\")


def parts(script: str, *, commands: bool = True) -> Iterator[Part]:
    """The statements of a script, and its commands to psql, in their order.

    Args:
        script: the script. Data that follows a COPY FROM stdin in it is passed over.
        commands: it is for psql; elsewhere a backslash is a sign like others.
    """
    at = 0
    current = _Current()
    while at < len(script):
        char = script[at]
        if char in SPACES:
            at += 1
            continue
        end = token_end(script, at)
        if char == "\\" and commands:
            end = _line_end(script, at)
            if script.startswith("\\g", at):  # it sends what stands before it, as a semicolon does
                yield from current.taken(script)
                current = _Current()
            yield Part(script[at:end].rstrip(), at)
        elif char == ";" and current.may_end:
            found = list(current.taken(script))
            yield from found
            if found and _feeds(found[0].sql):
                end = _data_end(script, end)
            current = _Current()
        elif not is_comment(script, at):
            current.add(script, at, end)
        elif end == len(script) and char == "/" and not script.endswith("*/"):
            current.leave_open(at, end)
        at = end
    yield from current.taken(script)


class _Current:
    """The statement that is being read."""

    def __init__(self) -> None:
        self.start, self.end = -1, -1
        self._words: list[str] = []
        self._brackets = 0
        self._bodies = 0
        self._closed = True

    @property
    def may_end(self) -> bool:
        return self._brackets <= 0 and self._bodies == 0

    def add(self, script: str, start: int, end: int) -> None:
        if self.start < 0:
            self.start = start
        self.end = end
        token = script[start:end]
        if token in _OPENING:
            self._brackets += 1
        elif token in _CLOSING:
            self._brackets -= 1
        elif token[0].isalpha():
            self._take_word(token.upper())
        elif end == len(script):
            self._closed = _is_closed(token)

    def leave_open(self, start: int, end: int) -> None:
        """The script ends inside of a comment that begins at `start`."""
        self.start, self.end = (self.start, self.end) if self.start >= 0 else (start, end)
        self._closed = False

    def taken(self, script: str) -> Iterator[Part]:
        if self.start >= 0:
            yield Part(script[self.start : self.end], self.start, closed=self._closed and self.may_end)

    def _take_word(self, word: str) -> None:
        if len(self._words) < _MOST_WORDS:
            self._words.append(word)
        if self._brackets or not any(tuple(self._words[: len(words)]) == words for words in _ROUTINES):
            return
        if word == "BEGIN" or (word == "CASE" and self._bodies):
            self._bodies += 1
        elif word == "END" and self._bodies:
            self._bodies -= 1


def _is_closed(token: str) -> bool:
    """Of the last token of a script: whether the quote that opens it closes it too."""
    if token[0] in "'\"":
        inside = token[1:-1].replace(token[0] * 2, "")
        return len(token) > 1 and token.endswith(token[0]) and token[0] not in inside
    if token[0] == "$" and not token[1:2].isdigit():
        tag = token[: token.find("$", 1) + 1]
        return len(tag) > 1 and len(token) >= 2 * len(tag) and token.endswith(tag)
    return True


def _feeds(sql: str) -> bool:
    """Whether rows follow the statement in the script."""
    words = sql.upper().split()
    return words[0] == "COPY" and any(before == "FROM" and word.startswith("STDIN") for before, word in pairwise(words))


def _data_end(script: str, at: int) -> int:
    end = script.find("\n\\.", at)
    return len(script) if end < 0 else end + len("\n\\.")


def _line_end(script: str, at: int) -> int:
    end = script.find("\n", at)
    return len(script) if end < 0 else end
