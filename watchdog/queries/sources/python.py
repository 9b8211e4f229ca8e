"""Statements in Python: which texts there are, and what they are used for."""

from collections.abc import Sequence
from functools import partial

from watchdog.queries.sources.calls import hands, sends, speaks
from watchdog.queries.sources.python_text import WRAPPING, Texts, unwrapped
from watchdog.queries.sources.roots import Roots, Use, is_statement_name
from watchdog.queries.sources.scopes import Meaning, Scope, Scopes
from watchdog.queries.sources.tree import Source, Syntax, child, is_sum, operands, plain
from watchdog.queries.sources.walk import Walk, places
from watchdog.queries.statement import Harvest

_SCOPES = frozenset({
    "function_definition", "lambda", "class_definition", "list_comprehension", "set_comprehension",
    "dictionary_comprehension", "generator_expression",
})  # fmt: skip
_NAMED = {
    "assignment": ("left", "right"), "augmented_assignment": ("left", "right"), "named_expression": ("name", "value"),
    "default_parameter": ("name", "value"), "typed_default_parameter": ("name", "value"),
    "keyword_argument": ("name", "value"), "pair": ("key", "value"),
}  # fmt: skip
# What gives values to names that are known only when the program runs, and where the names stand.
_UNKNOWN = {
    "parameters": "", "lambda_parameters": "", "for_statement": "left", "for_in_clause": "left", "as_pattern": "alias",
    "import_statement": "", "import_from_statement": "", "global_statement": "", "nonlocal_statement": "",
}  # fmt: skip
_TEXTUAL = frozenset({"string", "concatenated_string", "binary_operator", "call"})
_HANDED = frozenset({"identifier", "attribute", "call", "subscript", "await", "conditional_expression"})


def read(text: str, file: str) -> Harvest:
    """The statements of a source, and the places that hold one which cannot be read whole.

    Args:
        text: the source.
        file: its path, as places are told.

    Raises:
        UsageError: the parsers are not installed.
    """
    text = plain(text)
    found = places(text)
    if not found:
        return Harvest()
    visitor = _Visitor(Source(text, file, "python"), found)
    return visitor.walk.harvest(visitor.visit, percent=True)


class _Visitor:
    """What is done with each node of a source."""

    def __init__(self, source: Source, found: Sequence[int]) -> None:
        scopes = Scopes(partial(declare_names, source=source))
        roots = Roots(scopes)
        self._scopes = scopes
        self._texts = Texts(source, scopes, roots.parts)
        self.walk = Walk(source, roots, found, self._texts.read, unwrapped)

    def visit(self, node: Syntax, use: Use) -> None:
        if node.type in _TEXTUAL and self._is_text(node, use):
            return
        match node.type:
            case "call":
                self._call(node, use)
            case "conditional_expression":
                self.walk.push_all(node.named_children, use)
            case "expression_statement":
                for each in node.named_children:
                    self.walk.push(each, Use(spoken=each.type in {"string", "concatenated_string"}))
            case "block" | "lambda":
                self.walk.push_all(node.named_children, Use())
            case kind if kind in _NAMED:
                self._named(node, use)
            case _:
                self.walk.push_all(node.named_children, Use(inside=use.inside))

    def _is_text(self, node: Syntax, use: Use) -> bool:
        if node.type == "call" and self._texts.called(node) in WRAPPING:
            use = Use(sent=not use.inside, inside=use.inside)
        if not self.walk.note(node, use):
            return False
        inner = operands(node) if is_sum(node) else node.named_children
        for each in inner:
            if each.type in {"interpolation", "argument_list"}:
                self.walk.push_all(each.named_children, Use(inside=True))
            elif each.type != "string" or each.named_child_count:
                self.walk.push(each, Use(inside=True))
        return True

    def _named(self, node: Syntax, use: Use) -> None:
        left, right = _NAMED[node.type]
        target = child(node, left)
        name = self._texts.name(target).strip("'\"")
        self.walk.push(
            child(node, right),
            Use(sent=is_statement_name(name), passed=use.passed, spoken=use.spoken, inside=use.inside, given_to=name),
        )
        self.walk.push(target, Use(inside=use.inside))

    def _call(self, node: Syntax, use: Use) -> None:
        function, arguments = child(node, "function"), child(node, "arguments")
        name = self._texts.called(node)
        given = arguments.named_children if arguments is not None else []
        given = [each for each in given if each.type != "comment"]
        if sends(name):
            for each in reversed(given):
                value = child(each, "value") if each.type == "keyword_argument" else each
                if value is not None:
                    self.walk.send(self._meant(unwrapped(value)).values)
                self.walk.push(each, Use(sent=True, passed=True), always=True)
        else:
            self.walk.push_all(given, Use(spoken=speaks(name), inside=use.inside))
        first = unwrapped(given[0]) if given else None
        if first is not None and first.type in _HANDED and hands(name, self._texts.receiver(node)):
            self.walk.handed(first, self._meant(first))
        self.walk.push(function, Use(inside=use.inside))

    def _meant(self, node: Syntax) -> Meaning:
        if node.type not in {"identifier", "attribute"}:
            return Meaning()
        return self._scopes.meaning(self._texts.name(node), node.start_byte)


def declare_names(scopes: Scopes, source: Source) -> None:
    """Put in the names that a source declares, and what it gives to them."""
    whole = Scope(0, source.root.end_byte + 1)
    waiting = [(source.root, whole, "")]
    while waiting:
        node, scope, of = waiting.pop()
        kind = node.type
        if kind in {"function_definition", "class_definition"}:
            _declare_all(scopes, source, child(node, "name"), scope)
        if kind in _SCOPES:
            of = source.text(name) if kind == "class_definition" and (name := child(node, "name")) else ""
            scope = Scope(node.start_byte, node.end_byte)
        if kind in {"assignment", "named_expression"}:
            _declare(scopes, source, node, scope, of)
        elif kind == "augmented_assignment":
            left = child(node, "left")
            scopes.extend(source.text(left) if left is not None else "", node.start_byte)
        elif kind in _UNKNOWN:
            _declare_all(scopes, source, child(node, _UNKNOWN[kind]) if _UNKNOWN[kind] else node, scope)
        waiting.extend((each, scope, of) for each in reversed(node.named_children))


def _declare(scopes: Scopes, source: Source, node: Syntax, scope: Scope, of: str) -> None:
    """What an assignment gives to a name; of a class (`of`) methods call it `self.name`."""
    left, right = _NAMED[node.type]
    target, value = child(node, left), child(node, right)
    if target is None or value is None:
        return
    name = source.text(target)
    first = operands(value)[0]
    if first.type == target.type and source.text(first) == name:
        scopes.extend(name, node.start_byte)
    elif target.type == "identifier":
        scopes.declare(name, scope, value)
        if of:
            for prefix, where in (("self", scope), ("cls", scope), (of, Scope(0, source.root.end_byte + 1))):
                scopes.declare(f"{prefix}.{name}", where, value)
    elif target.type == "attribute":
        scopes.assign(name, node.start_byte, value)
    else:
        _declare_all(scopes, source, target, scope)


def _declare_all(scopes: Scopes, source: Source, node: Syntax | None, scope: Scope) -> None:
    """Each name of a pattern: its value is known only when the program runs."""
    waiting = [node] if node is not None else []
    while waiting:
        each = waiting.pop()
        if each.type == "identifier":
            scopes.declare(source.text(each), scope, None)
        waiting.extend(each.named_children)
