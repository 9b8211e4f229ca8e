"""Completion as shells ask for it: by environment variables, of the real command."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.support import environment
from watchdog.cli.choices import Format
from watchdog.finding import Severity

COMMAND = str(Path(sys.executable).parent / "schema-watchdog")
SHELLS = ("bash", "zsh", "fish")
# Two databases whose secrets are not set here: names are known all the same. The third has a name that none may have.
CONFIG = """
databases:
  - {name: production, dsn: "${NOT_SET}", baseline: a.json}
  - {name: staging, dsn: "${NOT_SET}", baseline: b.json}
  - {name: "x'$(touch owned)`id`", dsn: "${NOT_SET}", baseline: b.json}
unknown: [
"""


def asked(shell: str, line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """What the script of that shell asks, with the cursor at the end of the line."""
    variables = {
        "bash": {"COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))},
        "zsh": {"_TYPER_COMPLETE_ARGS": line},
        "fish": {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
    }[shell]
    more = {"_SCHEMA_WATCHDOG_COMPLETE": f"complete_{shell}", **variables}
    return subprocess.run(
        [COMMAND], cwd=folder, env=environment(more), capture_output=True, text=True, check=True, timeout=60
    )


def offered(shell: str, line: str, folder: Path) -> list[str]:
    done = asked(shell, line, folder)
    assert done.stderr == ""
    if shell != "zsh":
        return done.stdout.split()
    if done.stdout.strip() == "_files":  # nothing of ours: zsh is to offer files
        return []
    return done.stdout.strip().removeprefix("_arguments '*: :((").removesuffix("))'").replace('"', "").split()


def configured(folder: Path, text: str = CONFIG.rpartition("unknown")[0]) -> Path:
    path = folder / "watchdog.yaml"
    path.write_text(text)
    return path


@pytest.mark.parametrize("shell", SHELLS)
def test_the_values_of_format_and_fail_on_are_offered(shell: str, tmp_path: Path) -> None:
    assert offered(shell, "schema-watchdog diff --format ", tmp_path) == list(Format)
    assert offered(shell, "schema-watchdog diff --fail-on ", tmp_path) == list(Severity)
    assert offered(shell, "schema-watchdog check --format j", tmp_path) == ["json", "junit"]
    assert offered(shell, "schema-watchdog check --fail-on c", tmp_path) == ["critical"]


@pytest.mark.parametrize(
    ("shell", "command"), [("bash", "check"), ("zsh", "plan"), ("fish", "rows"), ("bash", "baseline accept")]
)
def test_the_databases_of_the_configuration_are_offered(shell: str, command: str, tmp_path: Path) -> None:
    line = f"schema-watchdog {command} --config {configured(tmp_path)} --database "
    assert offered(shell, line, tmp_path) == ["production", "staging"]
    assert offered(shell, f"{line}s", tmp_path) == ["staging"]


def test_the_configuration_is_also_found_where_it_stands_by_default(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    configured(tmp_path / "config")
    assert offered("bash", "schema-watchdog check --database p", tmp_path) == ["production"]


@pytest.mark.parametrize("shell", SHELLS)
def test_where_no_configuration_can_be_read_nothing_is_offered_and_nothing_said(shell: str, tmp_path: Path) -> None:
    for path in (configured(tmp_path, CONFIG), tmp_path / "absent.yaml"):
        assert offered(shell, f"schema-watchdog check --config {path} --database ", tmp_path) == []


def test_bash_completes_a_line_with_the_script_that_the_command_prints(tmp_path: Path) -> None:
    bash = shutil.which("bash")
    assert bash is not None
    line = f"schema-watchdog check --config {configured(tmp_path)} --database "
    script = f"""
        source <(_SCHEMA_WATCHDOG_COMPLETE=source_bash schema-watchdog)
        complete -p schema-watchdog
        COMP_WORDS=({line} s) COMP_CWORD=5
        _schema_watchdog_completion schema-watchdog
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    path = f"{Path(COMMAND).parent}:/usr/bin:/bin"
    done = subprocess.run(
        [bash, "--norc", "-c", script],
        cwd=tmp_path,
        env=environment({"PATH": path}),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.splitlines()[1:] == ["staging"]
    assert "_schema_watchdog_completion schema-watchdog" in done.stdout


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_is_given_its_script(shell: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [COMMAND, "--show-completion", shell],
        cwd=tmp_path,
        env=environment({"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "_SCHEMA_WATCHDOG_COMPLETE" in done.stdout
    assert f"complete_{shell}" in done.stdout
