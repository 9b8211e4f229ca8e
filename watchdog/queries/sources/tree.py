"""A source as the tree that a parser makes of it. The parsers are an optional extra, asked for only here."""

import time
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, TypeAlias

from watchdog.errors import UsageError
from watchdog.finding import Location
from watchdog.queries.sources.text import HOLE, SLOT
from watchdog.queries.statement import Unread

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

    Syntax: TypeAlias = Node
else:
    Syntax = object

# The parser takes about a second for the largest file that is read. For what is broken on purpose it may take minutes.
LONGEST_SECONDS = 10.0
_CHUNK = 65_536
# What Python's grammar calls it, and JavaScript's.
_BINARY = frozenset({"binary_operator", "binary_expression"})

# What each is made by: its module, and the function in that.
_GRAMMARS = {
    "javascript": ("tree_sitter_javascript", "language"),
    "typescript": ("tree_sitter_typescript", "language_typescript"),
    "tsx": ("tree_sitter_typescript", "language_tsx"),
    "python": ("tree_sitter_python", "language"),
}


class Source:
    """A parsed file.

    Attributes:
        file: its path, as places in it are told.
        root: the node that all others are in; of nothing at all where the parser took too long.
    """

    def __init__(self, text: str, file: str, grammar: str) -> None:
        """Parse a text that is `plain`. Raises UsageError where the parsers are not installed."""
        self.file = file
        self._bytes = text.encode(errors="replace")
        parser = _parser(grammar)
        end = time.monotonic() + LONGEST_SECONDS
        try:
            # It says "failed" of a parse that was ended, and of nothing else.
            self.root = parser.parse(
                lambda at, _: self._bytes[at : at + _CHUNK], progress_callback=lambda *_: time.monotonic() > end
            ).root_node
        except ValueError:
            parser.reset()
            self.root = parser.parse(b"").root_node
            self.gave_up = True
        else:
            self.gave_up = False

    def slice(self, start: int, end: int) -> str:
        return self._bytes[start:end].decode(errors="replace")

    def text(self, node: Syntax) -> str:
        return self.slice(node.start_byte, node.end_byte)

    def place(self, node: Syntax) -> Location:
        return Location(self.file, node.start_point.row + 1)

    def places_of(self, names: Iterable[str]) -> list[int]:
        """Where any of these names stands, as part of a longer one too."""
        return [at for name in names for at in occurrences(self._bytes, name.encode())]

    def fault(self) -> Unread | None:
        """The first place that the parser could not read, or None."""
        if self.gave_up:
            place = Location(self.file, 1)
            return Unread(location=place, reason=f"its parser was still not done after {LONGEST_SECONDS:.0f} s")
        waiting = [self.root] if self.root.has_error else []
        while waiting:
            node = waiting.pop()
            if node.is_error or node.is_missing:
                said = "the source is broken here for its parser: what stands around it may be missing"
                return Unread(location=self.place(node), reason=said)
            waiting.extend(child for child in reversed(node.children) if child.has_error or child.is_missing)
        return None


def plain(text: str) -> str:
    """A text with the line ends that strings of all languages have, and without the signs that mean something here."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.replace(HOLE, "\ufffd").replace(SLOT, "\ufffd")


def child(node: Syntax, field: str) -> Syntax | None:
    return node.child_by_field_name(field)


def kind_of(node: Syntax | None) -> str:
    return node.type if node is not None else ""


def occurrences(text: bytes, word: bytes) -> Iterator[int]:
    """Where a word stands in a text."""
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + 1)


@cache
def _parser(grammar: str) -> "Parser":
    module, function = _GRAMMARS[grammar]
    try:
        binding, made = import_module("tree_sitter"), import_module(module)
    except ImportError:
        raise UsageError(
            "this needs the parsers of the languages that queries are read from: pip install 'schema-watchdog[sources]'"
        ) from None
    parser: Parser = binding.Parser(binding.Language(getattr(made, function)()))
    return parser


def is_sum(node: Syntax) -> bool:
    return node.type in _BINARY and kind_of(child(node, "operator")) == "+"


def operands(node: Syntax) -> list[Syntax]:
    """What is added up: `a`, `b` and `c` of `a + b + c`, however many there are."""
    found: list[Syntax] = []
    while is_sum(node):
        right, left = child(node, "right"), child(node, "left")
        if right is None or left is None:
            break
        found.append(right)
        node = left
    return [node, *reversed(found)]
