"""Files that are whole or not there, folders that are private, and one holder at a time."""

import contextlib
import errno
import fcntl
import os
import secrets
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from watchdog.errors import StateError, UsageError

PRIVATE_FOLDER_MODE = 0o700
PRIVATE_FILE_MODE = 0o600
LOCK_POLL_SECONDS = 0.05


def write_atomically(path: Path, content: bytes) -> None:
    """Replace a file as a whole: after a crash at any moment there is the old content or the new, never a part.

    An existing file keeps its mode, and a symbolic link stays a link: its target is replaced.

    Raises:
        StateError: it could not be written; what was there is untouched and nothing is left beside it.
    """
    target = Path(os.path.realpath(path))
    try:
        _replace(target, content)
    except OSError as error:
        raise StateError(
            f"{path}: cannot be written: {error.strerror} (see to the folder's rights and space)"
        ) from error


def make_folder_of(path: Path) -> None:
    """Make the folder that a file is to stand in. Raises StateError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StateError(f"{path}: its folder cannot be made: {error.strerror} (make it, or name another)") from error


def read_regular(path: Path) -> bytes:
    """A file's content, never waited for: a pipe that nobody writes to would hold the reading thread for ever.

    Raises:
        OSError: it cannot be read, or is no regular file.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file")
        return file.read()


def signature(path: Path) -> tuple[int, ...]:
    """What differs once a file was written, replaced, or given other rights. Raises OSError."""
    found = path.stat()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def private_folder(path: Path) -> None:
    """Make a folder for this user alone; one that is there is left as it is.

    Raises:
        StateError: there is none and it cannot be made.
    """
    try:
        path.mkdir(mode=PRIVATE_FOLDER_MODE, parents=True, exist_ok=True)
    except OSError as error:
        raise StateError(f"{path}: the folder cannot be made: {error.strerror} (make it, or name another)") from error


@contextlib.contextmanager
def exclusive_lock(path: Path, wait_seconds: float) -> Iterator[None]:
    """Hold a lock that the kernel gives back when the process ends, however it ends.

    The file stays when the lock is released: removing it would let two processes each lock a file of that name.

    Raises:
        UsageError: another process still held it after `wait_seconds`.
        StateError: the lock file cannot be used.
    """
    private_folder(path.parent)
    try:
        descriptor = _opened(path)
    except OSError as error:
        raise StateError(f"{path}: cannot be locked: {error.strerror} (see to its rights)") from error
    try:
        _acquire(descriptor, path, wait_seconds)
        yield
        with contextlib.suppress(OSError):  # the pid is only a courtesy to whoever waits
            os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def is_locked(path: Path) -> bool:
    """Whether a process holds the lock now; it is not waited for, nothing is made, and nobody is kept from it.

    Raises:
        StateError: the lock file cannot be used.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise StateError(f"{path}: cannot be read: {error.strerror} (see to its rights)") from error
    try:
        # Shared: who asks at the same time is not taken for a holder.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError as error:
        raise StateError(f"{path}: cannot be locked: {error.strerror} (see to its rights)") from error
    finally:
        os.close(descriptor)
    return False


def _replace(target: Path, content: bytes) -> None:
    # The name is short and not the target's, whose length may be the longest allowed.
    temporary = target.parent / f".{secrets.token_hex(8)}.tmp"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            with contextlib.suppress(FileNotFoundError):
                os.fchmod(descriptor, stat.S_IMODE(target.stat().st_mode))
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    # Without this the rename itself may be lost with the power.
    folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _opened(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE_MODE)
    except OSError as error:
        if error.errno != errno.EROFS:
            raise
        return os.open(path, os.O_RDONLY)  # to hold a lock nothing need be written


def _acquire(descriptor: int, path: Path, wait_seconds: float) -> None:
    deadline = time.monotonic() + wait_seconds
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    break
                time.sleep(LOCK_POLL_SECONDS)
            else:
                with contextlib.suppress(OSError):  # the pid is only a courtesy to whoever waits; the disk may be full
                    os.ftruncate(descriptor, 0)
                    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
                return
        holder = os.pread(descriptor, 32, 0).decode(errors="replace").strip() or "unknown"
    except OSError as error:
        raise StateError(f"{path}: cannot be locked: {error.strerror} (see to its rights and space)") from error
    raise UsageError(
        f"{path}: held by another schema-watchdog, process {holder} (stop it, or use another state folder)"
    )
