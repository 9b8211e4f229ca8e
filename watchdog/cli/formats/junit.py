"""JUnit's XML, as CI servers read it: a suite a database, a test for the look itself, and one for each finding.

Jenkins' schema is junit-10.xsd of its xUnit plugin; GitLab reads a subset of that and `file` of a test case
(https://docs.gitlab.com/ci/testing/unit_test_reports/), which Jenkins' own `junit` step passes over.
"""

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from watchdog.cli.text import coverage_lines, details, remedy_text, state_words, verdict_words
from watchdog.finding import Finding, Severity
from watchdog.sqltext import display_name, visible
from watchdog.status.report import Report

LOOK = "could be verified"
TOLD = ("failure", "error", "skipped")


def suites(reports: Sequence[Report], fail_on: Severity) -> str:
    """The document. Its failures and errors are what makes the command exit with 1 and 3."""
    root = ET.Element("testsuites", name="schema-watchdog")
    for report in reports:
        root.append(_suite(report, fail_on))
    # Jenkins' schema knows no sum of what is skipped.
    root.attrib |= {
        name: str(sum(int(suite.get(name, "0")) for suite in root)) for name in ("tests", "failures", "errors")
    }
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}'


def _suite(report: Report, fail_on: Severity) -> ET.Element:
    suite = ET.Element("testsuite", name=visible(report.database))
    suite.append(_look(report))
    suite.extend(_test(report, finding, fail_on) for finding in report.findings)
    counts = {kind: len(suite.findall(f"testcase/{kind}")) for kind in TOLD}
    suite.attrib |= {
        "tests": str(len(suite)),
        "failures": str(counts["failure"]),
        "errors": str(counts["error"]),
        "skipped": str(counts["skipped"]),
    }
    if report.checked_at is not None:
        suite.set("timestamp", f"{report.checked_at:%Y-%m-%dT%H:%M:%S}")
    return suite


def _look(report: Report) -> ET.Element:
    """Passes only where all could be looked at. What is wrong with what was seen, the tests of the findings say."""
    case = ET.Element("testcase", classname=visible(report.database), name=LOOK)
    if report.status == "unverified" or report.reason:
        words = visible(report.reason or "not verified")
        ET.SubElement(case, "error", message=words, type="unverified").text = words
    ET.SubElement(case, "system-out").text = "\n".join(
        map(visible, (verdict_words(report), *coverage_lines(report.coverage)))
    )
    return case


def _test(report: Report, finding: Finding, fail_on: Severity) -> ET.Element:
    """A failure where the command fails for it; else skipped: what passes counts as fine, and nobody looks at it."""
    case = ET.Element("testcase", classname=visible(report.database), name=_name(finding))
    if finding.locations:
        case.set("file", visible(finding.locations[0].file))
    fails = finding.state == "open" and finding.severity.rank >= fail_on.rank
    why = "" if fails or finding.state != "open" else f" (below --fail-on {fail_on})"
    message = f"{state_words(finding)}{finding.severity}{why}: {visible(finding.message)}"
    told = ET.SubElement(case, "failure" if fails else "skipped", message=message, type=finding.severity.value)
    remedy = [remedy_text(finding.remedy)] if finding.remedy else []
    told.text = "\n".join([message, *map(visible, details(finding)), *remedy])
    return case


def _name(finding: Finding) -> str:
    """The same in every run, by which GitLab tells what is new; it drops a second one, so the fingerprint is in it."""
    what = f"{finding.change} {finding.attribute}" if finding.attribute else finding.change
    return visible(f"{finding.kind} {display_name(finding.identity)} {what} ({finding.fingerprint})")
