"""`demo`, as a newcomer types it: all by itself, against a watching one, and interrupted."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.support import Lines, environment, free_port, poll, watchdog

ALL_CLEAR = "All clear: no finding is open."


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the user who runs PostgreSQL for root may enter: pytest's own is closed again by each other run."""
    made = Path(tempfile.mkdtemp(prefix="schema-watchdog-demo-"))
    made.chmod(0o755)
    yield made / "demo"
    note = made / "demo" / "postgres" / "postmaster.pid"
    if note.exists():  # the test has failed
        os.kill(int(note.read_text().split()[0]), signal.SIGINT)
    shutil.rmtree(made)


def left_over(folder: Path) -> list[str]:
    """The command lines of processes that work in a folder or were told of it."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            place = str((process / "cwd").readlink())
            if process.name != str(os.getpid()) and (str(folder) in words or place.startswith(str(folder))):
                found.append(f"{process.name}: {words}")
    return found


def assert_nothing_is_left(folder: Path, port: int) -> None:
    poll("every process to be gone", lambda: not left_over(folder), lambda: str(left_over(folder)))
    with socket.create_server(("127.0.0.1", port)):
        pass
    assert not (folder / "postgres" / "postmaster.pid").exists()


@contextlib.contextmanager
def watching(folder: Path, port: int) -> Iterator[tuple[subprocess.Popen[str], Lines]]:
    """`demo --watch` in a process, killed at the latest when the block ends."""
    command = [sys.executable, "-m", "watchdog", "demo", "--watch", "--folder", str(folder)]
    with subprocess.Popen(
        [*command, "--listen", f"127.0.0.1:{port}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment({"PYTHONUNBUFFERED": "1"}),
    ) as process:
        try:
            yield process, Lines(process)
        finally:
            process.kill()


def test_the_demonstration_runs_by_itself_and_leaves_nothing(folder: Path) -> None:
    port = free_port()
    done = watchdog("demo", "--folder", str(folder), "--listen", f"127.0.0.1:{port}")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    for words in (
        f"http://127.0.0.1:{port}/metrics",
        "CRITICAL column public.sealed_epochs.token_group is missing",
        "ADD COLUMN IF NOT EXISTS token_group",
        "CRITICAL public.user_signals lost",
        ALL_CLEAR,
    ):
        assert words in done.stdout
    assert done.stdout.count(" UTC firing ") == done.stdout.count(" UTC resolved ") == 3
    assert_nothing_is_left(folder, port)


def test_a_watching_demonstration_is_replayed_from_another_terminal_and_ends_with_ctrl_c(folder: Path) -> None:
    port = free_port()
    with watching(folder, port) as (process, lines):
        lines.wait_for("daemon.started")
        [told] = [line for line in lines.seen if "In another terminal" in line]
        assert f"/bin/python -m watchdog demo --folder {folder}\n" in told
        rows = watchdog("rows", "--config", str(folder / "watchdog.yaml"))
        # Each epoch has 80 signals, and no more are told.
        assert " 98,400  live" in rows.stdout, rows
        replayed = watchdog("demo", "--folder", str(folder))
        assert (replayed.returncode, ALL_CLEAR in replayed.stdout) == (0, True), replayed
        second = watchdog("demo", "--watch", "--folder", str(folder))
        assert (second.returncode, "a demonstration runs there already" in second.stderr) == (2, True), second
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0, lines.rest()
        assert "Traceback" not in lines.rest()
        assert "nothing is left running" in lines.rest()
    assert_nothing_is_left(folder, port)


def test_a_taken_or_impossible_address_is_refused_before_anything_is_made(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        for listen, told in ((where, f"{where} cannot be listened on"), ("foo", "must be host:port")):
            done = watchdog("demo", "--folder", str(folder), "--listen", listen)
            assert (done.returncode, told in done.stderr, "rows" in done.stdout) == (2, True, False), done
    assert not (folder / "postgres").exists()


def test_ctrl_c_during_the_preparations_stops_postgresql(folder: Path) -> None:
    port = free_port()
    with watching(folder, port) as (process, lines):
        lines.wait_for("half a million rows")
        process.send_signal(signal.SIGINT)
        assert process.wait(60) in {0, 130, -signal.SIGINT}, lines.rest()
        assert "Traceback" not in lines.rest()
    assert_nothing_is_left(folder, port)
