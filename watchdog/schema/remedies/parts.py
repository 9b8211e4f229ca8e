"""What belongs to a relation and is missing."""

import re

from watchdog.finding import Remedy
from watchdog.schema.ddl import (
    FIRES,
    add_constraint,
    column_definition,
    create_index,
    create_policy,
    create_sequence,
    needs_value,
    own_sequence,
    owned_sequences,
    rewrites_table,
    switch,
    unless_there,
)
from watchdog.schema.diff import Change
from watchdog.schema.privileges import grants
from watchdog.schema.remedies.caution import BRIEFLY_ALL, CAREFUL, PATIENT
from watchdog.schema.snapshot import Attributes, ObjectId, Snapshot
from watchdog.sqltext import qualified, quote_ident, quote_literal

_NAME = r'(?:"(?:[^"]|"")+"|\w+)'
_NAMES = rf"\({_NAME}(?:, {_NAME})*\)"
_PLAIN_KEY = re.compile(
    rf"(?P<what>PRIMARY KEY|UNIQUE)(?P<nulls> NULLS NOT DISTINCT)? (?P<columns>{_NAMES})(?P<include> INCLUDE {_NAMES})?"
    r"(?P<deferred> DEFERRABLE(?: INITIALLY DEFERRED)?)?"
)


def missing_column(change: Change, expected: Snapshot, actual: Snapshot) -> Remedy | None:
    """Nothing for a view's, which is replaced whole, nor for a partition's, which has them from its parent."""
    subject = change.subject
    schema, relation, column = subject.name
    holder = holder_of(subject, actual)
    if holder.get("relation_kind") not in ("table", "partitioned table") or holder.get("partition_bound"):
        return None
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
        *(line for sequence in sequences for line in own_sequence(sequence, expected, holder.get("owner"))),
        *grants(subject, attributes, holder.get("owner")),
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


def missing_index(change: Change, expected: Snapshot, actual: Snapshot) -> Remedy | None:
    """Built while people work, but for that of a partitioned table, which cannot be."""
    schema, _, index = change.subject.name
    partitioned = holder_of(change.subject, actual).get("relation_kind") == "partitioned table"
    statement = create_index(change.subject, expected, concurrently=not partitioned)
    if statement is None:
        return None
    name = qualified((schema, index))
    return Remedy(
        before_sql=CAREFUL if partitioned else PATIENT,
        sql=statement,
        verify_sql=index_query(name),
        revert_sql=f"DROP INDEX {'' if partitioned else 'CONCURRENTLY '}IF EXISTS {name};",
        safety=(
            "additive; blocks writes to all partitions while it builds"
            if partitioned
            else "additive; run it outside a transaction; if it fails, drop the invalid index it leaves and try again"
        ),
        lock="SHARE, as long as the build takes" if partitioned else "SHARE UPDATE EXCLUSIVE, reads and writes go on",
        rewrites_table=False,
    )


def missing_constraint(change: Change, expected: Snapshot, actual: Snapshot) -> Remedy | None:
    """Nothing for what is inherited, for exclusions, and for keys of partitioned tables: all that locks for long."""
    subject = change.subject
    attributes = expected.objects[subject]
    holder = holder_of(subject, actual)
    partitioned = holder.get("relation_kind") == "partitioned table"
    if attributes.get("inheritance") == "inherited" or not holder:
        return None
    match attributes["constraint_kind"]:
        case "check constraint":
            return _missing_check(subject, expected, "ACCESS EXCLUSIVE")
        # Such a key could not be added NOT VALID before 18, and would be checked under its lock.
        case "foreign key" if not partitioned:
            return _missing_check(subject, expected, "SHARE ROW EXCLUSIVE on both tables")
        case "primary key" | "unique constraint" if not partitioned:
            return _missing_key(subject, attributes, actual)
        case _:
            return None


def _missing_check(subject: ObjectId, expected: Snapshot, lock: str) -> Remedy:
    table, name = qualified(subject.name[:-1]), quote_ident(subject.name[-1])
    validated = expected.objects[subject]["validated"]
    statements = [add_constraint(subject, table, expected, checked=False)]
    if validated:
        # It reads all rows, and lets people work meanwhile.
        statements += ["SET statement_timeout = 0;", f"ALTER TABLE {table} VALIDATE CONSTRAINT {name};"]
    return Remedy(
        before_sql=CAREFUL,
        sql="\n".join(statements),
        verify_sql=_constraint_query(subject),
        revert_sql=f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name};",
        safety=(
            "additive; wrong rows are refused from the first statement on; VALIDATE fails on those that are there: "
            "mend them and repeat it"
            if validated
            else "additive; refuses wrong rows from then on, and looks at none that is there"
        ),
        lock=f"{lock}, brief" + ("; then SHARE UPDATE EXCLUSIVE, reads and writes go on" if validated else ""),
        rewrites_table=False,
    )


