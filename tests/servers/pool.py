"""The servers that one run shares between its processes, and the lifeline that ends them with it."""

import contextlib
import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.servers.servers import Server, wait_unlocked

MEMORY = Path("/dev/shm")  # noqa: S108 nothing is found there by its name
ROOM = 4 << 30  # bytes; a run uses a third of them


class Lifeline:
    """A folder for servers that live no longer than the process which holds it.

    The folder stands in memory or in the system's temporary folder, because pytest's own may not be entered by other
    users, and PostgreSQL does not run as root.
    """

    def __init__(self, folder: Path) -> None:
        """Takes hold of `folder`, which `make` made."""
        self.folder = folder
        self._file = (folder / "lifeline").open("w")
        fcntl.flock(self._file, fcntl.LOCK_EX)

    @classmethod
    def make(cls) -> "Lifeline":
        folder = Path(tempfile.mkdtemp(prefix="schema-watchdog-servers-", dir=_in_memory()))
        folder.chmod(0o755)
        return cls(folder)

    def cut(self) -> None:
        """Stops every server of the folder, waits for them and removes the folder.

        Raises:
            ServerFailedError: one would not stop.
        """
        self._file.close()
        for lock in self.folder.glob("*/supervisor.lock"):
            wait_unlocked(lock, lock.parent / "log")
        shutil.rmtree(self.folder)


def _in_memory() -> Path | None:
    """Where files cost least. A database is 300 of them, and a disk may take a quarter of a second to make those."""
    try:
        room = os.statvfs(MEMORY)
    except FileNotFoundError:
        return None
    roomy = room.f_bavail * room.f_frsize > ROOM
    # Containers often forbid to execute there, and the servers' programs may have to be copied beside the data.
    return MEMORY if roomy and not room.f_flag & os.ST_NOEXEC else None


class Pool:
    """The servers that one run shares between its processes, one a major, each started when first asked for."""

    def __init__(self, folder: Path) -> None:
        """`folder` is a lifeline's.

        Attributes:
            temporary: a folder in it that any user may write to; it goes when the servers go.
        """
        self._folder = folder
        self.temporary = folder / "tmp"
        self.temporary.mkdir(exist_ok=True)
        self.temporary.chmod(0o1777)
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

    def standby(self, of: Server, settings: Mapping[str, str] | None = None) -> Server:
        """A running standby of a server of the caller's own, which is restarted for it."""
        server = of.standby(Path(tempfile.mkdtemp(prefix=f"{of.major}-", dir=self._folder)), settings)
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


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
