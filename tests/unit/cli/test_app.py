import subprocess
import sys

import pytest
from typer.testing import CliRunner

from watchdog.cli.app import COMMANDS, app


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_found_where_it_is_said_to_be(name: str) -> None:
    done = CliRunner().invoke(app, [name, "--help"])
    assert done.exit_code == 0, done.output
    assert f" {name} " in done.output.splitlines()[0] or f" {name} [" in done.output


def test_the_help_names_all_commands_and_a_mistyped_one_is_likened_to_them() -> None:
    shown = CliRunner().invoke(app, ["--help"]).output
    assert [name for name in COMMANDS if f"\n  {name} " not in shown] == []
    wrong = CliRunner().invoke(app, ["chek"])
    assert wrong.exit_code == 2
    assert "Did you mean 'check'" in wrong.output


def test_no_help_waits_for_what_only_running_needs() -> None:
    heavy = ["asyncpg", "structlog", "httpx", "apscheduler", "sqlite3", "watchdog.config.settings", "watchdog.status"]
    script = f"""
import sys
from typer.testing import CliRunner
from watchdog.cli.app import COMMANDS, app
for name in COMMANDS:
    assert CliRunner().invoke(app, [name, "--help"]).exit_code == 0
print(*(set({heavy}) & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


OF_SOME = ["httpx", "jinja2", "aiosmtplib", "email.policy", "watchdog.queries.sources"]


@pytest.mark.parametrize(
    ("module", "of_some"),
    [
        ("run", [*OF_SOME, "watchdog.migrations.findings"]),
        ("check", [*OF_SOME, "watchdog.config.contract", "watchdog.look.rows", "watchdog.look.tomorrow"]),
    ],
)
def test_who_runs_imports_only_what_each_needs(module: str, of_some: list[str]) -> None:
    script = f"""
import sys
import watchdog.cli.{module}
print(*(set({of_some}) & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
