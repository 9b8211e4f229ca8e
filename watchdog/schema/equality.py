"""Whether two servers' renderings of SQL say the same. docs/equality.md gives each rule with its reason.

Both texts are brought to one form, token by token, and the forms are compared. A rule is here only when it cannot make
alike what differs, given that the columns which both texts name are of the same types. It is for what `pg_get_*` prints
under PINNED_SETTINGS, and for nothing that a person wrote, such as the source of a function.
"""

from functools import partial

from watchdog.schema.calls import call, compared_as_double, infix, is_constant, listed
from watchdog.schema.tokens import Group, Node, Nodes, flattened, is_name, nested, split, tokens

# Before it EXTRACT was another name of date_part.
HAS_EXTRACT = 14

# Names that only some majors quote: pg_get_keywords() where catcode <> 'U', those of 18 that 13 has not.
NEWER_KEYWORDS = frozenset(
    """
    json json_array json_arrayagg json_exists json_object json_objectagg json_query json_scalar json_serialize
    json_table json_value merge_action system_user
    """.split()
)

_SYNTAX_WORDS = frozenset(
    "AT OVERLAY POSITION SUBSTRING TRIM XMLEXISTS NORMALIZE NORMALIZED OVERLAPS COLLATION".split()
)
_AFTER_FROM = frozenset(("WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "OFFSET", "FETCH", "FOR", ";"))
_OF_MANY_ITEMS = frozenset((",", "JOIN", "UNION", "INTERSECT", "EXCEPT"))
# A name with a dot after one of these is a type, a collation or a part of something: no column.
_NO_COLUMN_AFTER = frozenset(("::", "AS", "COLLATE", "RETURNING", "."))
_NO_COLUMN_BEFORE = frozenset(("(", "."))


def same_sql(expected: str, actual: str, expected_major: int, actual_major: int) -> bool:
    """Whether two renderings, by servers of these majors, say the same.

    False where that is not certain. It may be True where a column that both name is of another type: that is told of
    the column.
    """
    if expected == actual:
        return True
    apart = (expected_major < HAS_EXTRACT) != (actual_major < HAS_EXTRACT)
    one = _one_form(expected, as_date_part=apart and expected_major >= HAS_EXTRACT)
    other = _one_form(actual, as_date_part=apart and actual_major >= HAS_EXTRACT)
    # Since 14 a call and the syntax for it are told apart, and stay what they were written as.
    old = min(expected_major, actual_major) < HAS_EXTRACT
    return one == other and (old or _syntax(expected) == _syntax(actual))


def _syntax(text: str) -> list[str]:
    return sorted(token for token in tokens(text) if token in _SYNTAX_WORDS)


def _one_form(text: str, *, as_date_part: bool) -> list[str]:
    flat = [_unquoted(token) for token in tokens(text)]
    nodes = nested(flat, partial(_closed, as_date_part=as_date_part))
    if nodes is None:
        return flat
    return _without_alias(_without_in(_joined(nodes, as_date_part=as_date_part)))


def _unquoted(token: str) -> str:
    return token[1:-1] if token[0] == '"' and token[1:-1] in NEWER_KEYWORDS else token


def _closed(group: Group, *, as_date_part: bool) -> Nodes:
    """What a group becomes; those in it have become it before."""
    nodes = compared_as_double(group.nodes) if as_date_part else group.nodes
    nodes = _joined(nodes, as_date_part=as_date_part)
    written = infix(nodes) if group.opening == "(" else None
    return written or (Group(group.opening, nodes),)


def _joined(nodes: Nodes, *, as_date_part: bool) -> Nodes:
    """What is told by neighbours: a name and the brackets after it, an array and its cast."""
    found: list[Node] = []
    at = 0
    while at < len(nodes):
        new: Nodes | None = None
        match nodes[at : at + 4]:
            case ("COLLATION", "FOR", *_):
                new, taken = ("pg_collation_for",), 2
            case (str() as name, Group("(", within), *_) if found[-1:] != ["."]:  # with a dot it is someone's own
                new, taken = call(name, within, as_date_part=as_date_part), 2
            case (Group("(", ("ARRAY", Group("[", elements))), "::", "text", Group("[", ())):
                new, taken = _each_as_text(split(elements)), 4
        found.extend(new or nodes[at : at + 1])
        at += taken if new else 1
    return tuple(found)


def _each_as_text(elements: list[Nodes]) -> Nodes | None:
    """`(ARRAY['a'::character varying])::text[]` as it is printed once it was read again: each element is cast."""
    if not elements or not all(map(_is_varchar, elements)):
        return None
    return ("ARRAY", Group("[", listed([(Group("(", element), "::", "text") for element in elements])))


def _is_varchar(element: Nodes) -> bool:
    """Whether it is a constant of this type: for an array among the elements the two casts would not be the same."""
    match element:
        case (constant, "::", "character", "varying") | (constant, "::", "character", "varying", Group("(", _)):
            return is_constant(constant)
    return False


def _without_in(nodes: Nodes) -> Nodes:
    """Arguments of a procedure: from 14 on IN is printed, which is meant where nothing is."""
    return tuple(node for at, node in enumerate(nodes) if node != "IN" or (at and nodes[at - 1] != ","))


def _without_alias(nodes: Nodes) -> list[str]:
    """The tokens; those of a query of one FROM item without its alias before its columns.

    From 16 on the outermost query is printed so. Queries within it are printed with aliases by all majors, and there
    they tell apart what a bare name would not.
    """
    start, end, alias = _only_item(nodes)
    before, item, after = (flattened(part, _is_no_query) for part in (nodes[:start], nodes[start:end], nodes[end:]))
    return [*_without(alias, before), *(token for token, _ in item), *_without(alias, after)]


def _only_item(nodes: Nodes) -> tuple[int, int, str]:
    """Where the one FROM item of a query begins and ends, and its alias; that is empty where there is not one item."""
    froms = [at for at, node in enumerate(nodes) if node == "FROM" and nodes[at - 1] != "ROWS"]
    if nodes[:1] not in (("SELECT",), ("WITH",)) or len(froms) != 1 or nodes.count("SELECT") != 1:
        return 0, 0, ""
    start = froms[0] + 1
    ends = [at for at, node in enumerate(nodes) if at >= start and isinstance(node, str) and node in _AFTER_FROM]
    end = min(ends, default=len(nodes))
    item = nodes[start:end]
    if any(isinstance(node, str) and node in _OF_MANY_ITEMS for node in item):
        return 0, 0, ""
    if "TABLESAMPLE" in item:
        item = item[: item.index("TABLESAMPLE")]
    if item and isinstance(item[-1], Group):
        item = item[:-1]  # what its columns are called
    match item:
        case (*_, str() as alias) if is_name(alias):
            return start, end, alias
    return 0, 0, ""


def _is_no_query(group: Group) -> bool:
    return group.nodes[:1] not in (("SELECT",), ("WITH",), ("VALUES",))


def _without(alias: str, flat: list[tuple[str, bool]]) -> list[str]:
    """The tokens without the alias and its dot before the names of columns.

    What stands after the dot and before brackets is a function, of a schema that is called like the alias.
    """
    kept: list[str] = []
    at = 0
    while at < len(flat):
        token, outermost = flat[at]
        if outermost and token == alias and (not kept or kept[-1] not in _NO_COLUMN_AFTER):
            match [each for each, _ in flat[at + 1 : at + 4]]:
                case [".", column, *more] if is_name(column) and not _NO_COLUMN_BEFORE.intersection(more):
                    at += 2
                    continue
        kept.append(token)
        at += 1
    return kept
