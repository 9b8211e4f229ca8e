"""The statements that make an object as a snapshot describes it."""

import re
from collections.abc import Iterator, Mapping

from watchdog.schema.kinds import sql_name, sql_noun, summary
from watchdog.schema.privileges import grants, taken_away
from watchdog.schema.snapshot import Attributes, ObjectId, Snapshot, Value
from watchdog.sqltext import qualified, quote_ident

# The attributes that statements are written from: all must be known.
WRITTEN_FROM: Mapping[str, tuple[str, ...]] = {
    "relation": (
        "relation_kind",
        "persistence",
        "options",
        "partition_key",
        "partition_bound",
        "parents",
        "row_security",
        "row_security_forced",
        "replica_identity",
    ),
    "column": ("data_type", "collation", "default", "not_null", "identity", "generated", "position"),
    "constraint": ("constraint_kind", "definition", "validated"),
    "index": ("definition",),
    "enum": ("labels",),
    "view": ("definition",),
    "trigger": ("definition", "enabled"),
    "policy": ("command", "permissive", "roles", "using_expression", "check_expression"),
    "routine": (
        "routine_kind",
        "arguments",
        "result",
        "language",
        "body",
        "sql_body",
        "library",
        "volatility",
        "strict",
        "security_definer",
        "leakproof",
        "parallel",
        "cost",
        "rows",
        "support_function",
        "transforms",
        "settings",
    ),
    "schema": (),
    "sequence": ("data_type", "start", "increment", "minimum", "maximum", "cache", "cycle", "owned_by"),
}

# Defaults that are evaluated once for all old rows, so the table is not rewritten: constants and the stable clock.
_ONE_VALUE = re.compile(
    r"""(?: -?\d+(?:\.\d+)? | \(-\d+(?:\.\d+)?\) | '(?:[^']|'')*' | true | false | NULL
          | now\(\) | CURRENT_(?:TIMESTAMP|DATE|TIME|USER) | LOCALTIME(?:STAMP)? )
        (?: ::[\w ."()\[\],]+ )?""",
    re.VERBOSE,
)
FIRES = {"origin": "ENABLE", "disabled": "DISABLE", "replica": "ENABLE REPLICA", "always": "ENABLE ALWAYS"}
_LITERAL_WITH_CAST = re.compile(r"('(?:[^']|'')*')::([\w ]+)")


def create_table(subject: ObjectId, expected: Snapshot) -> Iterator[str]:
    """The table, and what it is not the same without: own sequences, constraints, indexes, row level security."""
    attributes = expected.objects[subject]
    name = sql_name(subject)
    if attributes["partition_bound"]:
        # A partition's columns, constraints, indexes and triggers come with it from its parent.
        yield f"{_table_head(name, attributes)} PARTITION OF {_list(attributes['parents'])} {_tail(attributes)};"
        yield from _settings(name, attributes)
        yield from access(subject, expected)
        return
    sequences = owned_sequences(name, expected)
    constraints = _children("constraint", subject, expected)
    # A foreign key may refer to a table that is missing too; and CREATE TABLE validates all constraints.
    inline = [
        child
        for child, facts in constraints.items()
        if facts["constraint_kind"] != "foreign key" and facts["validated"] and facts.get("inheritance") != "inherited"
    ]
    for sequence in sequences:
        yield create_sequence(sequence, expected)
    yield f"{_table_head(name, attributes)} ({_body(subject, inline, expected)}){_tail(attributes)};"
    for child in constraints:
        if child in inline or constraints[child].get("inheritance") == "inherited":
            continue
        yield add_constraint(child, name, expected, checked=constraints[child]["validated"] is True)
    yield from _own_indexes(subject, expected)
    yield from _settings(name, attributes)
    yield from access(subject, expected)
    for sequence in sequences:
        yield from own_sequence(sequence, expected)


def _settings(name: str, attributes: Attributes) -> Iterator[str]:
    if attributes["row_security"]:
        yield f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY;"
    if attributes["row_security_forced"]:
        yield f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY;"
    if (identity := str(attributes["replica_identity"])) != "default":
        yield f"ALTER TABLE {name} REPLICA IDENTITY {_replica_identity(identity)};"


def access(subject: ObjectId, expected: Snapshot, owner: Value = None) -> Iterator[str]:
    """Who may use an object that was made anew, and its columns, and whose it is: `owner`, or who is expected."""
    attributes = expected.objects.get(subject, {})
    owner = owner or attributes.get("owner")
    yield from grants(subject, attributes, owner)
    for column, facts in _children("column", subject, expected).items():
        yield from grants(column, facts, owner)
    if owner:
        yield f"ALTER {sql_noun(subject, attributes)} {sql_name(subject)} OWNER TO {quote_ident(str(owner))};"
    yield from taken_away(subject, attributes, owner)


