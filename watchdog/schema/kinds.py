"""The table of kinds: everything that the watchdog knows to be an object of a schema.

Each kind has a query `watchdog/postgres/sql/kinds/<kind>.sql` that returns the identity and the attributes named here.
Diff, store, page, metrics and alerts are generic: they never name a kind.
"""

from collections.abc import Mapping

import msgspec

from watchdog.finding import Severity
from watchdog.schema.snapshot import Attributes, ObjectId
from watchdog.sqltext import qualified

INFO, WARNING, CRITICAL = Severity.INFO, Severity.WARNING, Severity.CRITICAL


class Attribute(msgspec.Struct, frozen=True):
    """One compared property of a kind.

    Attributes:
        severity: of a change of it.
        summary: how it reads in a one-line description, with `{}` for its value; None leaves it out.
        false, true: how a boolean reads in a sentence.
        compared: False for what is kept only to write the object anew.
    """

    name: str
    severity: Severity = WARNING
    summary: str | None = None
    false: str = "false"
    true: str = "true"
    compared: bool = True


class Kind(msgspec.Struct, frozen=True):
    """One kind of object.

    Attributes:
        identity: the parts of its name. The parent's name is a prefix of it.
        parent: the kind it belongs to; a child of a missing parent is not a finding of its own.
        missing, unexpected: the severity of its absence, and of its unexpected presence.
        signature: True when the last part of the name is SQL already, such as `area(integer, "my type")`.

    An attribute `<kind>_kind` holds the noun by which people call it: table, view, primary key.
    """

    name: str
    identity: tuple[str, ...]
    parent: str | None
    attributes: tuple[Attribute, ...]
    missing: Severity = CRITICAL
    unexpected: Severity = WARNING
    signature: bool = False


A = Attribute

