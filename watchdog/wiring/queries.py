"""The looks at the statements of the application, as configured."""

import functools
from collections.abc import Awaitable, Callable, Mapping, Sequence

from watchdog.config.settings import Database, Queries
from watchdog.errors import UsageError
from watchdog.expect.queries import harvest
from watchdog.finding import Finding
from watchdog.look.queries import QueriesLook
from watchdog.look.seen import Look, within
from watchdog.look.tomorrow import TomorrowLook
from watchdog.look.unfiled import Unfiled
from watchdog.postgres.connection import Connection
from watchdog.postgres.planning import Planner
from watchdog.postgres.replay import Scratch
from watchdog.queries.memory import Known
from watchdog.queries.statement import Harvest
from watchdog.store.state import State
from watchdog.wiring.database import policy
from watchdog.wiring.migrations import migrations_of
from watchdog.wiring.schema import Parts


def look_of(
    database: Database,
    queries: Queries,
    connection: Connection,
    state: State | None,
    known: Callable[[], Sequence[Finding]],
    unfiled: Unfiled,
) -> Look:
    """The look at the statements as they are; the arguments are those of `watchdog.wiring.schema.queries_look`."""
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
