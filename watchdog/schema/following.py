"""Values that differ only because what they name is called otherwise now: a renamed column changes no view.

A word may stand for another only where it can be nothing but the name of what was renamed. With the search path that a
capture pins, the server prints every name with its schema, and a column bare, or after its table's name or alias.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from collections.abc import Set as AbstractSet

import msgspec

from watchdog.schema.kind import Attribute
from watchdog.schema.kinds import KINDS
from watchdog.schema.snapshot import ObjectId, Value
from watchdog.schema.tokens import tokens
from watchdog.sqltext import quote_ident, quote_literal

Renames = Mapping[ObjectId, ObjectId]
Words = tuple[str, ...]

# What is called by a schema and a name, of which a routine's goes up to its arguments.
_SCHEMA_AND_NAME = 2
# Attributes that are one name, of an object in no schema.
_ONE_NAME = {
    "access_method": "access_method",
    "foreign_data_wrapper": "foreign_data_wrapper",
    "index_tablespace": "tablespace",
    "language": "language",
    "owner": "role",
    "schema": "schema",
    "schemas": "schema",
    "server": "foreign_server",
    "tablespace": "tablespace",
}


class Following:
    """Tells whether values follow renames.

    Args:
        moved: old name -> new name of every object, also of one that only its parent's rename moved.
        known: all objects by their old names.
    """

    def __init__(self, moved: Renames, known: Collection[ObjectId]) -> None:
        self._back = {new: old for old, new in moved.items()}
        self._alone: dict[tuple[str, str], str] = {}
        self._named: dict[Words, set[Words]] = defaultdict(set)
        self._literals: dict[str, set[str]] = defaultdict(set)
        # By the relation: what each of its parts is called now; and all its columns.
        self._parts: dict[Words, dict[str, str]] = defaultdict(dict)
        self._columns: dict[Words, set[str]] = defaultdict(set)
        for old, new in moved.items():
            before, after = _words(old), _words(new)
            if len(before) == 1:
                self._alone[old.kind, before[0]] = after[0]
            elif len(before) == _SCHEMA_AND_NAME:
                self._named[before].add(after)
                self._literals[quote_literal(".".join(before))].add(quote_literal(".".join(after)))
            elif before[-1] != after[-1]:
                self._parts[before[:2]][before[-1]] = after[-1]
        if moved:
            for subject in known:
                if subject.kind == "column":
                    *relation, column = _words(subject)
                    self._columns[tuple(relation)].add(column)

    def explains(self, subject: ObjectId, attribute: Attribute, before: Value, after: Value) -> bool:
        """Whether two values of an object, by its new name, say the same under the new names."""
        match before, after:
            case str(), str() if self._back:
                return self._text_follows(subject, attribute, before, after)
            case tuple(), tuple() if self._back and len(before) == len(after):
                # A sorted list is in another order under its new names.
                left = list(after)
                for old in before:
                    news = left[:1] if attribute.ordered else left
                    now = next((new for new in news if old == new or self.explains(subject, attribute, old, new)), None)
                    if now is None:
                        return False
                    left.remove(now)
                return True
            case _:
                return False

    def _text_follows(self, subject: ObjectId, attribute: Attribute, before: str, after: str) -> bool:
        if self._alone.get((_ONE_NAME.get(attribute.name, ""), quote_ident(before))) == quote_ident(after):
            return True
        old = self._back.get(subject, subject)
        own = _relation_of(old)
        name = dict(zip(_words(old)[-1:], _words(subject)[-1:], strict=True))
        # A view's own columns are what it calls its results, and no name within it.
        results = self._parts.get(own, {}) if subject.kind == "view" else {}
        text = _Text(
            tokens(before), attribute, () if subject.kind == "view" else own, name, results, subject.kind == "rule"
        )
        return self._same(text, tokens(after))

    def names(self, old: ObjectId, new: ObjectId) -> bool:
        """Whether a name that is made of others, as a signature is of types, changed only in them."""
        before, after = (tuple(map(quote_ident, subject.name)) for subject in (old, new))
        return all(
            before[at] == after[at]
            or any(
                after[part] in self._named.get(before[part], ()) for part in (slice(at - 1, at + 1), slice(at, at + 2))
            )
            or any(self._alone.get((kind, before[at])) == after[at] for kind in ("role", "foreign_server", "schema"))
            or self._same(_Text(tokens(old.name[at])), tokens(new.name[at]))
            for at in range(len(before))
        )

    def _same(self, text: "_Text", after: Words) -> bool:
        """Walks both. What a view calls its column stays: `total`, or `sum AS total`; unless it was renamed itself."""
        before, may_be = text.words, list(self._may_be(text))
        old, new = 0, 0
        while old < len(before) and new < len(after):
            word, now = before[old], after[new]
            if word != now and now not in may_be[old]:
                return False
            old, new = old + 1, new + 1
            # The result's name is said where it is not the column's.
            name = before[old + 1] if before[old : old + 1] == ("AS",) and old + 1 < len(before) else word
            name_now = after[new + 1] if after[new : new + 1] == ("AS",) and new + 1 < len(after) else now
            if (name, name_now) != (word, now) and name_now == text.results.get(name, name):
                old += 2 * (before[old : old + 1] == ("AS",))
                new += 2 * (after[new : new + 1] == ("AS",))
        return (old, new) == (len(before), len(after))

    def _may_be(self, text: "_Text") -> Iterator[AbstractSet[str]]:
        """For each word of a text, what else it may be called now."""
        words, aliases = text.words, self._aliases(text)
        # A bare column is of the table before the list it is in; else of its object's own, but for what a rule does.
        here = {text.own} if text.own in self._columns and not text.rule else set().union(*aliases.values())
        listed: set[Words] = set()
        for at, word in enumerate(words):
            if word in ("(", ")"):
                table = words[at - 3 : at - 2] + words[at - 1 : at]
                listed = {table} if word == "(" and table in self._columns else set()
            if words[at - 1 : at] == (".",) and at > 1:
                column = self._column(word, aliases.get(words[at - 2], set()))
                yield {name for _, name in self._named.get((words[at - 2], word), ())} | column
            elif words[at + 1 : at + 2] == (".",):
                schema = self._alone.get(("schema", word), word)
                moved = {new for new, _ in self._named.get((word, *words[at + 2 : at + 3]), ())}
                tables = {name for table in aliases.get(word, ()) for _, name in self._named.get(table, ())}
                yield {schema} | moved | tables
            elif word.startswith("'"):
                yield self._literals.get(word, set())
            elif words[at - 1 : at] in (("INDEX",), ("RULE",), ("TRIGGER",)):
                yield {text.name.get(word, word)}
            else:
                yield self._bare(word, text, listed or here)

    def _bare(self, word: str, text: "_Text", tables: AbstractSet[Words]) -> AbstractSet[str]:
        attribute = text.attribute
        if attribute is None:
            return set()
        if attribute.group == "privileges" or attribute.name == "roles":
            return {self._alone.get(("role", word), word)}
        if attribute.parts:
            return {self._parts.get(text.own, {}).get(word, word)}
        return self._column(word, tables) if attribute.sql else set()

    def _aliases(self, text: "_Text") -> Mapping[str, set[Words]]:
        """What stands for which relations that have columns: a table's name or alias, and the rows of a trigger."""
        found: dict[str, set[Words]] = defaultdict(set)
        if text.own in self._columns:
            for name in (text.own[-1], "old", "new"):
                found[name].add(text.own)
        for at, dot in enumerate(text.words):
            table = text.words[at - 1], *text.words[at + 1 : at + 2]
            if dot == "." and table in self._columns:
                alias = text.words[at + 2 : at + 3]
                found[alias[0] if alias and _is_name(alias[0]) else table[-1]].add(table)
        return found

    def _column(self, word: str, relations: AbstractSet[Words]) -> AbstractSet[str]:
        """The new name of a column of one of the relations; none where it may be a column of another one too."""
        of = {relation for relation in relations if word in self._columns[relation]}
        new = {self._parts.get(relation, {}).get(word, word) for relation in of}
        return new if len(new) == 1 else set()


class _Text(msgspec.Struct, frozen=True):
    """A value to be read.

    Attributes:
        attribute: None for a part of a name.
        own: the relation that it belongs to.
        name: the old and new name of the object itself, which its definition begins with.
        results: the old and new names of a view's own columns.
        rule: True where a bare name may be of another relation than its own.
    """

    words: Words
    attribute: Attribute | None = None
    own: Words = ()
    name: Mapping[str, str] = {}
    results: Mapping[str, str] = {}
    rule: bool = False


def _words(subject: ObjectId) -> Words:
    """The parts of a name as they stand in SQL; of a signature what is before the arguments."""
    if KINDS[subject.kind].signature:
        return *map(quote_ident, subject.name[:-1]), *tokens(subject.name[-1])[:1]
    return tuple(map(quote_ident, subject.name))


def _relation_of(subject: ObjectId) -> Words:
    """The relation that it is, or belongs to, by the words of its name."""
    parts = KINDS[subject.kind].identity
    if "relation" not in parts:
        return ()
    at = parts.index("relation")
    return _words(subject)[at - 1 : at + 1]


def _is_name(word: str) -> bool:
    return word.startswith('"') or word[0].islower() or word[0] == "_"
