"""Where a server is and how it is spoken to, as libpq's connection strings say it. Pure: no file, no environment."""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote, unquote

MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
# Of the certificate authorities that the operating system trusts, instead of a file.
SYSTEM = "system"
PORT = "5432"
TARGETS = ("any", "read-write", "read-only", "primary", "standby", "prefer-standby")
TLS_VERSIONS = ("TLSv1.2", "TLSv1.3")
NEGOTIATIONS = ("postgres", "direct")

# So strict that no part of a password that was not percent-encoded is taken for something else.
_HOST = r"(?:\[[0-9a-fA-F:.]+(?:%[\w.%~-]+)?\]|[\w.%~-]*)(?::\d*)?"
DSN = re.compile(
    rf"postgres(?:ql)?://(?:(?P<user>[^:@/?#]*)(?::(?P<password>[^@/?#]*))?@)?(?P<host>{_HOST}(?:,{_HOST})*)"
    r"(?:/(?P<database>[\w.%~-]*))?(?:\?(?P<query>[^@#]*))?"
)
_ONE_HOST = re.compile(r"(?P<host>\[[^\]]*\]|[^:]*)(?::(?P<port>\d*))?")

# What libpq knows of TLS, and the client does as libpq does.
TLS = frozenset(
    """
    sslmode sslrootcert sslcert sslkey sslpassword sslcrl sslnegotiation ssl_min_protocol_version
    ssl_max_protocol_version
    """.split()
)
# What says where the server is, and who asks.
PLACE = frozenset("host port dbname user password passfile service servicefile target_session_attrs options".split())
# What libpq knows and nothing is made of: the watchdog has bounds and a name of its own, and what is sent is UTF-8.
NEEDLESS = frozenset(
    """
    application_name fallback_application_name client_encoding connect_timeout keepalives keepalives_idle
    keepalives_interval keepalives_count tcp_user_timeout sslcompression sslsni load_balance_hosts gssdelegation
    max_protocol_version krbsrvname gsslib
    """.split()
)
# What the client cannot do, and the values that ask for nothing. A promise that would not be kept is refused.
_UNKEPT: Mapping[str, tuple[tuple[str, ...], str]] = {
    "channel_binding": (("disable", "prefer"), "sslmode=verify-full proves too who answers"),
    "gssencmode": (("disable", "prefer"), "TLS encrypts as well"),
    "hostaddr": ((), "give the name or the address as host"),
    "min_protocol_version": (("3.0",), ""),
    "oauth_client_id": ((), ""),
    "oauth_client_secret": ((), ""),
    "oauth_issuer": ((), ""),
    "oauth_scope": ((), ""),
    "replication": (("0", "false", "off", "no"), ""),
    "require_auth": ((), "sslmode=verify-full proves who answers"),
    "requirepeer": ((), ""),
    "requiressl": (("0",), "write sslmode=require"),
    "scram_client_key": ((), ""),
    "scram_server_key": ((), ""),
    "sslcertmode": (("allow",), "give sslcert and sslkey, or leave them out"),
    "sslcrldir": ((), "give sslcrl, one file"),
    "sslkeylogfile": ((), ""),
}
_ONE_OF: Mapping[str, tuple[str, ...]] = {
    "sslmode": MODES,
    "target_session_attrs": TARGETS,
    "sslnegotiation": NEGOTIATIONS,
    "ssl_min_protocol_version": TLS_VERSIONS,
    "ssl_max_protocol_version": TLS_VERSIONS,
}


def is_dsn(text: str) -> bool:
    """Whether it begins as a connection string does."""
    return text.startswith(("postgresql://", "postgres://"))


