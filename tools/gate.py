"""The whole gate, run by `make test`: the static checks beside the tests, then one line for each.

The tests are shown as they run; a static check shows its output only when it fails. Arguments go to pytest.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
STATIC = {
    "lint": [str(BIN / "ruff"), "check", "--quiet", "--output-format=concise"],
    "format": [str(BIN / "ruff"), "format", "--check", "--quiet"],
    "types": [str(BIN / "mypy"), "--no-error-summary"],
    "imports": [str(BIN / "lint-imports"), "--no-logo"],
}
# A worker more than cores, as some tests wait for daemons; a worker that is done takes tests from the others.
WORKERS = min((os.cpu_count() or 1) + 1, 8)
TESTS = [sys.executable, "-m", "pytest", f"--numprocesses={WORKERS}", "--dist=worksteal"]
# The tests start a hundred processes more, and each would compile the modules anew.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


class Running(NamedTuple):
    """A static check at work, and the file that takes its output."""

    process: subprocess.Popen[bytes]
    output: IO[bytes]


def main(arguments: list[str]) -> int:
    """0 when everything passed, else 1."""
    began = time.monotonic()
    static = {name: _start(command) for name, command in STATIC.items()}
    codes = {"tests": _tested(arguments)}
    for name, check in static.items():
        codes[name] = check.process.wait()
        check.output.seek(0)
        if codes[name]:
            print(f"\n{name} failed:\n{check.output.read().decode(errors='replace')}", flush=True)
        check.output.close()
    verdicts = ", ".join(f"{name} {'FAILED' if code else 'ok'}" for name, code in codes.items())
    print(f"\ngate: {verdicts}, after {time.monotonic() - began:.0f} s", flush=True)
    return int(any(codes.values()))


def _tested(arguments: list[str]) -> int:
    with subprocess.Popen([*TESTS, *arguments], cwd=ROOT, env=ENVIRONMENT) as tests:
        try:
            return tests.wait()
        except KeyboardInterrupt:
            # Ctrl-C has reached them too. Killed, as subprocess.run would, they leave their servers' folder behind.
            tests.wait()
            raise


def _start(command: list[str]) -> Running:
    output = tempfile.TemporaryFile()  # noqa: SIM115 - closed once it was read
    return Running(subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT), output)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
