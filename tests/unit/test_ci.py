"""The examples for pipelines: files that CI servers read, and the script that stops a deployment."""

import itertools
import json
import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import required
from watchdog.cli.choices import Format
from watchdog.cli.formats.markdown import MARKER

ROOT = Path(__file__).parents[2]
CI = ROOT / "config" / "ci"
SCRIPT = CI / "pre-deploy.sh"
Json = dict[Any, Any]
SECRET = "hunter2-of-the-gate"


def read(name: str) -> Json:
    loaded: Json = yaml.safe_load((CI / name).read_text(encoding="utf-8"))
    return loaded


def gate_steps() -> list[Json]:
    steps: list[Json] = read("github-actions.yml")["jobs"]["gate"]["steps"]
    return steps


def words(command: str) -> list[str]:
    return shlex.split(command)


def test_each_file_for_a_pipeline_is_told_of_in_the_docs() -> None:
    told = (ROOT / "docs" / "pipelines.md").read_text(encoding="utf-8")
    assert sorted(path.name for path in CI.iterdir()) == ["github-actions.yml", "gitlab-ci.yml", "pre-deploy.sh"]
    assert [path.name for path in CI.iterdir() if f"config/ci/{path.name}" not in told] == []


def test_each_format_has_its_row_in_the_docs() -> None:
    told = (ROOT / "docs" / "pipelines.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \|", told, flags=re.MULTILINE) == list(Format)


def test_the_workflow_gives_no_more_rights_than_its_steps_need() -> None:
    workflow = read("github-actions.yml")
    assert workflow["permissions"] == {}
    rights = {name: job["permissions"] for name, job in workflow["jobs"].items()}
    assert rights == {
        "gate": {"contents": "read", "pull-requests": "write", "security-events": "write"},
        "deploy": {"contents": "read"},
    }
    assert gate_steps()[0]["with"] == {"persist-credentials": False}
    # `on` is YAML 1.1's true: GitHub reads it as the word.
    assert workflow[True] == {"pull_request": None, "push": {"branches": ["main"]}}


def test_the_workflow_pins_each_action_to_a_major_version() -> None:
    used = [step["uses"] for step in gate_steps() if "uses" in step]
    assert len(used) == 3
    assert [action for action in used if re.fullmatch(r"[a-z-]+/[a-z/-]+@v\d+", action) is None] == []


def test_nothing_is_deployed_that_did_not_pass_the_gate() -> None:
    jobs = read("github-actions.yml")["jobs"]
    assert (jobs["deploy"]["needs"], jobs["deploy"]["if"]) == ("gate", "github.event_name == 'push'")
    assert "continue-on-error" not in (CI / "github-actions.yml").read_text(encoding="utf-8")
    pipeline = read("gitlab-ci.yml")
    assert pipeline["stages"] == [pipeline["schema-watchdog"]["stage"], pipeline["deploy"]["stage"]]
    assert pipeline["deploy"]["needs"] == ["schema-watchdog"]
    assert "allow_failure" not in pipeline["schema-watchdog"]


def gates() -> list[list[str]]:
    """The command of the gate in each of the files, in words."""
    [github] = [step["run"] for step in gate_steps() if "schema-watchdog check" in step.get("run", "")]
    [gitlab] = read("gitlab-ci.yml")["schema-watchdog"]["script"]
    return [words(github), words(gitlab)]


def test_secrets_come_from_the_environment_and_stand_in_no_line_that_is_logged() -> None:
    for command in gates():
        assert command[:4] == ["schema-watchdog", "check", "--dsn", "$DATABASE_URL"]
    scripts = [step["run"] for step in gate_steps() if "run" in step]
    # GitHub writes an expression into the script itself, for the log to show and a shell to run.
    assert [script for script in scripts if "${{" in script] == []
    holders = [step["name"] for step in gate_steps() if "DATABASE_URL" in step.get("env", {})]
    assert holders == ["Is the database as this code needs it?"]


def test_the_gates_ask_for_formats_there_are_and_the_files_are_those_that_are_used() -> None:
    for command in gates():
        given = [word for option, word in itertools.pairwise(command) if option == "--output"]
        assert given
        assert {word.partition("=")[0] for word in given} <= set(Format)
        after = (CI / ("github-actions.yml" if "github" in command else "gitlab-ci.yml")).read_text(encoding="utf-8")
        assert all(after.count(word.partition("=")[2]) > 1 for word in given)
    reports = read("gitlab-ci.yml")["schema-watchdog"]["artifacts"]
    assert (reports["when"], reports["reports"]) == ("always", {"junit": "watchdog.xml"})


