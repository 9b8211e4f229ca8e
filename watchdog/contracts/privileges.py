"""Whether a role holds a privilege, as far as a snapshot tells: by grants, PUBLIC, ownership and its groups."""

from collections.abc import Iterator

from watchdog.contracts.known import Known
from watchdog.schema.privileges import items
from watchdog.schema.snapshot import Attributes, ObjectId, Snapshot
from watchdog.sqltext import quote_ident

# What these roles, which 14 brought, let their members do with all tables and schemas.
_OF_ALL_DATA = {
    "pg_read_all_data": frozenset(("SELECT", "USAGE")),
    "pg_write_all_data": frozenset(("INSERT", "UPDATE", "DELETE", "USAGE")),
}
OF_COLUMNS = frozenset(("SELECT", "INSERT", "UPDATE", "REFERENCES"))


def holds(role: str, privilege: str, subject: ObjectId, there: Known) -> bool | None:
    """Whether a role may do that with a relation, a column or a schema that is there.

    None where the snapshot does not tell: its memberships, owners or privileges were not read.
    """
    actual, who = there.actual, _acts_as(role, there)
    is_superuser = actual.objects.get(ObjectId("role", (role,)), {}).get("superuser") is True
    if is_superuser or any(privilege in _OF_ALL_DATA.get(each, ()) for each in who):
        return True
    facts = actual.objects[subject]
    if "privileges" not in facts or subject in actual.stale:
        return None
    owner = _owner(subject, actual)
    given = items(facts["privileges"], owner)
    grantees = {"PUBLIC", *map(quote_ident, who)}
    if any(item.held and item.privilege == privilege and item.grantee in grantees for item in given):
        return True
    lost = {item.grantee for item in given if not item.held and item.privilege == privilege}
    # Of a column nothing is held but what was granted.
    if subject.kind != "column" and owner in who and quote_ident(str(owner)) not in lost:
        return True
    if (subject, privilege) == (ObjectId("schema", ("public",)), "USAGE") and "PUBLIC" not in lost:
        return True
    # A superuser, as which initdb ran, owns what he owns by being one.
    owned = owner is not None or facts.get("owned_by_bootstrap_superuser") is True
    return False if owned and {"role", "membership"} <= set(actual.covers) else None


def _acts_as(role: str, there: Known) -> frozenset[str]:
    """The role and all roles whose privileges it has without asking for them."""
    found, waiting = {role}, [role]
    while waiting:
        member = waiting.pop()
        for group in _groups(member, there):
            if group not in found:
                found.add(group)
                waiting.append(group)
    return frozenset(found)


def _groups(member: str, there: Known) -> Iterator[str]:
    inherits = there.actual.objects.get(ObjectId("role", (member,)), {}).get("inherit") is not False
    yield from (group for group, facts in there.groups.get(member, ()) if _passes_on(facts, inherits=inherits))
    # The one implicit membership.
    if there.actual.objects.get(ObjectId("database", ()), {}).get("owner") == member:
        yield "pg_database_owner"


def _passes_on(membership: Attributes, *, inherits: bool) -> bool:
    """Each grant of a membership says where it departs from how the member is made."""
    options = membership.get("options")
    grants = [each.partition("GRANTED BY ")[0] for each in options] if isinstance(options, tuple) else [""]
    return any("INHERIT TRUE" in grant or (inherits and "INHERIT FALSE" not in grant) for grant in grants)


def _owner(subject: ObjectId, actual: Snapshot) -> str | None:
    holder = ObjectId("relation", subject.name[:2]) if subject.kind == "column" else subject
    facts = actual.objects.get(holder, {})
    # That of schema public as initdb makes it is not said.
    if facts.get("owned_by_bootstrap_superuser") is False and facts.get("owner") is None:
        return "pg_database_owner"
    owner = facts.get("owner")
    return None if owner is None else str(owner)
