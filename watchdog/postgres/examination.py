"""What a server is asked, to say what is wrong with the way to it: catalogs only, read-only, each question bounded."""

import os
import ssl
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

import asyncpg
import msgspec

from watchdog import address
from watchdog.doctor import role, server, way
from watchdog.doctor.facts import (
    Asked,
    Channel,
    Facts,
    History,
    Reach,
    Replica,
    Right,
    Role,
    RoleSetting,
    SchemaSight,
    Statements,
    Table,
)
from watchdog.errors import CaptureError, UnreachableError
from watchdog.postgres.bounded import RefusedError
from watchdog.postgres.connection import Connection, Timeouts, identify
from watchdog.postgres.dsn import destination
from watchdog.postgres.opening import ParameterError, Settled, settle
from watchdog.postgres.passfile import home
from watchdog.postgres.queries import query
from watchdog.postgres.reach import is_local, reached
from watchdog.postgres.readings import read_facts
from watchdog.postgres.replica import caught_up, take_mark
from watchdog.sqltext import quote_ident

Form = TypeVar("Form", bound=msgspec.Struct)

# Enough for a pooler to lend the same session to two clients.
_ROUNDS = 3
_SECOND_CLIENT = Timeouts(connect=2, lock=1, statement=2)


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What is examined.

    Attributes:
        dsn: the connection string.
        replica: of the standby that counts, or None.
        watched: whether the rows of schema, table are watched.
        histories: schemas (None: any) and names of migration tools' tables.
    """

    dsn: str
    replica: str | None = None
    timeouts: Timeouts = Timeouts()
    watched: Callable[[str, str], bool] = lambda _, __: True
    histories: Sequence[tuple[str | None, str]] = ()


def asked(dsn: str) -> Asked:
    """What is asked for, without a secret."""
    try:
        settled = settle(dsn)
    except ParameterError:
        settled = None
    if settled is None:
        given = "password" in (address.parameters(dsn) or {})
        return Asked(to=destination(dsn), password_from="the DSN" if given else None)
    mode = address.mode(settled.values)
    default = home() / ".postgresql" / "root.crt"
    # Path.exists() raises where the home folder is another user's.
    there = os.path.exists(default)  # noqa: PTH110
    return Asked(
        to=destination(address.connection_string(settled.values)),
        local=all(is_local(host) for host, _ in settled.hosts),
        mode=mode,
        root=settled.tls.get("sslrootcert") or (str(default) if there else ""),
        password_from=settled.password_from,
        needless=tuple(sorted(address.NEEDLESS & set(settled.values))),
        unknown=address.unknown(settled.values),
    )


async def reach(dsn: str, seconds: float) -> tuple[Reach, ...]:
    """How far each host is reached; nothing where it is not known which there are."""
    settled: Settled | None
    try:
        settled = settle(dsn)
    except ParameterError:
        settled = None
    return await reached(settled.hosts, seconds) if settled else ()


async def examine(subject: Subject) -> Facts:
    """Everything that is judged.

    Raises:
        UnreachableError: there is no connection, or it broke.
        CaptureError: the server refuses a question.
    """
    connection = Connection(subject.dsn, subject.timeouts)
    try:
        return await _examined(connection, subject)
    except asyncpg.PostgresError as error:
        raise CaptureError(f"the server refused to be examined: {' '.join(str(error).split())}") from error
    finally:
        await connection.close()


async def _examined(connection: Connection, subject: Subject) -> Facts:
    wanted = asked(subject.dsn)
    async with connection.transaction() as transaction:
        who = await identify(transaction)
        asked_at = datetime.now(UTC)
        busy = await transaction.fetchrow(query("doctor/server"))
        answered_at = datetime.now(UTC)
        _, tables = await read_facts(transaction)
        facts = Facts(
            asked=wanted,
            channel=_channel(transaction, busy["pid"], wanted, server_tls=busy["tls"]),
            version_num=who.version_num,
            database=who.database,
            in_recovery=who.in_recovery,
            lag_seconds=busy["lag_seconds"],
            asked_at=asked_at,
            clock=busy["clock"],
            answered_at=answered_at,
            used=busy["used"],
            role_used=busy["role_used"],
            database_limit=busy["database_limit"],
            database_used=busy["database_used"],
            role=(await _rows(transaction, "role", Role))[0],
            rights=await _rows(transaction, "rights", Right),
            role_settings=await _rows(transaction, "role_settings", RoleSetting, list(role.SHOWN)),
            settings={
                row["name"]: row["value"]
                for row in await transaction.fetch(query("doctor/settings"), list(server.ASKED))
            },
            tables=[
                Table(schema=each.schema, name=each.table, may_select=each.may_select, filtered=each.row_security)
                for each in tables
                if each.root is None and subject.watched(each.schema, each.table)
            ],
            schemas=await _rows(transaction, "sight", SchemaSight),
            histories=await _histories(transaction, subject.histories),
            statements=await _statements(transaction),
        )
        mark = await take_mark(transaction) if subject.replica else None
    if facts.channel.announced_pid != facts.channel.pids[0]:
        facts = msgspec.structs.replace(facts, channel=await _lent(connection, subject.dsn, facts.channel))
    if subject.replica and mark:
        standby = Connection(subject.replica, subject.timeouts)
        fault = ""
        try:
            await caught_up(standby, mark, subject.timeouts.statement)
        except (RefusedError, UnreachableError, asyncpg.PostgresError) as error:
            fault = error.reason if isinstance(error, RefusedError) else " ".join(str(error).split())
        finally:
            await standby.close()
        facts = msgspec.structs.replace(facts, replica=Replica(to=destination(subject.replica), fault=fault))
    return facts


async def _rows(transaction: asyncpg.Connection, name: str, form: type[Form], *arguments: object) -> list[Form]:
    found = await transaction.fetch(query(f"doctor/{name}"), *arguments)
    return [msgspec.convert(dict(row), form) for row in found]


async def _histories(transaction: asyncpg.Connection, names: Sequence[tuple[str | None, str]]) -> list[History]:
    found = await transaction.fetch(query("histories"), [each[0] for each in names], [each[1] for each in names])
    return [
        History(
            schema=row["nspname"],
            name=row["relname"],
            entered=row["entered"],
            may_select=row["may_select"],
            filtered=row["filtered"],
        )
        for row in found
        if row["is_table"]
    ]


async def _statements(transaction: asyncpg.Connection) -> Statements | None:
    schema = await transaction.fetchval(query("doctor/statements"))
    if schema is None:
        return None
    try:
        async with transaction.transaction():
            # Without their texts, which stand in a file of many megabytes.
            await transaction.fetchval(f"SELECT 1 FROM {quote_ident(schema)}.pg_stat_statements(false) LIMIT 1")
    except asyncpg.PostgresError as error:
        return Statements(schema=schema, refused=" ".join(str(error).split()))
    return Statements(schema=schema)


def _channel(connection: asyncpg.Connection, pid: int, wanted: Asked, *, server_tls: bool) -> Channel:
    # asyncpg shows nobody its TLS, and what the server says is of the server's end.
    end: ssl.SSLObject | None = connection._transport.get_extra_info("ssl_object")  # noqa: SLF001
    channel = Channel(announced_pid=connection.get_server_pid(), pids=(pid,), server_tls=server_tls)
    if end is None:
        return channel
    until = (end.getpeercert() or {}).get("notAfter")
    return msgspec.structs.replace(
        channel,
        version=end.version() or "",
        cipher=(end.cipher() or ("",))[0],
        verified=way.verified(wanted.mode, wanted.root),
        certificate_until=datetime.fromtimestamp(ssl.cert_time_to_seconds(str(until)), UTC) if until else None,
    )


async def _lent(connection: Connection, dsn: str, channel: Channel) -> Channel:
    """What a second client is given while the first is connected.

    A pooler that lends a session for a transaction lends both the same one, as nobody is in a transaction meanwhile.
    """
    other = Connection(dsn, _SECOND_CLIENT)
    pids, others = list(channel.pids), list[int]()
    shared: bool | None = None
    try:
        for _ in range(_ROUNDS):
            for client, seen in ((other, others), (connection, pids)):
                async with client.transaction() as transaction:
                    seen.append(await transaction.fetchval("SELECT pg_backend_pid()"))
        shared = bool(set(pids) & set(others))
    except (UnreachableError, asyncpg.PostgresError):
        shared = None
    finally:
        await other.close()
    return msgspec.structs.replace(channel, pids=tuple(pids), shared=shared)
