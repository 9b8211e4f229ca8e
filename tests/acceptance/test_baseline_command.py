"""`baseline`: made once, changed only with a reason, read by people."""

from pathlib import Path

from tests.acceptance import milo
from tests.acceptance.support import watchdog, watcher_of
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
