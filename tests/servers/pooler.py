"""A real PgBouncer before a test's server."""

import os
import pwd
import signal
import socket
import subprocess
import time
from pathlib import Path

from tests.servers.servers import free_port

PATIENCE = 10.0  # seconds for a start or a stop on a busy machine


class Pooler:
    """One PgBouncer, its settings and its life."""

    def __init__(self, program: str, folder: Path, upstream: str, settings: str) -> None:
        """`upstream` is the connection string of a database as superuser, who needs no password."""
        self.program = program
        self.folder = folder
        self.port = free_port()
        self.log = folder / "log"
        place, _, self.database = upstream.rpartition("@")[2].partition("/")
        host, _, port = place.partition(":")
        # The second is the role that tests watch as.
        (folder / "users.txt").write_text(f'"postgres" ""\n"{self.database}_watcher" ""\n')
        (folder / "pgbouncer.ini").write_text(
            f"[databases]\n{self.database} = host={host} port={port}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {self.port}\nunix_socket_dir =\n"
            f"auth_type = trust\nauth_file = {folder / 'users.txt'}\ndefault_pool_size = 2\n{settings}\n"
        )
        self._process: subprocess.Popen[bytes] | None = None

    def dsn(self, user: str = "postgres") -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/{self.database}"

    def start(self) -> "Pooler":
        """Start it, and wait until it takes connections."""
        command = [self.program, "-q", str(self.folder / "pgbouncer.ini")]
        if os.getuid() == 0:  # which it refuses to be
            nobody = pwd.getpwnam("nobody")
            for path in (self.folder, *self.folder.iterdir()):
                os.chown(path, nobody.pw_uid, nobody.pw_gid)
            command[1:1] = ["-u", "nobody"]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
            except OSError:
                assert time.monotonic() < deadline, self.log.read_text()
                time.sleep(0.05)
            else:
                return self

    def stop(self) -> None:
        """At once: every client is cut off."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(PATIENCE)
            self._process = None

    def pause(self) -> None:
        """As PAUSE on its console: transactions under way end, and whoever begins one waits."""
        assert self._process is not None
        self._process.send_signal(signal.SIGUSR1)

    def resume(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGUSR2)
