"""A state that cannot be written: watching goes on, the truth is shown, and it is said that nothing can be told."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance import milo
from tests.acceptance.support import Daemon, Receiver, watched, watcher_of, webhook
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


def test_a_full_disk_hides_no_finding_and_once_there_is_room_it_is_told(
    tmp_path: Path, database: str, small_disk: Path
) -> None:
    milo.make(database)
    with (
        Receiver() as receiver,
        Daemon(
            tmp_path, watched(watcher_of(database), tmp_path), channels={"ops": webhook(receiver.url("/ops"))}
        ) as daemon,
    ):
        daemon.config["state"] = str(small_disk / "state")
        daemon.start()
        daemon.until_checked()
        filler = fill(small_disk)
        sql(database, milo.DROP)
        daemon.until("the findings all the same", lambda: len(daemon.findings()) == 2)
        assert daemon.metric("findings", kind="column", severity="critical") == 2
        daemon.until("a complaint about the state", lambda: daemon.logged("state.failed"))
        daemon.until_checked()
        assert "full" in daemon.logged("state.failed")[0]["reason"]
        assert daemon.status("/healthz") == 200
        assert "Traceback" not in daemon.log()
        filler.unlink()
        daemon.until("the message", lambda: receiver.received)
        daemon.until_checked()
        assert receiver.statuses("/ops") == ["firing"]
        assert daemon.events() == ["firing", "firing"]
