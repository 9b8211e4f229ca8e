"""Real PostgreSQL servers of six majors, each in a folder of its own on a free port of the loopback address."""

import asyncio
import contextlib
import fcntl
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import asyncpg

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


class Lifeline:
    """A folder for servers that live no longer than the process which holds it.

    The folder stands in the system's temporary folder, because pytest's own may not be entered by other users, and
    PostgreSQL does not run as root.
    """

    def __init__(self, folder: Path) -> None:
        """Takes hold of `folder`, which `make` made."""
        self.folder = folder
        self._file = (folder / "lifeline").open("w")
        fcntl.flock(self._file, fcntl.LOCK_EX)

    @classmethod
    def make(cls) -> "Lifeline":
        folder = Path(tempfile.mkdtemp(prefix="schema-watchdog-servers-"))
        folder.chmod(0o755)
        return cls(folder)

    def cut(self) -> None:
        """Stops every server of the folder, waits for them and removes the folder.

        Raises:
            ServerFailedError: one would not stop.
        """
        self._file.close()
        for lock in self.folder.glob("*/supervisor.lock"):
            _wait_unlocked(lock, lock.parent / "log")
        shutil.rmtree(self.folder)


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
        server = cls(major, folder, _free_port())
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
        _wait_unlocked(self._lock, self.log)
        _wait_until(lambda: not any(Path(f"/proc/{one}").exists() for one in family), f"{pid} did not end", self.log)


class Pool:
    """The servers that one run shares between its processes, one a major, each started when first asked for."""

    def __init__(self, folder: Path) -> None:
        """`folder` is a lifeline's."""
        self._folder = folder
        self._servers: dict[int, Server] = {}

    def get(self, major: int) -> Server:
        """The running server of `major`.

        Raises:
            ServerMissingError: `make setup-test` did not bring this major.
            ServerFailedError: it would not start.
        """
        if major not in self._servers:
            with _locked(self._folder / f"{major}.lock"):
                self._servers[major] = self._found(major) or self._started(major)
        return self._servers[major]

    def private(self, major: int, settings: Mapping[str, str] | None = None) -> Server:
        """A server of the caller's own, running, that may be broken at will."""
        server = Server.create(major, Path(tempfile.mkdtemp(prefix=f"{major}-", dir=self._folder)), settings)
        server.start()
        return server

    def _found(self, major: int) -> Server | None:
        note = self._folder / f"{major}.json"
        return Server(major, self._folder / str(major), json.loads(note.read_text())["port"]) if note.exists() else None

    def _started(self, major: int) -> Server:
        server = Server.create(major, self._folder / str(major))
        server.start()
        (self._folder / f"{major}.json").write_text(json.dumps({"port": server.port}))
        return server


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


def sql(dsn: str, script: str) -> None:
    """Runs a script of any number of statements.

    Inside a coroutine call it as `await asyncio.to_thread(sql, dsn, script)`.

    Raises:
        asyncpg.PostgresError: the server's own.
    """

    async def run() -> None:
        connection = await asyncpg.connect(dsn)
        try:
            await connection.execute(script)
        finally:
            await connection.close()

    asyncio.run(run())


def rows(dsn: str, query: str, *arguments: object) -> list[tuple[object, ...]]:
    """The rows of one query, as tuples.

    Raises:
        asyncpg.PostgresError: the server's own.
    """

    async def run() -> list[tuple[object, ...]]:
        connection = await asyncpg.connect(dsn)
        try:
            return [tuple(row) for row in await connection.fetch(query, *arguments)]
        finally:
            await connection.close()

    return asyncio.run(run())


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


def _free_port() -> int:
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


def _wait_unlocked(lock: Path, log: Path) -> None:
    _wait_until(lambda: _unlocked(lock), f"the server in {lock.parent} did not stop", log)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
