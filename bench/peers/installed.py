"""Peers are installed into folders of their own, in pinned versions; nothing of them is imported here."""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from bench.peers.contender import MissingError

HERE = Path(__file__).parent
PROGRAMS = HERE / "programs"
NODE = HERE / "node_modules"
SAID = 300  # characters of a failed installation's last words


@cache
def python(requirements: str) -> Path:
    """The interpreter of an environment with requirements/<requirements>.txt. Raises MissingError."""
    file = HERE / "requirements" / f"{requirements}.txt"
    folder = HERE / ".venv" / requirements
    stamp = folder / "installed.txt"
    interpreter = folder / "bin" / "python"
    if not (stamp.exists() and stamp.read_bytes() == file.read_bytes()):
        _run(f"an environment for {file.name}", [sys.executable, "-m", "venv", "--clear", str(folder)])
        pip = [str(interpreter), "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-input"]
        _run(f"pip with {file.name}", [*pip, "-r", str(file)])
        shutil.copy(file, stamp)
    return interpreter


@cache
def node() -> Path:
    """Node's program, once the packages of package.json are there. Raises MissingError."""
    program, npm = shutil.which("node"), shutil.which("npm")
    if not (program and npm):
        raise MissingError("there is no node or no npm on this machine")
    lock, stamp = HERE / "package-lock.json", NODE / ".installed.json"
    if not (stamp.exists() and stamp.read_bytes() == lock.read_bytes()):
        _run("npm ci", [npm, "ci", "--ignore-scripts", "--loglevel=error"])
        shutil.copy(lock, stamp)
    return Path(program)


@cache
def debian(package: str, program: str) -> Path:
    """A program of a Debian package. Raises MissingError."""
    if not shutil.which(program):
        if os.geteuid() != 0 or not shutil.which("apt-get"):
            raise MissingError(f"there is no {program}; get it with: apt-get install {package}")
        _run(f"apt-get install {package}", ["apt-get", "install", "-y", "-qq", "--no-install-recommends", package])
    found = shutil.which(program)
    if not found:
        raise MissingError(f"{package} brought no {program}")
    return Path(found)


def pinned(requirements: str, package: str) -> str:
    """The version of a package in requirements/<requirements>.txt."""
    lines = (HERE / "requirements" / f"{requirements}.txt").read_text().splitlines()
    return next(line.partition("==")[2] for line in lines if line.lower().startswith(f"{package.lower()}=="))


def first_line(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip().splitlines()[0]


def _run(what: str, command: list[str]) -> None:
    done = subprocess.run(
        command,
        cwd=HERE,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
    )
    if done.returncode:
        words = " ".join(f"{done.stdout}\n{done.stderr}".split())
        raise MissingError(f"{what} failed: {words[-SAID:]}")
