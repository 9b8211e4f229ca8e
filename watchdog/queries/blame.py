"""Which object a refused statement lacks, from where the server points and from what the statement names."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from watchdog.finding import Finding
from watchdog.queries.plan import Plan
from watchdog.schema.tokens import folded, tokens

Name = tuple[str, ...]

NO_KEY = "42P10"
_NO_COLUMN = "42703"
# A table, a function, a type or another object, a schema; what other errors point at is there, and used wrongly.
_NO_OBJECT = frozenset({"42P01", "42883", "42704", "3F000"})
_INTO = ("into",)


def blamed(plan: Plan, sql: str, relations: Collection[Name]) -> tuple[Name, ...]:
    """The names of what is lacking, none where the statement is wrong in another way.

    Of a column they are with each table that the statement names, of a key its table's, of all else as it stands.

    Args:
        plan: the refusal.
        sql: the statement.
        relations: (schema, name) of all that exist.
    """
    pointed = _name_at(sql, plan.position)
    if plan.sqlstate == NO_KEY:
        names = list(_names(sql))
        return _existing(names[names.index(_INTO) :] if _INTO in names else names, relations)[:1]
    if plan.sqlstate == _NO_COLUMN and pointed:
        return tuple((*table, pointed[-1]) for table in tables(sql, relations))
    return (pointed,) if plan.sqlstate in _NO_OBJECT and pointed else ()


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
    if sqlstate == NO_KEY:
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
        part = folded(word)
        if name and not (joined and part):
            yield tuple(name)
            name = []
        joined = False
        if part:
            name.append(part)
    if name:
        yield tuple(name)


def _name_at(sql: str, position: int | None) -> Name:
    rest = sql[position - 1 :] if position else ""
    return next(_names(rest), ()) if any(map(folded, tokens(rest)[:1])) else ()
