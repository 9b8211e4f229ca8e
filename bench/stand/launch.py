"""Runs one program and writes what it spent: `launch.py RESULT STDOUT STDERR PROGRAM ARGUMENT...`.

A process of its own because a program's peak of memory, as the kernel tells it, begins with that of whoever forked it:
this one is small. The figure is that of the largest process among the program and those that it waited for.
"""

import os
import sys
import time


def main(result: str, stdout: str, stderr: str, command: list[str]) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, stdout, flags, 0o600),
        (os.POSIX_SPAWN_OPEN, 2, stderr, flags, 0o600),
    ]
    started = time.monotonic()
    pid = os.posix_spawnp(command[0], command, os.environ, file_actions=actions)
    _, status, usage = os.wait4(pid, 0)
    seconds = time.monotonic() - started
    code = os.waitstatus_to_exitcode(status)
    descriptor = os.open(result, flags, 0o600)
    os.write(descriptor, f"{code} {seconds} {usage.ru_utime + usage.ru_stime} {usage.ru_maxrss * 1024}".encode())


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:])
