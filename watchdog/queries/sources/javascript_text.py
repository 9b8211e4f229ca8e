"""What an expression of JavaScript or TypeScript is as a text, as the language itself puts it together."""

import re
import sys

from watchdog.queries.sources.scopes import Scopes
from watchdog.queries.sources.text import SLOT, Text, hole, joined, literal, unknown
from watchdog.queries.sources.tree import Source, Syntax, child, is_sum, kind_of, operands

# What changes nothing but the white space around a text, or its type.
WRAPPERS = frozenset({
    "parenthesized_expression", "as_expression", "satisfies_expression", "non_null_expression", "type_assertion",
})  # fmt: skip
_TRIMMING = {"trim": str.strip, "trimStart": str.lstrip, "trimEnd": str.rstrip}
_DEDENTING = frozenset({"dedent", "outdent", "stripIndent", "oneLine"})
# Tags of other languages.
_FOREIGN = frozenset({"gql", "graphql", "html", "css", "svg", "styled", "keyframes", "md", "cypher", "groq", "glsl"})
# What a tag's own object makes of a value that is still a value, in slonik and postgres.js.
_VALUES = frozenset(
    "json jsonb array date timestamp interval binary uuid typed param value literalValue placeholder".split()
)
_MAKERS = frozenset({"sql", "Prisma", "raw", "identifier", "join", "ident"})
DEEPEST = 25
_LONGEST_PATH = 20
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": ""}
_CODE = re.compile(r"\\(?:u\{([0-9a-fA-F]+)\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([0-7]{1,3}))")


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
        tagged = tag_of(node)
        match "deep" if depth > DEEPEST else "tagged" if tagged else node.type:
            case "deep":
                text = hole("it is nested too deeply")
            case "tagged" if tagged:
                text = self._tagged(*tagged, depth)
            case "string":
                text = literal(self._written(node))
            case "template_string":
                text = self._template(node, depth)
            case "binary_expression" if is_sum(node):
                text = joined(self.read(each, depth + 1) for each in operands(node))
            case "call_expression":
                text = self._call(node, depth)
            case "identifier":
                constant = self._scopes.meaning(self.name(node), node.start_byte).constant
                text = self._constant(node, constant, depth)
            case "member_expression":
                text = self._constant(node, self._member(node), depth)
            case "number" if self.name(node).isdecimal():
                text = Text(self.name(node), literal=False)
            case _:
                text = unknown(self.name(node))
        return text

    def name(self, node: Syntax | None) -> str:
        return self._source.text(node) if node is not None else ""

    def path(self, node: Syntax | None) -> list[str]:
        """`a`, `b` and `c` of `a.b(x).c`, or the last of them; what is no name has none."""
        names: list[str] = []
        for _ in range(_LONGEST_PATH):
            if node is None:
                break
            match node.type:
                case "member_expression":
                    names.append(self.name(child(node, "property")))
                    node = child(node, "object")
                case "call_expression":
                    node = child(node, "function")
                case (
                    "await_expression" | "non_null_expression" | "parenthesized_expression" | "instantiation_expression"
                ):
                    node = next(iter(node.named_children), None)
                case "identifier" | "this":
                    names.append(self.name(node))
                    node = None
                case _:
                    node = None
        return names[::-1]

    def sends(self, tag: Syntax) -> bool:
        """Whether what has this tag is sent: the tag is called `sql`, or belongs to what is."""
        path = self.path(tag)
        return any(name.lower().endswith("sql") or name in {"$queryRaw", "$executeRaw"} for name in path)

    def _written(self, node: Syntax) -> str:
        """A string's content: what is written between its quotes, with escapes resolved."""
        pieces, at = [], node.start_byte + 1
        for part in node.named_children:
            if part.type == "escape_sequence":
                pieces += [self._source.slice(at, part.start_byte), _escaped(self._source.text(part))]
                at = part.end_byte
        end = node.end_byte - 1 if node.child_count > 1 and not node.children[-1].is_missing else node.end_byte
        return _paired("".join([*pieces, self._source.slice(at, max(at, end))]))

    def _template(self, node: Syntax, depth: int, tag: Syntax | None = None, *, raw: bool = False) -> Text:
        texts: list[Text] = []
        at = node.start_byte + 1
        for part in node.named_children:
            if part.type not in {"escape_sequence", "template_substitution"}:
                continue
            texts.append(literal(self._source.slice(at, part.start_byte)))
            at = part.end_byte
            if part.type == "escape_sequence":
                written = self._source.text(part)
                texts.append(literal(written if raw else _escaped(written)))
                continue
            inner = next(iter(part.named_children), None)
            if inner is None:
                texts.append(unknown(""))
            else:
                texts.append(self._slot(inner, tag) if tag is not None else self.read(inner, depth + 1))
        end = node.end_byte - (0 if node.children[-1].is_missing else 1)
        texts.append(literal(self._source.slice(at, max(at, end))))
        text = joined(texts)
        return Text(_paired(text.sql), text.holes)

    def _tagged(self, tag: Syntax, template: Syntax, depth: int) -> Text:
        path = self.path(tag)
        last = path[-1] if path else ""
        if path == ["String", "raw"]:
            return self._template(template, depth, raw=True)
        if last in _DEDENTING:
            return self._template(template, depth)
        if not path or _FOREIGN.intersection(path):
            return unknown("")
        if last == "fragment" or depth:
            return hole("a fragment of another statement is put into it")
        return self._template(template, depth, tag)

    def _slot(self, value: Syntax, tag: Syntax) -> Text:
        """What a value in a tagged template is: a parameter, unless it is SQL itself."""
        value = unwrapped(value)
        owners = _MAKERS | set(self.path(tag)[:1])
        if value.type == "identifier":
            meaning = self._scopes.meaning(self.name(value), value.start_byte)
            fragments = [each for each in meaning.values if self._makes_sql(each, owners)]
            self._parts.update(unwrapped(each).id for each in fragments)
            if fragments:
                return hole(f"`{self.name(value)}` is a fragment of SQL that is put into it")
        elif self._makes_sql(value, owners):
            return hole("a fragment of SQL is put into it")
        return Text(SLOT, literal=False)

    def _makes_sql(self, node: Syntax, owners: set[str] | frozenset[str]) -> bool:
        """Whether a tagged template or a call of the tag's is anywhere in an expression."""
        waiting = [node]
        while waiting:
            each = waiting.pop()
            if tag_of(each):
                return True
            if each.type == "call_expression":
                path = self.path(child(each, "function"))
                if path and (path[0] in owners or path[-1] in owners) and path[-1] not in _VALUES:
                    return True
            waiting.extend(each.named_children)
        return False

    def _call(self, node: Syntax, depth: int) -> Text:
        """A text that a method of a text makes, or `join` of an array that is written out."""
        function, arguments = child(node, "function"), child(node, "arguments")
        given = arguments.named_children if arguments is not None else []
        name = (
            self.name(child(function, "property"))
            if function is not None and function.type == "member_expression"
            else ""
        )
        of = child(function, "object") if function is not None and name else None
        if of is not None and name in _TRIMMING and not given:
            text = self.read(of, depth + 1)
            return Text(_TRIMMING[name](text.sql), text.holes, text.literal)
        if of is not None and name == "concat":
            return joined(self.read(each, depth + 1) for each in (of, *given))
        if of is not None and name == "join" and unwrapped(of).type == "array" and len(given) <= 1:
            glue = self.read(given[0], depth + 1) if given else literal(",")
            if not glue.holes:
                return joined((self.read(each, depth + 1) for each in unwrapped(of).named_children), glue.sql)
        if self.name(function) in _DEDENTING and len(given) == 1:
            return self.read(given[0], depth + 1)
        return unknown("" if name or function is None else self.name(function))

    def _constant(self, node: Syntax, value: Syntax | None, depth: int) -> Text:
        shown = unknown(self._source.text(node))
        if value is None or value.id == node.id:
            return shown
        value = unwrapped(value)
        if value.id not in self._names:
            self._names[value.id] = shown  # where a constant leads to itself
            self._names[value.id] = self.read(value, depth + 1)
        text = self._names[value.id]
        if text.literal:
            self._parts.add(value.id)
        return text if text.sql and not text.holes else shown if not text.literal else text

    def _member(self, node: Syntax) -> Syntax | None:
        """The value of `this.table`, or of `TABLES.epochs` where `TABLES` is an object that is written out."""
        of = child(node, "object")
        if kind_of(of) == "this":
            return self._scopes.meaning(self.name(node), node.start_byte).constant
        if kind_of(of) != "identifier" or of is None:
            return None
        value = self._scopes.meaning(self.name(of), of.start_byte).constant
        if value is None or unwrapped(value).type != "object":
            return None
        key = self.name(child(node, "property"))
        pairs = [pair for pair in unwrapped(value).named_children if pair.type == "pair"]
        found = [child(pair, "value") for pair in pairs if self.name(child(pair, "key")).strip("'\"") == key]
        return found[0] if len(found) == 1 else None


def unwrapped(node: Syntax) -> Syntax:
    while node.type in WRAPPERS and node.named_child_count:
        node = node.named_children[-1] if node.type == "type_assertion" else node.named_child(0)
    return node


def tag_of(node: Syntax) -> tuple[Syntax, Syntax] | None:
    """The tag of a tagged template, and the template."""
    if node.type != "call_expression":
        return None
    tag, template = child(node, "function"), child(node, "arguments")
    return (tag, template) if tag is not None and template is not None and template.type == "template_string" else None


def _escaped(sequence: str) -> str:
    code = _CODE.fullmatch(sequence)
    if code is None:
        return _ESCAPES.get(sequence[1:], sequence[1:])
    digits, base = (code[4], 8) if code[4] else (code[1] or code[2] or code[3], 16)
    number = int(digits, base)
    return chr(number) if number <= sys.maxunicode else "\ufffd"


def _paired(text: str) -> str:
    """Characters beyond 16 bits that were written as two escapes are one; half of one is replaced, as it is no text."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
