"""What the role cannot see: rows that it cannot count, sequences, the migrations' table, recorded statements."""

import itertools
from collections.abc import Iterator, Sequence

from watchdog.doctor.facts import Facts, History, Table, Wanted
from watchdog.doctor.line import Level, Line, named, ok
from watchdog.sqltext import display_name, how_many, qualified, quote_ident

# More tables than that are granted by their schema.
MOST_NAMED = 50


def rows(facts: Facts) -> Iterator[Line]:
    """The watched tables that it cannot count."""
    closed = [table for table in facts.tables if not table.may_select]
    filtered = [table for table in facts.tables if table.may_select and table.filtered]
    if closed:
        yield Line(
            check="rows",
            level=Level.NOTE,
            what=f"it cannot read {named(((t.schema, t.name) for t in closed), 'watched table')}",
            why="a loss of rows there stays unconfirmed, unless the catalogs bear it out, and no age can be asked",
            do="grant SELECT where it may be counted; one column will do",
            sql=tuple(_grants(facts, closed)),
        )
    if filtered:
        role = quote_ident(facts.role.name)
        yield Line(
            check="rows",
            level=Level.NOTE,
            what=f"row level security hides rows of {named(((t.schema, t.name) for t in filtered), 'watched table')}",
            why="what is hidden cannot be counted, so that a loss is told as not confirmed",
            do=f"ALTER ROLE {role} BYPASSRLS, by a superuser, if it may see them all",
        )
    if not closed and not filtered:
        yield ok("rows", f"{how_many(len(facts.tables), 'watched table')}, each of which it can count")


def _grants(facts: Facts, tables: Sequence[Table]) -> Iterator[str]:
    role = quote_ident(facts.role.name)
    for schema, group in itertools.groupby(sorted(tables, key=lambda t: t.schema), key=lambda t: t.schema):
        names = [qualified((schema, table.name)) for table in group]
        yield from _usage(facts, schema)
        if len(names) > MOST_NAMED:
            yield f"GRANT SELECT ON ALL TABLES IN SCHEMA {quote_ident(schema)} TO {role};"
        else:
            yield f"GRANT SELECT ON TABLE {', '.join(names)} TO {role};"


def _usage(facts: Facts, schema: str) -> Iterator[str]:
    if any(each.schema == schema and not each.entered for each in facts.schemas):
        yield f"GRANT USAGE ON SCHEMA {quote_ident(schema)} TO {quote_ident(facts.role.name)};"


def sequences(facts: Facts) -> Iterator[Line]:
    """The sequences of which it cannot be told how full they are."""
    hidden = [(each.schema, name) for each in facts.schemas for name in each.sequences]
    if not hidden:
        yield ok("sequences", "it can be told of each how full it is")
        return
    role = quote_ident(facts.role.name)
    grants = []
    for schema, group in itertools.groupby(hidden, key=lambda name: name[0]):
        names = list(group)
        all_of_them = f"ALL SEQUENCES IN SCHEMA {quote_ident(schema)}"
        some = f"SEQUENCE {', '.join(map(qualified, names))}"
        grants.append(f"GRANT SELECT ON {all_of_them if len(names) > MOST_NAMED else some} TO {role};")
    yield Line(
        check="sequences",
        level=Level.NOTE,
        what=f"it cannot read {named(hidden, 'sequence')}",
        why="that one comes near its end is not seen",
        do="grant SELECT on them",
        sql=tuple(grants),
    )


def migrations(facts: Facts, wanted: Wanted) -> Iterator[Line]:
    """The tools' own tables."""
    for table in facts.histories:
        shown = display_name((table.schema, table.name))
        if table.entered and table.may_select and not table.filtered:
            yield ok("migrations", f"{shown} can be read whole")
            continue
        hides = " whole, as row level security is enabled" if table.entered and table.may_select else ""
        yield Line(
            check="migrations",
            level=Level.FAULT if wanted.migrations else Level.NOTE,
            what=f"{shown} cannot be read{hides}",
            why="which migrations have run stands in it and nowhere else",
            do="let it be read" if wanted.migrations else "let it be read, to compare with migrations",
            sql=tuple(_opened(facts, table)),
        )
    if wanted.migrations and not facts.histories:
        yield Line(
            check="migrations",
            level=Level.NOTE,
            what="no migration tool's table is there",
            why="so nothing is applied, as far as that tells",
            do="see migrations.table, if it has another name",
        )


def _opened(facts: Facts, table: History) -> Iterator[str]:
    role, name = quote_ident(facts.role.name), qualified((table.schema, table.name))
    if not table.entered:
        yield f"GRANT USAGE ON SCHEMA {quote_ident(table.schema)} TO {role};"
    if not table.may_select:
        yield f"GRANT SELECT ON TABLE {name} TO {role};"
    if table.filtered:
        yield f"CREATE POLICY {role} ON {name} FOR SELECT TO {role} USING (true);"


def statements(facts: Facts, wanted: Wanted) -> Iterator[Line]:
    """pg_stat_statements: whether it is there, runs, and can be read."""
    level = Level.WARNING if wanted.statements else Level.NOTE
    why = "the statements that the application really runs cannot be checked (queries.recorded)"
    if facts.statements is None:
        yield Line(
            check="statements",
            level=level,
            what="pg_stat_statements is not in this database",
            why=why,
            do="have it in shared_preload_libraries, which takes a restart, and then make it",
            sql=("CREATE EXTENSION IF NOT EXISTS pg_stat_statements;",) if wanted.statements else (),
        )
    elif facts.statements.refused:
        yield Line(
            check="statements",
            level=level,
            what=f"pg_stat_statements is in this database and cannot be asked: {facts.statements.refused}",
            why=why,
            do="have it in shared_preload_libraries, which takes a restart, and let the role read it",
        )
    elif not facts.role.reads_statistics:
        yield Line(
            check="statements",
            level=level,
            what="pg_stat_statements shows it no statement of others",
            why=why,
            do="pg_monitor shows them",
        )
    else:
        yield ok("statements", "pg_stat_statements is there and can be read")
