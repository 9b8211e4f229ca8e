"""Passwords and services that stand in files of libpq's. asyncpg reads neither as libpq does.

It leaves the backslashes of a password file in the password, and takes the password of the first host for all; and it
reads PGSERVICE too late, takes `%` in a service for its own, and says nothing of a service that is not there.
"""

import re
import stat
from collections.abc import Mapping
from pathlib import Path

from watchdog.sqltext import visible

# Whether a file can be read by others than its owner; libpq does not believe such a one.
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_FIELD = re.compile(r"(?:\\.|[^:\\]|\\$)*")


def home() -> Path:
    """The home folder; one that is nowhere for whoever has none, as a container's user may not be in /etc/passwd."""
    try:
        return Path.home()
    except RuntimeError:
        return Path("/nonexistent")


def password_in(file: Path, host: str, port: int, database: str, user: str) -> str | None:
    """The password of the first line that fits; None where there is none, or the file is not to be believed."""
    if complaint(file) is not None:
        return None
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    # A socket's folder; libpq says localhost for the default one.
    wanted = ("localhost" if host.startswith("/") else host, str(port), database, user)
    for line in lines:
        if line.startswith("#"):
            continue
        fields = _fields(line)
        if len(fields) > len(wanted) and all(
            field in ("*", value) for field, value in zip(fields, wanted, strict=False)
        ):
            return fields[len(wanted)]
    return None


def complaint(file: Path) -> str | None:
    """Why a password file that is there is not used; None where it is used, or is not there."""
    try:
        mode = file.stat().st_mode
    except OSError:
        return None
    if not stat.S_ISREG(mode):
        return visible(f"the password file {file} is no plain file")
    if mode & _OTHERS:
        return visible(f"the password file {file} is not used, as others may read it: chmod 600 {file}")
    return None


def _fields(line: str) -> list[str]:
    """The four that say for whom, and the password: the rest of the line up to a colon, without its backslashes."""
    fields, place = [], 0
    while place <= len(line):
        found = _FIELD.match(line, place)
        if found is None:
            break
        fields.append(re.sub(r"\\(.)", r"\1", found[0]))
        place = found.end() + 1
    return fields


def service(name: str, environment: Mapping[str, str], file: str | None = None) -> dict[str, str]:
    """The parameters of a service, from PGSERVICEFILE or ~/.pg_service.conf, or from PGSYSCONFDIR.

    Raises:
        ValueError: there is no such service, or its file cannot be read. The text holds nothing of the file.
    """
    own = file or environment.get("PGSERVICEFILE")
    files = [Path(own) if own else home() / ".pg_service.conf"]
    if folder := environment.get("PGSYSCONFDIR"):
        files.append(Path(folder) / "pg_service.conf")
    for each in files:
        try:
            section = _section(each.read_text(encoding="utf-8"), name)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except (OSError, ValueError):
            raise ValueError(visible(f"the service file {each} cannot be read")) from None
        if section is not None:
            return {key: value for key, value in section.items() if value}
    raise ValueError(visible(f"there is no service {name} in {' or '.join(map(str, files))}"))


def _section(text: str, name: str) -> dict[str, str] | None:
    """The first section of that name, and of two values the first; None where there is none.

    Raises:
        ValueError: a line of it is no parameter.
    """
    found: dict[str, str] | None = None
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            if found is not None:
                break
            found = {} if line == f"[{name}]" else None
        elif found is not None and line and not line.startswith("#"):
            key, is_given, value = line.partition("=")
            if not is_given:
                raise ValueError("a line without =")
            found.setdefault(key.strip(), value.strip())
    return found
