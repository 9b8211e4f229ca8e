from collections.abc import Mapping

import msgspec
import pytest

from tests.unit.contracts.samples import EPOCH, GROUP, SCHEMA, TABLE, THERE, changed, contract, found
from tests.unit.schema.samples import snapshot, whole
from watchdog.contracts.compare import compare
from watchdog.schema.snapshot import Attributes, ObjectId, Snapshot, Value

READS = "{columns: {epoch: }, privileges: [SELECT]}"
AS_MILO = "role: milo"


def roles(actual: Snapshot, *more: tuple[ObjectId, Attributes]) -> Snapshot:
    return msgspec.structs.replace(actual, objects={**actual.objects, **dict(more)})


def granted(*items: str, **facts: Value) -> Snapshot:
    return changed(TABLE, privileges=items, **facts)


@pytest.mark.parametrize(
    "items",
    [
        ("SELECT to milo",),
        ("SELECT to milo with grant option",),
        ("SELECT to PUBLIC",),
        ("INSERT to other", "SELECT to milo"),
    ],
)
def test_what_was_granted_to_the_role_or_to_all_is_held(items: tuple[str, ...]) -> None:
    assert found(READS, granted(*items), AS_MILO) == ()


@pytest.mark.parametrize("items", [(), ("SELECT to other",), ("INSERT to milo",)])
def test_what_was_not_is_a_finding_with_the_grant(items: tuple[str, ...]) -> None:
    [finding] = found(READS, granted(*items), AS_MILO)
    assert finding.message == (
        "table public.sealed_epochs: privileges: lacks SELECT to milo; milo-aggregator expects SELECT to milo"
    )
    assert finding.remedy is not None
    assert finding.remedy.sql == "GRANT SELECT ON public.sealed_epochs TO milo;"


def test_what_several_roles_lack_of_a_table_is_one_finding() -> None:
    contracts = [
        contract("{privileges: [SELECT]}", "a", AS_MILO),
        contract("{privileges: [SELECT, INSERT]}", "b", 'role: "My Role"'),
    ]
    actual = roles(granted("DELETE to other"), whole("role", "My Role", inherit=True))
    [finding], unjudged = compare("production", contracts, actual)
    assert (finding.components, unjudged) == (("a", "b"), ())
    assert finding.remedy is not None
    assert set(finding.remedy.sql.splitlines()) == {
        "GRANT SELECT ON public.sealed_epochs TO milo;",
        'GRANT SELECT ON public.sealed_epochs TO "My Role";',
        'GRANT INSERT ON public.sealed_epochs TO "My Role";',
    }


def test_the_owner_holds_all_but_what_was_taken_away() -> None:
    assert found(READS, granted(owner="milo"), AS_MILO) == ()
    [finding] = found(READS, granted("not SELECT to the owner", owner="milo"), AS_MILO)
    assert finding.attribute == "privileges"
    assert finding.remedy is not None
    assert finding.remedy.sql == "GRANT SELECT ON public.sealed_epochs TO milo;"


@pytest.mark.parametrize(
    ("member", "membership", "held"),
    [
        ({"inherit": True}, {}, True),
        ({"inherit": False}, {}, False),
        ({"inherit": False}, {"options": ("ADMIN TRUE, INHERIT TRUE",)}, True),
        ({"inherit": True}, {"options": ("INHERIT FALSE",)}, False),
        ({"inherit": True}, {"options": ("GRANTED BY a", "INHERIT FALSE GRANTED BY b")}, True),
        ({"inherit": False}, {"options": ('GRANTED BY "INHERIT TRUE"',)}, False),
    ],
)
def test_a_group_passes_on_what_it_holds_if_it_is_inherited(
    member: Mapping[str, bool], membership: Mapping[str, tuple[str, ...]], held: bool
) -> None:
    actual = roles(
        granted("SELECT to readers"),
        whole("role", "milo", **member),
        whole("role", "readers", inherit=True),
        whole("membership", "readers", "milo", **membership),
    )
    assert (found(READS, actual, AS_MILO) == ()) is held


