import json
import os
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import typer

from watchdog.cli.choices import Format
from watchdog.cli.formats import Terms
from watchdog.cli.output import Output, cleared, output
from watchdog.cli.tell import tell
from watchdog.errors import StateError, UsageError
from watchdog.status import CheckResult

RESULT = CheckResult(
    database="production",
    check="schema",
    checked_at=datetime(2025, 11, 17, tzinfo=UTC),
    duration_seconds=0.1,
    outcome="unverified",
    reason="no connection",
)


def test_an_output_is_a_format_and_a_file(tmp_path: Path) -> None:
    assert output(f"sarif={tmp_path}/a=b.sarif") == Output(Format.SARIF, tmp_path / "a=b.sarif")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("watchdog.sarif", "say FORMAT=FILE"),
        ("sarif=", "say FORMAT=FILE"),
        ("xml=a.xml", "the formats: text, json, markdown, junit, sarif, github"),
        ("sarif=absent/a.sarif", "absent: no such folder"),
        ("sarif=.", "is there and no file"),
        (f"sarif={os.devnull}", "is there and no file"),
    ],
)
def test_an_output_that_cannot_be_written_is_refused_before_the_look(given: str, told: str) -> None:
    with pytest.raises(typer.BadParameter) as caught:
        output(given)
    assert told in str(caught.value)


def test_what_an_earlier_run_wrote_is_gone_before_the_look(tmp_path: Path) -> None:
    old = tmp_path / "old.json"
    old.write_text('{"status": "ok"}')
    outputs = [Output(Format.JSON, old), Output(Format.TEXT, tmp_path / "new.txt")]
    assert cleared(outputs) == outputs
    assert list(tmp_path.iterdir()) == []
    assert list(cleared(None)) == []


def test_an_earlier_file_that_cannot_be_removed_is_a_mistake_in_the_command(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(UsageError, match="there: cannot be replaced: "):
        cleared([Output(Format.JSON, tmp_path / "there")])


def test_one_format_is_printed_and_all_others_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outputs = [Output(Format.JSON, tmp_path / "a.json"), Output(Format.JUNIT, tmp_path / "b.xml")]
    tell([RESULT], Format.TEXT, outputs, Terms())
    assert capsys.readouterr().out == "production: could not be verified: no connection\n"
    assert json.loads((tmp_path / "a.json").read_text())["reason"] == "no connection"
    assert ET.parse(tmp_path / "b.xml").getroot().get("errors") == "1"  # noqa: S314 our own
    assert (tmp_path / "b.xml").read_text().endswith("</testsuites>\n")


def test_a_file_that_cannot_be_written_is_an_error_and_the_verdict_is_printed_all_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(StateError, match="cannot be written"):
        tell([RESULT], Format.TEXT, [Output(Format.JSON, tmp_path / "gone" / "a.json")], Terms())
    assert "could not be verified" in capsys.readouterr().out
