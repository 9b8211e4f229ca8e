import msgspec
import pytest

from watchdog.expect.expected import Expected
from watchdog.finding import ChangeKind, Finding, Severity
from watchdog.schema.snapshot import Attributes, ObjectId, Server, Snapshot


def about(kind: str, *identity: str, change: ChangeKind = "unexpected", attribute: str | None = None) -> Finding:
    return Finding(
        fingerprint="f",
        kind=kind,
        identity=identity,
        change=change,
        attribute=attribute,
        severity=Severity.WARNING,
        message="m",
    )


EXPECTED = Expected(
    snapshot=Snapshot(server=Server(version_num=180006, in_recovery=False), covers={}, objects={}),
    tables=(("ops", "schema_migrations"),),
    unknown=(
        about("view", "public", "names", change="missing"),
        about("trigger", "public", "account", "touch", change="missing"),
        about("relation", "public", "bill", change="changed", attribute="comment"),
    ),
)


@pytest.mark.parametrize(
    ("finding", "nothing"),
    [
        (about("relation", "ops", "schema_migrations"), True),
        (about("column", "ops", "schema_migrations", "version"), True),
        (about("schema", "ops"), False),
        (about("relation", "ops", "other"), False),
        (about("column", "public", "names", "id"), True),
        (about("trigger", "public", "account", "touch"), True),
        (about("column", "public", "account", "id"), False),
        (about("relation", "public", "bill", change="changed", attribute="comment"), True),
        (about("relation", "public", "bill", change="changed", attribute="options"), False),
        (about("relation", "public", "bill", change="missing"), False),
    ],
)
def test_a_tools_own_and_what_is_there_in_unknown_form_is_expected_in_no_form(
    finding: Finding, *, nothing: bool
) -> None:
    assert EXPECTED.expects_nothing_of(finding) is nothing


def there(*names: str) -> Snapshot:
    subjects = [*(ObjectId("schema", (name,)) for name in names), ObjectId("relation", ("ops", "other"))]
    objects: dict[ObjectId, Attributes] = {subject: {} for subject in subjects}
    return msgspec.structs.replace(EXPECTED.snapshot, objects=objects, hidden=frozenset(objects))


def test_a_schema_that_a_tool_has_made_is_left_out_and_what_else_is_in_it_is_not() -> None:
    other = ObjectId("relation", ("ops", "other"))
    left = EXPECTED.without_made(there("public", "ops"))
    assert set(left.objects) == left.hidden == {ObjectId("schema", ("public",)), other}
    made_by_migrations = msgspec.structs.replace(EXPECTED, snapshot=there("ops"))
    assert set(made_by_migrations.without_made(there("ops")).objects) == {ObjectId("schema", ("ops",)), other}
