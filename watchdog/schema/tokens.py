"""SQL as PostgreSQL prints it, as tokens and as brackets within brackets.

A token is its own text: a word, a quoted name, a string, a number, an operator, a comment or one sign. White space
between tokens is dropped; inside of strings, quoted names and comments nothing is touched.

What the server prints has its key words in capitals and its names in small letters, or quoted. So `FROM` is the key
word, and neither `from` nor `"FROM"` is.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from string import ascii_uppercase
from typing import TypeAlias

import msgspec

# The server's own: other spaces of Unicode are letters of a name to it.
SPACES = frozenset(" \t\n\r\f\v")
_OPERATORS = frozenset("+-*/<>=~!@#%^&|`?")
_DIGITS = frozenset("0123456789")
# What a word, a number and so on go on with. Beyond ASCII everything is a letter to the server.
_TAG = re.compile(r"[A-Za-z0-9_\x80-\U0010ffff]+")
_WORD = re.compile(r"[A-Za-z0-9_$\x80-\U0010ffff]+")
_NUMBER = re.compile(r"[A-Za-z0-9_$.\x80-\U0010ffff]+")
_NUMBERED = re.compile(r"[0-9]+")
_OPERATOR = re.compile(r"[-+*/<>=~!@#%^&|`?]+")
_CLOSING = {"(": ")", "[": "]"}
# The server folds these letters, and no others where one takes several bytes.
_SMALL = str.maketrans({letter: letter.lower() for letter in ascii_uppercase})


class Group(msgspec.Struct, frozen=True):
    """What stands between two brackets. `opening` is the first of them.

    Groups are neither hashed nor compared with each other: that recurses, as deep as the brackets are.
    """

    opening: str
    nodes: tuple["Node", ...]


Node: TypeAlias = str | Group
Nodes: TypeAlias = tuple[Node, ...]


def tokens(text: str) -> tuple[str, ...]:
    """The tokens of any text. What is not closed, such as a string, is one token up to the end."""
    return tuple(text[start:end] for start, end in spans(text))


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Where each token of any text begins and ends."""
    at = 0
    while at < len(text):
        if text[at] in SPACES:
            at += 1
            continue
        end = token_end(text, at)
        yield at, end
        at = end


def nested(flat: Iterable[str], closed: Callable[[Group], Nodes]) -> Nodes | None:
    """The tokens with each bracket and its content as one group, or None where brackets do not match.

    Args:
        flat: the tokens.
        closed: what a group becomes in the one around it. It is asked from the inside out, without recursion: a long
            chain of operators is printed with hundreds of brackets within each other.
    """
    levels: list[tuple[str, list[Node]]] = [("", [])]
    for token in flat:
        if token in _CLOSING:
            levels.append((token, []))
        elif token in _CLOSING.values():
            opening, nodes = levels.pop()
            if _CLOSING.get(opening) != token:
                return None
            levels[-1][1].extend(closed(Group(opening, tuple(nodes))))
        else:
            levels[-1][1].append(token)
    return tuple(levels[0][1]) if len(levels) == 1 else None


def flattened(nodes: Nodes, enters: Callable[[Group], bool]) -> list[tuple[str, bool]]:
    """The tokens again, each with whether `enters` was true of all groups around it."""
    found: list[tuple[str, bool]] = []
    waiting: list[tuple[Node, bool]] = [(node, True) for node in reversed(nodes)]
    while waiting:
        node, inside = waiting.pop()
        if isinstance(node, str):
            found.append((node, inside))
            continue
        within = inside and enters(node)
        found.append((node.opening, inside))
        waiting.append((_CLOSING[node.opening], inside))
        waiting.extend((each, within) for each in reversed(node.nodes))
    return found


def split(nodes: Nodes) -> list[Nodes]:
    """What stands between the commas."""
    places = [at for at, node in enumerate(nodes) if node == ","]
    return between(nodes, places) if nodes else []


