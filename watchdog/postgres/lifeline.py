"""Ends a throw-away server once whoever started it is gone, however it went. Run as a program, with its folder.

It holds the reading end of a pipe: when the writer ends, even by kill -9, nothing can be read any more.
"""

import os
import shutil
import signal
import sys
import time
from pathlib import Path

PATIENCE_SECONDS = 10.0


def main(folder: Path) -> None:
    """Wait for the end of the input, then stop the server of `folder`/data and remove the folder."""
    sys.stdin.buffer.read()
    if not folder.exists():
        return  # it was stopped in order
    try:
        postmaster = int((folder / "data" / "postmaster.pid").read_text().split("\n")[0])
        os.kill(postmaster, signal.SIGQUIT)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            os.kill(postmaster, 0)
            time.sleep(0.05)
    except (OSError, ValueError):
        pass  # it is not there, or not any more
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
