"""Calls in one form: a name and its arguments, also where the server prints SQL's own syntax for it.

From 14 on the server remembers that a call was written as syntax, `TRIM(BOTH FROM x)`; 13 prints `btrim(x)`, and so
does any major once a dump of 13 was restored in it. It is the same function. EXTRACT is not: see `as_date_part`.
"""

from watchdog.schema.tokens import Group, Node, Nodes, between, is_name, split

# Syntax, the words between its arguments, the function that it calls, and its arguments in the function's order.
_SYNTAX: tuple[tuple[str, tuple[str, ...], str, tuple[int, ...]], ...] = (
    ("SUBSTRING", ("FROM",), '"substring"', (0, 1)),
    ("SUBSTRING", ("FROM", "FOR"), '"substring"', (0, 1, 2)),
    ("SUBSTRING", ("SIMILAR", "ESCAPE"), '"substring"', (0, 1, 2)),
    ("OVERLAY", ("PLACING", "FROM"), '"overlay"', (0, 1, 2)),
    ("OVERLAY", ("PLACING", "FROM", "FOR"), '"overlay"', (0, 1, 2, 3)),
    ("POSITION", ("IN",), '"position"', (1, 0)),
    ("XMLEXISTS", ("PASSING",), '"xmlexists"', (0, 1)),
)
_BETWEEN_ARGUMENTS = frozenset(word for _, words, _, _ in _SYNTAX for word in words)
_BRACKETED_ARGUMENTS = frozenset(("POSITION", "XMLEXISTS"))
_TRIM = {"BOTH": "btrim", "LEADING": "ltrim", "TRAILING": "rtrim"}
_UNICODE = frozenset(('"normalize"', "is_normalized"))
_NORMAL_FORMS = frozenset(("'nfc'", "'nfd'", "'nfkc'", "'nfkd'"))
# Syntax leaves out a cast that the server made by itself, a call shows it. Only a cast to text is left out here, and
# only where no other can be meant. The functions of one argument and those of _UNICODE take nothing but text; all of
# these take text, bytes or bits, but alike: where one argument is a constant of text, all are text.
_TAKE_ALIKE = frozenset(("btrim", "ltrim", "rtrim", '"position"', '"overlay"', '"substring"'))
_COMPARISONS = frozenset(("=", "<>", "<", ">", "<=", ">="))
_EXACT_DIGITS = 15  # that many a double precision keeps


def call(name: str, nodes: Nodes, *, as_date_part: bool) -> Nodes | None:
    """A call in its one form, or None for what has no other.

    Args:
        name: what stands before the brackets.
        nodes: what stands in them.
        as_date_part: EXTRACT stands against 13, which has only date_part for it.
    """
    arguments = split(nodes)
    if name in _TAKE_ALIKE or name in _UNICODE:
        return _called(name, arguments)
    if name == "NORMALIZE":
        return _called('"normalize"', [arguments[0], *map(_form, arguments[1:])]) if arguments else None
    if name == "TRIM":
        return _trim(nodes)
    if name == "EXTRACT" and as_date_part:
        return _date_part(nodes)
    if name == "XMLSERIALIZE" and nodes[-2:] == ("NO", "INDENT"):  # 16 prints what was meant before without it
        return (name, Group("(", nodes[:-2]))
    return _of_syntax(name, nodes)


def infix(nodes: Nodes) -> Nodes | None:
    """The call that is printed as operators between brackets, or None where it is none."""
    match nodes:
        case (Group() as one, "OVERLAPS", Group() as other):
            return _called('"overlaps"', [*split(one.nodes), *split(other.nodes)])
        case (*string, "IS", "NORMALIZED"):
            return _called("is_normalized", [tuple(string)])
        case (*string, "IS", str() as form, "NORMALIZED"):
            return _called("is_normalized", [tuple(string), _form((form,))])
    zones = [at for at in range(len(nodes)) if nodes[at : at + 3] == ("AT", "TIME", "ZONE")]
    if len(zones) != 1:
        return None
    return _called("timezone", [nodes[zones[0] + 3 :], nodes[: zones[0]]])


