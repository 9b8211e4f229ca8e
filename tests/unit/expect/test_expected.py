import pytest

from watchdog.expect.expected import Expected
from watchdog.finding import ChangeKind, Finding, Severity
from watchdog.schema.snapshot import Server, Snapshot


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
        (about("schema", "ops"), True),
        (about("schema", "ops", change="missing"), False),
        (about("schema", "ops", change="changed", attribute="owner"), False),
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
