import msgspec

from tests.unit.contracts.samples import GROUP, KEY, THERE, changed, found
from tests.unit.schema.samples import findings, without
from watchdog.contracts.merge import merged
from watchdog.finding import Severity

NEEDS = "{columns: {token_group: text}}"


def test_what_drifted_and_breaks_a_component_is_one_finding_with_the_remedy_of_the_drift() -> None:
    actual = without(THERE, GROUP[0])
    [drift], [broken] = findings(THERE, actual), found(NEEDS, actual)
    [both] = merged([drift], [broken])
    assert (both.message, both.components) == (broken.message, ("milo-aggregator",))
    assert both.remedy == drift.remedy
    assert both.remedy is not None
    assert "DEFAULT 'MILO' NOT NULL" in both.remedy.sql
    assert merged([msgspec.structs.replace(drift, remedy=None)], [broken])[0].remedy == broken.remedy


def test_the_worse_severity_stands() -> None:
    actual = changed(GROUP, not_null=False)
    [drift], [broken] = findings(THERE, actual), found("{columns: {token_group: {nullable: false}}}", actual)
    assert drift.severity is Severity.WARNING
    assert merged([drift], [broken])[0].severity is Severity.CRITICAL


def test_drift_that_was_borne_is_open_where_it_breaks_a_component() -> None:
    actual = without(THERE, GROUP[0])
    [drift], [broken] = findings(THERE, actual), found(NEEDS, actual)
    accepted = msgspec.structs.replace(drift, state="accepted")
    assert merged([accepted], [broken])[0].state == "open"
    assert merged([accepted], [msgspec.structs.replace(broken, state="accepted")])[0].state == "accepted"


def test_what_only_one_of_them_says_stands_the_drift_first() -> None:
    actual = without(THERE, GROUP[0])
    [drift], [broken] = findings(THERE, actual), found("{columns: {other: text}}", actual)
    assert merged([drift], [broken]) == (drift, broken)
    assert merged([], []) == ()


def test_a_key_that_drifted_away_is_the_key_that_is_needed() -> None:
    actual = without(THERE, KEY[0])
    [drift], [broken] = findings(THERE, actual), found("{unique: [[token_group, epoch]]}", actual)
    assert drift.fingerprint != broken.fingerprint
    [both] = merged([drift], [broken])
    assert (both.fingerprint, both.kind, both.components) == (drift.fingerprint, "constraint", ("milo-aggregator",))
    assert both.remedy == drift.remedy
    [other] = found("{unique: [[epoch]]}", actual)
    assert merged([drift], [other]) == (drift, other)


def test_what_a_rename_explains_is_not_made_a_second_time() -> None:
    actual = without(THERE, GROUP[0])
    [broken] = found(NEEDS, actual)
    [missing] = findings(THERE, actual)
    renamed = msgspec.structs.replace(missing, change="renamed", fingerprint="f")
    assert broken.remedy is not None
    assert [each.remedy for each in merged([renamed], [broken])] == [renamed.remedy, None]
