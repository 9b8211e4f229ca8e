"""One run of a program against a server, and what both spent on it."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from bench.stand import launch
from bench.stand.spent import buffers, children, postmaster, server_seconds, settle
from tests.servers.query import sql
from tests.servers.servers import Server

_END_SESSIONS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend'"
    " AND pid <> pg_backend_pid()"
)


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """What one run spent.

    Attributes:
        seconds: from the start of the program to its end.
        server: seconds of the server's processors, all its processes together.
        client: seconds of the program's, with those that it started and waited for.
        memory: bytes at the peak of its largest process.
        buffers: of 8 kB that the server touched.
        output: bytes that it printed.
        code: its exit code; None when it was ended at the limit.
    """

    seconds: float
    server: float
    client: float
    memory: int
    buffers: int
    output: int
    code: int | None


def run(
    server: Server, command: Sequence[str], folder: Path, environment: Mapping[str, str], limit: float
) -> tuple[Run, str]:
    """What a program spent, and what it printed, errors last. It is ended after `limit` seconds.

    Nobody else may use the server meanwhile: what its processes do is taken for the program's.
    """
    result, stdout, stderr = (folder / name for name in ("result", "stdout", "stderr"))
    result.unlink(missing_ok=True)
    at_rest = children(postmaster(server))
    touched, spent = buffers(server), server_seconds(server)
    # -I and -S: the smaller it is, the smaller is the least peak of memory that it can tell.
    launching = [sys.executable, "-I", "-S", launch.__file__, str(result), str(stdout), str(stderr), *command]
    with subprocess.Popen(
        launching, cwd=folder, env={**os.environ, **environment}, start_new_session=True, stdin=subprocess.DEVNULL
    ) as process:
        try:
            process.wait(limit)
        except BaseException as error:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            sql(server.dsn(), _END_SESSIONS)
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
    settle(server, at_rest)
    spent = server_seconds(server) - spent
    touched = buffers(server) - touched
    printed = "\n".join(file.read_text(errors="replace") for file in (stdout, stderr) if file.exists())
    size = stdout.stat().st_size if stdout.exists() else 0
    code, seconds, client, memory = (result.read_text() if result.exists() else f"nan {limit} nan 0").split()
    return Run(
        seconds=float(seconds),
        server=spent,
        client=float(client),
        memory=int(memory),
        buffers=touched,
        output=size,
        code=int(code) if result.exists() else None,
    ), printed
