"""A state that cannot be written: watching goes on, the truth is shown, and it is said that nothing can be told."""

import contextlib
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance import milo
from tests.acceptance.support import Receiver, told
from tests.conftest import missing_component
from tests.servers.query import sql

DISK_BYTES = 2 * 1024 * 1024


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        missing_component("the right to mount", "run the tests as root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path) -> Path:
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(b"x" * 4096):
                pass
        except OSError:
            return filler
    raise AssertionError


def remounted(folder: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(folder)], check=True)


def test_a_full_disk_hides_no_finding_and_keeps_nobody_from_hearing_of_it(
    tmp_path: Path, database: str, small_disk: Path
) -> None:
    milo.make(database)
    with told(tmp_path, database) as (daemon, receiver):
        daemon.config["state"] = str(small_disk / "state")
        daemon.start()
        daemon.until_checked()
        filler = fill(small_disk)
        sql(database, milo.DROP)
        daemon.until("the findings all the same", lambda: len(daemon.findings()) == 2)
        assert daemon.metric("findings", kind="column", severity="critical") == 2
        daemon.until("a complaint about the state", lambda: daemon.logged("state.failed"))
        assert "full" in daemon.logged("state.failed")[0]["reason"]
        daemon.until("the message", lambda: "production" in statuses(receiver))
        daemon.until("word of the state itself", lambda: "schema-watchdog" in statuses(receiver))
        assert daemon.metric("state_up") == 0
        assert daemon.status("/healthz") == 200
        filler.unlink()
        daemon.until("the state to be in its file again", lambda: daemon.metric("state_up") == 1)
        daemon.until("word of it", lambda: statuses(receiver)["schema-watchdog"] == ["firing", "resolved"])
        assert daemon.stop() == 0
        # What was told while it lived in memory is known after a restart.
        daemon.start()
        daemon.until_checked()
        assert statuses(receiver)["production"] == ["firing"]
        # Of both columns, and of the state itself.
        assert daemon.events() == ["firing", "firing", "firing", "resolved"]
        assert "Traceback" not in daemon.log()


def test_on_a_disk_that_cannot_be_written_it_starts_with_what_was_known_and_repeats_nothing(
    tmp_path: Path, database: str, small_disk: Path
) -> None:
    milo.make(database)
    with told(tmp_path, database) as (daemon, receiver):
        daemon.config["state"] = str(small_disk / "state")
        daemon.start()
        daemon.until_checked()
        sql(database, "ALTER TABLE sealed_epochs DROP COLUMN token_group")
        daemon.until("the message", lambda: statuses(receiver).get("production"))
        daemon.until("it to be noted", lambda: daemon.metric("outbox_messages", channel="ops") == 0)
        daemon.kill9()
        remounted(small_disk, "ro")
        daemon.start()
        daemon.until_checked()
        daemon.until("word of the state", lambda: statuses(receiver).get("schema-watchdog"))
        sql(database, "ALTER TABLE sealed_participants DROP COLUMN token_group")
        daemon.until("the second message", lambda: len(statuses(receiver)["production"]) == 2)
        remounted(small_disk, "rw")
        daemon.until("the state to be in its file again", lambda: daemon.metric("state_up") == 1)
        daemon.kill9()
        daemon.start()
        daemon.until_checked()
        assert statuses(receiver)["production"] == ["firing", "firing"]
        assert "Traceback" not in daemon.log()


