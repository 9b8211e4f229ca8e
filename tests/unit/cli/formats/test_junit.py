"""The XML against the rules of Jenkins' schema, and what counts as failed.

The schema is junit-10.xsd of the xUnit plugin, as a table: its elements, their attributes, and what may stand in them.
`file` of a test case is GitLab's.
"""

from xml.etree import ElementTree as ET

import pytest

from tests.unit.cli.formats.samples import DEFAULT, HOSTILE_REPORT, MISSING, REPORTS, verdict
from watchdog.cli.formats.junit import LOOK, suites
from watchdog.finding import Severity
from watchdog.status.report import Report

# Element -> required attributes, other attributes, elements inside.
SCHEMA = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"},
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "testcase": ({"name"}, {"time", "classname", "group", "file"}, {"skipped", "error", "failure", "system-out"}),
    "skipped": (set(), {"type", "message"}, set()),
    "error": (set(), {"type", "message"}, set()),
    "failure": (set(), {"type", "message"}, set()),
    "system-out": (set(), set(), set()),
}


def read(*reports: Report, fail_on: Severity = Severity.WARNING) -> ET.Element:
    return ET.fromstring(suites(reports, fail_on).encode())  # noqa: S314 our own


def outcomes(suite: ET.Element) -> dict[str, str]:
    """Test -> the element that says how it ended, or "passed"."""
    ends = {"failure", "error", "skipped"}
    return {
        case.get("name", "").partition(" (")[0]: next((part.tag for part in case if part.tag in ends), "passed")
        for case in suite
    }


@pytest.mark.parametrize("reports", [REPORTS, (HOSTILE_REPORT,), ()], ids=["all", "hostile", "none"])
def test_the_document_follows_jenkins_schema(reports: tuple[Report, ...]) -> None:
    for element in read(*reports).iter():
        required, other, inside = SCHEMA[element.tag]
        assert required <= set(element.attrib) <= required | other, element.tag
        assert {part.tag for part in element} <= inside


def test_the_sums_are_those_of_the_tests() -> None:
    root = read(*REPORTS)
    for name, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error")):
        assert int(root.get(name, "")) == len(list(root.iter(tag)))
        assert [int(suite.get(name, "")) for suite in root] == [len(list(suite.iter(tag))) for suite in root]
    assert [int(suite.get("skipped", "")) for suite in root] == [len(list(suite.iter("skipped"))) for suite in root]


def test_a_finding_fails_from_fail_on_up_and_is_skipped_below_it_or_when_it_is_borne() -> None:
    [suite] = read(REPORTS[0])
    assert outcomes(suite) == {
        LOOK: "passed",
        "column public.sealed_epochs.token_group missing": "failure",
        "relation public.scratch unexpected": "skipped",
        "column public.orders.state changed default": "failure",
        "index public.orders_by_day missing": "skipped",
    }
    [suite] = read(verdict(DEFAULT), fail_on=Severity.CRITICAL)
    [skipped] = suite.iter("skipped")
    assert skipped.get("message") == f"warning (below --fail-on critical): {DEFAULT.message}"


def test_what_could_not_be_verified_is_an_error_with_its_reason_also_beside_findings() -> None:
    _, partial, failed, sound = read(*REPORTS)
    assert outcomes(partial)[LOOK] == outcomes(failed)[LOOK] == "error"
    assert outcomes(sound) == {LOOK: "passed"}
    [error] = failed.iter("error")
    assert error.get("message") == error.text == REPORTS[2].reason


def test_a_look_that_gives_no_reason_is_an_error_all_the_same() -> None:
    [suite] = read(verdict(status="unverified"))
    assert outcomes(suite) == {LOOK: "error"}


def test_a_test_names_the_file_it_is_about_for_gitlab() -> None:
    [suite] = read(verdict(MISSING, DEFAULT))
    assert [case.get("file") for case in suite] == [None, "src/epochs.ts", None]


def test_no_two_tests_of_a_database_share_a_name_as_gitlab_drops_the_second() -> None:
    [suite] = read(REPORTS[0])
    names = [case.get("name") for case in suite]
    assert len(set(names)) == len(names)
