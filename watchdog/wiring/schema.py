"""The looks at the schema of a configured database and at the application's statements, and what they expect."""

import asyncio
import functools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from watchdog.config.settings import Database, Queries
from watchdog.config.settings import Migrations as MigrationsSettings
from watchdog.contracts.contract import Contract
from watchdog.errors import UsageError
from watchdog.expect.baseline_file import BaselineFile, Memory
from watchdog.expect.cache import Cache
from watchdog.expect.folder import Source
from watchdog.expect.migrations import Migrations
from watchdog.expect.queries import harvest
from watchdog.finding import Finding
from watchdog.look.queries import QueriesLook
from watchdog.look.schema import Expectation, SchemaLook
from watchdog.look.seen import Look, within
from watchdog.look.tomorrow import TomorrowLook
from watchdog.look.unfiled import Unfiled, nothing_unfiled
from watchdog.postgres.capture import capture_once
from watchdog.postgres.connection import Connection
from watchdog.postgres.follow import Follower
from watchdog.postgres.gate import Gate
from watchdog.postgres.planning import Planner
from watchdog.postgres.replay import Progress, Scratch
from watchdog.queries.memory import Known
from watchdog.queries.statement import Harvest
from watchdog.schema.snapshot import Snapshot
from watchdog.store.state import State
from watchdog.wiring.database import policy

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
    return Follower(connection, gate, every=database.every.schema_)


def _beginning(
    capture: Callable[[], Awaitable[Snapshot]], expectation: Expectation | None
) -> Callable[[], Awaitable[Snapshot]]:
    """The capture, and while the server works at it what of the expectation needs no answer of it."""
    if not isinstance(expectation, BaselineFile):
        return capture

    async def both() -> Snapshot:
        captured, _ = await asyncio.gather(capture(), expectation.begin())
        return captured

    return both


def longest_look(database: Database) -> float:
    """After how many seconds any look is given up at the latest."""
    # A replay has a bound of its own, and is not made at every look.
    return database.timeouts.look + (Scratch().seconds if database.migrations else 0.0)


def expectation_of(database: Database, connection: Connection, parts: Parts) -> Expectation | None:
    if database.baseline is not None:
        return BaselineFile(database.baseline, database.on_missing_baseline, parts.memory)
    if database.migrations is not None:
        return migrations_of(database.name, database.migrations, connection, parts)
    return None


def migrations_of(name: str, settings: MigrationsSettings, connection: Connection, parts: Parts) -> Migrations:
    schema, _, table = (settings.table or "").rpartition(".")
    url = settings.scratch_url
    return Migrations(
        name,
        Source(path=settings.path, format=settings.format, table=(schema or None, table) if table else None),
        Scratch(url=url.get_secret_value() if url else None, statement_seconds=settings.scratch_timeout),
        Cache(parts.cache),
        connection,
        parts.progress,
    )


def queries_look(
    database: Database,
    connection: Connection,
    state: State | None,
    known: Callable[[], Sequence[Finding]],
    unfiled: Unfiled = nothing_unfiled,
) -> Look | None:
    """The look at the statements that the daemon and `check` share; None where none are configured."""
    queries = database.queries
    if queries is None:
        return None
    look = QueriesLook(
        database.name,
        Planner(connection, queries.search_path, queries.recorded),
        _harvest(queries),
        _memory(database.name, state),
        known,
        policy(database, unfiled),
    )
    return within(database.timeouts.look, look)


def tomorrow_look(database: Database, connection: Connection, parts: Parts) -> Look:
    """The look at the statements as after the pending migrations. Raises UsageError where there are none of either."""
    queries, settings = database.queries, database.migrations
    if queries is None or settings is None:
        raise UsageError(
            f"database {database.name} needs both migrations and queries (or recorded ones) for --after-migrations"
        )
    migrations = migrations_of(database.name, settings, connection, parts)
    look = TomorrowLook(
        database.name,
        Planner(connection, queries.search_path, queries.recorded),
        _harvest(queries),
        lambda statements: migrations.rehearsed(statements, queries.search_path),
        policy(database, parts.unfiled),
    )
    return within(database.timeouts.look + Scratch().seconds, look)


def _harvest(queries: Queries) -> Callable[[], Harvest]:
    return functools.partial(harvest, queries.paths, queries.exclude) if queries.paths else Harvest


def _memory(database: str, state: State | None) -> Callable[[], Awaitable[Mapping[str, Known]]]:
    async def memory() -> Mapping[str, Known]:
        return await state.statements(database) if state else {}

    return memory
