"""The way through a parsed source that finds its texts; each language says what it does with a node."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence

from watchdog.queries.sources.roots import Root, Roots, Use
from watchdog.queries.sources.scopes import Meaning
from watchdog.queries.sources.text import Text, unknown
from watchdog.queries.sources.tree import Source, Syntax, occurrences
from watchdog.queries.statement import Harvest

# A source is parsed, and its tree walked, only where something may stand that is looked for: a string that begins with
# one of these words, all in capitals or all in small letters, or one of these calls, whatever is passed to it.
_WORDS = (b"select", b"insert", b"update", b"delete", b"merge", b"with")
_OF_NAMES = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789_.:=,)?")
_CALLS = (b".query", b".$query", b".execute", b".$execute", b".unsafe", b".fetch", b".exec_driver_sql", b".raw",
          b".any(", b".one(", b".none(", b".many(", b".oneornone(", b".manyornone(")  # fmt: skip
# What may stand between the quote and the word: spaces, brackets, an escape for a new line, a line that goes on.
_SPACES = b" \t\n(\\"
_ESCAPES = (b"\\n", b"\\t", b"\\r")
_LONGEST_LINE = 2_000
# How often names are followed that are made of names, and how many of them before everything is looked at instead.
_ROUNDS = 5
_MOST_NAMES = 100


def places(text: str) -> list[int]:
    """The bytes of a source at which something may stand that is looked for."""
    content = text.encode(errors="replace")
    lower = content.lower()
    words = (at for word in _WORDS for at in occurrences(lower, word) if _begins(content, lower, at, at + len(word)))
    return sorted([*words, *(at for call in _CALLS for at in occurrences(lower, call))])


def _begins(content: bytes, lower: bytes, start: int, end: int) -> bool:
    """Whether a word may begin a string: after its quote, what is put into it, or a comment in it."""
    word = content[start:end]
    if lower[end : end + 1] == b"" or lower[end] in _OF_NAMES or not (word.isupper() or word.islower()):
        return False
    before = content[max(0, start - _LONGEST_LINE) : start]
    rest = before.rstrip(_SPACES)
    ends_line = b"\n" in before[len(rest) :]
    while rest.endswith(_ESCAPES):
        rest, ends_line = rest[:-2].rstrip(_SPACES), True
    is_after_comment = ends_line and b"--" in rest.rpartition(b"\n")[2]
    return rest[-1:] in {b"", b"'", b'"', b"`", b"}", b"/"} or is_after_comment


class Walk:
    """One way through a source, without recursion: it may be nested as deeply as it likes."""

    def __init__(
        self,
        source: Source,
        roots: Roots,
        found: Sequence[int],
        read: Callable[[Syntax], Text],
        unwrapped: Callable[[Syntax], Syntax],
    ) -> None:
        """Prepare for a source.

        Args:
            source: the source.
            roots: what is found is put there.
            found: where something may be found: see `places`.
            read: what an expression is as a text.
            unwrapped: an expression without what changes nothing about its value.
        """
        self.source = source
        self.roots = roots
        self._read = read
        self._unwrapped = unwrapped
        self._places: Sequence[int] | None = found
        self._waiting: list[tuple[Syntax, Use]] = []
        self._names: set[str] = set()
        self._followed: set[str] = set()

    def harvest(self, visit: Callable[[Syntax, Use], None], *, percent: bool = False) -> Harvest:
        """What the source holds."""
        for _ in range(_ROUNDS):
            self._waiting = [(self.source.root, Use())]
            while self._waiting:
                node, use = self._waiting.pop()
                visit(self._unwrapped(node), use)
            if not self._follow():
                break
        found = self.roots.harvest(percent=percent)
        fault = self.source.fault()
        return Harvest(statements=found.statements, unread=(*found.unread, fault)) if fault else found

    def push(self, node: Syntax | None, use: Use, *, always: bool = False) -> None:
        """Go there later, if anything may be found there; what is pushed last is visited first."""
        if node is None:
            return
        places = self._places
        first = bisect_left(places, node.start_byte) if places is not None else 0
        if always or places is None or (first < len(places) and places[first] < node.end_byte):
            self._waiting.append((node, use))

    def push_all(self, nodes: Sequence[Syntax], use: Use) -> None:
        for each in reversed(nodes):
            self.push(each, use)

    def note(self, node: Syntax, use: Use) -> bool:
        """Note a text; False where the expression is none."""
        text = self._read(node)
        if text.literal:
            self.roots.add(node.id, Root(at=node.start_byte, location=self.source.place(node), text=text, use=use))
            self._names.update(filter(None, [use.given_to.rpartition(".")[2]]))
        return text.literal

    def send(self, values: Iterable[Syntax]) -> None:
        """These expressions are sent by a name."""
        self.roots.sent.update(self._unwrapped(value).id for value in values)

    def _follow(self) -> bool:
        """Look where the names of texts stand too: they may be parts of others there. False where none are new."""
        new = self._names - self._followed
        self._followed |= new
        if new and self._places is not None:
            many = len(self._followed) > _MOST_NAMES
            self._places = None if many else sorted({*self._places, *self.source.places_of(new)})
            return True
        return False

    def handed(self, node: Syntax, meaning: Meaning) -> None:
        """A call sends the value of this expression: say so where that is no text of this source."""
        if self._read(node).literal:
            return
        if meaning.known and meaning.values and all(self._read(value).literal for value in meaning.values):
            return
        said = unknown(self.source.text(node)).holes[0].replace("a part of it", "what is passed")
        self.roots.fail(node.start_byte, self.source.place(node), said)