_KINDS = (
    Kind("schema", ("schema",), None, ()),
    Kind("extension", ("extension",), None, (A("version", summary="version {}"), A("schema", INFO))),
    Kind(
        "relation",
        ("schema", "relation"),
        "schema",
        (
            A("relation_kind", CRITICAL),
            A("persistence", WARNING),
            A("options", INFO),
            A("partition_key", CRITICAL, "PARTITION BY {}"),
            A("partition_bound", CRITICAL, "{}"),
            A("parents", CRITICAL, "of {}"),
            A("row_security", CRITICAL, None, "without row level security", "under row level security"),
            A("row_security_forced", CRITICAL, None, "not forcing row level security", "forcing row level security"),
            A("replica_identity", WARNING),
        ),
    ),
    Kind(
        "column",
        ("schema", "relation", "column"),
        "relation",
        (
            A("data_type", CRITICAL, "{}"),
            A("collation", WARNING, "COLLATE {}"),
            A("default", WARNING, "DEFAULT {}"),
            A("not_null", CRITICAL, "NOT NULL", "nullable", "NOT NULL"),
            A("identity", CRITICAL, "GENERATED {} AS IDENTITY"),
            A("generated", CRITICAL, "GENERATED ALWAYS AS {}"),
            A("position", INFO, compared=False),
        ),
        unexpected=INFO,
    ),
    Kind(
        "constraint",
        ("schema", "relation", "constraint"),
        "relation",
        (
            A("constraint_kind", CRITICAL),
            A("definition", CRITICAL, "{}"),
            A("validated", WARNING, None, "NOT VALID", "validated"),
        ),
    ),
    Kind(
        "index",
        ("schema", "relation", "index"),
        "relation",
        (A("definition", WARNING, "{}"), A("valid", WARNING, None, "invalid", "valid")),
        missing=WARNING,
        unexpected=INFO,
    ),
    Kind(
        "sequence",
        ("schema", "relation"),
        "relation",
        (
            A("data_type", CRITICAL, "AS {}"),
            A("start", INFO, "START {}"),
            A("increment", WARNING, "INCREMENT {}"),
            A("minimum", WARNING, "MINVALUE {}"),
            A("maximum", WARNING, "MAXVALUE {}"),
            A("cache", INFO, "CACHE {}"),
            A("cycle", WARNING, "CYCLE", "NO CYCLE", "CYCLE"),
            A("owned_by", WARNING, "OWNED BY {}"),
        ),
    ),
    Kind("view", ("schema", "relation"), "relation", (A("definition", CRITICAL, "{}"),)),
    Kind("enum", ("schema", "enum"), "schema", (A("labels", CRITICAL, "({})"),)),
    Kind(
        "domain",
        ("schema", "domain"),
        "schema",
        (
            A("data_type", CRITICAL, "{}"),
            A("collation", WARNING, "COLLATE {}"),
            A("default", WARNING, "DEFAULT {}"),
            A("not_null", CRITICAL, "NOT NULL", "nullable", "NOT NULL"),
            A("constraints", CRITICAL, "{}"),
        ),
    ),
    Kind("composite", ("schema", "composite"), "schema", (A("fields", CRITICAL, "({})"),)),
    Kind(
        "routine",
        ("schema", "routine"),
        "schema",
        (
            A("routine_kind", CRITICAL),
            A("arguments", WARNING),
            A("result", CRITICAL, "RETURNS {}"),
            A("language", WARNING, "LANGUAGE {}"),
            A("body", WARNING),
            A("volatility", WARNING),
            A("strict", WARNING, None, "called on NULL input", "STRICT"),
            A("security_definer", CRITICAL, None, "SECURITY INVOKER", "SECURITY DEFINER"),
            A("leakproof", WARNING, None, "not LEAKPROOF", "LEAKPROOF"),
            A("parallel", INFO),
            A("cost", INFO),
            A("rows", INFO),
            A("settings", WARNING),
        ),
        signature=True,
    ),
    Kind(
        "trigger",
        ("schema", "relation", "trigger"),
        "relation",
        (A("definition", CRITICAL, "{}"), A("enabled", CRITICAL)),
    ),
    Kind(
        "policy",
        ("schema", "relation", "policy"),
        "relation",
        (
            A("command", CRITICAL, "FOR {}"),
            A("permissive", CRITICAL, None, "RESTRICTIVE", "PERMISSIVE"),
            A("roles", CRITICAL, "TO {}"),
            A("using_expression", CRITICAL, "USING ({})"),
            A("check_expression", CRITICAL, "WITH CHECK ({})"),
        ),
    ),
)

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in _KINDS}

# The server's own rendering of a whole object: NULL only when the object vanished while it was read, so never stored.
DEFINITION = "definition"


def parent_of(subject: ObjectId) -> ObjectId | None:
    """The object that this one lives in, or None."""
    parent = KINDS[subject.kind].parent
    if parent is None:
        return None
    return ObjectId(parent, subject.name[: len(KINDS[parent].identity)])


def sql_name(subject: ObjectId) -> str:
    """The name as SQL takes it."""
    if KINDS[subject.kind].signature:
        return f"{qualified(subject.name[:-1])}.{subject.name[-1]}"
    return qualified(subject.name)


def noun(subject: ObjectId, attributes: Attributes) -> str:
    """What people call such an object."""
    return str(attributes.get(f"{subject.kind}_kind", subject.kind))


def in_words(attribute: Attribute, value: object) -> str:
    """A value as a person reads it; `none` for what is not set."""
    match value:
        case None:
            return "none"
        case bool():
            return attribute.true if value else attribute.false
        case tuple():
            return ", ".join(value) or "none"
        case _:
            return str(value)


def summary(kind: str, attributes: Attributes) -> str:
    """One line that says what an object is, such as `character varying(10) DEFAULT 'milo'::character varying`."""
    parts = [
        attribute.summary.format(in_words(attribute, value))
        for attribute in KINDS[kind].attributes
        # Not `in`: 0 equals False, and MINVALUE 0 is worth saying.
        if attribute.summary and (value := attributes.get(attribute.name)) is not None
        if value is not False and value != ()
    ]
    return " ".join(parts)
