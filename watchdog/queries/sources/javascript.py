"""Statements in JavaScript and TypeScript: which texts there are, and what they are used for."""

from collections.abc import Sequence
from functools import partial

from watchdog.queries.sources.calls import hands, sends, speaks
from watchdog.queries.sources.javascript_text import Texts, tag_of, unwrapped
from watchdog.queries.sources.roots import Roots, Use, is_statement_name
from watchdog.queries.sources.scopes import Meaning, Scope, Scopes
from watchdog.queries.sources.tree import Source, Syntax, child, is_sum, operands, plain
from watchdog.queries.sources.untyped import untyped
from watchdog.queries.sources.walk import Walk, places
from watchdog.queries.statement import Harvest

_FUNCTIONS = frozenset({
    "function_declaration", "function_expression", "arrow_function", "method_definition", "generator_function",
    "generator_function_declaration",
})  # fmt: skip
_SCOPES = _FUNCTIONS | {"program", "statement_block", "for_statement", "for_in_statement", "catch_clause", "class_body"}
_NAMED = {
    "variable_declarator": "name", "assignment_expression": "left", "pair": "key", "public_field_definition": "name",
    "field_definition": "property", "augmented_assignment_expression": "left",
}  # fmt: skip
_VALUES = {"assignment_expression": "right", "augmented_assignment_expression": "right"}
_TEXTUAL = frozenset({"string", "template_string", "binary_expression", "call_expression"})
# The keys of an object that pg and others take instead of a text.
_KEYS = frozenset({"text", "sql", "query", "statement"})
_HANDED = frozenset({
    "identifier", "member_expression", "call_expression", "subscript_expression", "await_expression",
    "shorthand_property_identifier",
})  # fmt: skip


def read(text: str, file: str, grammar: str) -> Harvest:
    """The statements of a source, and the places that hold one which cannot be read whole.

    Args:
        text: the source.
        file: its path, as places are told.
        grammar: `javascript`, `typescript` or `tsx`.

    Raises:
        UsageError: the parsers are not installed.
    """
    text = untyped(plain(text), grammar) if grammar != "javascript" else plain(text)
    found = places(text)
    if not found:
        return Harvest()
    visitor = _Visitor(Source(text, file, grammar), found)
    return visitor.walk.harvest(visitor.visit)


read_javascript = partial(read, grammar="javascript")
read_typescript = partial(read, grammar="typescript")
read_tsx = partial(read, grammar="tsx")


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
            case "call_expression" | "new_expression":
                self._call(node, use)
            case "binary_expression" if is_sum(node):
                # Not as sums of fewer, of which there may be thousands, each as long as the source.
                self.walk.push_all(operands(node), Use(inside=use.inside))
            case "ternary_expression":
                self.walk.push(child(node, "condition"), Use(inside=use.inside))
                self.walk.push(child(node, "consequence"), use)
                self.walk.push(child(node, "alternative"), use)
            case "object" if use.sent:
                self._object(node)
            case "expression_statement":
                for each in node.named_children:
                    self.walk.push(each, Use(spoken=each.type == "string"))
            case "statement_block":
                self.walk.push_all(node.named_children, Use())
            case kind if kind in _NAMED:
                self._named(node, use)
            case _:
                self.walk.push_all(node.named_children, Use(inside=use.inside))

    def _is_text(self, node: Syntax, use: Use) -> bool:
        tagged = tag_of(node)
        if tagged and self._texts.sends(tagged[0]):
            use = Use(sent=not use.inside, inside=use.inside)
        if not self.walk.note(node, use):
            return False
        within = Use(inside=True)
        if is_sum(node):
            inner = [each for each in operands(node) if each.type != "string"]
        else:
            inner = [*tagged[1].named_children, tagged[0]] if tagged else node.named_children
        for each in inner:
            if each.type in {"template_substitution", "arguments"}:
                self.walk.push_all(each.named_children, within)
            else:
                self.walk.push(each, within)
        return True

    def _named(self, node: Syntax, use: Use) -> None:
        target = child(node, _NAMED[node.type])
        name = self._texts.name(target).strip("'\"#").rpartition(".")[2]
        value = child(node, _VALUES.get(node.type, "value"))
        self.walk.push(value, Use(sent=is_statement_name(name), inside=use.inside, given_to=self._texts.name(target)))
        self.walk.push(target, Use(inside=use.inside))

    def _call(self, node: Syntax, use: Use) -> None:
        function = child(node, "function") or child(node, "constructor")
        path = self._texts.path(function)
        name = path[-1] if path else ""
        arguments = child(node, "arguments")
        given = arguments.named_children if arguments is not None else []
        if sends(name):
            for each in reversed(given):
                self.walk.send(self._meant(unwrapped(each)).values)
                self.walk.push(each, Use(sent=True, passed=True), always=True)
        else:
            self.walk.push_all(given, Use(spoken=speaks(name), inside=use.inside))
        if given and len(path) > 1 and hands(name, path[-2]):
            self._handed(unwrapped(given[0]))
        self.walk.push(function, Use(inside=use.inside))

    def _object(self, node: Syntax) -> None:
        """The object that pg and others take instead of a text."""
        for pair in reversed(node.named_children):
            value = self._statement_of(pair)
            if value is not None:
                self.walk.send(self._meant(value).values)
            self.walk.push(value or pair, Use(sent=value is not None, passed=value is not None))

    def _handed(self, node: Syntax) -> None:
        if node.type == "object":
            node = next((value for pair in node.named_children if (value := self._statement_of(pair))), node)
        if node.type in _HANDED and tag_of(node) is None:
            self.walk.handed(node, self._meant(node))

    def _statement_of(self, pair: Syntax) -> Syntax | None:
        if pair.type == "shorthand_property_identifier":
            return pair if self._texts.name(pair) in _KEYS else None
        value = child(pair, "value") if pair.type == "pair" else None
        is_statement = value is not None and self._texts.name(child(pair, "key")).strip("'\"") in _KEYS
        return unwrapped(value) if value is not None and is_statement else None

    def _meant(self, node: Syntax) -> Meaning:
        if node.type not in {"identifier", "shorthand_property_identifier", "member_expression"}:
            return Meaning()
        return self._scopes.meaning(self._texts.name(node), node.start_byte)


