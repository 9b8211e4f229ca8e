"""Runs one postmaster for no longer than the tests last: `supervisor.py LIFELINE LOCK COMMAND...`.

Whoever asked for the server holds an exclusive lock on the file LIFELINE. The kernel drops it when that process ends,
also by kill -9, and then the server is stopped here. LOCK is held while this supervisor runs: others can wait for it.
"""

import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

PATIENCE = 10.0  # seconds that a fast shutdown may take before it becomes an immediate one

# PostgreSQL refuses to run as root, so root runs it as the user that owns nothing.
USER = "nobody" if os.getuid() == 0 else None
GROUP = pwd.getpwnam(USER).pw_gid if USER else None
EXTRA_GROUPS: list[int] | None = [] if USER else None


def supervise(lifeline: Path, lock: Path, command: list[str]) -> int:
    """The server's exit code. When the lifeline was cut its data, in the folder `data` beside LOCK, are removed."""
    cut = threading.Event()
    with lifeline.open() as held_elsewhere, lock.open("w") as held_here:
        fcntl.flock(held_here, fcntl.LOCK_EX)
        os.chdir(lock.parent)
        with subprocess.Popen(command, user=USER, group=GROUP, extra_groups=EXTRA_GROUPS) as server:
            threading.Thread(target=_stop_when_free, args=(held_elsewhere, server, cut), daemon=True).start()
            code = server.wait()
        if cut.is_set():
            shutil.rmtree(lock.parent / "data", ignore_errors=True)
        return code


def _stop_when_free(lifeline: IO[str], server: subprocess.Popen[bytes], cut: threading.Event) -> None:
    fcntl.flock(lifeline, fcntl.LOCK_SH)
    cut.set()
    server.send_signal(signal.SIGINT)
    try:
        server.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        server.send_signal(signal.SIGQUIT)


if __name__ == "__main__":
    sys.exit(supervise(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]))
