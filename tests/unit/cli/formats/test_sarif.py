"""The log against the rules of SARIF's schema and of GitHub's code scanning.

No well-kept package carries the official schema (sarif-schema-2.1.0.json), so its rules for the objects that are
written here are a table: the properties that each must and may have.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from tests.unit.cli.formats.samples import DEFAULT, HOSTILE_REPORT, MISSING, REPORTS, verdict
from watchdog.cli.formats.sarif import log
from watchdog.status.report import Report

Json = dict[str, Any]
SOURCE = "config/baselines/production.json"
# Name of the property that holds it -> required, allowed besides.
SCHEMA: dict[str, tuple[set[str], set[str]]] = {
    "": ({"version", "runs"}, {"$schema"}),
    "runs": ({"tool"}, {"invocations", "results", "columnKind"}),
    "tool": ({"driver"}, set()),
    "driver": ({"name"}, {"version", "rules"}),
    "rules": ({"id"}, {"shortDescription", "fullDescription", "help"}),
    "shortDescription": ({"text"}, set()),
    "fullDescription": ({"text"}, set()),
    "help": ({"text"}, set()),
    "invocations": ({"executionSuccessful"}, {"toolExecutionNotifications", "properties"}),
    "toolExecutionNotifications": ({"message"}, {"level"}),
    "results": (
        {"message"},
        {
            "ruleId", "ruleIndex", "level", "locations", "relatedLocations", "partialFingerprints", "suppressions",
            "provenance", "properties",
        },
    ),
    "message": ({"text"}, set()),
    "locations": (set(), {"physicalLocation", "logicalLocations", "message"}),
    "relatedLocations": (set(), {"physicalLocation", "logicalLocations", "message"}),
    "physicalLocation": (set(), {"artifactLocation", "region"}),
    "artifactLocation": (set(), {"uri"}),
    "region": (set(), {"startLine"}),
    "logicalLocations": (set(), {"name", "fullyQualifiedName", "kind"}),
    "suppressions": ({"kind"}, {"status", "justification"}),
    "provenance": (set(), {"invocationIndex"}),
}  # fmt: skip
VALUES = {
    "version": {"2.1.0"},
    "level": {"none", "note", "warning", "error"},
    "columnKind": {"utf16CodeUnits", "unicodeCodePoints"},
    "status": {"accepted", "underReview", "rejected"},
}
FREE = {"properties", "partialFingerprints"}  # bags of anything, and of strings


def read(*reports: Report, source: str = SOURCE) -> Json:
    whole: Json = msgspec.json.decode(log(reports, source))
    return whole


def run_of(*reports: Report, source: str = SOURCE) -> Json:
    [run] = read(*reports, source=source)["runs"]
    return dict(run)


def objects(value: object, name: str = "") -> Iterator[tuple[str, Json]]:
    """Every object of the log, with the property that it stands in."""
    if isinstance(value, list):
        for item in value:
            yield from objects(item, name)
    elif isinstance(value, dict):
        yield name, value
        for key, item in value.items():
            if key not in FREE:
                yield from objects(item, key)


@pytest.mark.parametrize("reports", [REPORTS, (HOSTILE_REPORT,), ()], ids=["all", "hostile", "none"])
def test_the_log_follows_the_schema(reports: tuple[Report, ...]) -> None:
    for name, found in objects(read(*reports)):
        required, other = SCHEMA[name]
        assert required <= set(found) <= required | other, name
        for key, allowed in VALUES.items():
            if key in found and name != "driver":
                assert found[key] in allowed, (name, key)
        for value in found.values():
            assert value is not None
    assert all(found["kind"] == "external" for name, found in objects(read(*reports)) if name == "suppressions")


@pytest.mark.parametrize("reports", [REPORTS, (HOSTILE_REPORT,)], ids=["all", "hostile"])
def test_each_result_has_all_that_github_refuses_a_file_without(reports: tuple[Report, ...]) -> None:
    run = run_of(*reports)
    assert len(run["results"]) == sum(len(report.findings) for report in reports)
    for result in run["results"]:
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"]
        assert place["region"]["startLine"] >= 1
        assert result["message"]["text"]
        assert result["partialFingerprints"]["primaryLocationLineHash"]
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    for rule in run["tool"]["driver"]["rules"]:
        assert all(rule[part]["text"] for part in ("shortDescription", "fullDescription", "help"))


def test_a_finding_is_shown_where_it_stands_and_else_where_what_is_expected_stands() -> None:
    missing, default = run_of(verdict(MISSING, DEFAULT))["results"]
    physical = [missing["locations"][0]["physicalLocation"], missing["relatedLocations"][0]["physicalLocation"]]
    assert [(one["artifactLocation"]["uri"], one["region"]["startLine"]) for one in physical] == [
        ("src/epochs.ts", 12),
        ("db/migrations/007_groups.sql", 3),
    ]
    [place] = default["locations"]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == SOURCE
    assert place["message"]["text"] == "What is expected stands in this file."
    assert place["logicalLocations"][0]["fullyQualifiedName"] == "public.orders.state"


def test_the_level_follows_the_severity_and_the_rule_the_kind_and_what_of_it() -> None:
    results = run_of(REPORTS[0])["results"]
    assert [(one["ruleId"], one["level"]) for one in results] == [
        ("column/missing", "error"),
        ("relation/unexpected", "error"),
        ("column/default", "warning"),
        ("index/missing", "note"),
    ]


def test_what_is_borne_is_suppressed_and_what_may_pass_is_under_review() -> None:
    states = [[one["status"] for one in result.get("suppressions", ())] for result in run_of(REPORTS[0])["results"]]
    assert states == [[], ["accepted"], [], ["underReview"]]


def test_a_look_that_was_not_whole_is_an_invocation_that_failed_and_says_why() -> None:
    run = run_of(*REPORTS)
    assert [one["executionSuccessful"] for one in run["invocations"]] == [True, False, False, True]
    for invocation, report in zip(run["invocations"], REPORTS, strict=True):
        told = [note["message"]["text"] for note in invocation["toolExecutionNotifications"]]
        assert told == ([f"{report.database}: {report.reason}"] if report.reason else [])
        assert invocation["properties"]["database"] == report.database
    assert [one["provenance"]["invocationIndex"] for one in run["results"]] == [0, 0, 0, 0, 1]


def test_however_many_databases_there_are_it_is_one_run() -> None:
    assert len(read(*[verdict(MISSING)] * 30)["runs"]) == 1


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("src/a.ts", "src/a.ts"),
        ("./src/a.ts", "src/a.ts"),
        ("/srv/app/a b.sql", "file:///srv/app/a%20b.sql"),
        ("c:a#b?.sql", "c%3Aa%23b%3F.sql"),
        ("\udcff.sql", "%FF.sql"),
        ("", "."),
    ],
)
def test_a_path_is_a_reference_that_leads_to_that_file_alone(file: str, uri: str) -> None:
    [result] = run_of(verdict(DEFAULT), source=file)["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri
    assert re.fullmatch(r"[\x21-\x7e]+", uri)
