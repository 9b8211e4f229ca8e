"""The real pm2 runs the watchdog beside an aggregator, from the ecosystem file that the documents show."""

import json
import os
import re
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance import milo
from tests.acceptance.support import ROOT, Daemon, Receiver, told
from tests.operating.supervised import AGGREGATOR, DOG, Pm2, alive, beside, documented
from tests.servers.query import sql


@pytest.fixture
def both(tmp_path: Path, database: str) -> Iterator[tuple[Pm2, Daemon, Receiver]]:
    """pm2, the watchdog and the aggregator that it has started, and the watchdog's receiver."""
    milo.make(database)
    with told(tmp_path, database) as (daemon, receiver):
        daemon.write()
        with Pm2(tmp_path, **beside(tmp_path, documented(), daemon)) as pm2:
            daemon.stderr = pm2.home / "logs" / f"{DOG}-error.log"
            pm2.done("start", "ecosystem.config.js")
            pm2.until("a first verdict", lambda: verified(daemon))
            yield pm2, daemon, receiver


def verified(daemon: Daemon) -> bool:
    return daemon.status("/readyz") == 200 and daemon.report()["status"] == "ok"


def lives(daemon: Daemon) -> list[str]:
    """What began and ended, in order: of two at once the second would begin before the first has ended."""
    return [
        line["event"]
        for line in map(json.loads, daemon.log().splitlines())
        if line["event"] in {"daemon.started", "daemon.stopped"}
    ]


def test_both_run_and_a_reload_of_one_leaves_the_other_alone_and_repeats_and_loses_no_message(
    both: tuple[Pm2, Daemon, Receiver], database: str
) -> None:
    pm2, daemon, receiver = both
    first, other = pm2.pid(), pm2.pid(AGGREGATOR)
    app = pm2.app()
    assert (app["status"], app["exec_interpreter"], app["pm_cwd"]) == (
        "online",
        str(ROOT / ".venv/bin/python"),
        str(ROOT),
    )

    # Each line once, as it was written: JSON, with its own time and none of pm2's before it.
    printed = pm2.done("logs", DOG, "--nostream", "--lines", "100")
    assert printed.count('"daemon.started"') == 1
    assert all(json.loads(line)["timestamp"] for line in daemon.log().splitlines())

    pm2.done("sendSignal", "SIGHUP", DOG)
    daemon.until("the configuration to be read again", lambda: daemon.logged("config.reloaded"))
    assert pm2.pid() == first

    sql(database, milo.DROP)
    pm2.done("reload", DOG)
    daemon.until("a message", lambda: daemon.status("/readyz") == 200 and receiver.statuses("/ops"))
    second = pm2.pid()
    assert second != first
    assert not alive(first)
    assert pm2.pid(AGGREGATOR) == other
    pm2.done("reload", AGGREGATOR)
    assert pm2.pid(AGGREGATOR) != other
    assert pm2.pid() == second

    sql(database, "".join(f"ALTER TABLE {table} ADD token_group {milo.SHOULD_BE};" for table in milo.TABLES))
    pm2.done("restart", DOG)
    daemon.until("the all-clear", lambda: daemon.status("/readyz") == 200 and "resolved" in receiver.statuses("/ops"))
    daemon.until_checked()
    assert receiver.statuses("/ops") == ["firing", "resolved"]
    assert lives(daemon) == ["daemon.started", "daemon.stopped"] * 2 + ["daemon.started"]


def test_stop_drains_within_its_time_and_what_was_saved_comes_back(
    both: tuple[Pm2, Daemon, Receiver], database: str
) -> None:
    pm2, daemon, receiver = both
    pm2.done("save")
    receiver.answer = "hang"
    sql(database, milo.DROP)
    daemon.until("a delivery to hang", lambda: receiver.received)
    pm2.done("stop", DOG)
    app = pm2.app()
    assert (app["status"], app["pid"], app["exit_code"]) == ("stopped", 0, 0)
    assert "SIGKILL" not in pm2.log()
    assert lives(daemon)[-1] == "daemon.stopped"

    pm2.done("kill")
    receiver.received.clear()
    receiver.answer = 200
    pm2.done("resurrect")
    assert pm2.app(AGGREGATOR)["status"] == "online"
    assert pm2.app()["status"] == "online"
    daemon.until("the message that hung", lambda: receiver.statuses("/ops") == ["firing"])
    pm2.done("delete", DOG)
    assert [app["name"] for app in json.loads(pm2.done("jlist"))] == [AGGREGATOR]
    assert lives(daemon)[-1] == "daemon.stopped"


