"""A table or a view beside what a contract says of it: that it is there, its columns, keys and privileges."""

from collections.abc import Iterator

from watchdog.contracts.columns import column_lacks
from watchdog.contracts.contract import Contract, Relation
from watchdog.contracts.keys import index_definition, index_name, keys, unread_keys
from watchdog.contracts.known import Known
from watchdog.contracts.lack import IT, NOT_READ, Doubt, Lack, differs, unread
from watchdog.contracts.privileges import OF_COLUMNS, holds
from watchdog.schema.diff import Change
from watchdog.schema.snapshot import Attributes, ObjectId, Snapshot
from watchdog.sqltext import display_name, quote_ident

# What may stand in the place of a table or a view.
_TABLES = ("table", "partitioned table", "foreign table")
_ANY = (*_TABLES, "view", "materialized view")
_COUNTED = ("table", "partitioned table")


def relation_lacks(contract: Contract, need: Relation, there: Known) -> Iterator[Lack | Doubt]:
    """What a relation lacks of what a contract needs; one that is missing lacks itself alone."""
    component, subject, actual = contract.component, ObjectId("relation", need.name), there.actual
    if "relation" not in actual.covers:
        yield Doubt(subject=subject, component=component, reason=NOT_READ)
        return
    if subject not in actual.objects:
        yield _missing(component, need, there)
        return
    yield from _kind(component, need, subject, actual)
    for column in need.columns:
        yield from column_lacks(component, subject, column, there)
    for columns in need.unique:
        yield from _key(component, need, columns, there)
    if contract.role and need.privileges:
        yield from _privileges(contract, need, subject, there)


def _missing(component: str, need: Relation, there: Known) -> Lack:
    """The schema is told instead where it is not there either."""
    schema = ObjectId("schema", need.name[:1])
    subject = ObjectId("relation", need.name)
    is_gone = "schema" in there.actual.covers and schema not in there.actual.objects
    # One that belongs to an extension is there, and not in any snapshot.
    if is_gone and need.name[0] not in there.schemas:
        return Lack(
            change=Change(subject=schema, change="missing"),
            component=component,
            wants=display_name(need.name),
            because=need.because,
            wanted={"owner": None},
        )
    return Lack(
        change=Change(subject=subject, change="missing"),
        component=component,
        wants=IT,
        because=need.because,
        wanted={"relation_kind": "view" if need.is_view else "table"},
    )


def _kind(component: str, need: Relation, subject: ObjectId, actual: Snapshot) -> Iterator[Lack | Doubt]:
    if reason := unread(subject, "relation_kind", actual):
        yield Doubt(subject=subject, component=component, attribute="relation_kind", reason=reason)
        return
    facts = actual.objects[subject]
    kind = facts["relation_kind"]
    if kind not in (_ANY if need.is_view else _TABLES):
        wants = "view" if need.is_view else "table"
        change = differs(subject, "relation_kind", wants, actual)
        yield Lack(change=change, component=component, wants=f"a {wants}", because=need.because)
    elif kind not in _COUNTED or facts.get("partition_bound"):
        asked = {"min_rows": need.min_rows, "freshness": need.freshness}
        for attribute in (name for name, value in asked.items() if value is not None):
            reason = "rows are watched of tables, partitions with the table that they are of"
            rows = ObjectId("rows", need.name)
            yield Doubt(subject=rows, component=component, attribute=attribute, reason=reason)


def _key(component: str, need: Relation, columns: tuple[str, ...], there: Known) -> Iterator[Lack | Doubt]:
    actual, found = there.actual, [key for key in keys(need.name, there) if key.columns == frozenset(columns)]
    wants = f"a unique key of ({', '.join(map(quote_ident, columns))})"
    if any(key.valid for key in found):
        return
    if not all(ObjectId("column", (*need.name, each)) in actual.objects for each in columns):
        return  # the column that is missing says it
    name = index_name(need.name, columns, there)
    missing = ObjectId("index", (*need.name, name))
    if unread_keys(need.name, there):
        reason = "not all keys and indexes of the table could be read"
        yield Doubt(subject=missing, component=component, reason=reason)
        return
    if found:
        change = differs(found[0].subject, "valid", expected=True, actual=actual)
        yield Lack(change=change, component=component, wants=wants, because=need.because)
        return
    wanted: Attributes = {"definition": index_definition(need.name, name, columns), "unique": True}
    change = Change(subject=missing, change="missing")
    yield Lack(change=change, component=component, wants=wants, because=need.because, wanted=wanted)


def _privileges(contract: Contract, need: Relation, subject: ObjectId, there: Known) -> Iterator[Lack | Doubt]:
    """On the relation, or on each column that the contract names; and on its schema, without which none is of use."""
    role, actual = ObjectId("role", (contract.role,)), there.actual
    # The server's own roles are in no snapshot.
    if "role" in actual.covers and role not in actual.objects and not contract.role.startswith("pg_"):
        change = Change(subject=role, change="missing")
        yield Lack(change=change, component=contract.component, wants=IT, because=contract.because)
        return
    asked = [(subject, privilege) for privilege in need.privileges]
    for on, privilege in (*asked, (ObjectId("schema", need.name[:1]), "USAGE")):
        held = holds(contract.role, privilege, on, there) if on in actual.objects else None
        if held is False and on == subject and privilege in OF_COLUMNS and need.columns:
            held = _of_columns(contract.role, privilege, need, there)
        if held is None:
            reason = unread(on, "privileges", actual) if on in actual.objects else NOT_READ
            reason = reason or "roles, memberships and owners were not all read"
            yield Doubt(subject=on, component=contract.component, attribute="privileges", reason=reason)
        elif not held:
            yield _not_granted(contract, need, on, privilege, actual)


def _of_columns(role: str, privilege: str, need: Relation, there: Known) -> bool | None:
    columns = [ObjectId("column", (*need.name, each.name)) for each in need.columns]
    answers = [holds(role, privilege, each, there) for each in columns if each in there.actual.objects]
    return False if False in answers else None if None in answers else bool(answers)


def _not_granted(contract: Contract, need: Relation, on: ObjectId, privilege: str, actual: Snapshot) -> Lack:
    found, owner = actual.objects[on]["privileges"], actual.objects[on].get("owner")
    item = f"{privilege} to {quote_ident(contract.role)}"
    lost = f"not {privilege} to the owner" if owner == contract.role else ""
    expected = tuple(sorted({*(found if isinstance(found, tuple) else ()), item} - {lost}))
    change = Change(subject=on, change="changed", attribute="privileges", expected=expected, actual=found)
    return Lack(change=change, component=contract.component, wants=item, because=need.because)
