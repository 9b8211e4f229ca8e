"""What an expression of Python is as a text, as the language itself puts it together."""

import ast
import inspect
import textwrap
import warnings

from watchdog.queries.sources.scopes import Scopes
from watchdog.queries.sources.text import SLOT, Text, hole, joined, literal, unknown
from watchdog.queries.sources.tree import Source, Syntax, child, is_sum, kind_of, operands

_TRIMMING = {"strip": str.strip, "lstrip": str.lstrip, "rstrip": str.rstrip}
_CLEANING = {"dedent": textwrap.dedent, "cleandoc": inspect.cleandoc}
# What makes a statement of a text: SQLAlchemy's, psycopg's.
WRAPPING = frozenset({"text", "SQL"})
# Methods of a text after which it is another one.
_CHANGING = frozenset({"format", "replace", "format_map", "join", "removesuffix", "removeprefix", "upper", "lower"})
_LISTS = frozenset({"list", "tuple"})
_TEXTUAL = frozenset({"string", "concatenated_string", "binary_operator", "call"})
DEEPEST = 25


class Texts:
    """The texts of one source. `parts` are the expressions that were found to be parts of others, by their number."""

    def __init__(self, source: Source, scopes: Scopes, parts: set[int]) -> None:
        self._source = source
        self._scopes = scopes
        self._parts = parts
        self._names: dict[int, Text] = {}

    def read(self, node: Syntax, depth: int = 0) -> Text:
        """The value of an expression; one hole where it is no text."""
        node = unwrapped(node)
        match "deep" if depth > DEEPEST else node.type:
            case "deep":
                text = hole("it is nested too deeply")
            case "string":
                text = self._string(node, depth)
            case "concatenated_string":
                text = joined(self.read(each, depth + 1) for each in node.named_children if each.type != "comment")
            case "binary_operator":
                text = self._operated(node, depth)
            case "call":
                text = self._call(node, depth)
            case "identifier" | "attribute":
                text = self._constant(node, depth)
            case "integer" if self.name(node).isdecimal():
                text = Text(self.name(node), literal=False)
            case _:
                text = unknown(self.name(node))
        return text

    def name(self, node: Syntax | None) -> str:
        return self._source.text(node) if node is not None else ""

    def called(self, node: Syntax) -> str:
        """The last name of what a call calls."""
        return self._last(child(node, "function"))

    def receiver(self, node: Syntax) -> str:
        """The last name of what a method is called on."""
        function = child(node, "function")
        of = child(function, "object") if function is not None and function.type == "attribute" else None
        return self.called(of) if of is not None and of.type == "call" else self._last(of)

    def _last(self, node: Syntax | None) -> str:
        return self.name(child(node, "attribute") if node is not None and node.type == "attribute" else node)

    def _string(self, node: Syntax, depth: int) -> Text:
        start, end = node.children[0], node.children[-1]
        opening = self._source.text(start)
        prefix, quotes = opening.rstrip("'\""), opening.lstrip("abfrtuABFRTU")
        if "b" in prefix.lower():
            return unknown("")
        is_template = "t" in prefix.lower()
        texts: list[Text] = []
        at = start.end_byte
        for part in node.named_children:
            if part.type == "interpolation":
                value = self._parameter(part) if is_template else self._interpolated(part, depth)
                texts += [self._piece(prefix, quotes, at, part.start_byte), value]
                at = part.end_byte
        last = node.end_byte if end.is_missing or end.type != "string_end" else end.start_byte
        text = joined([*texts, self._piece(prefix, quotes, at, max(at, last))])
        return Text(text.sql, text.holes)

    def _piece(self, prefix: str, quotes: str, start: int, end: int) -> Text:
        written = self._source.slice(start, end)
        if "\\" in written and "r" not in prefix.lower():
            value = _evaluated(quotes + written + quotes)
            if value is None:
                return hole("an escape in it is not one of Python's")
            written = value
        return literal(written.replace("{{", "{").replace("}}", "}") if {"f", "t"} & set(prefix.lower()) else written)

    def _parameter(self, node: Syntax) -> Text:
        """What psycopg makes of a value in a template string: a parameter, unless a format says that it is SQL."""
        return Text(SLOT, literal=False) if len(node.named_children) == 1 else unknown("")

    def _interpolated(self, node: Syntax, depth: int) -> Text:
        inner = node.named_children
        return self.read(inner[0], depth + 1) if len(inner) == 1 else unknown("")

    def _operated(self, node: Syntax, depth: int) -> Text:
        if is_sum(node):
            return joined(self.read(each, depth + 1) for each in operands(node))
        left = child(node, "left")
        if kind_of(child(node, "operator")) != "%" or left is None:
            return unknown("")
        return self._changed(self.read(left, depth + 1), "values are put into it with `%`")

    def _call(self, node: Syntax, depth: int) -> Text:
        """A text that a method or a function makes of texts."""
        function, name = child(node, "function"), self.called(node)
        arguments = child(node, "arguments")
        given = arguments.named_children if arguments is not None and arguments.type == "argument_list" else []
        of = child(function, "object") if function is not None and function.type == "attribute" else None
        if name in WRAPPING and len(given) == 1:
            return self.read(given[0], depth + 1)
        if name in _CLEANING and len(given) == 1:
            text = self.read(given[0], depth + 1)
            return text if text.holes else Text(_CLEANING[name](text.sql), literal=text.literal)
        if of is None or kind_of(unwrapped(of)) not in _TEXTUAL | {"identifier", "attribute"}:
            return unknown("")
        return self._method(of, name, given, depth)

    def _method(self, of: Syntax, name: str, given: list[Syntax], depth: int) -> Text:
        if name in _TRIMMING and not given:
            text = self.read(of, depth + 1)
            return Text(_TRIMMING[name](text.sql), text.holes, text.literal)
        if name == "join" and len(given) == 1 and unwrapped(given[0]).type in _LISTS:
            glue = self.read(of, depth + 1)
            if not glue.holes:
                return joined((self.read(each, depth + 1) for each in unwrapped(given[0]).named_children), glue.sql)
        if name in _CHANGING:
            return self._changed(self.read(of, depth + 1), f"it is put together with `.{name}()`")
        return unknown("")

    def _changed(self, text: Text, reason: str) -> Text:
        return joined([text, hole(reason)]) if text.literal else hole(reason)

    def _constant(self, node: Syntax, depth: int) -> Text:
        shown = unknown(self._source.text(node))
        value = self._scopes.meaning(self.name(node), node.start_byte).constant
        if value is None or value.id == node.id:
            return shown
        value = unwrapped(value)
        if value.id not in self._names:
            self._names[value.id] = shown  # where a constant leads to itself
            self._names[value.id] = self.read(value, depth + 1)
        text = self._names[value.id]
        if text.literal:
            self._parts.add(value.id)
            return text
        return shown if text.holes else text


def unwrapped(node: Syntax) -> Syntax:
    while node.type == "parenthesized_expression":
        inner = [each for each in node.named_children if each.type != "comment"]
        if len(inner) != 1:
            break
        node = inner[0]
    return node


def _evaluated(written: str) -> str | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an escape that is none is left as it is, with a warning
            value = ast.literal_eval(written)
    except (SyntaxError, ValueError, MemoryError):
        return None
    if not isinstance(value, str):
        return None
    return value.encode(errors="replace").decode()  # half a character cannot be sent