def test_a_crash_and_too_much_memory_start_it_again_and_a_mistake_in_the_configuration_does_not(
    both: tuple[Pm2, Daemon, Receiver], database: str, tmp_path: Path
) -> None:
    pm2, daemon, receiver = both
    for starts in (2, 3):
        os.kill(pm2.pid(), signal.SIGKILL)
        pm2.until_started(starts)
    assert re.findall(r"will restart in (\d+)ms", pm2.log()) == ["100", "150"]
    daemon.until("a verdict", lambda: verified(daemon))

    # Far below what it needs, so that it is over the ceiling whenever pm2 looks, and ends in the midst of all.
    greedy = tmp_path / "greedy.config.js"
    greedy.write_text(documented().replace(".apps,", '.apps.map((app) => ({ ...app, max_memory_restart: "9M" })),'))
    sql(database, milo.DROP)
    pm2.done("restart", greedy.name, "--only", DOG)
    pm2.until("restarts", lambda: pm2.log().count("exceeds --max-memory-restart") > 2)
    # Not while pm2 is about to restart it by itself.
    pm2.until("its ceiling of before", lambda: pm2("restart", "ecosystem.config.js", "--only", DOG).returncode == 0)
    daemon.until("the message", lambda: daemon.status("/readyz") == 200 and receiver.statuses("/ops"))
    daemon.until_checked()
    assert receiver.statuses("/ops") == ["firing"]

    daemon.path.write_text("databases: []\n")
    # Asked of pm2 itself: its restart for memory and ours can cross, and then the file of the pid is gone.
    os.kill(pm2.app()["pid"], signal.SIGTERM)
    pm2.until("the end", lambda: "exited with code [2]" in pm2.log())
    starts = pm2.starts()
    assert pm2.app()["pid"] == 0
    assert (pm2.app()["exit_code"], pm2.starts(), pm2.app(AGGREGATOR)["status"]) == (2, starts, "online")
    assert "databases" in daemon.stderr.read_text().splitlines()[-1]
    daemon.write()
    pm2.done("restart", DOG)
    daemon.until("it to watch again", lambda: daemon.status("/readyz") == 200)


def test_without_its_venv_it_says_what_to_do_and_the_other_app_runs(tmp_path: Path) -> None:
    shutil.copy(ROOT / "pm2.config.js", tmp_path)
    with Pm2(tmp_path, **beside(tmp_path, documented().replace(str(ROOT), str(tmp_path)))) as pm2:
        started = pm2("start", "ecosystem.config.js")
        assert started.returncode == 1
        bin_folder = tmp_path / ".venv" / "bin"
        assert f"{bin_folder} is missing or not complete (run make setup in {tmp_path})" in started.stderr
        assert f"Script not found: {bin_folder / DOG}" in started.stderr
        assert [(app["name"], app["pm2_env"]["status"]) for app in json.loads(pm2.done("jlist"))] == [
            (AGGREGATOR, "online")
        ]


def test_a_folder_may_have_a_space_in_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "watchdogs of ours"
    folder.mkdir()
    shutil.copy(ROOT / "pm2.config.js", folder)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    with Pm2(folder) as pm2:
        pm2.done("start", "pm2.config.js")
        pm2.until("the end", lambda: "exited with code [2]" in pm2.log())
        said = (pm2.home / "logs" / f"{DOG}-error.log").read_text()
    assert f"{folder}/config/watchdog.yaml: no such file" in said
