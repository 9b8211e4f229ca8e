"""The statements of an application, from its files and folders."""

import os
import stat
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from watchdog.errors import UsageError
from watchdog.finding import Location
from watchdog.queries.sources.readers import READERS, SOURCES
from watchdog.queries.sources.roots import merge
from watchdog.queries.statement import Harvest, Unread

# A person writes no source that is larger; what is larger was made, or is data.
LARGEST_BYTES = 2_000_000
# What others wrote or what was made from the sources: a query of it is not the application's, or is there twice.
_LEFT_OUT = (
    "node_modules", ".git", ".hg", "dist", "build", "out", "coverage", ".next", "__pycache__", ".venv", "venv",
    "site-packages", ".tox", ".mypy_cache", "*.d.ts", "*.d.mts", "*.d.cts", "*.min.js",
)  # fmt: skip
# Tests send what is wrong on purpose, and to tables that they make themselves. A test that is named as a file is read,
# and so is a folder of tests that is named.
_TESTS = (
    "test", "tests", "__tests__", "__mocks__", "*.test.*", "*.spec.*", "test_*.py", "*_test.py", "conftest.py",
)  # fmt: skip


def harvest(paths: Sequence[Path], exclude: Sequence[str] = ()) -> Harvest:
    """All statements that these files and folders hold, and what of them cannot be read.

    Args:
        paths: files of any kind that is known, and folders, of which sources are read.
        exclude: patterns, as in a shell, of names, or of paths as they are told, that are left out.

    Raises:
        UsageError: a path is not there, or holds nothing of a known kind; or a parser that it takes is not installed.
    """
    return merge([each for path in paths for each in _harvests(path, exclude)])


def _harvests(path: Path, exclude: Sequence[str]) -> Iterator[Harvest]:
    if not path.exists():
        raise UsageError(f"{path.absolute()}: no such file or folder")
    if not path.is_dir():
        if path.suffix.lower() not in READERS:
            known = ", ".join(READERS)
            raise UsageError(f"{path}: its name tells no kind of file that queries are read from, which are {known}")
        yield _read(path)
        return
    count = 0
    for found in _walk(path, exclude):
        count += 1
        yield found
    if not count:
        raise UsageError(
            f"{path}: no file that queries are read from ({', '.join(SOURCES)}) is in this folder; tests, node_modules "
            "and what was built are left out; name such a folder itself, and each file that holds a server's statements"
        )


def _walk(folder: Path, exclude: Sequence[str]) -> Iterator[Harvest]:
    """What the sources below a folder hold, in the order of their paths; a folder that links lead to twice, once."""
    seen: set[tuple[int, int]] = set()
    waiting = [folder]
    while waiting:
        path = waiting.pop()
        try:
            status = path.stat()
            if stat.S_ISDIR(status.st_mode):
                if (status.st_dev, status.st_ino) not in seen:
                    seen.add((status.st_dev, status.st_ino))
                    waiting.extend(sorted(_kept(path, exclude), key=lambda each: each.name, reverse=True))
                continue
        except OSError as error:
            if path.suffix.lower() in SOURCES or path.is_dir():
                yield _unread(path, f"it cannot be opened: {error.strerror}")
            continue
        if path.suffix.lower() in SOURCES:
            yield _read(path)


def _kept(folder: Path, exclude: Sequence[str]) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        for entry in entries:
            path = folder / entry.name
            if not any(fnmatchcase(entry.name, pattern) for pattern in (*_LEFT_OUT, *_TESTS)) and not any(
                fnmatchcase(entry.name, pattern) or fnmatchcase(_told(path), pattern.rstrip("/")) for pattern in exclude
            ):
                yield path


def _read(path: Path) -> Harvest:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return _unread(path, "it is no plain file")
        if status.st_size > LARGEST_BYTES:
            return _unread(path, f"it is larger than {LARGEST_BYTES // 1_000_000} MB")
        content = path.read_bytes()
    except OSError as error:
        return _unread(path, f"it cannot be opened: {error.strerror}")
    if b"\0" in content:
        return _unread(path, "it is no text in UTF-8: it holds a byte 0")
    text = content.decode("utf-8-sig", errors="replace")
    found = READERS[path.suffix.lower()](text, _told(path))
    if "\ufffd" in text and found.statements and not _is_utf8(content):
        return merge([found, _unread(path, "it is no text in UTF-8: some signs of it are not read as they are")])
    return found


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _unread(path: Path, reason: str) -> Harvest:
    return Harvest(unread=(Unread(location=Location(_told(path), 1), reason=reason),))


def _told(path: Path) -> str:
    """A path from the working directory on, where it is below that, else as it was given."""
    below = Path.cwd()
    return (path.relative_to(below) if path.is_absolute() and path.is_relative_to(below) else path).as_posix()
