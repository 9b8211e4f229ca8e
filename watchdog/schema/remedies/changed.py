"""What is there and has lost something, or does not work as it stands."""

import re

from watchdog.finding import Remedy
from watchdog.schema.ddl import FIRES, switch
from watchdog.schema.diff import Change
from watchdog.schema.kinds import sql_name
from watchdog.schema.privileges import grant, granted_on, items, lacking, revoke
from watchdog.schema.remedies.caution import BRIEFLY_ALL, CAREFUL, NO_WAY_BACK, PATIENT, UNHURRIED
from watchdog.schema.remedies.parts import holder_of, index_query, key_columns
from watchdog.schema.snapshot import Attributes, ObjectId, Snapshot
from watchdog.sqltext import qualified, quote_ident, quote_literal

# What a REINDEX CONCURRENTLY that failed leaves beside the index itself: it is to be dropped.
_LEFT_OVER = re.compile(r".*_cc(?:new|old)\d*")
# Of whom privileges are read back, with the name as a literal.
_PRIVILEGES_OF = {
    "relation": "SELECT relacl FROM pg_class WHERE oid = to_regclass({})",
    "schema": "SELECT nspacl FROM pg_namespace WHERE oid = to_regnamespace({})",
    "routine": "SELECT proacl FROM pg_proc WHERE oid = to_regprocedure({})",
    **dict.fromkeys(
        ("enum", "domain", "composite", "range", "base_type"), "SELECT typacl FROM pg_type WHERE oid = to_regtype({})"
    ),
}


def privileges(change: Change, _: Snapshot, actual: Snapshot) -> Remedy | None:
    """Grants what is lacking; what is held beyond is left, as somebody may rely on it."""
    subject, facts = change.subject, actual.objects[change.subject]
    owner = (holder_of(subject, actual) if subject.kind == "column" else facts).get("owner")
    found = items(change.actual, owner)
    lack = lacking(items(change.expected, owner), found)
    if not lack:
        return None
    on = granted_on(subject, facts)
    had = {(item.privilege, item.grantee) for item in found if item.held}
    back = [revoke(item, *on, option=(item.privilege, item.grantee) in had) for item in lack]
    if subject.kind == "relation":
        # Taken from a table, a privilege is taken from its columns too.
        taken = {(item.privilege, item.grantee) for item in lack} - had
        back += [
            grant(item, *granted_on(column, attributes))
            for column, attributes in actual.children("column", subject.name).items()
            for item in items(attributes.get("privileges"), owner)
            if item.held and (item.privilege, item.grantee) in taken
        ]
    beyond = {item[:2] for item in found if item.held} - {item[:2] for item in items(change.expected, owner)}
    return Remedy(
        before_sql=CAREFUL,
        sql="\n".join(grant(item, *on) for item in lack),
        verify_sql=_privileges_query(subject),
        revert_sql="\n".join(back),
        safety="additive" + ("; what is granted beyond that stays" if beyond else ""),
        lock="none, reads and writes go on",
        rewrites_table=False,
    )


def _privileges_query(subject: ObjectId) -> str:
    if subject.kind == "column":
        return (
            "SELECT attname, attacl FROM pg_attribute\n"
            f"WHERE attrelid = to_regclass({quote_literal(qualified(subject.name[:-1]))})"
            f" AND attname = {quote_literal(subject.name[-1])};"
        )
    return f"{_PRIVILEGES_OF[subject.kind].format(quote_literal(sql_name(subject)))};"


