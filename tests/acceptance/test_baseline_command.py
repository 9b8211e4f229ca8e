"""`baseline`: made once, changed only with a reason, read by people."""

import json
from pathlib import Path

from tests.acceptance import milo
from tests.acceptance.support import watchdog, watched, watcher_of
from tests.servers.query import sql


def test_a_baseline_is_never_overwritten_and_changes_only_with_a_reason(tmp_path: Path, database: str) -> None:
    milo.make(database)
    path = tmp_path / "baseline.json"
    target = ("--dsn", watcher_of(database), "--output", str(path))
    assert watchdog("baseline", "capture", *target).returncode == 0
    first = path.read_bytes()
    again = watchdog("baseline", "capture", *target)
    assert (again.returncode, "there is one already" in again.stderr, path.read_bytes()) == (2, True, first)

    shown = watchdog("baseline", "show", str(path)).stdout.splitlines()
    assert "column public.sealed_epochs.token_group character varying(10) DEFAULT 'milo'::character varying" in shown

    sql(database, milo.DROP)
    for silence in ((), ("--reason", " ")):
        refused = watchdog("baseline", "accept", *target, *silence)
        assert (refused.returncode, "'--reason'" in refused.stderr, path.read_bytes()) == (2, True, first), refused
    reason = "we <b>never</b> needed it\n{} %s 'quoted' 🐕"
    accepted = watchdog("baseline", "accept", *target, "--reason", reason)
    assert (accepted.returncode, accepted.stdout.count("accepted: column public.")) == (0, 2), accepted
    assert path.read_bytes() != first

    verified = watchdog("baseline", "verify", str(path))
    assert (verified.returncode, "whole and unedited" in verified.stdout) == (0, True)
    [line] = [line for line in verified.stdout.splitlines() if line.startswith("accepted by ")]
    assert "we <b>never</b> needed it\\u000a{} %s 'quoted' 🐕" in line

    edited = path.read_bytes().replace(b"sealed_epochs", b"sealed_epoch5")
    path.write_bytes(edited)
    for command in (("verify", str(path)), ("accept", *target, "--reason", "x")):
        done = watchdog("baseline", *command)
        assert (done.returncode, "edited or damaged" in done.stderr, "Traceback" in done.stderr) == (3, True, False)
    assert path.read_bytes() == edited


def test_one_finding_is_borne_in_a_file_for_git_and_no_longer_fails_a_check(tmp_path: Path, database: str) -> None:
    milo.make(database)
    accepted = tmp_path / "accepted.yaml"
    config = tmp_path / "watchdog.yaml"
    watched_database = {**watched(watcher_of(database), tmp_path), "accepted": str(accepted)}
    config.write_text(json.dumps({"databases": [watched_database], "state": str(tmp_path / "state")}))
    assert watchdog("baseline", "capture", "--config", str(config)).returncode == 0
    sql(database, milo.DROP)

    found = json.loads(watchdog("check", "--config", str(config), "--format", "json").stdout)["findings"]
    fingerprints = [finding["fingerprint"] for finding in found]
    choice = [option for each in fingerprints for option in ("--fingerprint", each)]
    unknown = watchdog("baseline", "accept", "--config", str(config), "--reason", "x", "--fingerprint", "f" * 16)
    assert (unknown.returncode, "no such finding" in unknown.stderr, accepted.exists()) == (2, True, False)
    over = watchdog("baseline", "accept", "--config", str(config), "--reason", "x", "--until", "2020-01-01", *choice)
    assert (over.returncode, "that day is over" in over.stderr, accepted.exists()) == (2, True, False)
    borne = watchdog(
        "baseline", "accept", "--config", str(config), "--reason", "legacy", "--until", "2999-12-31", *choice
    )
    assert (borne.returncode, borne.stdout.count("accepted until 2999-12-31: column")) == (0, 2), borne

    checked = watchdog("check", "--config", str(config), "--format", "json")
    report = json.loads(checked.stdout)
    assert (checked.returncode, report["status"]) == (0, "ok")
    assert {finding["state"] for finding in report["findings"]} == {"accepted"}
    planned = watchdog("plan", "--config", str(config))
    assert (planned.returncode, planned.stdout) == (0, "-- production: 0 findings\n")

    accepted.write_text(accepted.read_text().replace("2999", "1999"))
    assert watchdog("check", "--config", str(config)).returncode == 1