def test_what_tells_of_the_verdict_runs_also_where_the_gate_failed() -> None:
    steps = gate_steps()
    check = next(index for index, step in enumerate(steps) if "schema-watchdog check" in step.get("run", ""))
    conditions = [step["if"] for step in steps[check + 1 :]]
    assert len(conditions) == 4
    assert all("!cancelled()" in condition and "hashFiles('" in condition for condition in conditions)


def test_the_comment_that_is_replaced_is_known_by_its_mark() -> None:
    [comment] = [step["run"] for step in gate_steps() if "gh api" in step.get("run", "")]
    assert f'startswith("{MARKER}")' in comment


def test_code_scanning_is_given_whole_looks_without_what_is_accepted(tmp_path: Path) -> None:
    """What a file does not name counts as mended, and what is suppressed as open."""
    required("jq", "apt-get install jq")
    [script] = [step["run"] for step in gate_steps() if step.get("run", "").startswith("if jq ")]
    whole = json.loads((ROOT / "tests" / "golden" / "report.sarif").read_text(encoding="utf-8"))
    (tmp_path / "watchdog.sarif").write_text(json.dumps(whole))

    def run() -> None:
        subprocess.run(["bash", "-e", "-c", script], cwd=tmp_path, check=True, capture_output=True)

    run()
    assert not (tmp_path / "code-scanning.sarif").exists()
    for invocation in whole["runs"][0]["invocations"]:
        invocation["executionSuccessful"] = True
    (tmp_path / "watchdog.sarif").write_text(json.dumps(whole))
    run()
    left = json.loads((tmp_path / "code-scanning.sarif").read_text())["runs"][0]["results"]
    assert [result["ruleId"] for result in left] == ["column/missing", "column/default", "relation/missing"]


def gate(folder: Path, code: int, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """The script with a schema-watchdog on the PATH that says how it was called and exits with `code`."""
    fake = folder / "bin" / "schema-watchdog"
    fake.parent.mkdir(exist_ok=True)
    fake.write_text(f'#!/bin/sh\necho "called: $*"\necho "url: $DATABASE_URL" > {folder}/seen\nexit {code}\n')
    fake.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SCHEMA_WATCHDOG")}
    environment = kept | {"PATH": f"{fake.parent}:{os.environ['PATH']}", "DATABASE_URL": ""} | more
    return subprocess.run(
        ["sh", str(SCRIPT), *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_the_script_is_posix() -> None:
    subprocess.run(["sh", "-n", str(SCRIPT)], check=True)
    assert SCRIPT.read_text(encoding="utf-8").startswith("#!/bin/sh\n")
    assert os.access(SCRIPT, os.X_OK)


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        (1, "schema-watchdog plan prints the SQL"),
        (2, "schema-watchdog config check names all of them"),
        (3, "could not be verified"),
        (127, "could not be started"),
        (139, "itself failed, so nothing was verified"),
    ],
)
def test_the_script_stops_the_deployment_with_the_gates_exit_code_and_says_what_to_do(
    tmp_path: Path, code: int, advice: str
) -> None:
    done = gate(tmp_path, code)
    assert (done.returncode, done.stdout) == (code, "called: check --config config/watchdog.yaml\n")
    assert done.stderr.startswith(f"deployment stopped ({code}): ")
    assert advice in done.stderr


def test_the_script_lets_a_verified_deployment_go_on_without_a_word(tmp_path: Path) -> None:
    done = gate(tmp_path, 0)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_command_that_is_not_there_stops_the_deployment(tmp_path: Path) -> None:
    done = gate(tmp_path, 0, SCHEMA_WATCHDOG=str(tmp_path / "absent"))
    assert (done.returncode, "could not be started" in done.stderr) == (127, True)


def test_the_script_hands_on_arguments_and_another_configuration(tmp_path: Path) -> None:
    done = gate(tmp_path, 0, "--fail-on", "critical", SCHEMA_WATCHDOG_CONFIG="a b/w.yaml")
    assert done.stdout == "called: check --config a b/w.yaml --fail-on critical\n"


def test_the_script_takes_secrets_from_the_shared_file_and_shows_none(tmp_path: Path) -> None:
    (tmp_path / "schema-watchdog.env").write_text(f"DATABASE_URL='postgresql://w:{SECRET}@h/db'\n")
    done = gate(tmp_path, 1, SHARED=str(tmp_path))
    assert SECRET in (tmp_path / "seen").read_text()
    assert (done.returncode, SECRET in done.stdout + done.stderr) == (1, False)


def test_the_hooks_in_the_scripts_head_are_such_as_pm2_takes() -> None:
    """pm2 takes a hook up to its first double quote."""
    hooks = re.findall(r'^# +"(pre|post)-deploy": "(.*)",$', SCRIPT.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert [name for name, _ in hooks] == ["pre", "post"]
    for _, hook in hooks:
        assert hook.startswith("sh config/ci/pre-deploy.sh")
        assert '"' not in hook
