"""What of a connection string may be shown: where it leads and as whom, never a password."""

import os
from collections.abc import Mapping
from pathlib import Path

from watchdog.address import SYSTEM, parameters
from watchdog.sqltext import visible

_FILES = ("sslrootcert", "sslcert", "sslkey", "sslcrl")


def destination(dsn: str) -> str:
    """` to host:port/database as user`, as far as the string says; nothing where it cannot be taken apart for sure."""
    values = parameters(dsn)
    if values is None:
        return ""
    hosts = values["host"].split(",") if "host" in values else ["the default host"]
    ports = values.get("port", "").split(",")
    ports = ports * len(hosts) if len(ports) == 1 else ports
    places = [f"[{host}]" if ":" in host else host for host in hosts]
    where = ",".join(f"{host}:{port}" if port else host for host, port in zip(places, ports, strict=False))
    database, user = values.get("dbname"), values.get("user")
    return visible(f" to {where}" + (f"/{database}" if database else "") + (f" as {user}" if user else ""))


def unusable_file(tls: Mapping[str, str], sources: Mapping[str, str]) -> str | None:
    """The first file that is named and cannot be read, why, and what names it."""
    for name in _FILES:
        if name not in tls or tls[name] == SYSTEM:
            continue
        why = _unreadable(Path(tls[name]))
        if why is not None:
            source = sources.get(name, "in the DSN")
            return visible(f"{tls[name]}: {why} ({name}, {source}; a relative path begins in {Path.cwd()})")
    return None


def _unreadable(path: Path) -> str | None:
    try:
        with path.open("rb"):
            return None
    except FileNotFoundError:
        return "no such file"
    except PermissionError:
        return f"user {os.geteuid()} may not read it"
    except OSError as error:
        return error.strerror or type(error).__name__
