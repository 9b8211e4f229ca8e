"""One real PostgreSQL server of a chosen major, in a folder of its own on a free port of the loopback address."""

import contextlib
import fcntl
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.servers.supervisor import EXTRA_GROUPS, GROUP, USER

HERE = Path(__file__).parent
MAJORS = (13, 14, 15, 16, 17, 18)
DEFAULT_MAJOR = 18
PATIENCE = 60.0  # seconds for a start or a stop on a busy machine
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "logical",
    "max_prepared_transactions": "5",
    "max_connections": "100",
    "log_line_prefix": "%m [%p] %q%a %d ",
}


class ServerMissingError(Exception):
    """The programs of a major are not on this machine."""


class ServerFailedError(Exception):
    """A server did not start or stop; the message ends with its log."""


class Server:
    """One server: its data, its port and its life. Every method returns only when what it says has happened."""

    def __init__(self, major: int, folder: Path, port: int) -> None:
        """Names a server; `create` makes one. `folder` stands directly in a lifeline's folder."""
        self.major = major
        self.folder = folder
        self.port = port

    @classmethod
    def create(cls, major: int, folder: Path, settings: Mapping[str, str] | None = None) -> "Server":
        """A new cluster with trust authentication, not yet started; `settings` are added to its postgresql.conf.

        Raises:
            ServerMissingError: `make setup-test` did not bring this major.
            ServerFailedError: initdb failed.
        """
        server = cls(major, folder, free_port())
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)
        if USER:
            shutil.chown(folder, USER)
        command = [str(programs(major, folder.parent) / "initdb"), "--pgdata", str(server.data), "--username=postgres"]
        command += ["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
        made = _unprivileged(command, folder)
        if made.returncode:
            raise ServerFailedError(f"initdb of PostgreSQL {major} failed: {made.stdout}{made.stderr}")
        written = {**SETTINGS, "port": str(server.port), **(settings or {})}
        with (server.data / "postgresql.conf").open("a") as file:
            for name, value in written.items():
                quoted = value.replace("\\", "\\\\").replace("'", "''")
                file.write(f"{name} = '{quoted}'\n")
        return server

    def standby(self, folder: Path, settings: Mapping[str, str] | None = None) -> "Server":
        """A streaming standby of this server, not yet started; this server is stopped for it and runs again after.

        Raises:
            ServerFailedError: this server did not stop or start.
        """
        copy = Server(self.major, folder, free_port())
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)
        self.stop()
        shutil.copytree(self.data, copy.data)
        self.start()
        (copy.data / "standby.signal").touch()
        written = {"port": str(copy.port), "primary_conninfo": f"host=127.0.0.1 port={self.port} user=postgres"}
        with (copy.data / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in {**written, **(settings or {})}.items())
        if USER:
            for path in (folder, copy.data, *copy.data.rglob("*")):
                shutil.chown(path, USER)
        return copy

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def dsn(self, database: str = "postgres", user: str = "postgres") -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Starts it and waits until it takes connections.

        Raises:
            ServerFailedError: it ended at once, or is not ready in time.
        """
        supervisor = [
            sys.executable,
            str(HERE / "supervisor.py"),
            str(self.folder.parent / "lifeline"),
            str(self._lock),
        ]
        command = [str(programs(self.major, self.folder.parent) / "postgres"), "-D", str(self.data)]
        before = self._note()
        with self.log.open("ab") as log:
            # Not subprocess.Popen: it warns of a child that outlives its object, which is what is wanted here.
            pid = os.posix_spawn(
                sys.executable,
                [*supervisor, *command],
                os.environ,
                file_actions=[(os.POSIX_SPAWN_DUP2, log.fileno(), 1), (os.POSIX_SPAWN_DUP2, log.fileno(), 2)],
                setsid=True,
            )

        def ready() -> bool:
            if os.waitpid(pid, os.WNOHANG) != (0, 0):
                raise ServerFailedError(f"PostgreSQL {self.major} ended at once\n{self.log.read_text()[-4000:]}")
            return self._note() != before and self._note()[-1:] == ["ready"]

        _wait_until(ready, f"PostgreSQL {self.major} did not start", self.log)

    def stop(self) -> None:
        """A fast shutdown: sessions are ended, the data stay."""
        self._end(signal.SIGINT)

    def kill9(self) -> None:
        """Ends the postmaster as the kernel's out-of-memory killer would; the next start has to recover."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        self.stop()
        self.start()

    def is_running(self) -> bool:
        return self._lock.exists() and not _unlocked(self._lock)

    @property
    def _lock(self) -> Path:
        return self.folder / "supervisor.lock"

    def _note(self) -> list[str]:
        """The lines of postmaster.pid: the process first, its state last; empty when the server is stopped."""
        try:
            return [line.strip() for line in (self.data / "postmaster.pid").read_text().splitlines()]
        except FileNotFoundError:
            return []

    def _end(self, number: signal.Signals) -> None:
        pid = self._note()[0]
        # Backends outlive a killed postmaster for a moment, and keep the next one from starting.
        family = [pid, *Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        os.kill(int(pid), number)
        wait_unlocked(self._lock, self.log)
        _wait_until(lambda: not any(Path(f"/proc/{one}").exists() for one in family), f"{pid} did not end", self.log)


def programs(major: int, folder: Path) -> Path:
    """The folder of initdb and postgres of `major`; a copy below `folder` when their own is closed to other users."""
    found = HERE / "node_modules" / f"postgres-{major}" / "native" / "bin"
    if not (found / "postgres").exists():
        raise ServerMissingError(f"PostgreSQL {major} is not in {HERE / 'node_modules'}")
    copy = folder / f"programs-{major}"
    if copy.exists():
        return copy / "bin"
    try:
        _unprivileged([str(found / "postgres"), "--version"], folder)
    except PermissionError:
        whole = Path(tempfile.mkdtemp(dir=folder)) / copy.name
        shutil.copytree(found.parent, whole, symlinks=True)
        subprocess.run(["chmod", "-R", "a+rX", whole.parent], check=True)
        with contextlib.suppress(OSError):  # another worker was first
            whole.rename(copy)
        return copy / "bin"
    return found


def _unprivileged(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        user=USER,
        group=GROUP,
        extra_groups=EXTRA_GROUPS,
    )


def free_port() -> int:
    # Below the range from which the kernel takes the ports of outgoing connections: no client can take it meanwhile.
    for port in random.sample(range(15_000, 32_000), 100):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise ServerFailedError("no free port between 15000 and 32000 among 100 tries")


def _wait_until(true: Callable[[], bool], complaint: str, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > deadline:
            raise ServerFailedError(f"{complaint} within {PATIENCE:.0f} s\n{log.read_text()[-4000:]}")
        time.sleep(0.05)


def _unlocked(lock: Path) -> bool:
    with lock.open() as file, contextlib.suppress(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return True
    return False


def wait_unlocked(lock: Path, log: Path) -> None:
    _wait_until(lambda: _unlocked(lock), f"the server in {lock.parent} did not stop", log)
