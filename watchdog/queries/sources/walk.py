"""The way through a parsed source that finds its texts; each language says what it does with a node."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from watchdog.queries.sources.roots import Root, Roots, Use
from watchdog.queries.sources.scopes import Meaning, Scopes
from watchdog.queries.sources.text import Text, unknown
from watchdog.queries.sources.tree import Source, Syntax
from watchdog.queries.statement import Harvest

# A source is parsed, and its tree walked, only where something may stand that is looked for: a string that begins with
# one of these words, all in capitals or all in small letters, or one of these calls, whatever is passed to it.
_WORDS = (b"select", b"insert", b"update", b"delete", b"merge", b"with")
_OF_NAMES = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789_.:=,)?")
_CALLS = (b".query", b".$query", b".execute", b".$execute", b".unsafe", b".fetch", b".exec_driver_sql", b".raw")
# What may stand between the quote and the word: spaces, brackets, an escape for a new line, a line that goes on.
_SPACES = b" \t\n(\\"
_ESCAPES = (b"\\n", b"\\t", b"\\r")
_LONGEST_LINE = 2_000


def places(text: str) -> list[int]:
    """The bytes of a source at which something may stand that is looked for."""
    content = text.encode(errors="replace")
    lower = content.lower()
    words = (at for word in _WORDS for at in _all(lower, word) if _begins(content, lower, at, at + len(word)))
    return sorted([*words, *(at for call in _CALLS for at in _all(lower, call))])


def _begins(content: bytes, lower: bytes, start: int, end: int) -> bool:
    """Whether a word may begin a string: after its quote, what is put into it, or a comment in it."""
    word = content[start:end]
    if lower[end] in _OF_NAMES or not (word.isupper() or word.islower()):
        return False
    before = content[max(0, start - _LONGEST_LINE) : start]
    rest = before.rstrip(_SPACES)
    while rest.endswith(_ESCAPES):
        rest = rest[:-2].rstrip(_SPACES)
    is_after_comment = b"\n" in before[len(rest) :] and b"--" in rest.rpartition(b"\n")[2]
    return rest[-1:] in {b"", b"'", b'"', b"`", b"}", b"/"} or is_after_comment


def _all(text: bytes, word: bytes) -> Iterator[int]:
    at = text.find(word)
    while 0 <= at < len(text) - len(word):
        yield at
        at = text.find(word, at + 1)


class Texts(Protocol):
    """What an expression of a language is as a text."""

    def read(self, node: Syntax, depth: int = 0) -> Text: ...


class Walk:
    """One way through a source, without recursion: it may be nested as deeply as it likes."""

    def __init__(
        self,
        source: Source,
        scopes: Scopes,
        found: Sequence[int],
        texts: Callable[[Source, Scopes, set[int]], Texts],
        unwrapped: Callable[[Syntax], Syntax],
    ) -> None:
        """Prepare for a source. `found` is where it may hold something: see `places`."""
        self.source = source
        self.scopes = scopes
        self.roots = Roots(scopes)
        self._read = texts(source, scopes, self.roots.parts).read
        self._unwrapped = unwrapped
        self._places = found
        self._waiting: list[tuple[Syntax, Use]] = []

    def harvest(
        self, visit: Callable[[Syntax, Use], None], *, harmless: Callable[[Syntax], bool], percent: bool = False
    ) -> Harvest:
        """What the source holds. `harmless` is what the parser calls broken and is not."""
        self._waiting = [(self.source.root, Use())]
        while self._waiting:
            node, use = self._waiting.pop()
            visit(self._unwrapped(node), use)
        found = self.roots.harvest(percent=percent)
        fault = self.source.fault(harmless=harmless)
        return Harvest(statements=found.statements, unread=(*found.unread, fault)) if fault else found

    def push(self, node: Syntax | None, use: Use, *, always: bool = False) -> None:
        """Go there later, if anything may be found there; what is pushed last is visited first."""
        if node is None:
            return
        first = bisect_left(self._places, node.start_byte)
        if always or (first < len(self._places) and self._places[first] < node.end_byte):
            self._waiting.append((node, use))

    def push_all(self, nodes: Sequence[Syntax], use: Use) -> None:
        for each in reversed(nodes):
            self.push(each, use)

    def note(self, node: Syntax, use: Use) -> bool:
        """Note a text; False where the expression is none."""
        text = self._read(node)
        if text.literal:
            self.roots.add(node.id, Root(at=node.start_byte, location=self.source.place(node), text=text, use=use))
        return text.literal

    def send(self, values: Iterable[Syntax]) -> None:
        """These expressions are sent by a name."""
        self.roots.sent.update(self._unwrapped(value).id for value in values)

    def meaning(self, name: str, node: Syntax) -> Meaning:
        return self.scopes.meaning(name, node.start_byte)

    def handed(self, node: Syntax, meaning: Meaning) -> None:
        """A call sends the value of this expression: say so where that is no text of this source."""
        if self._read(node).literal:
            return
        if meaning.known and meaning.values and all(self._read(value).literal for value in meaning.values):
            return
        said = unknown(self.source.text(node)).holes[0].replace("a part of it", "what is passed")
        self.roots.fail(node.start_byte, self.source.place(node), said)