def enabled(change: Change, _: Snapshot, actual: Snapshot) -> Remedy | None:
    """Switches a trigger, a rule or an event trigger on; to switch one off is nobody's remedy."""
    subject = change.subject
    if change.expected == "disabled" or not {change.expected, change.actual} <= set(FIRES):
        return None
    catalog, column, of_table = {
        "trigger": ("pg_trigger", "tg", "tgrelid"),
        "rule": ("pg_rewrite", "rule", "ev_class"),
        "event_trigger": ("pg_event_trigger", "evt", ""),
    }[subject.kind]
    state = "ev_enabled" if subject.kind == "rule" else f"{column}enabled"
    table = f"{of_table} = to_regclass({quote_literal(qualified(subject.name[:-1]))}) AND " if of_table else ""
    partitioned = holder_of(subject, actual).get("relation_kind") == "partitioned table"
    lock = {"trigger": "SHARE ROW EXCLUSIVE, brief", "rule": BRIEFLY_ALL, "event_trigger": "none"}[subject.kind]
    return Remedy(
        before_sql=CAREFUL,
        sql=switch(subject, change.expected),
        verify_sql=(
            f"SELECT {column}name, {state} FROM {catalog}\n"
            f"WHERE {table}{column}name = {quote_literal(subject.name[-1])};"
        ),
        revert_sql=switch(subject, change.actual),
        safety="takes nothing away; what happened meanwhile is not made up for",
        lock=lock + (", on all partitions too" if partitioned else ""),
        rewrites_table=False,
    )


def row_security(change: Change, _: Snapshot, actual: Snapshot) -> Remedy | None:
    """Switches row level security on, or on for the owner too."""
    if change.expected is not True:
        return None
    forced = change.attribute == "row_security_forced"
    name = sql_name(change.subject)
    on, off = ("FORCE", "NO FORCE") if forced else ("ENABLE", "DISABLE")
    whom = "its owner too sees" if forced else "all but its owner see"
    safety = f"from then on {whom} only the rows that its policies let through"
    if not actual.objects[change.subject].get("policies"):
        safety += ", and now it has none, so no row: make its policies first"
    return Remedy(
        before_sql=CAREFUL,
        sql=f"ALTER TABLE {name} {on} ROW LEVEL SECURITY;",
        verify_sql=(
            f"SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = to_regclass({quote_literal(name)});"
        ),
        revert_sql=f"ALTER TABLE {name} {off} ROW LEVEL SECURITY;",
        safety=safety,
        lock=BRIEFLY_ALL,
        rewrites_table=False,
    )


def valid_index(change: Change, _: Snapshot, actual: Snapshot) -> Remedy | None:
    """Builds an invalid index anew; that of a partitioned table is valid once all partitions have theirs."""
    schema, index = change.subject.name[0], change.subject.name[-1]
    holder = holder_of(change.subject, actual)
    if change.expected is not True or holder.get("relation_kind") == "partitioned table" or _LEFT_OVER.fullmatch(index):
        return None
    name = qualified((schema, index))
    return Remedy(
        before_sql=PATIENT,
        sql=f"REINDEX INDEX CONCURRENTLY {name};",
        verify_sql=index_query(name),
        revert_sql=NO_WAY_BACK,
        safety=(
            "builds it anew beside the old one; run it outside a transaction; if it fails, as it does where rows "
            "of a unique one are there twice, drop the invalid index with _ccnew at the end of its name that it leaves"
        ),
        lock="SHARE UPDATE EXCLUSIVE, reads and writes go on",
        rewrites_table=False,
    )


def validated(change: Change, *_: Snapshot) -> Remedy | None:
    """Looks at the rows from before the constraint."""
    if change.expected is not True:
        return None
    table, name = qualified(change.subject.name[:-1]), change.subject.name[-1]
    return Remedy(
        before_sql=UNHURRIED,
        sql=f"ALTER TABLE {table} VALIDATE CONSTRAINT {quote_ident(name)};",
        verify_sql=(
            "SELECT conname, convalidated FROM pg_constraint\n"
            f"WHERE conrelid = to_regclass({quote_literal(table)}) AND conname = {quote_literal(name)};"
        ),
        revert_sql=NO_WAY_BACK,
        safety="reads all rows; fails if one breaks it, and changes nothing then",
        lock="SHARE UPDATE EXCLUSIVE, reads and writes go on",
        rewrites_table=False,
    )


