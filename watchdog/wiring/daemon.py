"""All that the daemon drives, connected."""

import asyncio
import functools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from watchdog.alerts.alert import SELF
from watchdog.check import Own, Watch
from watchdog.config.contract import load as load_contracts
from watchdog.config.settings import Config
from watchdog.contracts.contract import Contract
from watchdog.dispatch import Dispatch
from watchdog.expect.baseline_file import Memory
from watchdog.look.own import ChannelsLook, ChecksLook, StateLook
from watchdog.look.seen import Look, ProbeLook, in_turn, within
from watchdog.look.unfiled import InState
from watchdog.notify.delivery import Delivery, Patience
from watchdog.postgres.connection import Connection
from watchdog.postgres.gate import Gate
from watchdog.status import CheckName, DeliveryOutcome, StatusBoard
from watchdog.status.allowance import Allowance
from watchdog.store.state import State
from watchdog.wiring.alerts import notifying
from watchdog.wiring.database import connect, connect_replica, utc_now
from watchdog.wiring.heartbeat import heartbeat
from watchdog.wiring.letters import letters
from watchdog.wiring.rows import rows_look, terms
from watchdog.wiring.schema import EXPECTED, Parts, queries_look, schema_look
from watchdog.wiring.ways import Mirror, ways


class Runs(Protocol):
    """Runs until cancelled."""

    async def run(self) -> None: ...


class Wired(msgspec.Struct, frozen=True, kw_only=True):
    """What the daemon drives.

    Attributes:
        watches: with the seconds between looks of each check.
        mirrors: of the channels that are shown what stands; `delivery` sends messages to all others.
        beside: what else runs, by name, in the process that tells people.
        owns: looks at the watchdog itself.
    """

    watches: tuple[tuple[Watch, Mapping[CheckName, float]], ...]
    owns: tuple[Own, ...]
    dispatch: Dispatch
    delivery: Delivery
    mirrors: tuple[Mirror, ...]
    beside: Mapping[str, Runs]
    close: Callable[[], Awaitable[None]]


Contracts = Mapping[str, Sequence[Contract]]


def agreed(config: Config) -> Contracts:
    """Database -> its contracts, read before anything of an earlier configuration ends, and kept as long as this one.

    Raises:
        ConfigError: a contract is wrong, or goes against the configuration.
    """
    contracts = {database.name: load_contracts(database.contracts) for database in config.databases}
    for database in config.databases:
        terms(database, contracts[database.name])
    return contracts


def wire(config: Config, contracts: Contracts, state: State, board: StatusBoard) -> Wired:
    """Connect all parts. The board is told of each database; what it knows of others is forgotten.

    Raises:
        ConfigError: the environment is one that no HTTP client can be made in.
    """
    sections = config.alerts.channels
    told = notifying(config)
    board.deliver_to(sections)

    def on_outcome(channel: str, outcome: DeliveryOutcome) -> None:
        board.delivered(channel, outcome, utc_now())

    opened = ways(config, told=state.told_of, link=told.link, clock=utc_now, on_outcome=on_outcome)
    mirrors = tuple(opened.mirrors)
    delivery = Delivery(
        state,
        opened.channels,
        utc_now,
        on_outcome,
        board.waiting,
        patience={name: Patience(attempt=each.timeout, give_up=each.give_up) for name, each in sections.items()},
    )

    def wake() -> None:
        delivery.wake()
        for mirror in mirrors:
            mirror.wake()

    dispatch = Dispatch(state, told, utc_now, wake, board.alerted)
    connections: list[Connection] = []
    watches = []
    for database in config.databases:
        allowance = Allowance(database.cost_limit)
        asked = functools.partial(board.asked, database.name)
        connection, replica = connect(database, _both(asked, allowance.spend)), connect_replica(database, asked)
        connections += [connection, *([replica] if replica else [])]
        intervals: Mapping[CheckName, float] = {
            "probe": database.every.probe,
            "schema": database.every.schema_,
            "rows": database.every.rows,
            "queries": database.every.queries,
        }
        gate = Gate(connection, allowance.is_left)
        memory = Memory(
            functools.partial(state.had_baseline, database.name), functools.partial(state.note_baseline, database.name)
        )
        needed = contracts[database.name]
        unfiled = InState(state, database.name, forgets=True)
        parts = Parts(memory=memory, gate=gate, cache=config.state / EXPECTED, unfiled=unfiled)
        expecting = schema_look(database, connection, parts, needed)
        schema = expecting.look if expecting else None
        queries = queries_look(database, connection, state, expecting.known if expecting else tuple, unfiled)
        if schema and queries:
            # What a statement lacks, and what mends it, only the schema's look knows; and who is told is told once.
            schema, queries = in_turn(schema, queries)
        wanted: Mapping[CheckName, Look | None] = {
            "probe": within(database.timeouts.look, ProbeLook(gate)),
            "schema": schema,
            "rows": rows_look(database, connection, replica, state, contracts=needed, unfiled=unfiled),
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
            wait=allowance.wait,
        )
        board.watch(database.name, every, database.cost_limit)
        watches.append((watch, every))
    for name in set(board.databases) - {database.name for database in config.databases}:
        board.forget(name)

    def own(name: str, check: str, look: Look) -> Own:
        return Own(name, check, look, state=state, board=board, clock=utc_now, wake=dispatch.wake)

    began = utc_now()
    statuses = {name: functools.partial(board.databases.__getitem__, name) for name in board.databases}

    def taken_at(mirror: Mirror) -> datetime:
        return board.delivered_at.get(mirror.name, began)

    mirrored = {mirror.name: functools.partial(taken_at, mirror) for mirror in mirrors}
    channels = ChannelsLook([name for name in sections if name not in mirrored], state.queues, mirrored)
    owns = (
        *(own(name, "checks", ChecksLook(status, began)) for name, status in statuses.items()),
        own(SELF, "channels", channels),
        own(SELF, "state", StateLook(lambda: board.state_failure, state.unreadable)),
    )

    async def close() -> None:
        await asyncio.gather(*(connection.close() for connection in connections))
        await opened.close()

    beside: Mapping[str, Runs | None] = {
        "letters": letters(config, told, state=state, board=board, on_messages=delivery.wake),
        "heartbeat": heartbeat(config, watches, state=state, board=board, knock=opened.knock),
    }
    return Wired(
        watches=tuple(watches),
        owns=owns,
        dispatch=dispatch,
        delivery=delivery,
        mirrors=mirrors,
        beside={name: each for name, each in beside.items() if each is not None},
        close=close,
    )


def _both(*told: Callable[[float], None]) -> Callable[[float], None]:
    def tell(seconds: float) -> None:
        for each in told:
            each(seconds)

    return tell