def between(nodes: Nodes, places: Sequence[int]) -> list[Nodes]:
    """What stands before, between and after the nodes at these places."""
    starts, ends = [0, *(at + 1 for at in places)], [*places, len(nodes)]
    return [nodes[start:end] for start, end in zip(starts, ends, strict=True)]


def is_name(token: Node) -> bool:
    """Whether it is a name as the server prints one: quoted, or beginning with a small letter."""
    return isinstance(token, str) and (token[0] in '"_' or token[0].islower() or token[0] > "\x7f")


def is_comment(text: str, at: int = 0) -> bool:
    """Whether the token that begins there is a comment."""
    return text.startswith(("--", "/*"), at)


def folded(token: Node) -> str:
    """The name that a token of any statement may be, as the server folds it; empty for what is none."""
    if not isinstance(token, str) or not token:
        return ""
    if token[0] == '"':
        return token[1:-1].replace('""', '"')
    return token.translate(_SMALL) if _is_letter(token[0]) and not token.endswith("'") else ""


def token_end(text: str, at: int) -> int:
    """Where the token that begins at `at` ends; no white space stands there."""
    char, two = text[at], text[at : at + 2]
    if char in "'\"":
        end = _quoted_end(text, at)
    elif two == "--":
        end = _after(text, "\n", at + 2)
    elif two == "/*":
        end = _comment_end(text, at)
    elif char == "$":
        end = _dollar_end(text, at)
    elif char in _DIGITS or (char == "." and two[1:] in _DIGITS):
        end = _number_end(text, at)
    elif _is_letter(char):
        end = _word_end(text, at)
    elif char in _OPERATORS:
        end = _operator_end(text, at)
    else:
        end = at + (2 if two in {"::", ":="} else 1)
    return end


def _word_end(text: str, at: int) -> int:
    """Of a name or a key word, or of a string whose kind a letter tells."""
    end = _run(text, at, _WORD)
    if end == at + 1 and text[at] in "EeBbXxNn" and text[end : end + 1] == "'":
        return _quoted_end(text, end, escapes=text[at] in "Ee")
    return end


def _quoted_end(text: str, at: int, *, escapes: bool = False) -> int:
    quote = text[at]
    at += 1
    while at < len(text):
        if text[at] == "\\" and escapes:
            at += 2
        elif text[at] != quote:
            at += 1
        elif text[at + 1 : at + 2] == quote:
            at += 2
        else:
            return at + 1
    return len(text)


def _comment_end(text: str, at: int) -> int:
    depth = 0
    while at < len(text):
        two = text[at : at + 2]
        if two in {"/*", "*/"}:
            depth += 1 if two == "/*" else -1
            at += 2
            if depth == 0:
                return at
        else:
            at += 1
    return len(text)


def _dollar_end(text: str, at: int) -> int:
    """Of a parameter (`$1`), of a string in dollars, or of a lone dollar."""
    end = _run(text, at + 1, _TAG)
    tag = text[at : end + 1]
    if tag[1:2] in _DIGITS:
        return _run(text, at + 1, _NUMBERED)
    return _after(text, tag, end + 1) if end < len(text) and tag.endswith("$") else at + 1


def _number_end(text: str, at: int) -> int:
    end = _run(text, at, _NUMBER)
    while text[end - 1] in "eE" and text[end : end + 1] in {"+", "-"}:
        end = _run(text, end + 1, _WORD)
    return end


def _operator_end(text: str, at: int) -> int:
    end = _run(text, at, _OPERATOR)
    comments = [place for mark in ("--", "/*") if (place := text.find(mark, at, end)) > at]
    return min([end, *comments])


def _after(text: str, mark: str, at: int) -> int:
    place = text.find(mark, at)
    return place + len(mark) if place >= 0 else len(text)


def _run(text: str, at: int, signs: re.Pattern[str]) -> int:
    """Where signs of this kind end, of which there may be none."""
    found = signs.match(text, at)
    return found.end() if found else at


def _is_letter(char: str) -> bool:
    return char == "_" or char > "\x7f" or char.isalpha()
