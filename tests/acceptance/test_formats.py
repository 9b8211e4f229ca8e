"""Formats as a pipeline asks for them: one look, printed in one and written in others."""

import json
import os
from pathlib import Path
from xml.etree import ElementTree as ET

import yaml

from tests.acceptance import milo
from tests.acceptance.support import free_port, watchdog, watched
from tests.servers.query import sql

SECRET = "hunter2-of-the-pipeline"


def captured(database: str, folder: Path) -> str:
    """The path of a configuration of the incident's tables, with their baseline."""
    milo.make(database)
    path = folder / "watchdog.yaml"
    path.write_text(yaml.safe_dump({"databases": [watched(database, folder)], "state": str(folder / "state")}))
    assert watchdog("baseline", "capture", "--config", str(path)).returncode == 0
    return str(path)


def test_one_look_is_told_in_all_formats_and_no_format_changes_the_exit_code(tmp_path: Path, database: str) -> None:
    config = captured(database, tmp_path)
    files = {"sarif": "a.sarif", "junit": "a.xml", "markdown": "a.md", "json": "a.json", "text": "a.txt"}
    outputs = [part for name, file in files.items() for part in ("--output", f"{name}={tmp_path / file}")]
    look = ("check", "--config", config, "--format", "github", *outputs)

    sound = watchdog(*look, cwd=tmp_path)
    assert (sound.returncode, sound.stderr) == (0, ""), sound
    assert "databases: 1 without drift" in sound.stdout
    assert json.loads((tmp_path / "a.json").read_text())["status"] == "ok"
    assert ET.parse(tmp_path / "a.xml").getroot().get("tests") == "1"  # noqa: S314 our own

    sql(database, milo.DROP)
    drift = watchdog(*look, cwd=tmp_path)
    findings = json.loads((tmp_path / "a.json").read_text())["findings"]
    assert (drift.returncode, len(findings)) == (1, 2)
    assert drift.stdout.count("::error title=schema-watchdog%3A column missing::") == 2
    root = ET.parse(tmp_path / "a.xml").getroot()  # noqa: S314 our own
    assert (root.get("failures"), root.get("errors")) == ("2", "0")
    results = json.loads((tmp_path / "a.sarif").read_text())["runs"][0]["results"]
    # From the working folder, as the repository knows it.
    assert {one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in results} == {"watchdog.yaml"}
    for file in files.values():
        assert all(finding["fingerprint"] in (tmp_path / file).read_text() for finding in findings)


def test_what_fails_by_severity_is_what_junit_calls_failed(tmp_path: Path, database: str) -> None:
    config, report = captured(database, tmp_path), tmp_path / "report.xml"
    sql(database, "ALTER TABLE sealed_epochs ALTER category SET DEFAULT 'other'")
    for fail_on, code, failures in (("warning", 1, "1"), ("critical", 0, "0")):
        done = watchdog("check", "--config", config, "--fail-on", fail_on, "--output", f"junit={report}")
        root = ET.parse(report).getroot()  # noqa: S314 our own
        assert (done.returncode, root.get("failures"), root.get("tests")) == (code, failures, "2")


def test_a_look_that_failed_is_told_in_all_formats_with_its_reason_and_no_secret(tmp_path: Path) -> None:
    dsn = f"postgresql://watcher:{SECRET}@127.0.0.1:{free_port()}/x"
    files = {name: tmp_path / name for name in ("text", "json", "markdown", "junit", "sarif", "github")}
    outputs = [part for name, file in files.items() for part in ("--output", f"{name}={file}")]
    done = watchdog("check", "--dsn", dsn, "--baseline", str(tmp_path / "b.json"), *outputs)
    assert done.returncode == 3, done
    for file in files.values():
        told = file.read_text()
        assert f"to 127.0.0.1:{dsn.rpartition(':')[2]}" in told
        assert SECRET not in told


def test_a_command_that_comes_to_no_verdict_leaves_no_file_of_an_earlier_one(tmp_path: Path) -> None:
    old = tmp_path / "old.json"
    old.write_text('{"status": "ok"}')
    done = watchdog("check", "--config", str(tmp_path / "absent.yaml"), "--output", f"json={old}")
    assert (done.returncode, old.exists()) == (2, False)
    mistaken = watchdog("check", "--output", f"xml={old}")
    assert (mistaken.returncode, "say FORMAT=FILE" in mistaken.stderr) == (2, True)
    device = watchdog("check", "--output", f"json={os.devnull}")
    assert (device.returncode, "is there and no file" in device.stderr) == (2, True)