def compared_as_double(nodes: Nodes) -> Nodes:
    """A comparison with EXTRACT, its integers cast to the type of date_part: the server casts them by itself."""
    match nodes:
        case ("EXTRACT", Group(), str() as sign, *other) if sign in _COMPARISONS:
            return (*nodes[:3], *_as_double(tuple(other)))
        case (*other, str() as sign, "EXTRACT", Group()) if sign in _COMPARISONS:
            return (*_as_double(tuple(other)), *nodes[-3:])
    return nodes


def listed(arguments: list[Nodes]) -> Nodes:
    """The arguments with commas between them."""
    return tuple(node for argument in arguments for node in (",", *argument))[1:]


def is_constant(node: Node) -> bool:
    """Whether it is a string or NULL, as which the server prints constants before their type."""
    return isinstance(node, str) and (node[0] == "'" or node[:2] == "E'" or node == "NULL")


def _called(name: str, arguments: list[Nodes]) -> Nodes:
    alike = name in _TAKE_ALIKE
    if name in _UNICODE or (alike and (len(arguments) == 1 or any(map(_is_text_constant, arguments)))):
        arguments = [_uncast(argument) for argument in arguments]
    if name in _UNICODE:
        arguments = [*arguments[:1], *(tuple(map(_lower_form, argument)) for argument in arguments[1:])]
    return (name, Group("(", listed(arguments)))


def _of_syntax(name: str, nodes: Nodes) -> Nodes | None:
    places = [at for at, node in enumerate(nodes) if isinstance(node, str) and node in _BETWEEN_ARGUMENTS]
    written = (name, tuple(nodes[at] for at in places))
    for syntax, words, function, order in _SYNTAX:
        if written == (syntax, words):
            arguments = between(nodes, places)
            if syntax in _BRACKETED_ARGUMENTS:
                arguments = list(map(_unbracketed, arguments))
            return _called(function, [arguments[place] for place in order])
    return None


def _trim(nodes: Nodes) -> Nodes | None:
    match nodes:
        case (str() as side, *_) if side in _TRIM and nodes.count("FROM") == 1:
            characters, string = between(nodes[1:], [nodes.index("FROM") - 1])
            return _called(_TRIM[side], [string, characters] if characters else [string])
    return None


def _date_part(nodes: Nodes) -> Nodes | None:
    match nodes:
        case (str() as field, "FROM", *moment) if is_name(field):
            return _called("date_part", [(f"'{field}'", "::", "text"), tuple(moment)])
    return None


def _as_double(nodes: Nodes) -> Nodes:
    match nodes:
        case (Group("(", (str() as number,)) as group, "::", "numeric") if _is_exact(number):
            return (group, "::", "double", "precision")
        case ("ANY" | "ALL" as word, Group("(", ("ARRAY", Group("[", elements)))):
            cast = [_as_double(element) for element in split(elements)]
            return (word, Group("(", ("ARRAY", Group("[", listed(cast)))))
    return nodes


def _is_exact(number: str) -> bool:
    return number.isdecimal() and len(number) <= _EXACT_DIGITS


def _form(argument: Nodes) -> Nodes:
    """A normal form of Unicode: syntax names it by a word, a call by a string."""
    match argument:
        case (str() as word,):
            return (f"'{word}'", "::", "text")
    return argument


def _lower_form(node: Node) -> Node:
    # The server reads it in any case, and 13 prints it in small letters.
    return node.lower() if isinstance(node, str) and node.lower() in _NORMAL_FORMS else node


def _unbracketed(argument: Nodes) -> Nodes:
    match argument:
        case (Group("(", nodes),):
            return nodes
    return argument


def _uncast(argument: Nodes) -> Nodes:
    match argument:
        case (Group("(", nodes), "::", "text"):
            return nodes
    return argument


def _is_text_constant(argument: Nodes) -> bool:
    match argument:
        case (constant, "::", "text"):
            return is_constant(constant)
    return False