def test_groups_of_groups_count_and_a_circle_ends() -> None:
    actual = roles(
        granted("SELECT to far"),
        whole("role", "near", inherit=True),
        whole("membership", "near", "milo"),
        whole("membership", "far", "near"),
        whole("membership", "near", "far"),
    )
    assert found(READS, actual, AS_MILO) == ()


def test_the_roles_of_all_data_hold_what_they_are_for() -> None:
    reader = roles(THERE, whole("membership", "pg_read_all_data", "milo"))
    assert found(READS, reader, AS_MILO) == ()
    assert len(found("{privileges: [SELECT, INSERT]}", reader, AS_MILO)) == 1
    both = roles(reader, whole("membership", "pg_write_all_data", "milo"))
    assert found("{privileges: [SELECT, INSERT]}", both, AS_MILO) == ()


def test_a_superuser_holds_everything() -> None:
    assert found(READS, roles(THERE, whole("role", "milo", superuser=True)), AS_MILO) == ()


def test_a_grant_on_each_column_that_is_needed_is_as_good() -> None:
    both = "{columns: {epoch: , token_group: }, privileges: [SELECT]}"
    some = changed(EPOCH, privileges=("SELECT to milo",))
    assert found(READS, some, AS_MILO) == ()
    assert len(found(both, some, AS_MILO)) == 1
    all_of_them = roles(some, (GROUP[0], {**GROUP[1], "privileges": ("SELECT to milo",)}))
    assert found(both, all_of_them, AS_MILO) == ()
    assert len(found("{columns: {epoch: }, privileges: [DELETE]}", all_of_them, AS_MILO)) == 1


def test_without_the_schema_a_privilege_is_of_no_use() -> None:
    closed = roles(granted("SELECT to milo"), (SCHEMA[0], {**SCHEMA[1], "privileges": ("not USAGE to PUBLIC",)}))
    [finding] = found(READS, closed, AS_MILO)
    assert finding.message == ("schema public: privileges: lacks USAGE to milo; milo-aggregator expects USAGE to milo")
    assert finding.remedy is not None
    assert finding.remedy.sql == "GRANT USAGE ON SCHEMA public TO milo;"
    # Schema public is of who owns the database, unless it was given to another.
    owner = roles(closed, whole("database", owner="milo"))
    assert found(READS, owner, AS_MILO) == ()


def test_a_role_that_is_not_there_is_told_once() -> None:
    [finding] = found("{privileges: [SELECT, INSERT]}", head="role: nobody")
    assert finding.message == "role nobody is missing: milo-aggregator expects it"


def test_without_roles_read_only_a_grant_that_is_seen_is_held_and_nothing_is_lacking() -> None:
    def unread(actual: Snapshot) -> Snapshot:
        covers = {kind: names for kind, names in actual.covers.items() if kind not in ("role", "membership")}
        objects = {subject: facts for subject, facts in actual.objects.items() if subject.kind in covers}
        return msgspec.structs.replace(actual, covers=covers, objects=objects)

    assert found(READS, unread(granted("SELECT to milo")), AS_MILO) == ()
    findings, [subject] = compare("production", [contract(READS, head=AS_MILO)], unread(granted("SELECT to other")))
    assert (findings, subject.attributes) == ((), ("privileges",))
    assert "roles, memberships and owners were not all read" in subject.reason


def test_what_is_hidden_of_privileges_is_not_judged() -> None:
    veiled = {key: value for key, value in TABLE[1].items() if key != "privileges"}
    actual = roles(snapshot(SCHEMA, EPOCH, whole("role", "milo")), (TABLE[0], veiled))
    findings, [subject] = compare("production", [contract(READS, head=AS_MILO)], actual)
    assert (findings, subject.attributes) == ((), ("privileges",))
    assert "this role may not see it" in subject.reason
