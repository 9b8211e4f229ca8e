"""Commands as processes of their own that need not import all of the watchdog first, which takes most of a short one.

They are forked from a process that has imported it and done nothing else, so none knows of another.
"""

import multiprocessing.util
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from watchdog.cli import main
from watchdog.cli.app import COMMANDS

PATIENCE_SECONDS = 120.0

# Of the process that forks. Made now, as the folder of temporary files will be one that is gone before this process.
multiprocessing.util.get_temp_dir()

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload([__name__, *(f"watchdog.cli.{module}" for module, _ in COMMANDS.values())])


def run(program: Path, arguments: Sequence[str], folder: Path, environment: Mapping[str, str]) -> tuple[int, str, str]:
    """The exit code of one command, what it printed, and what it said on stderr. Raises TimeoutExpired."""
    with tempfile.TemporaryDirectory() as kept:
        printed, said = Path(kept) / "stdout", Path(kept) / "stderr"
        process = _FORKS.Process(
            target=_command, args=([str(program), *arguments], str(folder), dict(environment), str(printed), str(said))
        )
        process.start()
        process.join(PATIENCE_SECONDS)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(list(arguments), PATIENCE_SECONDS)
        code = process.exitcode
        process.close()
        return code, printed.read_text(), said.read_text()


def _command(words: list[str], folder: str, environment: dict[str, str], printed: str, said: str) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for path, number in ((printed, 1), (said, 2)):
        file = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        os.dup2(file, number)
        os.close(file)
    tempfile.tempdir = None  # as the environment has it
    sys.argv = words
    main()