@pytest.mark.parametrize("damage", ["overwritten", "cut off", "newer"])
def test_a_file_that_cannot_be_used_is_left_as_it_is_and_watching_begins_anew(
    tmp_path: Path, database: str, damage: str
) -> None:
    milo.make(database)
    with told(tmp_path, database) as (daemon, receiver):
        daemon.start()
        daemon.until_checked()
        assert daemon.stop() == 0
        file = tmp_path / "state" / "watchdog.sqlite3"
        whole = file.read_bytes()
        if damage == "overwritten":
            file.write_bytes(whole[:4096] + b"\xff" * 8192 + whole[12288:])
        elif damage == "cut off":
            file.write_bytes(whole[: len(whole) // 2 + 100])
        else:
            with contextlib.closing(sqlite3.connect(file)) as opened:
                opened.execute("PRAGMA user_version = 999")
        damaged = file.read_bytes()
        sql(database, milo.DROP)
        daemon.start()
        daemon.until("the message", lambda: statuses(receiver).get("production") == ["firing"])
        daemon.until("word of the state", lambda: statuses(receiver).get("schema-watchdog") == ["firing"])
        [[finding]] = [each["findings"] for each in receiver.received["/ops"] if each["database"] == "schema-watchdog"]
        assert str(file) in finding["message"]
        assert file.read_bytes() == damaged
        file.rename(tmp_path / "moved-away")
        for more in ("-wal", "-shm"):
            file.with_name(file.name + more).unlink(missing_ok=True)
        daemon.until("the state to be in a new file", lambda: daemon.metric("state_up") == 1)
        daemon.kill9()
        daemon.start()
        daemon.until_checked()
        assert statuses(receiver)["production"] == ["firing"]
        assert "Traceback" not in daemon.log()


def statuses(receiver: Receiver) -> dict[str, list[str]]:
    """Each database's messages, by their status."""
    found: dict[str, list[str]] = {}
    for body in receiver.received.get("/ops", []):
        found.setdefault(body["database"], []).append(body["status"])
    return found


def test_one_damaged_row_in_each_table_is_said_and_silences_nothing_else(tmp_path: Path, database: str) -> None:
    milo.make(database)
    with told(tmp_path, database) as (daemon, receiver):
        daemon.start()
        daemon.until_checked()
        sql(database, milo.DROP)
        daemon.until("the message", lambda: statuses(receiver).get("production"))
        daemon.until("it to be noted", lambda: daemon.metric("outbox_messages", channel="ops") == 0)
        with contextlib.closing(sqlite3.connect(tmp_path / "state" / "watchdog.sqlite3", timeout=30)) as opened, opened:
            opened.execute("UPDATE told SET body = '{' WHERE fingerprint = (SELECT min(fingerprint) FROM told)")
            opened.execute("UPDATE alerts SET body = '{' WHERE position = 0 AND check_name = 'schema'")
            opened.execute("INSERT INTO acknowledgements VALUES ('0123456789abcdef', '{')")
            opened.execute(
                "INSERT INTO outbox (channel, body, next_attempt_at)"
                " VALUES ('ops', '{', '2025-01-01T00:00:00.000000+00:00')"
            )
        sql(database, "DROP TABLE sealed_epochs")
        daemon.until("word of the next", lambda: "relation" in kinds(receiver))
        daemon.until("word of what was put aside", lambda: "state" in kinds(receiver))
        assert daemon.status("/healthz") == 200
        assert daemon.stop() == 0
        assert "Traceback" not in daemon.log()


def test_a_state_that_is_removed_under_the_watchdog_is_said_and_written_anew(tmp_path: Path, database: str) -> None:
    milo.make(database)
    with told(tmp_path, database) as (daemon, receiver):
        daemon.start()
        daemon.until_checked()
        sql(database, milo.DROP)
        daemon.until("the message", lambda: statuses(receiver).get("production") == ["firing"])
        for file in (tmp_path / "state").glob("watchdog.sqlite3*"):
            file.unlink()
        daemon.until("word of it", lambda: statuses(receiver).get("schema-watchdog") == ["firing", "resolved"])
        assert daemon.stop() == 0
        daemon.start()
        daemon.until_checked()
        assert statuses(receiver)["production"] == ["firing"]
        assert "Traceback" not in daemon.log()


def kinds(receiver: Receiver) -> set[str]:
    return {finding["kind"] for body in receiver.received["/ops"] for finding in body["findings"]}
