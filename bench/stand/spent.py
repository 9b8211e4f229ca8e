"""What a process, and a whole server, have spent until now, from /proc and from the server's own counters."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

from tests.servers.query import rows
from tests.servers.servers import Server

TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
# How long backends may take to end after their clients.
PATIENCE_SECONDS = 10.0


def cpu_seconds(pid: int) -> float:
    """Of a living process with all its threads, finer than in steps of 10 ms where the kernel tells."""
    tasks = Path(f"/proc/{pid}/task")
    try:
        spent = [int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir()]
    except FileNotFoundError:
        return _ticks(pid, 11, 12)
    return sum(spent) / 1e9


def process_seconds(pid: int) -> float:
    """Of a living process with all threads that it has, or had, in steps of 10 ms."""
    return _ticks(pid, 11, 12)


def private_bytes(pid: int) -> int:
    """What a living process has by itself: of a backend, all but the server's shared memory and its program's files."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("Anonymous:"))) * 1024


def resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE


def peak_bytes(pid: int) -> int:
    """The most that a living process has ever held."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))) * 1024


def _ticks(pid: int, first: int, last: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(field) for field in fields[first : last + 1]) / TICK


def postmaster(server: Server) -> int:
    return int((server.data / "postmaster.pid").read_text().split()[0])


def children(pid: int) -> set[int]:
    return {int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


def server_seconds(server: Server) -> float:
    """The processor's time of a server, whole: its postmaster, the processes that run, and those that have ended."""
    pid = postmaster(server)
    # The postmaster's own, and by its account those of children that it has reaped.
    return _ticks(pid, 11, 14) + sum(_of_children(pid))


def _of_children(pid: int) -> Iterator[float]:
    for child in children(pid):
        try:
            yield _ticks(child, 11, 12)
        except (FileNotFoundError, ProcessLookupError):  # it ended meanwhile
            continue


def settle(server: Server, at_rest: set[int]) -> None:
    """Wait until no process of the server runs but those, so that all is reaped and has told its counters."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while children(postmaster(server)) - at_rest and time.monotonic() < deadline:
        time.sleep(0.01)


def buffers(server: Server) -> int:
    """Shared buffers touched on a server since it started, found in memory or read, of all databases.

    A session tells of its own when it ends.
    """
    [[found]] = rows(server.dsn(), "SELECT sum(blks_hit + blks_read)::int8 FROM pg_stat_database")
    return int(str(found))
