"""What stands in a schema and is missing, and the schema itself."""

from collections.abc import Iterator

from watchdog.finding import Remedy
from watchdog.schema.ddl import (
    access,
    create_enum,
    create_sequence,
    create_table,
    create_view,
    own_sequence,
)
from watchdog.schema.diff import Change
from watchdog.schema.kinds import sql_name, sql_noun
from watchdog.schema.remedies.caution import CAREFUL
from watchdog.schema.snapshot import ObjectId, Snapshot
from watchdog.sqltext import names_in, qualified, quote_ident, quote_literal

_INTEGERS = ("smallint", "integer", "bigint")


def missing_schema(change: Change, expected: Snapshot, _: Snapshot) -> Remedy:
    """Only the schema: what was in it is told once it is there."""
    name = sql_name(change.subject)
    return Remedy(
        before_sql=CAREFUL,
        sql="\n".join([f"CREATE SCHEMA IF NOT EXISTS {name};", *access(change.subject, expected)]),
        verify_sql=f"SELECT nspname, nspacl FROM pg_namespace WHERE nspname = {quote_literal(change.subject.name[0])};",
        revert_sql=f"DROP SCHEMA IF EXISTS {name};",
        safety="additive; brings back the schema and its grants; all that was in it is found next",
        lock="none",
        rewrites_table=False,
    )


def missing_relation(change: Change, expected: Snapshot, actual: Snapshot) -> Remedy | None:
    """With owner, grants and all that is its own, but triggers and policies; foreign tables are left to people."""
    subject = change.subject
    name = sql_name(subject)
    kind = str(expected.objects[subject].get("relation_kind"))
    match kind:
        case "table" | "partitioned table":
            statements = list(create_table(subject, expected))
            safety = (
                "additive; brings back the structure, the owner and the grants, not the rows nor where own sequences "
                "stood; triggers and policies are found next"
            )
            lock = "none on existing rows; tables that a foreign key names are locked briefly"
        case "sequence":
            return _missing_sequence(subject, expected, actual)
        case "view" | "materialized view":
            statements = list(create_view(subject, expected))
            safety = "additive; brings back the view, its owner and its grants; triggers and rules are found next"
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
        revert_sql=f"DROP {sql_noun(subject, expected.objects[subject])} IF EXISTS {name};",
        safety=safety,
        lock=lock,
        rewrites_table=False,
    )


def _missing_sequence(subject: ObjectId, expected: Snapshot, actual: Snapshot) -> Remedy:
    name = sql_name(subject)
    facts = expected.objects.get(ObjectId("sequence", subject.name), {})
    owner = next(iter(names_in(str(facts.get("owned_by")))), ())
    statements = [create_sequence(subject, expected)]
    if ObjectId("column", owner) in actual.objects:
        # It must be of the same owner as its table is now.
        table = actual.objects.get(ObjectId("relation", owner[:-1]), {})
        statements += own_sequence(subject, expected, table.get("owner"))
    else:
        statements += access(subject, expected)
    columns = list(_drawing(subject, expected, actual))
    downwards = isinstance(increment := facts.get("increment"), int) and increment < 0
    statements += (_set_past(name, column, downwards=downwards) for column in columns)
    extreme, far = ("lowest", "below") if downwards else ("highest", "past")
    if columns:
        named = ", ".join(qualified(column) for column in columns)
        told = f"starts anew and is then set {far} the {extreme} number in {named}; do so too for other columns"
    else:
        told = f"starts anew: before it is used set it {far} the {extreme} number in use"
    example = f"SELECT setval({quote_literal(name)}, {'min' if downwards else 'max'}(column)) FROM table"
    return Remedy(
        before_sql=CAREFUL,
        sql="\n".join(statements),
        verify_sql=f"SELECT last_value, is_called FROM {name};",
        revert_sql=f"DROP SEQUENCE IF EXISTS {name};",
        safety=f"additive; brings back the sequence, its owner and its grants; {told}, with {example}",
        lock="ACCESS SHARE on the tables that draw from it, while their numbers are looked at" if columns else "none",
        rewrites_table=False,
    )


def _drawing(sequence: ObjectId, expected: Snapshot, actual: Snapshot) -> Iterator[tuple[str, ...]]:
    """The columns of integers, there still, that own the sequence or were filled from it."""
    owner = expected.objects.get(ObjectId("sequence", sequence.name), {}).get("owned_by")
    default = f"nextval({quote_literal(sql_name(sequence)).strip()}::regclass)"
    for subject, facts in expected.of_kind("column").items():
        drawn = default == facts.get("default") or owner == sql_name(subject)
        if drawn and facts.get("data_type") in _INTEGERS and subject in actual.objects:
            yield subject.name


def _set_past(sequence: str, column: tuple[str, ...], *, downwards: bool) -> str:
    """Never back: it may be run again when the sequence is in use, and others may have drawn what is not stored yet."""
    extreme, compared = ("min", "<=") if downwards else ("max", ">=")
    number = f"{extreme}({quote_ident(column[-1])})"
    return (
        f"SELECT setval({quote_literal(sequence)}, {number}) FROM {qualified(column[:-1])}\n"
        f"HAVING {number} {compared} (SELECT last_value FROM {sequence});"
    )


def missing_enum(change: Change, expected: Snapshot, _: Snapshot) -> Remedy:
    """The type with its labels in their order."""
    name = sql_name(change.subject)
    oid = f"to_regtype({quote_literal(name)})"
    return Remedy(
        before_sql=CAREFUL,
        sql="\n".join([create_enum(change.subject, expected), *access(change.subject, expected)]),
        verify_sql=(
            f"SELECT {oid}, array(SELECT enumlabel FROM pg_enum WHERE enumtypid = {oid} ORDER BY enumsortorder);"
        ),
        revert_sql=f"DROP TYPE IF EXISTS {name};",
        safety="additive; columns of this type that went with it are found next",
        lock="none",
        rewrites_table=False,
    )