def declare_names(scopes: Scopes, source: Source) -> None:
    """Put in the names that a source declares, and what it gives to them."""
    waiting = [(source.root, Scope(0, source.root.end_byte + 1))]
    while waiting:
        node, scope = waiting.pop()
        kind = node.type
        if kind == "function_declaration":
            _declare_all(scopes, source, child(node, "name"), scope)
        if kind in _SCOPES:
            scope = Scope(node.start_byte, node.end_byte)
        match kind:
            case "variable_declarator":
                _declare(scopes, source, node, scope)
            case "formal_parameters" | "import_clause":
                _declare_all(scopes, source, node, scope)
            case "arrow_function" | "catch_clause":
                _declare_all(scopes, source, child(node, "parameter"), scope)
            case "for_in_statement":
                _declare_all(scopes, source, child(node, "left"), scope)
            case "class_body":
                _declare_fields(scopes, source, node, scope)
            case "assignment_expression" | "augmented_assignment_expression":
                _assign(scopes, source, node)
        waiting.extend((each, scope) for each in reversed(node.named_children))


def _declare(scopes: Scopes, source: Source, node: Syntax, scope: Scope) -> None:
    name, value = child(node, "name"), child(node, "value")
    if name is not None and name.type == "identifier":
        scopes.declare(source.text(name), scope, *((value,) if value is not None else ()))
    else:
        _declare_all(scopes, source, name, scope)


def _declare_fields(scopes: Scopes, source: Source, body: Syntax, scope: Scope) -> None:
    """What methods call `this.name`."""
    for field in body.named_children:
        name = child(field, _NAMED.get(field.type, "name"))
        if name is not None and field.type in {"public_field_definition", "field_definition"}:
            value = child(field, "value")
            scopes.declare(f"this.{source.text(name)}", scope, *((value,) if value is not None else ()))


def _declare_all(scopes: Scopes, source: Source, node: Syntax | None, scope: Scope) -> None:
    """Each name of a pattern: its value is known only when the program runs."""
    waiting = [node] if node is not None else []
    while waiting:
        each = waiting.pop()
        if each.type in {"identifier", "shorthand_property_identifier_pattern"}:
            scopes.declare(source.text(each), scope, None)
        waiting.extend(each.named_children)


def _assign(scopes: Scopes, source: Source, node: Syntax) -> None:
    left, right = child(node, "left"), child(node, "right")
    if left is None or right is None or left.type not in {"identifier", "member_expression"}:
        return
    name = source.text(left)
    first = operands(right)[0]
    if node.type == "augmented_assignment_expression" or (first.type == left.type and source.text(first) == name):
        scopes.extend(name, node.start_byte)
    else:
        scopes.assign(name, node.start_byte, right)
