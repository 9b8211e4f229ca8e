"""SQL that brings back what is missing, with its lock, its dangers, its proof and its way back.

Only additive changes are offered. `IF NOT EXISTS` makes each safe to run twice.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from watchdog.finding import Remedy
from watchdog.schema.diff import Change
from watchdog.schema.kinds import sql_name, summary
from watchdog.schema.snapshot import Attributes, ObjectId, Snapshot
from watchdog.sqltext import qualified, quote_ident, quote_literal

# A table that is busy makes the remedy give up after 2 s instead of queueing every query behind it.
CAREFUL = "SET lock_timeout = '2s';\nSET statement_timeout = '60s';"
# A concurrent build waits for old transactions by design, and blocks nobody while it does.
PATIENT = "SET lock_timeout = 0;\nSET statement_timeout = 0;"

# Defaults that are evaluated once for all old rows, so the table is not rewritten: constants and the stable clock.
_ONE_VALUE = re.compile(
    r"""(?: -?\d+(?:\.\d+)? | \(-\d+(?:\.\d+)?\) | '(?:[^']|'')*' | true | false
          | now\(\) | CURRENT_(?:TIMESTAMP|DATE|TIME|USER) | LOCALTIME(?:STAMP)? )
        (?: ::[\w ."()\[\],]+ )?""",
    re.VERBOSE,
)
_LITERAL_WITH_CAST = re.compile(r"('(?:[^']|'')*')::([\w ]+)")


def remedy(change: Change, expected: Snapshot, actual: Snapshot) -> Remedy | None:
    """The remedy of a change, or None where no additive statement would mend it."""
    write = _WRITERS.get((change.subject.kind, change.change))
    return write(change.subject, expected, actual) if write else None


def _missing_column(subject: ObjectId, expected: Snapshot, actual: Snapshot) -> Remedy | None:
    schema, relation, column = subject.name
    holder = actual.objects.get(ObjectId("relation", (schema, relation)), {})
    if holder.get("relation_kind") not in ("table", "partitioned table") or holder.get("partition_bound"):
        return None  # a view is replaced whole; a partition gets its columns from its parent
    attributes = expected.objects[subject]
    rewrites = _rewrites(attributes, expected)
    safety = ["additive"]
    if _needs_value(attributes):
        safety.append("fails if the table has rows: then add it nullable, fill it, and SET NOT NULL")
    if rewrites:
        safety.append("may rewrite every row while nobody can read or write the table")
    table = qualified((schema, relation))
    return Remedy(
        before_sql=CAREFUL,
        sql=f"ALTER TABLE {table}\n  ADD COLUMN IF NOT EXISTS {_column_definition(column, attributes)};",
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
    statement = _create_index(subject, expected, concurrently=not partitioned)
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


def _missing_relation(subject: ObjectId, expected: Snapshot, _actual: Snapshot) -> Remedy | None:
    match expected.objects[subject].get("relation_kind"):
        case "table" | "partitioned table":
            statements = list(_create_table(subject, expected))
            dropped = "TABLE"
        case "sequence":
            statements = [_create_sequence(subject, expected)]
            dropped = "SEQUENCE"
        case _:
            return None
    name = sql_name(subject)
    return Remedy(
        before_sql=CAREFUL,
        sql="\n".join(statements),
        verify_sql=f"SELECT to_regclass({quote_literal(name)});",
        revert_sql=f"DROP {dropped} IF EXISTS {name};",
        safety="additive; brings back the structure, not the rows; grants, triggers and policies are found next",
        lock="none on existing rows; tables that a foreign key names are locked briefly",
        rewrites_table=False,
    )


_WRITERS: Mapping[tuple[str, str], Callable[[ObjectId, Snapshot, Snapshot], Remedy | None]] = {
    ("column", "missing"): _missing_column,
    ("index", "missing"): _missing_index,
    ("relation", "missing"): _missing_relation,
}


def _create_table(subject: ObjectId, expected: Snapshot) -> Iterator[str]:
    attributes = expected.objects[subject]
    name = sql_name(subject)
    unlogged = "UNLOGGED " if attributes["persistence"] == "unlogged" else ""
    parents = attributes["parents"]
    sequences = [
        child
        for child, facts in expected.objects.items()
        if child.kind == "sequence" and str(facts["owned_by"]).startswith(f"{name}.")
    ]
    constraints = dict(_children("constraint", subject, expected))
    inline = {child: facts for child, facts in constraints.items() if facts["constraint_kind"] != "foreign key"}
    for sequence in sequences:
        yield _create_sequence(ObjectId("relation", sequence.name), expected)
    head = f"CREATE {unlogged}TABLE IF NOT EXISTS {name}"
    if attributes["partition_bound"]:
        head += f" PARTITION OF {', '.join(parents) if isinstance(parents, tuple) else parents} "
        head += str(attributes["partition_bound"])
    else:
        columns = sorted(_children("column", subject, expected), key=lambda child: _position(child[1]))
        lines = [_column_definition(child.name[-1], facts) for child, facts in columns]
        lines += [f"CONSTRAINT {quote_ident(child.name[-1])} {facts['definition']}" for child, facts in inline.items()]
        head += " (\n  " + ",\n  ".join(lines) + "\n)" if lines else " ()"
        if isinstance(parents, tuple) and parents:
            head += f" INHERITS ({', '.join(parents)})"
    if attributes["partition_key"]:
        head += f" PARTITION BY {attributes['partition_key']}"
    options = attributes["options"]
    if isinstance(options, tuple) and options:
        head += f" WITH ({', '.join(options)})"
    yield f"{head};"
    for sequence in sequences:
        yield f"ALTER SEQUENCE {sql_name(sequence)} OWNED BY {expected.objects[sequence]['owned_by']};"
    if attributes["partition_bound"]:
        return  # what a partition has beyond its bound comes with it from its parent
    for child, facts in constraints.items():
        if child not in inline:
            yield f"ALTER TABLE {name} ADD CONSTRAINT {quote_ident(child.name[-1])} {facts['definition']};"
    for child, _facts in _children("index", subject, expected):
        yield _create_index(child, expected, concurrently=False) or ""
    if attributes["row_security"]:
        yield f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY;"
    if attributes["row_security_forced"]:
        yield f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY;"


def _create_sequence(subject: ObjectId, expected: Snapshot) -> str:
    sequence = ObjectId("sequence", subject.name)
    facts = {**expected.objects.get(sequence, {}), "owned_by": None}
    return f"CREATE SEQUENCE IF NOT EXISTS {sql_name(subject)} {summary('sequence', facts)};"


def _create_index(subject: ObjectId, expected: Snapshot, *, concurrently: bool) -> str | None:
    """The server's own definition with IF NOT EXISTS put in, after its beginning was recognised to the letter."""
    schema, relation, index = subject.name
    definition = str(expected.objects[subject]["definition"])
    for unique in ("", "UNIQUE "):
        for only in ("", "ONLY "):
            start = f"CREATE {unique}INDEX {quote_ident(index)} ON {only}{qualified((schema, relation))} "
            if definition.startswith(start):
                how = "CONCURRENTLY " if concurrently else ""
                return (
                    f"CREATE {unique}INDEX {how}IF NOT EXISTS {quote_ident(index)}"
                    f" ON {qualified((schema, relation))} {definition.removeprefix(start)};"
                )
    return None


def _children(kind: str, parent: ObjectId, snapshot: Snapshot) -> list[tuple[ObjectId, Attributes]]:
    return [
        (subject, attributes)
        for subject, attributes in snapshot.objects.items()
        if subject.kind == kind and subject.name[: len(parent.name)] == parent.name
    ]


def _position(facts: Attributes) -> int:
    position = facts.get("position")
    return position if isinstance(position, int) else 0


def _column_definition(column: str, attributes: Attributes) -> str:
    default = attributes["default"]
    return (
        f"{quote_ident(column)} {summary('column', {**attributes, 'default': _plain(str(default), attributes)})}"
        if (default is not None)
        else f"{quote_ident(column)} {summary('column', attributes)}"
    )


def _plain(default: str, attributes: Attributes) -> str:
    """`'milo'::character varying` for a column of that type is `'milo'`: the server adds the cast itself."""
    found = _LITERAL_WITH_CAST.fullmatch(default)
    base = str(attributes["data_type"]).split("(")[0]
    return found[1] if found and found[2] == base else default


def _needs_value(attributes: Attributes) -> bool:
    filled = (attributes[name] for name in ("default", "identity", "generated"))
    return attributes["not_null"] is True and not any(filled)


def _rewrites(attributes: Attributes, expected: Snapshot) -> bool:
    default = attributes["default"]
    domain_types = (qualified(subject.name) for subject in expected.objects if subject.kind == "domain")
    return (
        (default is not None and not _ONE_VALUE.fullmatch(str(default)))
        or attributes["identity"] is not None
        or str(attributes["generated"]).endswith(" STORED")
        or str(attributes["data_type"]) in domain_types
    )
