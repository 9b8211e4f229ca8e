"""SQL that brings back what is missing or has lost its name, with its lock, its dangers, its proof and its way back.

Nothing is offered that takes anything away. `IF NOT EXISTS` makes each addition safe to run twice.
"""

from collections.abc import Callable, Mapping

import msgspec

from watchdog.finding import Remedy
from watchdog.schema.ddl import (
    WRITTEN_FROM,
    column_definition,
    create_enum,
    create_index,
    create_sequence,
    create_table,
    create_view,
    grants,
    needs_value,
    own_sequence,
    owned_sequences,
    rewrites_table,
)
from watchdog.schema.diff import Change
from watchdog.schema.kinds import sql_name
from watchdog.schema.snapshot import ObjectId, Snapshot
from watchdog.sqltext import names_in, qualified, quote_ident, quote_literal

# A table that is busy makes the remedy give up after 2 s instead of queueing every query behind it.
CAREFUL = "SET lock_timeout = '2s';\nSET statement_timeout = '60s';"
# A concurrent build waits for old transactions by design, and blocks nobody while it does.
PATIENT = "SET lock_timeout = 0;\nSET statement_timeout = 0;"


def remedy(change: Change, expected: Snapshot, actual: Snapshot) -> Remedy | None:
    """The remedy of a change, or None where no additive statement would mend it, or nothing tells what it would be."""
    if change.change == "renamed" and change.now:
        return _renamed(change.subject, change.now, actual)
    write, kinds = _WRITERS.get((change.subject.kind, change.change), (None, ()))
    # An older baseline may not speak of something; a table without its row level security would be worse than none.
    told = all(set(WRITTEN_FROM[kind]) <= set(expected.covers.get(kind, ())) for kind in kinds)
    if write is None or not told or not expected.objects[change.subject]:
        return None
    written = write(change.subject, expected, actual)
    first = _needed(change.subject, written.sql, expected, actual) if written else []
    needs = [f"needs {qualified(name)} first" for name in first]
    return written and msgspec.structs.replace(written, safety="; ".join([written.safety, *needs]))


def _needed(subject: ObjectId, sql: str, expected: Snapshot, actual: Snapshot) -> list[tuple[str, ...]]:
    """What the statements name and what is missing too, other than what they make themselves."""
    own = {subject.name, *(each.name for each in owned_sequences(sql_name(subject), expected))}
    return [
        name
        for name in dict.fromkeys(names_in(sql))
        if name not in own
        and any(
            ObjectId(kind, name) in expected.objects and ObjectId(kind, name) not in actual.objects
            for kind in ("relation", "enum", "domain", "composite")
        )
    ]


def _missing_column(subject: ObjectId, expected: Snapshot, actual: Snapshot) -> Remedy | None:
    schema, relation, column = subject.name
    holder = actual.objects.get(ObjectId("relation", (schema, relation)), {})
    if holder.get("relation_kind") not in ("table", "partitioned table") or holder.get("partition_bound"):
        return None  # a view is replaced whole; a partition gets its columns from its parent
    attributes = expected.objects[subject]
    rewrites = rewrites_table(attributes, expected)
    safety = ["additive"]
    if needs_value(attributes):
        safety.append("fails if the table has rows: then add it nullable, fill it, and SET NOT NULL")
    if rewrites:
        safety.append("may rewrite every row while nobody can read or write the table")
    table = qualified((schema, relation))
    # The sequence of a serial column went with it.
    sequences = owned_sequences(qualified(subject.name), expected)
    statements = [
        *(create_sequence(sequence, expected) for sequence in sequences),
        f"ALTER TABLE {table}\n  ADD COLUMN IF NOT EXISTS {column_definition(column, attributes)};",
        *(own_sequence(sequence, expected) for sequence in sequences),
        *grants(table, attributes, column),
    ]
    return Remedy(
        before_sql=CAREFUL,
        sql="\n".join(statements),
        verify_sql=(
            "SELECT table_schema, table_name, column_name, data_type, column_default, is_nullable\n"
            "FROM information_schema.columns\n"
            f"WHERE table_schema = {quote_literal(schema)} AND table_name = {quote_literal(relation)}"
            f" AND column_name = {quote_literal(column)};"
        ),
        revert_sql=f"ALTER TABLE {table}\n  DROP COLUMN IF EXISTS {quote_ident(column)};",
        safety="; ".join(safety),
        lock="ACCESS EXCLUSIVE, " + ("as long as the rewrite takes" if rewrites else "brief"),
        rewrites_table=rewrites,
    )


def _missing_index(subject: ObjectId, expected: Snapshot, actual: Snapshot) -> Remedy | None:
    schema, relation, index = subject.name
    holder = actual.objects.get(ObjectId("relation", (schema, relation)), {})
    partitioned = holder.get("relation_kind") == "partitioned table"
    statement = create_index(subject, expected, concurrently=not partitioned)
    if statement is None:
        return None
    name = qualified((schema, index))
    return Remedy(
        before_sql=CAREFUL if partitioned else PATIENT,
        sql=statement,
        verify_sql=(
            "SELECT indexrelid::regclass, indisvalid FROM pg_index\n"
            f"WHERE indexrelid = to_regclass({quote_literal(name)});"
        ),
        revert_sql=f"DROP INDEX {'' if partitioned else 'CONCURRENTLY '}IF EXISTS {name};",
        safety=(
            "additive; blocks writes to all partitions while it builds"
            if partitioned
            else "additive; run it outside a transaction; if it fails, drop the invalid index it leaves and try again"
        ),
        lock="SHARE, as long as the build takes" if partitioned else "SHARE UPDATE EXCLUSIVE, reads and writes go on",
        rewrites_table=False,
    )


