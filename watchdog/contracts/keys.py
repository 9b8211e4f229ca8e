"""The unique keys of a table, by the columns that they hold apart: what ON CONFLICT may name."""

import hashlib
from collections.abc import Iterator, Sequence

import msgspec

from watchdog.contracts.known import Known
from watchdog.schema.remedies.parts import key_columns
from watchdog.schema.snapshot import ObjectId, Snapshot
from watchdog.schema.tokens import Group, Nodes, is_name, nested, split, tokens
from watchdog.sqltext import name_parts, qualified, quote_ident

_LONGEST_NAME = 63  # bytes; the server cuts what is longer


class Key(msgspec.Struct, frozen=True):
    """A key that the server can hold to, and whether it does."""

    subject: ObjectId
    columns: frozenset[str]
    valid: bool


def keys(table: tuple[str, ...], there: Known) -> Iterator[Key]:
    """The keys of a table that were read, those of a partition with its parents': there they are told."""
    for subject in there.keys.get(table, ()):
        facts = there.actual.objects[subject]
        columns = columns_of(str(facts.get("definition")))
        if columns and subject not in there.actual.stale:
            yield Key(subject, columns, facts.get("valid") is True)
    for parent in _parents(table, there.actual):
        yield from keys(parent, there)


def unread_keys(table: tuple[str, ...], there: Known) -> list[ObjectId]:
    """What may be a key and could not be read."""
    covered = {kind for kind in ("constraint", "index") if "definition" in there.actual.covers.get(kind, ())}
    own = [
        subject
        for subject in there.keys.get(table, ())
        if subject in there.actual.stale or not {"definition", "valid"} <= set(there.actual.objects[subject])
    ]
    unknown = [] if len(covered) == 2 else [ObjectId("relation", table)]  # noqa: PLR2004 both
    return [
        *own,
        *unknown,
        *(each for parent in _parents(table, there.actual) for each in unread_keys(parent, there)),
    ]


def columns_of(definition: str) -> frozenset[str]:
    """The columns of a key that ON CONFLICT can name, from a constraint's or an index's definition; none otherwise.

    A deferrable constraint, an index with a predicate and one on expressions are none.
    """
    if not definition.startswith("CREATE UNIQUE INDEX "):
        return frozenset() if " DEFERRABLE" in definition else frozenset(key_columns(definition))
    nodes = nested(tokens(definition), lambda group: (group,)) or ()
    at = nodes.index("USING") if "USING" in nodes else len(nodes)
    match nodes[at:]:
        case ("USING", str(), Group("(", items), *rest) if "WHERE" not in rest:
            columns = [_column(item) for item in split(items)]
            return frozenset(map(str, columns)) if all(columns) else frozenset()
    return frozenset()


def index_name(table: tuple[str, ...], columns: Sequence[str], there: Known) -> str:
    """What the index of such a key is called: the same whatever the order of the columns, and not as anything is."""
    name = "_".join((table[1], *sorted(columns), "key"))
    if len(name.encode()) <= _LONGEST_NAME and (table[0], name) not in there.taken:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:12]
    return f"{name.encode()[: _LONGEST_NAME - len(digest) - 1].decode(errors='ignore')}_{digest}"


def index_definition(table: tuple[str, ...], index: str, columns: Sequence[str]) -> str:
    """As the server prints it."""
    named = ", ".join(map(quote_ident, columns))
    return f"CREATE UNIQUE INDEX {quote_ident(index)} ON {qualified(table)} USING btree ({named})"


def _parents(table: tuple[str, ...], actual: Snapshot) -> list[tuple[str, ...]]:
    facts = actual.objects.get(ObjectId("relation", table), {})
    parents = facts.get("parents")
    return [name_parts(each) for each in parents] if facts.get("partition_bound") and isinstance(parents, tuple) else []


def _column(item: Nodes) -> str | None:
    """The column of an index's item, None for an expression."""
    match item:
        case (str() as name, *rest) if is_name(name) and not (rest and isinstance(rest[0], Group)):
            return name[1:-1].replace('""', '"') if name[0] == '"' else name
    return None
