"""The looks at the schema of a configured database and at the application's statements, and what they expect."""

import asyncio
import functools
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import msgspec
import structlog

from watchdog.config.settings import Database
from watchdog.contracts.contract import Contract
from watchdog.expect.baseline_file import BaselineFile, Memory
from watchdog.finding import Finding
from watchdog.look.schema import Expectation, SchemaLook
from watchdog.look.seen import Look, within
from watchdog.look.unfiled import Unfiled, nothing_unfiled
from watchdog.postgres.capture import capture_once
from watchdog.postgres.connection import Connection
from watchdog.postgres.follow import Follower
from watchdog.postgres.gate import Gate
from watchdog.postgres.replay import Progress, Scratch
from watchdog.schema.snapshot import Snapshot
from watchdog.store.state import State
from watchdog.wiring.database import policy

log = structlog.get_logger()

# What was replayed is kept in this folder of the state's.
EXPECTED = "expected"


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What an expectation needs beside the configuration of its database.

    Attributes:
        memory: only the daemon has one, and so may make a first baseline.
        gate: of who looks again and again, and so reads what changed; None to read everything.
        cache: the folder for what was replayed; None to keep nothing.
        progress: told how far a replay is.
        unfiled: what is accepted beside the acceptances of the file.
    """

    memory: Memory | None = None
    gate: Gate | None = None
    cache: Path | None = None
    progress: Progress = lambda _, __: None
    unfiled: Unfiled = nothing_unfiled


class Expecting(msgspec.Struct, frozen=True):
    """A look at the schema, and what it knows after it: findings, and what pending migrations bring."""

    look: Look
    known: Callable[[], Sequence[Finding]]


def schema_look(
    database: Database, connection: Connection, parts: Parts, contracts: Sequence[Contract] = ()
) -> Expecting | None:
    """The look that the daemon and `check` share; None where nothing is expected of the schema."""
    expectation = expectation_of(database, connection, parts)
    if expectation is None and not contracts:
        return None
    look = SchemaLook(
        database.name,
        _beginning(_capture(database, connection, parts.gate), expectation),
        expectation,
        policy(database, parts.unfiled),
        contracts,
    )
    return Expecting(within(longest_look(database), look), lambda: look.known)


def _capture(database: Database, connection: Connection, gate: Gate | None) -> Callable[[], Awaitable[Snapshot]]:
    if gate is None:
        return functools.partial(capture_once, connection)
    return functools.partial(_followed, database.name, Follower(connection, gate, every=database.every.schema_))


async def _followed(database: str, follower: Follower) -> Snapshot:
    snapshot = await follower()
    # For who asks why everything was read.
    log.debug("schema.read", database=database, read=follower.told)
    return snapshot


def _beginning(
    capture: Callable[[], Awaitable[Snapshot]], expectation: Expectation | None
) -> Callable[[], Awaitable[Snapshot]]:
    """The capture, and while the server works at it what of the expectation needs no answer of it."""
    return functools.partial(_both, capture, expectation.begin) if isinstance(expectation, BaselineFile) else capture


async def _both(capture: Callable[[], Awaitable[Snapshot]], begin: Callable[[], Awaitable[None]]) -> Snapshot:
    captured, _ = await asyncio.gather(capture(), begin())
    return captured


def longest_look(database: Database) -> float:
    """After how many seconds any look is given up at the latest."""
    # A replay has a bound of its own, and is not made at every look.
    return database.timeouts.look + (Scratch().seconds if database.migrations else 0.0)


def expectation_of(database: Database, connection: Connection, parts: Parts) -> Expectation | None:
    if database.baseline is not None:
        return BaselineFile(database.baseline, database.on_missing_baseline, parts.memory)
    if database.migrations is not None:
        # With what reads and judges migrations; and what has to do with statements: each is most of 1 MB.
        from watchdog.wiring.migrations import migrations_of  # noqa: PLC0415

        return migrations_of(database.name, database.migrations, connection, parts)
    return None


def queries_look(
    database: Database,
    connection: Connection,
    state: State | None,
    known: Callable[[], Sequence[Finding]],
    unfiled: Unfiled = nothing_unfiled,
) -> Look | None:
    """The look at the statements that the daemon and `check` share; None where none are configured."""
    if database.queries is None:
        return None
    # With what reads sources and judges plans.
    from watchdog.wiring.queries import look_of  # noqa: PLC0415

    return look_of(database, database.queries, connection, state, known, unfiled)