def create_view(subject: ObjectId, expected: Snapshot) -> Iterator[str]:
    """The view; a materialized one without its rows, and with its indexes."""
    attributes = expected.objects[subject]
    definition = expected.objects.get(ObjectId("view", subject.name), {}).get("definition")
    if not definition:
        return
    options = f" WITH ({_list(attributes['options'])})" if attributes["options"] else ""
    name = f"{sql_name(subject)}{options}"
    if attributes["relation_kind"] == "view":
        yield f"CREATE OR REPLACE VIEW {name} AS\n{definition};"
    else:
        yield f"CREATE MATERIALIZED VIEW IF NOT EXISTS {name} AS\n{definition}\nWITH NO DATA;"
        yield from _own_indexes(subject, expected)
    yield from access(subject, expected)


def create_enum(subject: ObjectId, expected: Snapshot) -> str:
    """The type with its labels, which are literals already."""
    labels = expected.objects[subject]["labels"]
    return unless_there(f"CREATE TYPE {sql_name(subject)} AS ENUM ({_list(labels) if labels else ''});")


def create_sequence(subject: ObjectId, expected: Snapshot) -> str:
    """The sequence of that name, owned by no column yet."""
    facts = expected.objects.get(ObjectId("sequence", subject.name), {})
    relation = expected.objects.get(ObjectId("relation", subject.name), {})
    unlogged = "UNLOGGED " if relation.get("persistence") == "unlogged" else ""
    described = summary("sequence", {**facts, "owned_by": None})
    return f"CREATE {unlogged}SEQUENCE IF NOT EXISTS {sql_name(subject)} {described};"


def own_sequence(subject: ObjectId, expected: Snapshot, owner: Value = None) -> Iterator[str]:
    """Who may use a sequence, and the column that owns it; that has to exist, and its table to be of the same owner."""
    yield from access(subject, expected, owner)
    column = expected.objects[ObjectId("sequence", subject.name)]["owned_by"]
    yield f"ALTER SEQUENCE {sql_name(subject)} OWNED BY {column};"


def create_index(subject: ObjectId, expected: Snapshot, *, concurrently: bool) -> str | None:
    """The server's own definition with IF NOT EXISTS put in; None for one that begins in an unknown way."""
    schema, relation, index = subject.name
    definition = str(expected.objects[subject]["definition"])
    table = qualified((schema, relation))
    for unique in ("", "UNIQUE "):
        for only in ("", "ONLY "):
            start = f"CREATE {unique}INDEX {quote_ident(index)} ON {only}{table} "
            if definition.startswith(start):
                how = "CONCURRENTLY " if concurrently else ""
                rest = definition.removeprefix(start)
                return f"CREATE {unique}INDEX {how}IF NOT EXISTS {quote_ident(index)} ON {table} {rest};"
    return None


def create_policy(subject: ObjectId, expected: Snapshot) -> str:
    """Whom it is for, which rows it lets be seen, and which be written."""
    facts = expected.objects[subject]
    parts = [
        f"CREATE POLICY {quote_ident(subject.name[-1])} ON {qualified(subject.name[:-1])}",
        "" if facts["permissive"] else "AS RESTRICTIVE",
        f"FOR {facts['command']} TO {_list(facts['roles'])}",
        f"USING ({facts['using_expression']})" if facts["using_expression"] else "",
        f"WITH CHECK ({facts['check_expression']})" if facts["check_expression"] else "",
    ]
    return unless_there(" ".join(filter(None, parts)) + ";")


def add_constraint(subject: ObjectId, table: str, expected: Snapshot, *, checked: bool) -> str:
    """Not `checked`, the rows that are there are not looked at."""
    not_valid = "" if checked else " NOT VALID"
    return unless_there(f"ALTER TABLE {table} ADD {_constraint(subject, expected)}{not_valid};")


def switch(subject: ObjectId, enabled: Value) -> str:
    """Sets when a trigger, a rule or an event trigger fires: one of FIRES."""
    how, name = FIRES[str(enabled)], quote_ident(subject.name[-1])
    if subject.kind == "event_trigger":
        return f"ALTER EVENT TRIGGER {name} {how};"
    return f"ALTER TABLE {qualified(subject.name[:-1])} {how} {subject.kind.upper()} {name};"


