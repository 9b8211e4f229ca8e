"""A folder of migrations on the disk: its files, whose they are, and what of them runs."""

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NoReturn

import msgspec

from watchdog.errors import MigrationsError
from watchdog.finding import Finding, Location
from watchdog.migrations.detect import detect
from watchdog.migrations.formats import FORMATS
from watchdog.migrations.formats.format import Format
from watchdog.migrations.migration import Migration
from watchdog.postgres.replay import Script
from watchdog.sqltext import visible

LARGEST_BYTES = 16 * 1024 * 1024


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where migrations are, and how they are read.

    Attributes:
        path: a folder, or the one file that a tool has printed.
        format: the tool's name; None to tell it from the files.
        table: (schema, name) of the tool's table where it is not the default one.
    """

    path: Path
    format: str | None = None
    table: tuple[str | None, str] | None = None


def read(source: Source) -> tuple[Format, tuple[Migration, ...]]:
    """The migrations of a folder in their order, and whose they are. Raises MigrationsError."""
    files = _files(source.path)
    try:
        tool = FORMATS[source.format] if source.format else _detected(source.path, files)
        return tool, tool.parse(files)
    except MigrationsError as error:
        # The formats know the files by their names in the folder.
        folder = source.path if source.path.is_dir() else source.path.parent
        raise type(error)(f"{visible(folder.as_posix())}: {error}") from error


def script(source: Source, migration: Migration) -> Script:
    path = source.path / migration.file if source.path.is_dir() else source.path
    return Script(file=path.as_posix(), sql=migration.sql, transactional=migration.transactional)


def placed(finding: Finding, source: Source) -> Finding:
    """Locations as seen from where the command runs, not from inside the folder."""
    whole = not source.path.is_dir()
    return msgspec.structs.replace(
        finding,
        locations=tuple(
            Location((source.path if whole else source.path / each.file).as_posix(), each.line)
            for each in finding.locations
        ),
    )


def _detected(path: Path, files: Mapping[str, str]) -> Format:
    # Of this one only the place of the folder tells it from others.
    is_supabase = path.absolute().parts[-2:] == ("supabase", "migrations")
    return FORMATS["supabase"] if is_supabase else detect(files, files)


def _files(path: Path) -> dict[str, str]:
    """Path inside the folder -> text, with the very line ends that it has; what is hidden is left out."""
    if not path.exists():
        raise MigrationsError(f"{path.absolute()}: no such folder or file of migrations")
    if path.is_file():
        return {path.name: _text(path)}
    names = {each: each.relative_to(path).as_posix() for each in _inside(path)}
    # A pipe or a link that leads nowhere is a migration too, which the tool would find and not be able to run.
    return {
        name: _text(each) if each.suffix == ".sql" else _text_beside(each)
        for each, name in sorted(names.items())
        if each.suffix == ".sql" or each.is_file()
    }


def _inside(folder: Path) -> Iterator[Path]:
    """All files below a folder, also where links lead. Raises MigrationsError where a folder cannot be read."""
    seen: set[tuple[int, int]] = set()
    try:
        for above, folders, files in os.walk(folder, onerror=_raised, followlinks=True):
            status = Path(above).stat()
            if (status.st_dev, status.st_ino) in seen:
                folders.clear()
                continue
            seen.add((status.st_dev, status.st_ino))
            folders[:] = sorted(each for each in folders if not each.startswith("."))
            yield from (Path(above) / each for each in files if not each.startswith("."))
    except OSError as error:
        raise MigrationsError(f"{error.filename}: cannot be read: {error.strerror}") from error


def _raised(error: OSError) -> NoReturn:
    raise error


def _text(path: Path) -> str:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise MigrationsError(f"{path}: is no plain file, so it cannot be told what it holds")
        if status.st_size > LARGEST_BYTES:
            raise MigrationsError(f"{path}: larger than {LARGEST_BYTES:,} bytes, which no migration is")
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise MigrationsError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise MigrationsError(f"{path}: is not UTF-8 text ({error})") from error


def _text_beside(path: Path) -> str:
    """What else is in the folder may be anything, such as compiled code: then its name says enough."""
    try:
        return _text(path)
    except MigrationsError:
        return ""
