"""Which object a refused statement lacks, from where the server points and from what the statement names."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from string import ascii_uppercase

from watchdog.finding import Finding
from watchdog.queries.plan import Plan
from watchdog.schema.tokens import tokens

Name = tuple[str, ...]

_NO_COLUMN, _NO_KEY = "42703", "42P10"
_INTO = ("into",)
# The server folds these letters, and no others where one takes several bytes.
_SMALL = str.maketrans({letter: letter.lower() for letter in ascii_uppercase})


def blamed(plan: Plan, sql: str, relations: Collection[Name]) -> tuple[Name, ...]:
    """The names of what is lacking: of a column with each table that the statement names, of all else as it stands.

    Args:
        plan: the refusal.
        sql: the statement.
        relations: (schema, name) of all that exist.
    """
    pointed = _name_at(sql, plan.position)
    match plan.sqlstate:
        case "42703" if pointed:
            return tuple((*table, pointed[-1]) for table in tables(sql, relations))
        case "42P10":
            names = list(_names(sql))
            return _existing(names[names.index(_INTO) :] if _INTO in names else names, relations)[:1]
        case _:
            return (pointed,) if pointed else ()


def lacks_key(plan: Plan) -> bool:
    """Whether it is a key of the blamed table that is lacking, and not the table."""
    return plan.sqlstate == _NO_KEY


def tables(sql: str, relations: Collection[Name]) -> tuple[Name, ...]:
    """The existing relations that a statement names, in its order; a name without a schema may be in any."""
    return _existing(_names(sql), relations)


def _existing(names: Iterable[Name], relations: Collection[Name]) -> tuple[Name, ...]:
    found = []
    for name in names:
        if len(name) > 1 and name[-2:] in relations:
            found.append(name[-2:])
        elif len(name) == 1:
            found += sorted(each for each in relations if each[-1] == name[0])
    return tuple(dict.fromkeys(found))


def mends(objects: Sequence[Name], findings: Sequence[Finding], sqlstate: str) -> tuple[Finding, ...]:
    """The findings that say that one of the objects is missing, or called otherwise now."""
    lost = [finding for finding in findings if finding.change in ("missing", "renamed")]
    if sqlstate == _NO_COLUMN:
        return tuple(finding for finding in lost if finding.kind == "column" and finding.identity in objects)
    if sqlstate == _NO_KEY:
        keys = [finding for finding in lost if finding.kind in ("constraint", "index")]
        return tuple(finding for finding in keys if finding.identity[:2] in objects)
    return tuple(
        finding
        for finding in lost
        if finding.kind not in ("column", "constraint", "index")
        and any(_bare(finding.identity)[-len(name) :] == name for name in objects)
    )


def _bare(identity: Name) -> Name:
    """A routine's name carries its arguments."""
    return (*identity[:-1], identity[-1].partition("(")[0]) if identity else identity


def _names(sql: str) -> Iterator[Name]:
    """Dotted names, folded as the server does it."""
    name: list[str] = []
    joined = False
    for word in tokens(sql):
        if word == "." and name:
            joined = True
            continue
        if name and not (joined and _is_name(word)):
            yield tuple(name)
            name = []
        joined = False
        if _is_name(word):
            name.append(_folded(word))
    if name:
        yield tuple(name)


def _name_at(sql: str, position: int | None) -> Name:
    return next(_names(sql[position - 1 :]), ()) if position and _is_name(sql[position - 1 : position]) else ()


def _is_name(token: str) -> bool:
    return bool(token) and (token[0] in '"_' or token[0].isalpha() or token[0] > "\x7f")


def _folded(token: str) -> str:
    return token[1:-1].replace('""', '"') if token.startswith('"') else token.translate(_SMALL)