def _missing_relation(subject: ObjectId, expected: Snapshot, actual: Snapshot) -> Remedy | None:
    name = sql_name(subject)
    safety = "additive; brings back the structure and the grants, not the rows; triggers and policies are found next"
    lock = "none on existing rows; tables that a foreign key names are locked briefly"
    kind = str(expected.objects[subject].get("relation_kind"))
    match kind:
        case "table" | "partitioned table":
            statements = list(create_table(subject, expected))
        case "sequence":
            statements = [create_sequence(subject, expected)]
            owner = expected.objects.get(ObjectId("sequence", subject.name), {}).get("owned_by")
            if any(child.kind == "column" and qualified(child.name) == owner for child in actual.objects):
                statements.append(own_sequence(subject, expected))
        case "view" | "materialized view":
            statements = list(create_view(subject, expected))
            safety = "additive; grants and triggers are found next"
            if kind == "materialized view":
                safety += f"; reading it fails until it is filled: REFRESH MATERIALIZED VIEW {name}"
            lock = "ACCESS SHARE on what it reads, brief"
        case _:
            return None
    if not statements:
        return None
    return Remedy(
        before_sql=CAREFUL,
        sql="\n".join(statements),
        verify_sql=f"SELECT to_regclass({quote_literal(name)});",
        revert_sql=f"DROP {kind.removeprefix('partitioned ').upper()} IF EXISTS {name};",
        safety=safety,
        lock=lock,
        rewrites_table=False,
    )


def _missing_enum(subject: ObjectId, expected: Snapshot, _: Snapshot) -> Remedy:
    name = sql_name(subject)
    oid = f"to_regtype({quote_literal(name)})"
    return Remedy(
        before_sql=CAREFUL,
        sql=create_enum(subject, expected),
        verify_sql=(
            f"SELECT {oid}, array(SELECT enumlabel FROM pg_enum WHERE enumtypid = {oid} ORDER BY enumsortorder);"
        ),
        revert_sql=f"DROP TYPE IF EXISTS {name};",
        safety="additive; columns of this type that went with it are found next",
        lock="none",
        rewrites_table=False,
    )


def _renamed(old: ObjectId, now: ObjectId, actual: Snapshot) -> Remedy | None:
    if now.name[-1] == old.name[-1]:
        return None  # moved to another schema, which is more than a name
    noun = str(actual.objects[now].get("relation_kind")).removeprefix("partitioned ").upper()
    forward = _rename_statement(now, old.name[-1], noun)
    back = _rename_statement(ObjectId(now.kind, (*now.name[:-1], old.name[-1])), now.name[-1], noun)
    if forward is None or back is None:
        return None
    return Remedy(
        before_sql=CAREFUL,
        sql=forward,
        verify_sql=_names_query(now, old.name[-1]),
        revert_sql=back,
        safety="gives back the old name; code that knows only the new one fails from then on",
        lock="ACCESS EXCLUSIVE, brief",
        rewrites_table=False,
    )


def _rename_statement(subject: ObjectId, name: str, noun: str) -> str | None:
    """The statement that gives an object a new name; `noun` is what SQL calls a relation of its sort."""
    table, to = qualified(subject.name[:-1]), quote_ident(name)
    match subject.kind:
        case "schema":
            return f"ALTER SCHEMA {sql_name(subject)} RENAME TO {to};"
        case "relation":
            return f"ALTER {noun} {sql_name(subject)} RENAME TO {to};"
        case "column":
            return f"ALTER TABLE {table} RENAME COLUMN {quote_ident(subject.name[-1])} TO {to};"
        case "constraint":
            return f"ALTER TABLE {table} RENAME CONSTRAINT {quote_ident(subject.name[-1])} TO {to};"
        case "index":
            return f"ALTER INDEX {qualified((subject.name[0], subject.name[-1]))} RENAME TO {to};"
        case _:
            return None


def _names_query(now: ObjectId, name: str) -> str:
    match now.kind:
        case "schema":
            return f"SELECT nspname FROM pg_namespace WHERE nspname = {quote_literal(name)};"
        case "column":
            relation = quote_literal(qualified(now.name[:2]))
            return (
                "SELECT attname FROM pg_attribute\n"
                f"WHERE attrelid = to_regclass({relation}) AND attname = {quote_literal(name)} AND NOT attisdropped;"
            )
        case "constraint":
            relation = quote_literal(qualified(now.name[:2]))
            return (
                "SELECT conname FROM pg_constraint\n"
                f"WHERE conrelid = to_regclass({relation}) AND conname = {quote_literal(name)};"
            )
        case _:
            return f"SELECT to_regclass({quote_literal(qualified((now.name[0], name)))});"


# What is written by whom, and the kinds that it is written from.
_WRITERS: Mapping[tuple[str, str], tuple[Callable[[ObjectId, Snapshot, Snapshot], Remedy | None], tuple[str, ...]]] = {
    ("column", "missing"): (_missing_column, ("column",)),
    ("enum", "missing"): (_missing_enum, ("enum",)),
    ("index", "missing"): (_missing_index, ("index",)),
    ("relation", "missing"): (_missing_relation, tuple(WRITTEN_FROM)),
}
