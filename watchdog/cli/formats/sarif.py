"""SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html), in the form that GitHub takes.

GitHub's code scanning wants more than the standard, and refuses a whole file for one result that has it not
(https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support):

* A physical location for each result. Most findings are about an object of the database, which stands in no file. They
  are shown at the file that says what is expected, a baseline or the configuration: that is what they contradict, it is
  in the repository, and it is where a change that was meant is accepted. The object is their logical location.
* Only `primaryLocationLineHash` tells a result from another, so the fingerprint is given under that name too.
* Of what is suppressed it knows nothing, and shows it as open: leave it out before the upload, as
  config/ci/github-actions.yml does. A run that failed must not be uploaded: what it does not name counts as mended.
"""

from collections.abc import Sequence
from typing import Literal
from urllib.parse import quote

import msgspec

from watchdog import __version__
from watchdog.cli.text import details, remedy_text, state_words
from watchdog.finding import Finding, Location, Severity
from watchdog.sqltext import display_name, visible
from watchdog.status.report import Report

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS: dict[Severity, Literal["error", "warning", "note"]] = {
    Severity.CRITICAL: "error",
    Severity.WARNING: "warning",
    Severity.INFO: "note",
}
# GitHub shows the first place alone; it refuses more than 1,000.
MOST_PLACES = 100

Json = dict[str, object]


def log(reports: Sequence[Report], source: str) -> str:
    """One run, with an invocation a database: GitHub takes no second run of the same tool in one file.

    Args:
        reports: what was found.
        source: the file that findings without a place of their own are shown at.
    """
    found = [(index, finding) for index, report in enumerate(reports) for finding in report.findings]
    rules = sorted({_rule_id(finding) for _, finding in found})
    run = {
        "tool": {
            "driver": {"name": "schema-watchdog", "version": __version__, "rules": [_rule(each) for each in rules]}
        },
        "invocations": [_invocation(report) for report in reports],
        "results": [
            _result(finding, rules, source) | {"provenance": {"invocationIndex": index}} for index, finding in found
        ],
        "columnKind": "unicodeCodePoints",
    }
    whole = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return msgspec.json.format(msgspec.json.encode(whole), indent=2).decode()


def _rule_id(finding: Finding) -> str:
    return f"{finding.kind}/{finding.attribute or finding.change}"


def _rule(rule_id: str) -> Json:
    kind, _, what = rule_id.partition("/")
    return {
        "id": rule_id,
        "shortDescription": {"text": f"{kind}: {what}"},
        "fullDescription": {"text": f"The database is not as expected: {kind}, {what}."},
        "help": {
            "text": "`schema-watchdog plan` prints the SQL that mends it, where there is any; "
            "`schema-watchdog baseline accept` accepts it, where it was meant."
        },
    }


def _invocation(report: Report) -> Json:
    """How the look at one database went. `executionSuccessful` is true only where all could be looked at."""
    failed = report.status == "unverified" or report.reason is not None
    reason = visible(f"{report.database}: {report.reason or 'not verified'}")
    return {
        "executionSuccessful": not failed,
        "toolExecutionNotifications": [{"level": "error", "message": {"text": _text(reason)}}] if failed else [],
        "properties": {
            "database": report.database,
            "status": report.status,
            "checkedAt": report.checked_at,
            "coverage": report.coverage,
        },
    }


def _result(finding: Finding, rules: list[str], source: str) -> Json:
    sentence = f"{state_words(finding)}{finding.message}"
    remedy = [remedy_text(finding.remedy)] if finding.remedy else []
    text = "\n".join([*map(visible, (sentence, *details(finding))), *remedy])
    first, *others = [_physical(each) for each in finding.locations[:MOST_PLACES]] or [_expected_in(source)]
    result: Json = {
        "ruleId": _rule_id(finding),
        "ruleIndex": rules.index(_rule_id(finding)),
        "level": LEVELS[finding.severity],
        "message": {"text": _text(text)},
        "locations": [first | {"logicalLocations": [_logical(finding)]}],
        "partialFingerprints": {
            "primaryLocationLineHash": f"{finding.fingerprint}:1",
            "schemaWatchdog/v1": finding.fingerprint,
        },
        "properties": {
            "severity": finding.severity,
            "state": finding.state,
            "components": finding.components,
            "origin": finding.origin,
            "expected": finding.expected,
            "actual": finding.actual,
            "remedy": finding.remedy,
        },
    }
    if others:
        result["relatedLocations"] = others
    return result | _suppressed(finding)


def _suppressed(finding: Finding) -> Json:
    match finding.state:
        case "accepted":
            why = visible(finding.accepted.words) if finding.accepted else "accepted by the team"
            return {"suppressions": [{"kind": "external", "status": "accepted", "justification": why}]}
        case "in_transition":
            why = "a migration in flight explains it, for a while"
            return {"suppressions": [{"kind": "external", "status": "underReview", "justification": why}]}
        case "open":
            return {}


def _physical(location: Location) -> Json:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(location.file)},
            "region": {"startLine": max(location.line, 1)},
        }
    }


def _expected_in(source: str) -> Json:
    return _physical(Location(source, 1)) | {"message": {"text": "What is expected stands in this file."}}


def _logical(finding: Finding) -> Json:
    name = display_name(finding.identity)
    return {"name": name, "fullyQualifiedName": name, "kind": finding.kind}


def _uri(file: str) -> str:
    """A path as a reference relative to the repository, or as a file's URI. Never empty: GitHub refuses that."""
    # What is no UTF-8 in a file's name comes as lone surrogates and goes back to its bytes.
    path = quote(file.removeprefix("./").encode(errors="surrogateescape")) or "."
    return f"file://{path}" if path.startswith("/") else path


def _text(text: str) -> str:
    """Text that no viewer takes for a link: SARIF has them as `[text](target)` in plain messages too (3.11.6).

    Braces are not doubled (3.11.5): they are placeholders only beside `arguments`, and viewers show two as two.
    """
    return text.replace("](", "] (")
