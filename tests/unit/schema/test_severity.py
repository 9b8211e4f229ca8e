import pytest

from tests.unit.schema.samples import column, findings, relation, snapshot, thing
from watchdog.finding import Severity
from watchdog.schema.diff import Change
from watchdog.schema.kinds import KINDS
from watchdog.schema.severity import Case, severity
from watchdog.schema.snapshot import ObjectId, Value

CRITICAL, WARNING, INFO = Severity.CRITICAL, Severity.WARNING, Severity.INFO


def subject(kind: str) -> ObjectId:
    return ObjectId(kind, tuple("x" for _ in KINDS[kind].identity))


def test_what_components_read_by_name_is_critical_when_missing() -> None:
    missing = {kind: severity(Case(Change(subject=subject(kind), change="missing"), {}, {})) for kind in KINDS}
    not_critical = {kind for kind, how_bad in missing.items() if how_bad is not CRITICAL}
    assert not_critical & {"schema", "relation", "column", "routine", "enum", "view", "sequence", "extension"} == set()
    assert missing["index"] is missing["statistics"] is missing["constraint"] is WARNING


def test_what_is_there_too_much_is_critical_only_where_it_lets_somebody_in() -> None:
    extra = {kind: severity(Case(Change(subject=subject(kind), change="unexpected"), {}, {})) for kind in KINDS}
    assert {"column", "index"} <= {kind for kind, how_bad in extra.items() if how_bad is INFO}
    assert {kind for kind, how_bad in extra.items() if how_bad is CRITICAL} == {"membership"}


@pytest.mark.parametrize(
    ("facts", "how_bad"),
    [
        ({"not_null": True}, CRITICAL),
        ({"not_null": True, "default": "0"}, INFO),
        ({"not_null": True, "identity": "ALWAYS"}, INFO),
        ({"not_null": True, "generated": "(1) STORED"}, INFO),
        ({}, INFO),
    ],
)
def test_an_added_column_is_critical_when_every_writer_must_name_it(facts: dict[str, Value], how_bad: Severity) -> None:
    before = snapshot(relation("s", "t"))
    [found] = findings(before, snapshot(relation("s", "t"), column("s", "t", "c", **facts)))
    assert found.severity is how_bad


@pytest.mark.parametrize(
    ("facts", "how_bad"), [({"login": True}, INFO), ({"bypass_rls": True}, WARNING), ({"superuser": True}, WARNING)]
)
def test_a_new_role_matters_by_its_power(facts: dict[str, Value], how_bad: Severity) -> None:
    assert severity(Case(Change(subject=subject("role"), change="unexpected"), {}, facts)) is how_bad


def test_an_added_column_that_could_not_be_read_is_judged_by_its_kind() -> None:
    [found] = findings(snapshot(relation("s", "t")), snapshot(relation("s", "t"), thing("column", "s", "t", "c")))
    assert found.severity is INFO


@pytest.mark.parametrize(
    ("attribute", "how_bad"),
    [("data_type", CRITICAL), ("identity", CRITICAL), ("default", WARNING), ("collation", WARNING)],
)
def test_a_changed_attribute_is_as_bad_as_the_table_of_kinds_says(attribute: str, how_bad: Severity) -> None:
    change = Change(subject=subject("column"), change="changed", attribute=attribute, expected="a", actual="b")
    assert severity(Case(change, {}, {})) is how_bad


def test_the_fix_that_differs_from_what_the_code_expects_is_three_findings() -> None:
    group = ("public", "sealed_epochs", "token_group")
    fixed = column(*group, data_type="character varying(10)", default="'milo'::character varying")
    wanted = column(*group, data_type="text", default="'MILO'::text", not_null=True)
    found = findings(snapshot(relation(*group[:2]), wanted), snapshot(relation(*group[:2]), fixed))
    assert [(each.attribute, each.severity) for each in found] == [
        ("data_type", CRITICAL),
        ("default", WARNING),
        ("not_null", WARNING),
    ]
    assert len({each.fingerprint for each in found}) == 3
