"""The runbooks: a section an alert, and nothing in them that cannot be typed."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from tests.acceptance.support import watcher_of
from tests.monitoring.shipped import ROOT, RUNBOOKS, alerts
from tests.servers.query import rows
from watchdog.cli.app import app
from watchdog.notify.alertmanager_alerts import ALIVE, DRIFT, NAMES, ROWS

TEXT = RUNBOOKS.read_text()
SECTIONS = dict(re.findall(r"^## (SchemaWatchdog\w+)\n(.*?)(?=^## |\Z)", TEXT, flags=re.MULTILINE | re.DOTALL))
PARTS = ["Means", "Affects", "Look", "Mend", "Over", "Silence"]
COMMANDS = sorted(
    {
        *re.findall(r"`(schema-watchdog [^`]+)`", TEXT.replace("\n", " ")),
        *re.findall(r"^(schema-watchdog .+)$", TEXT, flags=re.MULTILINE),
    }
)
QUERIES = [
    statement for block in re.findall(r"```sql\n(.*?)```", TEXT, flags=re.DOTALL) for statement in block.split(";\n")
]


def test_each_alert_has_a_section_and_each_section_an_alert() -> None:
    assert list(SECTIONS) == list(alerts())


@pytest.mark.parametrize("name", SECTIONS)
def test_each_section_says_what_it_means_what_to_do_and_when_it_is_over(name: str) -> None:
    assert re.findall(r"^\*\*(\w+)\.\*\* \S", SECTIONS[name], flags=re.MULTILINE) == PARTS


def test_each_alert_of_the_watchdogs_own_leads_to_a_section() -> None:
    table = TEXT.partition("## ")[0]
    assert {name for name in {DRIFT, ALIVE, *NAMES.values(), *ROWS.values()} if f"`{name}`" not in table} == {
        "SchemaWatchdogTest"
    }
    anchors = re.findall(r"\]\(#(\w+)\)", TEXT)
    assert set(anchors) <= {name.lower() for name in SECTIONS}


def options(command: Any, words: list[str]) -> tuple[str, set[str]]:  # noqa: ANN401 typer brings its own click
    """The command that these words begin with, and its options."""
    name = []
    while words and hasattr(command, "get_command") and (below := command.get_command(None, words[0])):
        name.append(words.pop(0))
        command = below
    return " ".join(name), {option for each in command.params for option in (*each.opts, *each.secondary_opts)}


@pytest.mark.parametrize("line", COMMANDS)
def test_each_command_that_is_named_exists_with_its_options(line: str) -> None:
    name, known = options(typer.main.get_command(app), shlex.split(line)[1:])
    assert name
    assert {word for word in shlex.split(line) if word.startswith("--")} <= known


def test_the_commands_of_the_rules_exist_too() -> None:
    whole = typer.main.get_command(app)
    told = " ".join(alert["annotations"]["description"] for alert in alerts().values())
    named = re.findall(r"schema-watchdog ((?:alerts \w+|rows)(?: --\w+)?)", told)
    assert len(named) > 5
    for line in named:
        name, known = options(whole, line.split())
        assert name
        assert {word for word in line.split() if word.startswith("--")} <= known


def logged() -> Iterator[str]:
    for path in Path(ROOT / "watchdog").rglob("*.py"):
        yield from re.findall(r'"([a-z]+\.[a-z_]+)"', path.read_text())


def test_each_event_of_the_log_that_is_named_is_logged() -> None:
    named = set(re.findall(r"`((?:check|daemon|mirror|state|config)\.[a-z_]+)`", TEXT))
    assert len(named) > 4
    assert named <= set(logged())


@pytest.mark.majors(13, 18)
def test_each_query_runs_as_the_watchdogs_own_role(database: str) -> None:
    watcher = watcher_of(database)
    assert len(QUERIES) > 9
    for query in QUERIES:
        rows(watcher, query)