def populated(change: Change, *_: Snapshot) -> Remedy | None:
    """Fills a materialized view that cannot be read as it stands."""
    if change.expected is not True:
        return None
    name = sql_name(change.subject)
    return Remedy(
        before_sql=UNHURRIED,
        sql=f"REFRESH MATERIALIZED VIEW {name};",
        verify_sql=f"SELECT relispopulated FROM pg_class WHERE oid = to_regclass({quote_literal(name)});",
        revert_sql=f"REFRESH MATERIALIZED VIEW {name} WITH NO DATA;",
        safety="runs its whole query",
        lock="ACCESS EXCLUSIVE on the view, which nobody can read as it is, and ACCESS SHARE on what it reads",
        rewrites_table=True,
    )


def default(change: Change, expected: Snapshot, actual: Snapshot) -> Remedy | None:
    """Nothing for a default that an INSERT may rely on by now: one that is not expected, of a column without NULL."""
    facts, wanted = actual.objects[change.subject], expected.objects[change.subject]
    holder = holder_of(change.subject, actual)
    computed = any(each.get(name) for each in (facts, wanted) for name in ("identity", "generated"))
    if computed or not _is_table(holder) or (change.expected is None and facts.get("not_null") is not False):
        return None
    if change.expected is None:
        safety = "an INSERT that leaves the column out writes NULL from then on, as is expected"
    else:
        safety = "counts for rows that are written from then on; fills none that is there"
    column = quote_ident(change.subject.name[-1])
    alter = f"ALTER TABLE {_table(change.subject)} ALTER COLUMN {column}"
    return Remedy(
        before_sql=CAREFUL,
        sql=f"{alter} {_set_default(change.expected)};",
        verify_sql=_column_query(change.subject, "column_name, column_default"),
        revert_sql=f"{alter} {_set_default(change.actual)};",
        safety=safety,
        lock=BRIEFLY_ALL,
        rewrites_table=False,
    )


def not_null(change: Change, _: Snapshot, actual: Snapshot) -> Remedy | None:
    """Lets NULL in again; nothing where something else keeps it out, and nothing that would refuse a row."""
    subject, facts, holder = change.subject, actual.objects[change.subject], holder_of(change.subject, actual)
    column = quote_ident(subject.name[-1])
    kept_out = (
        facts.get("identity")
        or facts.get("inheritance")
        or holder.get("partition_bound")
        or str(holder.get("replica_identity")).startswith("index")
        or any(
            each.get("constraint_kind") == "primary key"
            and subject.name[-1] in key_columns(str(each.get("definition")))
            for each in actual.children("constraint", subject.name[:2]).values()
        )
    )
    if change.expected is not False or kept_out or not _is_table(holder):
        return None
    alter = f"ALTER TABLE {_table(subject)} ALTER COLUMN {column}"
    return Remedy(
        before_sql=CAREFUL,
        sql=f"{alter} DROP NOT NULL;",
        verify_sql=_column_query(subject, "column_name, is_nullable"),
        revert_sql=f"{alter} SET NOT NULL;",
        safety="readers may meet NULL from then on, as is expected; the way back reads all rows while nobody else can",
        lock=BRIEFLY_ALL,
        rewrites_table=False,
    )


def _is_table(relation: Attributes) -> bool:
    return relation.get("relation_kind") in ("table", "partitioned table")


def _table(child: ObjectId) -> str:
    return qualified(child.name[:-1])


def _set_default(value: object) -> str:
    return "DROP DEFAULT" if value is None else f"SET DEFAULT {value}"


def _column_query(subject: ObjectId, what: str) -> str:
    schema, relation, column = map(quote_literal, subject.name)
    return (
        f"SELECT {what} FROM information_schema.columns\n"
        f"WHERE table_schema = {schema} AND table_name = {relation} AND column_name = {column};"
    )
