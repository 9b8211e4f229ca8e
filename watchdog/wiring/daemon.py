"""All that the daemon drives, connected."""

import asyncio
import functools
from collections.abc import Awaitable, Callable, Mapping

import httpx
import msgspec

from watchdog.check import Watch
from watchdog.config.alerts import Alertmanager
from watchdog.config.contract import load as load_contracts
from watchdog.config.settings import Config
from watchdog.dispatch import Dispatch
from watchdog.errors import ConfigError
from watchdog.expect.baseline_file import Memory
from watchdog.look.seen import Look, ProbeLook, in_turn, within
from watchdog.notify.alertmanager import Mirror
from watchdog.notify.channels import CHANNELS, alertmanager
from watchdog.notify.delivery import Delivery, Patience
from watchdog.postgres.connection import Connection
from watchdog.status import CheckName, StatusBoard
from watchdog.store.state import State
from watchdog.wiring.alerts import notifying
from watchdog.wiring.database import connect, connect_replica, utc_now
from watchdog.wiring.rows import rows_look
from watchdog.wiring.schema import EXPECTED, Parts, queries_look, schema_look


class Wired(msgspec.Struct, frozen=True, kw_only=True):
    """What the daemon drives.

    Attributes:
        watches: with the seconds between looks of each check.
        mirrors: of the channels that are shown what stands; `delivery` sends messages to all others.
    """

    watches: tuple[tuple[Watch, Mapping[CheckName, float]], ...]
    dispatch: Dispatch
    delivery: Delivery
    mirrors: tuple[Mirror, ...]
    close: Callable[[], Awaitable[None]]


def wire(config: Config, state: State, board: StatusBoard) -> Wired:
    """Connect all parts. The board is told of each database; what it knows of others is forgotten.

    Raises:
        ConfigError: a contract is wrong, or goes against the configuration.
    """
    client = _client()
    sections = config.alerts.channels
    told = notifying(config)
    delivery = Delivery(
        state,
        [CHANNELS[each.type](name, each, client) for name, each in sections.items() if each.type in CHANNELS],
        utc_now,
        board.delivered,
        board.waiting,
        patience={name: Patience(attempt=each.timeout, give_up=each.give_up) for name, each in sections.items()},
    )
    mirrors = tuple(
        alertmanager(
            name,
            section,
            client,
            told=state.told_of,
            link=told.link,
            clock=utc_now,
            on_outcome=board.delivered,
        )
        for name, section in sections.items()
        if isinstance(section, Alertmanager)
    )

    def wake() -> None:
        delivery.wake()
        for mirror in mirrors:
            mirror.wake()

    dispatch = Dispatch(state, told, utc_now, wake)
    connections: list[Connection] = []
    watches = []
    for database in config.databases:
        connection, replica = connect(database), connect_replica(database)
        connections += [connection, *([replica] if replica else [])]
        intervals: Mapping[CheckName, float] = {
            "probe": database.every.probe,
            "schema": database.every.schema_,
            "rows": database.every.rows,
            "queries": database.every.queries,
        }
        memory = Memory(
            functools.partial(state.had_baseline, database.name), functools.partial(state.note_baseline, database.name)
        )
        contracts = load_contracts(database.contracts)
        expecting = schema_look(database, connection, Parts(memory=memory, cache=config.state / EXPECTED), contracts)
        schema = expecting.look if expecting else None
        queries = queries_look(database, connection, state, expecting.known if expecting else tuple)
        if schema and queries:
            # What a statement lacks, and what mends it, only the schema's look knows; and who is told is told once.
            schema, queries = in_turn(schema, queries)
        wanted: Mapping[CheckName, Look | None] = {
            "probe": within(database.timeouts.look, ProbeLook(connection)),
            "schema": schema,
            "rows": rows_look(database, connection, replica, state, contracts=contracts),
            "queries": queries,
        }
        looks = {check: look for check, look in wanted.items() if look is not None}
        every = {check: intervals[check] for check in looks}
        watch = Watch(
            database.name,
            looks,
            state=state,
            board=board,
            clock=utc_now,
            wake=dispatch.wake,
        )
        board.watch(database.name, every)
        watches.append((watch, every))
    for name in set(board.databases) - {database.name for database in config.databases}:
        board.forget(name)

    async def close() -> None:
        await asyncio.gather(*(connection.close() for connection in connections))
        await client.aclose()

    return Wired(watches=tuple(watches), dispatch=dispatch, delivery=delivery, mirrors=mirrors, close=close)


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