def _missing_key(subject: ObjectId, attributes: Attributes, actual: Snapshot) -> Remedy | None:
    written = _PLAIN_KEY.fullmatch(str(attributes["definition"]))
    if written is None:
        return None
    table, name = qualified(subject.name[:-1]), quote_ident(subject.name[-1])
    options = attributes.get("index_options")
    storage = f" WITH ({', '.join(options)})" if isinstance(options, tuple) else ""
    columns = f"{written['columns']}{written['include'] or ''}{written['nulls'] or ''}{storage}"
    key = f"ALTER TABLE {table} ADD CONSTRAINT {name} {written['what']} USING INDEX {name}{written['deferred'] or ''};"
    nullable = written["what"] == "PRIMARY KEY" and any(
        actual.objects.get(ObjectId("column", (*subject.name[:-1], column)), {}).get("not_null") is False
        for column in key_columns(written[0])
    )
    safety = (
        "additive; fails if rows are there twice; run it outside a transaction; if the index fails, drop the invalid "
    )
    safety += "index it leaves and try again"
    if nullable:
        safety += "; makes its columns NOT NULL, for which all rows are read, and fails if one has no value"
    return Remedy(
        before_sql=PATIENT,
        sql=(
            f"CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {table} {columns};\n"
            f"{CAREFUL}\n{unless_there(key, _is_there(subject))}"
        ),
        verify_sql=_constraint_query(subject),
        revert_sql=f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name};",
        safety=safety,
        lock=(
            "SHARE UPDATE EXCLUSIVE while the index is built, reads and writes go on; then ACCESS EXCLUSIVE, "
            + ("as long as all rows are read" if nullable else "brief")
        ),
        rewrites_table=False,
    )


def missing_trigger(change: Change, expected: Snapshot, actual: Snapshot) -> Remedy | None:
    """As it was, also where it was switched off."""
    subject = change.subject
    attributes = expected.objects[subject]
    table, name = qualified(subject.name[:-1]), quote_ident(subject.name[-1])
    there = (
        f"FROM pg_trigger WHERE tgrelid = to_regclass({quote_literal(table)})"
        f" AND tgname = {quote_literal(subject.name[-1])}"
    )
    # Asked for, as a constraint trigger that is there is no duplicate_object before 14.
    statements = [unless_there(f"{attributes['definition']};", f"SELECT {there}")]
    if attributes["enabled"] in FIRES and attributes["enabled"] != "origin":
        statements.append(switch(subject, attributes["enabled"]))
    partitioned = holder_of(subject, actual).get("relation_kind") == "partitioned table"
    return Remedy(
        before_sql=CAREFUL,
        sql="\n".join(statements),
        verify_sql=f"SELECT tgname, tgenabled {there};",
        revert_sql=f"DROP TRIGGER IF EXISTS {name} ON {table};",
        safety="additive; does nothing for rows that were written without it; needs its function",
        lock="SHARE ROW EXCLUSIVE" + (" on all partitions too" if partitioned else "") + ", brief",
        rewrites_table=False,
    )


def missing_policy(change: Change, expected: Snapshot, _: Snapshot) -> Remedy:
    """Whether row level security is on is told of the table."""
    table, name = change.subject.name[:-1], change.subject.name[-1]
    return Remedy(
        before_sql=CAREFUL,
        sql=create_policy(change.subject, expected),
        verify_sql=(
            "SELECT * FROM pg_policies\n"
            f"WHERE schemaname = {quote_literal(table[0])} AND tablename = {quote_literal(table[1])}"
            f" AND policyname = {quote_literal(name)};"
        ),
        revert_sql=f"DROP POLICY IF EXISTS {quote_ident(name)} ON {qualified(table)};",
        safety=(
            "additive; from then on its roles see and write the rows that it lets through"
            if expected.objects[change.subject]["permissive"]
            else "additive; from then on its roles see and write only rows that it lets through"
        ),
        lock=BRIEFLY_ALL,
        rewrites_table=False,
    )


def holder_of(subject: ObjectId, actual: Snapshot) -> Attributes:
    """The relation as it is now that something belongs to; nothing is known of one that is not there."""
    return actual.objects.get(ObjectId("relation", subject.name[:2]), {})


def key_columns(definition: str) -> list[str]:
    """The columns of `PRIMARY KEY (a, "b c")` or of a unique constraint, by their plain names."""
    written = _PLAIN_KEY.match(definition)
    quoted = re.findall(_NAME, written["columns"]) if written else []
    return [name[1:-1].replace('""', '"') if name.startswith('"') else name for name in quoted]


def index_query(name: str) -> str:
    """Whether an index, by its name in SQL, is there and valid."""
    return (
        f"SELECT indexrelid::regclass, indisvalid FROM pg_index\nWHERE indexrelid = to_regclass({quote_literal(name)});"
    )


def _is_there(constraint: ObjectId) -> str:
    return (
        "SELECT FROM pg_constraint WHERE"
        f" conrelid = to_regclass({quote_literal(qualified(constraint.name[:-1]))})"
        f" AND conname = {quote_literal(constraint.name[-1])}"
    )


def _constraint_query(constraint: ObjectId) -> str:
    return _is_there(constraint).replace("SELECT FROM", "SELECT conname, convalidated FROM", 1) + ";"
