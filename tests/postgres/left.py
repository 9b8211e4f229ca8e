"""What may still run after it should not."""

import os
from pathlib import Path


def processes(folder: Path) -> list[str]:
    """The command lines of all that run from below a folder."""
    lines = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if str(folder) in line and int(process.name) != os.getpid():
            lines.append(line)
    return lines
