"""GitHub's commands, read as its runner reads them."""

import re

import pytest

from tests.unit.cli.formats.samples import HOSTILE_FINDING, MISSING, REPORTS, verdict
from watchdog.cli.formats.github import command, commands
from watchdog.sqltext import visible

LINE = re.compile(r"::(?P<level>\w+) (?P<properties>[^:]*)::(?P<text>.*)")


def read(line: str) -> tuple[str, dict[str, str], str]:
    """A command as actions/runner takes it apart (ActionCommand.cs): `%25` is put back last."""
    found = LINE.fullmatch(line)
    assert found, line

    def back(text: str, pairs: dict[str, str]) -> str:
        for code, char in pairs.items():
            text = text.replace(code, char)
        return text.replace("%25", "%")

    lines = {"%0D": "\r", "%0A": "\n"}
    properties = dict(one.split("=", 1) for one in found["properties"].split(","))
    return (
        found["level"],
        {name: back(value, lines | {"%3A": ":", "%2C": ","}) for name, value in properties.items()},
        back(found["text"], lines),
    )


@pytest.mark.parametrize("text", ["a%0Ab", "a:b,c=d", "100 %", "::error::x", "%3A%25", "a\nb"])
def test_what_is_escaped_is_read_back_as_it_was(text: str) -> None:
    assert read(command("notice", text, file=text.replace("\n", ""), title="t")) == (
        "notice",
        {"file": text.replace("\n", ""), "title": "t"},
        text,
    )


def test_what_ends_a_line_somewhere_else_is_shown_by_its_code_point() -> None:
    assert command("error", "a\r\x85\u2028b", title="t") == "::error title=t::a\\u000d\\u0085\\u2028b"


def test_the_verdicts_come_first_and_then_what_is_worst_as_github_shows_ten_of_a_level() -> None:
    read_lines = [read(line) for line in commands(REPORTS).split("\n")]
    assert [level for level, _, _ in read_lines] == [
        "notice", "notice", "error", "error", "notice", "error", "warning", "warning", "notice", "notice",
    ]  # fmt: skip
    assert [text.partition(":")[0] for _, _, text in read_lines[1:5]] == ["production", "shop", "staging", "archive"]


def test_the_summary_counts_the_databases_by_what_is_known_of_them() -> None:
    _, properties, text = read(commands(REPORTS).split("\n")[0])
    assert properties == {"title": "schema-watchdog"}
    assert text == "databases: 1 without drift, 2 with drift, 1 not verified, of 1 not all could be verified"
    whole = commands([verdict(MISSING), verdict(MISSING)]).split("\n")[0]
    assert whole.endswith("::databases: 2 with drift")
    assert commands([verdict(status="ok")]).split("\n")[0].endswith("::databases: 1 without drift")


def test_a_finding_stands_at_its_first_place_and_names_them_all() -> None:
    level, properties, text = read(commands([verdict(MISSING)]).split("\n")[-1])
    assert (level, properties["file"], properties["line"]) == ("error", "src/epochs.ts", "12")
    assert "at src/epochs.ts:12, db/migrations/007_groups.sql:3\n" in text
    assert "ALTER TABLE public.sealed_epochs\n" in text


def test_a_hostile_path_stays_the_value_of_its_property() -> None:
    _, properties, _ = read(commands([verdict(HOSTILE_FINDING)]).split("\n")[-1])
    assert set(properties) == {"file", "line", "title"}
    assert properties["file"] == visible(HOSTILE_FINDING.locations[0].file)