def unless_there(statement: str, there: str = "") -> str:
    """A statement for which there is no IF NOT EXISTS, so that it may be run twice; `there` is a query that tells."""
    body = (
        f"BEGIN\n  IF NOT EXISTS ({there}) THEN\n    {statement}\n  END IF;\nEND"
        if there
        else f"BEGIN\n  {statement}\nEXCEPTION WHEN duplicate_object THEN NULL;\nEND"
    )
    return f"DO {dollar_quoted(body, '$do$')};"


def dollar_quoted(body: str, tag: str) -> str:
    """Between dollar quotes that the text does not end."""
    while tag[:-1] in body:
        tag = f"{tag[:-1]}_$"
    return f"{tag}{body}{tag}"


def column_definition(column: str, attributes: Attributes) -> str:
    """`name type COLLATE ... DEFAULT ... NOT NULL`, as in CREATE TABLE and ADD COLUMN."""
    plain = {**attributes, "default": without_cast(attributes["default"], str(attributes["data_type"]))}
    return f"{quote_ident(column)} {summary('column', plain)}"


def owned_sequences(owner: str, expected: Snapshot) -> list[ObjectId]:
    """The sequences owned by a column, or by any column of a table, as relations; `owner` is its name in SQL."""
    return [
        ObjectId("relation", subject.name)
        for subject, facts in expected.of_kind("sequence").items()
        if f"{facts.get('owned_by')}.".startswith(f"{owner}.")
    ]


def needs_value(attributes: Attributes) -> bool:
    """Every row must be given a value for such a column: nothing else fills it."""
    filled = (attributes.get(name) for name in ("default", "identity", "generated"))
    return attributes.get("not_null") is True and not any(filled)


def rewrites_table(attributes: Attributes, expected: Snapshot) -> bool:
    """Adding such a column writes every row anew (or may: what is not known to be one value is taken to vary)."""
    default = attributes["default"]
    domains = (sql_name(subject) for subject in expected.of_kind("domain"))
    return (
        (default is not None and not _ONE_VALUE.fullmatch(str(default)))
        or attributes["identity"] is not None
        or str(attributes["generated"]).endswith(" STORED")
        or str(attributes["data_type"]) in domains
    )


def _table_head(name: str, attributes: Attributes) -> str:
    unlogged = "UNLOGGED " if attributes["persistence"] == "unlogged" else ""
    return f"CREATE {unlogged}TABLE IF NOT EXISTS {name}"


def _body(subject: ObjectId, constraints: list[ObjectId], expected: Snapshot) -> str:
    columns = sorted(
        _children("column", subject, expected).items(), key=lambda item: str(item[1].get("position", "")).zfill(4)
    )
    lines = [
        column_definition(child.name[-1], facts) for child, facts in columns if facts.get("inheritance") != "inherited"
    ]
    lines += [_constraint(child, expected) for child in constraints]
    return "\n  " + ",\n  ".join(lines) + "\n" if lines else ""


def _tail(attributes: Attributes) -> str:
    parts = [
        attributes["partition_bound"] or "",
        f"INHERITS ({_list(attributes['parents'])})"
        if attributes["parents"] and not attributes["partition_bound"]
        else "",
        f"PARTITION BY {attributes['partition_key']}" if attributes["partition_key"] else "",
        f"WITH ({_list(attributes['options'])})" if attributes["options"] else "",
    ]
    return " ".join(["", *(str(part) for part in parts if part)])


def _constraint(subject: ObjectId, expected: Snapshot) -> str:
    return f"CONSTRAINT {quote_ident(subject.name[-1])} {expected.objects[subject]['definition']}"


def _own_indexes(subject: ObjectId, expected: Snapshot) -> Iterator[str]:
    for child in _children("index", subject, expected):
        if (statement := create_index(child, expected, concurrently=False)) is not None:
            yield statement


def _replica_identity(value: str) -> str:
    """`nothing`, `full` or `index <name>` as ALTER TABLE takes it."""
    how, _, index = value.partition(" ")
    return f"USING INDEX {index}" if index else how.upper()


def _children(kind: str, parent: ObjectId, snapshot: Snapshot) -> dict[ObjectId, Attributes]:
    """Those whose attributes are known: of what was locked when the expectation was made only the name is."""
    return {subject: attributes for subject, attributes in snapshot.children(kind, parent.name).items() if attributes}


def without_cast(default: Value, data_type: str) -> Value:
    """A default as a person would write it: `'milo'::character varying` is `'milo'` in a column of that type."""
    found = _LITERAL_WITH_CAST.fullmatch(str(default))
    return found[1] if found and found[2] == data_type.partition("(")[0] else default


def _list(values: Value) -> str:
    return ", ".join(values) if isinstance(values, tuple) else str(values)
