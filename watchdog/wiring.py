"""The composition root: configuration in, connected parts out. No other room is handed the configuration."""

import asyncio
import functools
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import get_args

import httpx
import msgspec

from watchdog.check import Watch
from watchdog.config.settings import Config, Database, Exclude, Judge, Slack, Webhook
from watchdog.errors import ConfigError
from watchdog.expect.acceptances import read as read_acceptances
from watchdog.expect.expectation import BaselineFile, Memory
from watchdog.look.rows import RowsLook
from watchdog.look.schema import SchemaLook
from watchdog.look.seen import Look, Policy, ProbeLook, within
from watchdog.notify.channels import build
from watchdog.notify.delivery import Delivery
from watchdog.postgres.capture import capture_once
from watchdog.postgres.connection import Connection, Timeouts
from watchdog.postgres.counter import Counter
from watchdog.rows.level import Name
from watchdog.rows.loss import Thresholds
from watchdog.rows.selection import matches
from watchdog.schema.kind import Group
from watchdog.schema.rules import Exclusion, Override, Pattern, Rules
from watchdog.schema.selection import Selection
from watchdog.status import CheckName, StatusBoard
from watchdog.store.state import State


def utc_now() -> datetime:
    return datetime.now(UTC)


class Wired(msgspec.Struct, frozen=True, kw_only=True):
    """What the daemon drives.

    Attributes:
        watches: with the seconds between looks of each check.
    """

    watches: tuple[tuple[Watch, Mapping[CheckName, float]], ...]
    delivery: Delivery
    close: Callable[[], Awaitable[None]]


def connect(database: Database) -> Connection:
    """The connection to a configured database; nothing is opened yet."""
    limits = database.timeouts
    timeouts = Timeouts(connect=limits.connect, lock=limits.lock, statement=limits.statement)
    return Connection(database.dsn.get_secret_value(), timeouts)


def selection(database: Database) -> Selection:
    compared = database.compare.model_dump()
    without = [group for group in get_args(Group) if not compared.get(group, True)]
    return Selection(database.schemas.include, database.schemas.exclude, without)


def policy(database: Database) -> Policy:
    """What is looked at, and what was decided about what is found."""

    def pattern(matching: Exclude | Judge) -> Pattern:
        return Pattern(kind=matching.kind, name=matching.name, attribute=matching.attribute, change=matching.change)

    rules = Rules(
        exclusions=[Exclusion(pattern=pattern(each), reason=each.reason) for each in database.exclude],
        overrides=[Override(pattern=pattern(each), severity=each.severity) for each in database.severity],
    )
    return Policy(
        selection=selection(database),
        rules=rules,
        acceptances=functools.partial(read_acceptances, database.accepted),
        transition=timedelta(seconds=database.transition),
    )


def schema_look(database: Database, connection: Connection, memory: Memory | None = None) -> Look:
    """The look that the daemon and `check` share. Only the daemon has a memory, and so may make a first baseline."""
    look = SchemaLook(
        database.name,
        functools.partial(capture_once, connection),
        BaselineFile(database.baseline, database.on_missing_baseline, memory),
        policy(database),
    )
    return within(database.timeouts.look, look)


def rows_look(
    database: Database, connection: Connection, levels: Callable[[], Awaitable[Mapping[Name, bytes]]]
) -> Look:
    """The look that the daemon and `rows` share."""
    chosen, rows = selection(database), database.rows

    def watched(schema: str, table: str) -> bool:
        return chosen.takes(schema) and matches(schema, table, rows.watch)

    thresholds = Thresholds(
        warn_percent=rows.warn.percent, warn_rows=rows.warn.rows, critical_percent=rows.critical.percent
    )
    look = RowsLook(database.name, Counter(connection), levels, watched, thresholds)
    return within(database.timeouts.look, look)


def wire(config: Config, state: State, board: StatusBoard) -> Wired:
    """Connect all parts. The board is told of each database; what it knows of others is forgotten."""
    client = _client()
    channels = [build(channel.type, name, _url(channel), client) for name, channel in config.alerts.channels.items()]
    delivery = Delivery(state, channels, utc_now, board.delivered, board.waiting)
    connections = [connect(database) for database in config.databases]
    watches = []
    for database, connection in zip(config.databases, connections, strict=True):
        every: dict[CheckName, float] = {
            "probe": database.every.probe,
            "schema": database.every.schema_,
            "rows": database.every.rows,
        }
        memory = Memory(
            functools.partial(state.had_baseline, database.name), functools.partial(state.note_baseline, database.name)
        )
        looks: dict[CheckName, Look] = {
            "probe": within(database.timeouts.look, ProbeLook(connection)),
            "schema": schema_look(database, connection, memory),
            "rows": rows_look(database, connection, functools.partial(state.levels, database.name)),
        }
        watch = Watch(
            database.name,
            looks,
            state=state,
            board=board,
            channels=tuple(config.alerts.channels),
            minimum_severity=config.alerts.minimum_severity,
            clock=utc_now,
            wake=delivery.wake,
        )
        board.watch(database.name, every)
        watches.append((watch, every))
    for name in set(board.databases) - {database.name for database in config.databases}:
        board.forget(name)

    async def close() -> None:
        await asyncio.gather(*(connection.close() for connection in connections))
        await client.aclose()

    return Wired(watches=tuple(watches), delivery=delivery, close=close)


def _client() -> httpx.AsyncClient:
    """Raises ConfigError for an environment that no client can be made in, in words that hold no proxy's password."""
    try:
        return httpx.AsyncClient()
    except (OSError, ImportError, ValueError) as error:
        mistake = (
            "no message can be sent by HTTP: one of the environment's SSL_CERT_FILE, SSL_CERT_DIR, HTTP_PROXY, "
            f"HTTPS_PROXY and ALL_PROXY cannot be used ({type(error).__name__})"
        )
        raise ConfigError([mistake]) from None


def _url(channel: Webhook | Slack) -> str:
    return (channel.url if isinstance(channel, Webhook) else channel.webhook_url).get_secret_value()
