"""The composition root: configuration in, connected parts out. No other room is handed the configuration."""

import asyncio
import functools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import get_args

import httpx
import msgspec

from watchdog.check import Watch
from watchdog.config import rows as settings
from watchdog.config.settings import Config, Database, Exclude, Judge, Slack, Webhook
from watchdog.cron import Span, Window, starts, time_zone
from watchdog.errors import ConfigError
from watchdog.expect.acceptances import read as read_acceptances
from watchdog.expect.expectation import BaselineFile, Memory
from watchdog.look.rows import Due, RowsLook
from watchdog.look.schema import SchemaLook
from watchdog.look.seen import Look, Policy, ProbeLook, within
from watchdog.notify.channels import build
from watchdog.notify.delivery import Delivery
from watchdog.postgres.capture import capture_once
from watchdog.postgres.connection import Connection, Timeouts
from watchdog.postgres.counter import Counter
from watchdog.rows.history import HOUR, Point
from watchdog.rows.judge import routine
from watchdog.rows.level import Name
from watchdog.rows.loss import Thresholds
from watchdog.rows.selection import matches
from watchdog.rows.terms import Budget, Freshness, MeantDrop, Terms
from watchdog.schema.kind import Group
from watchdog.schema.rules import Exclusion, Override, Pattern, Rules
from watchdog.schema.selection import Selection
from watchdog.status import CheckName, StatusBoard
from watchdog.store.state import State

# Of the time that a look has: one that is given up has counted in vain.
MOST_COUNTING = 0.75


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
    return Connection(database.dsn.get_secret_value(), _timeouts(database))


def connect_replica(database: Database) -> Connection | None:
    """The connection that counts go to in the place of the database's own; nothing is opened yet. None: not given."""
    dsn = database.rows.counting.dsn
    return None if dsn is None else Connection(dsn.get_secret_value(), _timeouts(database))


def _timeouts(database: Database) -> Timeouts:
    limits = database.timeouts
    return Timeouts(connect=limits.connect, lock=limits.lock, statement=limits.statement)


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


class RowMemory(msgspec.Struct, frozen=True):
    """What the state remembers of one database's rows; without a state, nothing."""

    database: str
    state: State | None = None

    async def levels(self) -> Mapping[Name, bytes]:
        return await self.state.levels(self.database) if self.state else {}

    async def history(self, name: Name, since: datetime) -> Sequence[Point]:
        return await self.state.history(self.database, name, HOUR, since) if self.state else ()


def rows_look(
    database: Database,
    connection: Connection,
    replica: Connection | None,
    state: State | None,
    due: Due = routine,
    counting: Budget | None = None,
) -> Look:
    """The look that the daemon, `check` and `rows` share; the latter two may say what to count, and at which price."""
    chosen, wanted = selection(database), counting or budget(database)

    def watched(schema: str, table: str) -> bool:
        return chosen.takes(schema) and matches(schema, table, database.rows.watch)

    look = RowsLook(
        database.name,
        Counter(connection, replica),
        RowMemory(database.name, state),
        watched,
        terms(database),
        msgspec.structs.replace(wanted, seconds=min(wanted.seconds, MOST_COUNTING * database.timeouts.look)),
        policy(database),
        due,
        _needed(database.rows),
    )
    return within(database.timeouts.look, look)


def _needed(rows: settings.Rows) -> tuple[str, ...]:
    """The patterns that must fit a table: else a typing error would leave unwatched what somebody cares for.

    But for `*`, which nobody mistypes and which fits no table of a database that is yet to be filled.
    """
    declared = ("min_rows", "max_rows", "growth", "freshness")
    entries = [entry for entry in rows.tables if any(getattr(entry, name) is not None for name in declared)]
    patterns = (*rows.watch, *(pattern for entry in entries for pattern in entry.match))
    return tuple(pattern for pattern in patterns if pattern != "*")


def budget(database: Database) -> Budget:
    counting = database.rows.counting
    return Budget(
        pages=counting.pages,
        seconds=counting.time,
        exact_every=_timedelta(counting.exact.every),
        exact_pages=counting.exact.pages,
    )


def terms(database: Database) -> Callable[[str, str], Terms]:
    """What was agreed about each table of the database, by schema and name."""
    rows = database.rows
    meant = [(each.tables, _meant(each)) for each in (*rows.retention, *rows.maintenance)]

    @functools.cache
    def of(schema: str, table: str) -> Terms:
        entries = [entry for entry in rows.tables if matches(schema, table, entry.match)]
        # What an earlier entry has stands, also where it is null.
        had = {name: getattr(entry, name) for entry in reversed(entries) for name in entry.model_fields_set}
        own = settings.Table.model_construct(**had)
        warn, critical = own.warn or rows.warn, own.critical or rows.critical
        return Terms(
            thresholds=Thresholds(warn_percent=warn.percent, warn_rows=warn.rows, critical_percent=critical.percent),
            min_rows=own.min_rows,
            max_rows=own.max_rows,
            growth=_timedelta(own.growth),
            paced=own.growth is not None or "growth" not in had,
            freshness=None if own.freshness is None else _freshness(own.freshness),
            meant=tuple(drop for tables, drop in meant if matches(schema, table, tables)),
        )

    return of


def _timedelta(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


def _freshness(agreed: settings.Freshness) -> Freshness:
    return Freshness(column=agreed.column, max_age=timedelta(seconds=agreed.max_age), unit=agreed.unit)


def _meant(declared: settings.Retention | settings.RecurringMaintenance | settings.MaintenanceOnce) -> MeantDrop:
    window = (
        Span(begin=declared.from_, end=declared.until)
        if isinstance(declared, settings.MaintenanceOnce)
        else Window(
            starts=starts(declared.schedule, time_zone(declared.timezone)), lasts=timedelta(seconds=declared.lasts)
        )
    )
    # A look asks the same of each table, and to search in cron for each would cost more than all else.
    opened = functools.lru_cache(maxsize=8)(window.opened)
    if not isinstance(declared, settings.Retention):
        return MeantDrop(opened=opened, mutes=True, reason=declared.reason)
    return MeantDrop(
        opened=opened,
        percent=declared.at_most.percent,
        rows=declared.at_most.rows,
        partitions=declared.at_most.partitions,
        reason=declared.reason,
    )


def wire(config: Config, state: State, board: StatusBoard) -> Wired:
    """Connect all parts. The board is told of each database; what it knows of others is forgotten."""
    client = _client()
    channels = [build(channel.type, name, _url(channel), client) for name, channel in config.alerts.channels.items()]
    delivery = Delivery(state, channels, utc_now, board.delivered, board.waiting)
    connections: list[Connection] = []
    watches = []
    for database in config.databases:
        connection, replica = connect(database), connect_replica(database)
        connections += [connection, *([replica] if replica else [])]
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
            "rows": rows_look(database, connection, replica, state),
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
