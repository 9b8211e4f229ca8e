"""What was found out about a database and the way to it, before anyone judges it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

import msgspec

Name = tuple[str, str]


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What the watchdog is to do there, as far as it needs rights for it.

    Attributes:
        sessions: how many connections it has there at once.
        migrations: it compares with migrations, so it has to read the tool's table.
        statements: it reads what pg_stat_statements has recorded.
    """

    sessions: int = 1
    migrations: bool = False
    statements: bool = False


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What the connection string, a service and the environment ask for, without any secret.

    Attributes:
        to: ` to host:port/database as user`.
        local: it never leaves this machine.
        mode: the sslmode.
        root: the file of authorities, `system`, or empty.
        password_from: where the password comes from; empty for none, None where that cannot be told.
        needless: libpq's parameters that nothing is made of.
        unknown: parameters that are not libpq's.
    """

    to: str
    local: bool = False
    mode: str = "prefer"
    root: str = ""
    password_from: str | None = None
    needless: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """How far one host was reached, after a connection failed.

    Attributes:
        addresses: of the name; none: it has none, and `words` say why.
        answers: somebody takes connections on the port; else `words` say what happened.
    """

    host: str
    port: int
    addresses: tuple[str, ...] = ()
    answers: bool = False
    words: str = ""


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """How the two ends speak.

    Attributes:
        version, cipher: of TLS, on this end; empty: without TLS.
        server_tls: whether the session in the server has TLS, at its own end.
        verified: the certificate was; by which means `Asked` tells.
        certificate_until: the end of the server's certificate, where it was verified.
        announced_pid: of the session that whoever answered announced.
        pids: of the sessions that in fact answered, in their order.
        shared: a second client was given the same session while this one was connected; None: nobody tried.
    """

    version: str = ""
    cipher: str = ""
    server_tls: bool = False
    verified: bool = False
    certificate_until: datetime | None = None
    announced_pid: int
    pids: tuple[int, ...]
    shared: bool | None = None


class Role(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    session_name: str
    superuser: bool = False
    attributes: tuple[str, ...] = ()
    connection_limit: int = -1
    valid_until: datetime | None = None
    monitor: bool = True
    reads_statistics: bool = True
    reads_settings: bool = True
    powers: tuple[str, ...] = ()
    owned: int = 0


class Right(msgspec.Struct, frozen=True, kw_only=True):
    """A privilege to change something; `granted` are those that the role has by itself."""

    kind: Literal["TABLE", "SEQUENCE", "SCHEMA", "DATABASE"]
    schema: str
    name: str = ""
    may: tuple[str, ...]
    granted: tuple[str, ...] = ()


class RoleSetting(msgspec.Struct, frozen=True, kw_only=True):
    """A setting of the role, of the database, or of the role in the database; the value only where it is no secret."""

    of_role: bool
    of_database: bool
    name: str
    value: str | None = None


class Table(msgspec.Struct, frozen=True, kw_only=True):
    schema: str
    name: str
    may_select: bool
    filtered: bool = False


class SchemaSight(msgspec.Struct, frozen=True, kw_only=True):
    schema: str
    entered: bool
    sequences: tuple[str, ...] = ()


class History(msgspec.Struct, frozen=True, kw_only=True):
    """The table of a migration tool."""

    schema: str
    name: str
    entered: bool
    may_select: bool
    filtered: bool = False


class Statements(msgspec.Struct, frozen=True, kw_only=True):
    """The extension pg_stat_statements; `refused` is what the server says instead of reading it."""

    schema: str
    refused: str = ""


class Replica(msgspec.Struct, frozen=True, kw_only=True):
    """The standby that counts; `fault` is why it cannot, empty when it can."""

    to: str
    fault: str = ""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one database that answered. Times are UTC.

    Attributes:
        asked_at, answered_at: by this machine's clock, around the server's.
        clock: the server's, between the two.
        limit, used: of sessions of the server, of the database and of the role, where there are such.
        tables: those whose rows are watched.
        settings: of the server, by name, as far as the role may see them.
        lag_seconds: of a standby that is behind.
    """

    asked: Asked
    channel: Channel
    version_num: int
    database: str
    in_recovery: bool = False
    lag_seconds: float | None = None
    asked_at: datetime
    clock: datetime
    answered_at: datetime
    used: int = 1
    role_used: int = 1
    database_limit: int = -1
    database_used: int = 1
    role: Role
    rights: Sequence[Right] = ()
    role_settings: Sequence[RoleSetting] = ()
    settings: Mapping[str, str] = {}
    tables: Sequence[Table] = ()
    schemas: Sequence[SchemaSight] = ()
    histories: Sequence[History] = ()
    statements: Statements | None = None
    replica: Replica | None = None
