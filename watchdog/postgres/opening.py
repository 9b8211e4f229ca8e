"""A connection opened as libpq would: its parameters settled, its hosts tried in turn. The rest is asyncpg's."""

import getpass
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote

import asyncpg
import msgspec

from watchdog import address
from watchdog.address import TLS
from watchdog.postgres import tls as trust
from watchdog.postgres.passfile import complaint, home, password_in, service
from watchdog.sqltext import visible

_VARIABLES = {
    "host": "PGHOST",
    "hostaddr": "PGHOSTADDR",
    "port": "PGPORT",
    "user": "PGUSER",
    "dbname": "PGDATABASE",
    "password": "PGPASSWORD",
    "passfile": "PGPASSFILE",
    "options": "PGOPTIONS",
    "channel_binding": "PGCHANNELBINDING",
    "gssencmode": "PGGSSENCMODE",
    "require_auth": "PGREQUIREAUTH",
    "requirepeer": "PGREQUIREPEER",
    "sslcertmode": "PGSSLCERTMODE",
    "sslcert": "PGSSLCERT",
    "sslcrl": "PGSSLCRL",
    "sslcrldir": "PGSSLCRLDIR",
    "sslkey": "PGSSLKEY",
    "sslmode": "PGSSLMODE",
    "sslnegotiation": "PGSSLNEGOTIATION",
    "sslrootcert": "PGSSLROOTCERT",
    "ssl_max_protocol_version": "PGSSLMAXPROTOCOLVERSION",
    "ssl_min_protocol_version": "PGSSLMINPROTOCOLVERSION",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
}


class ParameterError(Exception):
    """The connection string, a service or the environment asks for what cannot be done; its text holds no value."""


class HostsError(ConnectionError):
    """None of several hosts was of use; the text says why of each."""


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of a server, from wherever it comes: the string, a service, the environment.

    Attributes:
        values: by libpq's names, without the password.
        sources: where those come from that the string does not say: "the service x", or a variable's name.
        hosts: each with its port; none: asyncpg tries the usual sockets and then localhost, at `port`.
        secret: the password for a host and a port, asked at each attempt.
        password_from: in words, "" where there is none.
    """

    values: Mapping[str, str]
    sources: Mapping[str, str]
    hosts: tuple[tuple[str, int], ...]
    secret: Callable[[str, int], str | None]
    password_from: str

    @property
    def port(self) -> int:
        """Of the default host, where no host is named."""
        return int(self.values.get("port", address.PORT))

    @property
    def tls(self) -> dict[str, str]:
        return {name: value for name, value in self.values.items() if name in TLS}


def settle(dsn: str, environment: Mapping[str, str] = os.environ) -> Settled | None:
    """What the connection string asks for; None where it cannot be taken apart for sure, and asyncpg may try.

    Raises:
        ParameterError: it cannot be done.
    """
    values = address.parameters(dsn)
    if values is None:
        return None
    sources: dict[str, str] = {}
    if name := values.pop("service", environment.get("PGSERVICE", "")):
        try:
            served = service(name, environment, values.pop("servicefile", None))
        except ValueError as error:
            raise ParameterError(str(error)) from None
        sources |= {key: visible(f"the service {name}") for key in served if key not in values}
        values = {**served, **values}
    for key, variable in _VARIABLES.items():
        if key not in values and environment.get(variable):
            values[key], sources[key] = environment[variable], variable
    for key, wrong in address.mistakes(values):
        raise ParameterError(f"{key} ({sources.get(key, 'in the DSN')}): {wrong}")
    if unused := trust.open_key(values):
        raise ParameterError(unused)
    password = values.pop("password", None)
    user = values.get("user") or _whoever_runs_this()
    database = values.get("dbname") or user
    file = Path(values.get("passfile") or home() / ".pgpass")

    def secret(host: str, port: int) -> str | None:
        return password or password_in(file, host, port, database, user)

    hosts = address.hosts(values)
    known = secret(*(hosts[0] if hosts else ("localhost", int(values.get("port", address.PORT))))) is not None
    return Settled(
        values=values,
        sources=sources,
        hosts=hosts,
        secret=secret,
        password_from=sources.get("password", "the DSN") if password else visible(str(file)) if known else "",
    )


def _whoever_runs_this() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        raise ParameterError("no user is given, and whoever runs this has no name: give user") from None


def unused_passfile(settled: Settled) -> str | None:
    """Why there is a password file and no password of it."""
    file = Path(settled.values.get("passfile") or home() / ".pgpass")
    return None if settled.password_from else complaint(file)


async def connect(
    dsn: str,
    settled: Settled | None,
    *,
    seconds: float,
    words: Callable[[Exception], str],
    **more: object,
) -> asyncpg.Connection:
    """A connection to the first host that is of use, each tried for at most so many seconds.

    Args:
        dsn: the connection string, for one that was not settled.
        settled: what it asks for.
        seconds: for each host.
        words: an error's, for the text about several.
        more: for asyncpg.connect.

    Raises:
        HostsError: of several hosts none is.
        Exception: asyncpg's and OpenSSL's own.
    """
    if settled is None:
        return await asyncpg.connect(dsn, timeout=seconds, **more)
    hosts = settled.hosts or ((None, settled.port),)
    targets = [settled.values.get("target_session_attrs", "any")]
    if targets == ["prefer-standby"]:
        targets = ["standby", "any"]
    said: list[str] = []
    for target in targets:
        for host, port in hosts:
            try:
                arguments = _arguments(settled, host, port)
                return await asyncpg.connect(**arguments, target_session_attrs=target, timeout=seconds, **more)
            except asyncpg.TargetServerAttributeNotMatched:
                said.append(
                    visible(f"{host or 'the default host'}:{port} is none that target_session_attrs={target} takes")
                )
            except (OSError, asyncpg.CannotConnectNowError) as error:
                if len(hosts) == 1:
                    raise
                said.append(visible(f"{host}:{port}: {words(error)}"))
    raise HostsError("; ".join(dict.fromkeys(said)))


def _arguments(settled: Settled, host: str | None, port: int) -> dict[str, object]:
    """Those of asyncpg.connect. It takes what is about TLS in a connection string only."""
    context = trust.of_the_system(settled.tls)
    # What the context holds already is not said again.
    tls = {name: value for name, value in settled.tls.items() if context is None or name == "sslnegotiation"}
    options = {"options": settled.values["options"]} if "options" in settled.values else {}
    named = {name: settled.values[name] for name in address.unknown(settled.values)}
    return {
        "dsn": "postgresql://?" + "&".join(f"{name}={quote(value, safe='')}" for name, value in tls.items()),
        "host": host,
        "port": port,
        "user": settled.values.get("user"),
        "database": settled.values.get("dbname"),
        # A function is asked for it, and shown to nobody by whoever prints arguments.
        "password": lambda: settled.secret(host or "localhost", port),
        "ssl": context,
        "server_settings": {**named, **options},
    }
