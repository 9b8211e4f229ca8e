"""What of a connection string may be shown: where it leads and as whom, never a password."""

import re
from pathlib import Path
from urllib.parse import parse_qs, unquote

from watchdog.sqltext import visible

# So strict that no part of a password that was not percent-encoded is taken for something else.
_HOST = r"(?:\[[0-9a-fA-F:.]+\]|[\w.%-]*)(?::\d*)?"
_DSN = re.compile(
    rf"postgres(?:ql)?://(?:(?P<user>[^:@/?#]*)(?::[^@/?#]*)?@)?(?P<host>{_HOST}(?:,{_HOST})*)"
    r"(?:/(?P<database>[\w.%-]*))?(?:\?(?P<query>[^@#]*))?"
)
_HOST_AND_PORT = re.compile(r"(?:\[(?P<address>[^\]]*)\]|(?P<host>[^:]*))(?::(?P<port>\d*))?")
# Of which of several hosts it takes only who has seen all of them decides.
_BY_COMPARISON = "prefer-standby"
_FILES = ("sslrootcert", "sslcert", "sslkey", "sslcrl")


def destination(dsn: str) -> str:
    """` to host:port/database as user`, as far as the string says; nothing where it cannot be taken apart for sure."""
    found = _DSN.fullmatch(dsn)
    if found is None:
        return ""
    query = _query(found)
    socket = ":".join(query[name] for name in ("host", "port") if name in query)
    host = unquote(found["host"]) or socket or "the default host"
    database = unquote(found["database"] or "") or query.get("dbname") or query.get("database")
    user = unquote(found["user"] or "") or query.get("user")
    return visible(f" to {host}" + (f"/{database}" if database else "") + (f" as {user}" if user else ""))


def hosts(dsn: str) -> tuple[tuple[str, int | None], ...]:
    """Each host and its port, None for the usual one, where the string names several; nothing where it names one."""
    found = _DSN.fullmatch(dsn)
    if found is None or (query := _query(found)).get("target_session_attrs") == _BY_COMPARISON:
        return ()
    ports = query.get("port", "").split(",")
    named = [_HOST_AND_PORT.fullmatch(each) for each in (found["host"] or query.get("host", "")).split(",")]
    if len(named) == 1 or None in named or len(ports) not in {1, len(named)}:
        return ()
    ports = ports * len(named) if len(ports) == 1 else ports
    return tuple(
        (unquote(each["host"] or each["address"]), int(given) if (given := port or each["port"]) else None)
        for each, port in zip(named, ports, strict=True)
        if each is not None
    )


def missing_file(dsn: str) -> str | None:
    """The first file that the string names and that is not there, and what names it."""
    found = _DSN.fullmatch(dsn)
    query = _query(found) if found else {}
    return next(
        (
            visible(f"{query[name]}: no such file ({name} in the DSN; a relative path begins in {Path.cwd()})")
            for name in _FILES
            if name in query and not Path(query[name]).exists()
        ),
        None,
    )


def _query(found: re.Match[str]) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(found["query"] or "").items()}
