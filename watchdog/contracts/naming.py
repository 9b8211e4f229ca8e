"""What a statement names: its tables, what it does with each, its words, and the keys of its ON CONFLICT.

It is read by its tokens alone, without a grammar: what is no table or column that is there is left out by who asks.
"""

from collections.abc import Iterator
from itertools import pairwise

import msgspec

from watchdog.schema.tokens import Group, Node, Nodes, folded, is_comment, nested, split, tokens

# What a table's name follows, also after a comma, and what ends such a list.
_LISTS = frozenset(("FROM", "USING", "TRUNCATE", "TABLE"))
_ENDS_LIST = frozenset(
    "WHERE GROUP HAVING ORDER LIMIT OFFSET FETCH FOR WINDOW UNION INTERSECT EXCEPT RETURNING SET VALUES WHEN".split()
)
# UPDATE after these names no table.
_NO_STATEMENT = frozenset(("FOR", "KEY", "DO", "THEN"))
# Functions whose arguments hold a FROM that is none.
_NO_FROM_WITHIN = frozenset(("EXTRACT", "SUBSTRING", "TRIM", "OVERLAY"))


class Use(msgspec.Struct, frozen=True):
    """A table's name as it stands in a statement, of one part or two, and the privilege that its place asks for."""

    name: tuple[str, ...]
    privilege: str


class Naming(msgspec.Struct, frozen=True, kw_only=True):
    """What one statement names.

    Attributes:
        words: all that may be the name of a column.
        conflicts: (table, columns) of ON CONFLICT.
        takes_all: it reads `*`.
    """

    uses: tuple[Use, ...] = ()
    words: frozenset[str] = frozenset()
    conflicts: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = ()
    takes_all: bool = False


def named(sql: str) -> Naming:
    """What a statement names; nothing for one whose brackets do not match."""
    flat = [token for token in tokens(sql) if not is_comment(token)]
    nodes = nested(flat, lambda group: (group,))
    if nodes is None:
        return Naming()
    levels = list(_levels(nodes))
    tables_of_its_own = {name for level, _ in levels for name in _with(level)}
    uses = [use for level, reads in levels for use in (_uses(level) if reads else ())]
    return Naming(
        uses=tuple(dict.fromkeys(use for use in uses if use.name not in tables_of_its_own)),
        words=frozenset(name for token in flat if (name := folded(token))),
        conflicts=tuple(found for level, _ in levels for found in _conflicts(level)),
        takes_all=any(_takes_all(level) for level, _ in levels),
    )


def _levels(nodes: Nodes) -> Iterator[tuple[Nodes, bool]]:
    """What stands outside of all brackets and within each, with whether FROM is meant there as in a query."""
    waiting = [(nodes, True)]
    while waiting:
        level, reads = waiting.pop()
        yield level, reads
        for at, node in enumerate(level):
            if isinstance(node, Group):
                before = _keyword(level[at - 1]) if at else ""
                waiting.append((node.nodes, before not in _NO_FROM_WITHIN))


def _uses(level: Nodes) -> Iterator[Use]:
    words = [_keyword(node) for node in level]
    privileges: tuple[str, ...] = ()
    is_list = False
    for at, word in enumerate(words):
        if word in _ENDS_LIST:
            is_list = False
        if asked := _asked(words, at):
            privileges, is_list = asked, word in _LISTS
        elif not (word == "," and is_list):
            continue
        for privilege in privileges:
            yield from _use(level, at + 1, privilege, may_be_called=privileges == ("SELECT",))


def _asked(words: list[str], at: int) -> tuple[str, ...]:
    """The privileges that a table's name asks for behind the word at that place; none where none stands behind it."""
    asked: tuple[str, ...] = ()
    match words[at - 1] if at else "", words[at]:
        case "INSERT", "INTO":
            asked = ("INSERT", "SELECT", "UPDATE") if ("DO", "UPDATE") in pairwise(words) else ("INSERT",)
        case "MERGE", "INTO":
            asked = ("SELECT", *(each for each in ("INSERT", "UPDATE", "DELETE") if each in words))
        case "DELETE", "FROM":
            asked = ("DELETE", "SELECT")
        case ("TRUNCATE", "TABLE") | (_, "TRUNCATE"):
            asked = ("TRUNCATE",)
        case before, "UPDATE" if before not in _NO_STATEMENT:
            asked = ("UPDATE", "SELECT")
        case before, "FROM" | "JOIN" | "USING" | "TABLE" if before != "DISTINCT":
            asked = ("SELECT",)
    return asked


def _use(level: Nodes, at: int, privilege: str, *, may_be_called: bool) -> Iterator[Use]:
    """The name that stands there, if it is one of a table: with brackets behind it, it may be a function's."""
    while at < len(level) and _keyword(level[at]) in ("ONLY", "LATERAL", "TABLE"):
        at += 1
    parts = []
    while at < len(level) and (name := folded(level[at])):
        parts.append(name)
        at += 1
        if level[at : at + 1] != (".",):
            break
        at += 1
    is_called = any(isinstance(node, Group) for node in level[at : at + 1])
    if parts and not (is_called and may_be_called):
        yield Use(tuple(parts[-2:]), privilege)


def _conflicts(level: Nodes) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Not where a predicate chooses a partial index."""
    words = [_keyword(node) for node in level]
    if not {"INTO", "CONFLICT"} <= set(words):
        return
    target = next(_use(level, words.index("INTO") + 1, "INSERT", may_be_called=False), None)
    match level[words.index("CONFLICT") + 1 :]:
        case (Group("(", items), *rest) if target and (not rest or _keyword(rest[0]) != "WHERE"):
            columns = [folded(item[0]) if len(item) == 1 else "" for item in split(items)]
            if columns and all(columns):
                yield target.name, tuple(columns)


def _with(level: Nodes) -> Iterator[tuple[str, ...]]:
    """The names that WITH gives to queries."""
    words = list(map(_keyword, level))
    for at, word in enumerate(words):
        if word == "AS" and at and "WITH" in words[:at]:
            back = at - 2 if isinstance(level[at - 1], Group) else at - 1
            follows = next((node for node in level[at + 1 :] if _keyword(node) not in ("NOT", "MATERIALIZED")), None)
            if back >= 0 and isinstance(follows, Group) and (name := folded(level[back])):
                yield (name,)


def _takes_all(level: Nodes) -> bool:
    """`*` where columns are listed, and not as in count(*) or in a product."""
    return any(
        star == "*" and (before in (",", ".") or _keyword(before) in ("SELECT", "RETURNING", "DISTINCT", "ALL"))
        for before, star in pairwise(level)
    )


def _keyword(node: Node) -> str:
    return node.upper() if isinstance(node, str) else ""
