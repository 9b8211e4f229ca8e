"""The table of kinds: everything that the watchdog knows to be an object of a database.

Each kind has a query `watchdog/postgres/sql/kinds/<kind>.sql` that returns its identity and its own attributes.
Diff, store, page, metrics and alerts are generic: they never name a kind.
"""

from collections.abc import Mapping

from watchdog.schema.kind import Attribute, Group, Kind
from watchdog.schema.kinds import cluster, exchange, relations, routines, types
from watchdog.schema.snapshot import Attributes, ObjectId
from watchdog.sqltext import qualified

# In the order in which they can be made.
KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for room in (cluster.KINDS, types.KINDS, routines.KINDS, relations.KINDS, exchange.KINDS)
    for kind in room
}

_ATTRIBUTES = {(kind.name, attribute.name): attribute for kind in KINDS.values() for attribute in kind.attributes}

_SQL_NOUNS = dict.fromkeys(("enum", "domain", "composite", "range", "base_type"), "TYPE")

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
        return ".".join(filter(None, (qualified(subject.name[:-1]), subject.name[-1])))
    return qualified(subject.name)


def noun(subject: ObjectId, attributes: Attributes) -> str:
    """What people call such an object."""
    kind = KINDS[subject.kind]
    return str(attributes.get(f"{kind.name}_kind") or kind.word or kind.name.replace("_", " "))


def sql_noun(subject: ObjectId, attributes: Attributes) -> str:
    """What SQL calls an object of its sort, such as MATERIALIZED VIEW, TYPE or ROUTINE."""
    if subject.kind == "relation":
        return str(attributes.get("relation_kind")).removeprefix("partitioned ").upper()
    return _SQL_NOUNS.get(subject.kind, subject.kind.upper())


def attribute_of(kind: str, name: str) -> Attribute:
    """The entry of an attribute; both must exist."""
    return _ATTRIBUTES[kind, name]


def group_of(kind: str, attribute: str | None = None) -> Group:
    """The group of a kind or of an attribute; what only a newer version knows is structure."""
    if kind not in KINDS or attribute is None:
        return KINDS[kind].group if kind in KINDS else "structure"
    known = _ATTRIBUTES.get((kind, attribute))
    return known.group if known else "structure"


def in_words(attribute: Attribute, value: object) -> str:
    """A value as a person reads it."""
    match value:
        case None:
            return attribute.unset
        case bool():
            return attribute.true if value else attribute.false
        case tuple():
            return ", ".join(value)
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