def parameters(dsn: str) -> dict[str, str] | None:
    """The parameters, by libpq's name; None where the string cannot be taken apart for sure.

    As libpq reads it: of two values the later one holds, an option's before one that stands before the `?`, and `+`
    is no space. asyncpg reads both otherwise.
    """
    found = DSN.fullmatch(dsn)
    if found is None:
        return None
    places = [_ONE_HOST.fullmatch(each) for each in found["host"].split(",")]
    hosts = [unquote(place["host"].strip("[]")) for place in places if place]
    ports = [unquote(place["port"] or "") for place in places if place]
    values = {
        "user": unquote(found["user"] or ""),
        "password": unquote(found["password"] or ""),
        "host": ",".join(hosts) if any(hosts) else "",
        "port": ",".join(ports) if any(ports) else "",
        "dbname": unquote(found["database"] or ""),
    }
    for option in filter(None, (found["query"] or "").split("&")):
        name, _, value = option.partition("=")
        # asyncpg's name for it, which people have written.
        name = {"database": "dbname"}.get(unquote(name), unquote(name))
        if (name, value) == ("ssl", "true"):  # as JDBC has it, and libpq takes it
            name, value = "sslmode", "require"
        values[name] = unquote(value)
    return {name: value for name, value in values.items() if value}


def connection_string(values: Mapping[str, str]) -> str:
    """The same as one string, which `parameters` takes apart again."""
    who = quote(values.get("user", ""), safe="")
    if "password" in values:
        who += ":" + quote(values["password"], safe="")
    ports = values.get("port", "").split(",")
    names = values.get("host", "").split(",")
    ports = ports * len(names) if len(ports) == 1 else ports
    where = ",".join(
        (f"[{quote(name, safe=':')}]" if ":" in name else quote(name, safe="")) + (f":{port}" if port else "")
        for name, port in zip(names, ports, strict=True)
    )
    rest = {name: value for name, value in values.items() if name not in ("user", "password", "host", "port", "dbname")}
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in rest.items())
    dbname = quote(values.get("dbname", ""), safe="")
    return f"postgresql://{who}{'@' if who else ''}{where}/{dbname}" + (f"?{query}" if query else "")


def hosts(values: Mapping[str, str]) -> tuple[tuple[str, int], ...]:
    """Each host with its port, in the order in which they are tried; none where no host is named.

    Raises:
        ValueError: there are as many ports neither as hosts nor as one, or one of them is no port.
    """
    names = values["host"].split(",") if values.get("host") else []
    ports = [port or PORT for port in values.get("port", PORT).split(",")]
    if len(ports) == 1:
        ports *= max(len(names), 1)
    if len(ports) != max(len(names), 1):
        raise ValueError(f"{len(ports)} ports for {len(names)} hosts: give one for all, or one for each")
    if not all(port.isascii() and port.isdigit() and 0 < int(port) < 2**16 for port in ports):
        raise ValueError("a port is a number from 1 to 65535")
    return tuple((name, int(port)) for name, port in zip(names, ports, strict=False))


def mistakes(values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What cannot be done as it is asked: the parameter, and what is wrong and what to do. No value is in it."""
    for name, value in values.items():
        if "\0" in value:
            yield name, "holds a NUL, which ends whatever it is sent in"
    try:
        hosts(values)
    except ValueError as error:
        yield "port", str(error)
    for name, known in _ONE_OF.items():
        if name in values and values[name] not in known:
            yield name, f"must be one of {', '.join(known)}"
    for name, (harmless, instead) in _UNKEPT.items():
        if name in values and values[name] not in harmless:
            ways = ["leave it out", *([f"set it to {' or '.join(harmless)}"] if harmless else [])]
            hint = "; " + instead if instead else ""
            yield name, f"the watchdog cannot do what it asks for ({', or '.join(ways)}{hint})"
    if values.get("sslrootcert") == SYSTEM and values.get("sslmode", MODES[-1]) in MODES[:-1]:
        yield "sslmode", "sslrootcert=system goes with verify-full only: anybody can have a certificate that it trusts"
    if values.get("sslnegotiation") == NEGOTIATIONS[1] and mode(values) in MODES[:3]:
        yield "sslnegotiation", "direct goes with sslmode=require, verify-ca or verify-full"


def mode(values: Mapping[str, str]) -> str:
    """The sslmode that holds."""
    return values.get("sslmode") or (MODES[-1] if values.get("sslrootcert") == SYSTEM else "prefer")


def unknown(values: Mapping[str, str]) -> tuple[str, ...]:
    """The names that are not libpq's: asyncpg has them set on the server, which mostly refuses them."""
    return tuple(name for name in values if name not in TLS | PLACE | NEEDLESS | frozenset(_UNKEPT))
