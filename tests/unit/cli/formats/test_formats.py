"""What holds for every format: the golden text of one set of verdicts, and that no text of theirs is more than text."""

import os
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.alerts.samples import add_column
from tests.unit.cli.formats.samples import HOSTILE, HOSTILE_REPORT, MISSING, REPORTS, verdict
from watchdog.cli.choices import Format
from watchdog.cli.formats import FORMATS, Terms, sarif
from watchdog.finding import Location, Severity
from watchdog.status.report import Report

GOLDEN = Path(__file__).parents[3] / "golden"
FILES = {
    Format.TEXT: "report.txt",
    Format.JSON: "report.json",
    Format.MARKDOWN: "report.md",
    Format.JUNIT: "report.xml",
    Format.SARIF: "report.sarif",
    Format.GITHUB: "report-github.txt",
}
TERMS = Terms(source="config/baselines/production.json")
COMMAND = re.compile(r"::(error|warning|notice) [^:\r\n]*::[^\r\n]*")

formats = pytest.mark.parametrize("format", Format, ids=str)


def made(format: Format, *reports: Report, terms: Terms = TERMS) -> str:  # noqa: A002 as the option is called
    return FORMATS[format](reports, terms)


def test_there_is_a_function_and_a_golden_text_for_each_format() -> None:
    assert list(FORMATS) == list(Format) == list(FILES)


@formats
def test_the_text_is_the_golden_one(format: Format, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: A002
    """UPDATE_GOLDEN=1 writes them anew: read the difference."""
    monkeypatch.setattr(sarif, "__version__", "0.0.0")
    path = GOLDEN / FILES[format]
    text = made(format, *REPORTS) + "\n"
    if "UPDATE_GOLDEN" in os.environ:
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@formats
def test_every_finding_is_shown_with_what_is_known_of_it(format: Format) -> None:  # noqa: A002
    text = made(format, *REPORTS)
    for report in REPORTS:
        assert all(finding.fingerprint in text for finding in report.findings)
    assert "src/epochs.ts" in text
    assert "db/migrations/007_groups.sql" in text
    assert "milo-aggregator" in text
    assert "pending-migration" in text
    assert "ADD COLUMN IF NOT EXISTS token_group" in text


@formats
def test_what_is_borne_and_what_may_pass_are_named_so(format: Format) -> None:  # noqa: A002
    text = made(format, *REPORTS).lower()
    assert "accepted" in text
    assert "in transition" in text or "in_transition" in text
    plain = made(format, verdict(MISSING)).lower().replace('"accepted": null', "")
    assert "accepted" not in plain
    assert "transition" not in plain


@formats
def test_what_could_not_be_verified_says_why_and_is_never_called_fine(format: Format) -> None:  # noqa: A002
    failed = made(format, *(report for report in REPORTS if report.status == "unverified"))
    assert "no connection to db:5432/staging as watcher: refused" in failed
    assert re.search(r'no drift|"ok"|\bok\b|without drift|executionSuccessful": true', failed) is None
    assert "2 tables are locked" in made(format, *REPORTS)


@pytest.mark.parametrize("format", [Format.TEXT, Format.MARKDOWN, Format.JUNIT, Format.GITHUB], ids=str)
def test_what_does_not_print_is_shown_by_its_code_point(format: Format) -> None:  # noqa: A002
    text = made(format, HOSTILE_REPORT)
    assert [char for char in text if char != "\n" and not char.isprintable()] == []
    assert "smuggled" in text
    assert "🦊" * 63 in text


def test_json_has_every_value_to_the_letter_and_sarif_what_a_person_is_to_read_in_print() -> None:
    [finding] = msgspec.json.decode(made(Format.JSON, HOSTILE_REPORT))["findings"]
    assert finding["message"] == finding["actual"] == HOSTILE
    [result] = msgspec.json.decode(made(Format.SARIF, HOSTILE_REPORT))["runs"][0]["results"]
    assert result["properties"]["actual"] == HOSTILE
    read = [result["message"]["text"], result["locations"][0]["logicalLocations"][0]["name"]]
    assert [char for text in read for char in text if char != "\n" and not char.isprintable()] == []


def test_hostile_text_is_no_second_command_element_or_value() -> None:
    for line in made(Format.GITHUB, HOSTILE_REPORT).split("\n"):
        assert COMMAND.fullmatch(line), line
    root = ET.fromstring(made(Format.JUNIT, HOSTILE_REPORT))  # noqa: S314 our own
    assert {element.tag for element in root.iter()} == {
        "testsuites", "testsuite", "testcase", "failure", "error", "system-out",
    }  # fmt: skip
    result = msgspec.json.decode(made(Format.SARIF, HOSTILE_REPORT))["runs"][0]["results"][0]
    assert "](" not in result["message"]["text"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert re.fullmatch(r"[A-Za-z0-9_.~/%-]+", uri)


@given(
    message=st.text(),
    other=st.text(),
    file=st.text(min_size=1),
    line=st.integers(1),
    severity=st.sampled_from(Severity),
)
def test_any_text_keeps_every_format_whole(message: str, other: str, file: str, line: int, severity: Severity) -> None:
    remedy = msgspec.structs.replace(add_column("t"), sql=other, safety=message)
    finding = msgspec.structs.replace(
        MISSING,
        identity=(message, other),
        message=message,
        severity=severity,
        components=(other,),
        locations=(Location(file, line),),
        remedy=remedy,
        expected=message,
        actual=other,
    )
    report = verdict(finding, database=other or "x", reason=message)

    commands = made(Format.GITHUB, report).split("\n")
    assert all(COMMAND.fullmatch(command) for command in commands)
    assert len(commands) == 3
    suite = ET.fromstring(made(Format.JUNIT, report))[0]  # noqa: S314 our own
    assert [case.tag for case in suite] == ["testcase", "testcase"]
    assert len(msgspec.json.decode(made(Format.SARIF, report))["runs"][0]["results"]) == 1
    assert msgspec.json.decode(made(Format.JSON, report))["findings"][0]["message"] == message
