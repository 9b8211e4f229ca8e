"""The looks that commands make at a database: at its schema, its rows, and the application's statements."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import msgspec
import typer

from watchdog.check import verdict
from watchdog.config.settings import Config, Database
from watchdog.contracts.contract import Contract
from watchdog.contracts.needs import needs
from watchdog.errors import UsageError
from watchdog.look.seen import Look
from watchdog.look.unfiled import InState, Unfiled, nothing_unfiled
from watchdog.postgres.connection import Connection
from watchdog.sqltext import how_many
from watchdog.status import CheckName, CheckResult
from watchdog.status.report import joined
from watchdog.store.state import State
from watchdog.wiring.database import connect, connect_replica, utc_now
from watchdog.wiring.schema import EXPECTED, Parts, queries_look, schema_look

ALL: tuple[CheckName, ...] = ("schema", "rows", "queries")


def state_file(config: Config) -> Path:
    return config.state / "watchdog.sqlite3"


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept from one look to the next.

    Attributes:
        state: the state file; None where none is configured.
        expected: the folder of what was replayed.
    """

    state: Path | None
    expected: Path


def kept_by(config: Config) -> Kept:
    return Kept(state=state_file(config), expected=config.state / EXPECTED)


async def look_at(database: Database, kept: Kept, checks: tuple[CheckName, ...] = ALL) -> CheckResult:
    """Look at what is configured of a database, one thing after the other, as one result.

    Tables that were counted before are counted again. Without a state there is nothing that rows could have fallen
    from, but what is declared of them holds all the same.

    Raises:
        UsageError: nothing of it is configured.
        ConfigError: a contract is wrong.
    """
    contracts = _contracts(database.contracts)
    connection, replica = connect(database), connect_replica(database)
    state = await _opened(kept.state)
    try:
        unfiled = InState(state, database.name) if state else nothing_unfiled
        parts = Parts(cache=kept.expected, progress=replaying, unfiled=unfiled)
        expecting = schema_look(database, connection, parts, contracts)
        looks = {
            "schema": expecting.look if expecting else None,
            "rows": _rows_look(database, connection, replica, state, contracts, unfiled),
            "queries": queries_look(database, connection, state, expecting.known if expecting else tuple, unfiled),
        }
        wanted = [(check, look) for check in checks if (look := looks[check]) is not None]
        if not wanted:
            raise UsageError(f"database {database.name} has nothing configured that could be looked at")
        results = [(await verdict(database.name, check, look, utc_now))[0] for check, look in wanted]
    finally:
        await connection.close()
        if replica:
            await replica.close()
        if state:
            await state.close()
    return joined(results)


def _contracts(paths: Sequence[Path]) -> Sequence[Contract]:
    if not paths:
        return ()
    # With what a contract may say: most of the settings.
    from watchdog.config.contract import load  # noqa: PLC0415

    return load(paths)


def _rows_look(
    database: Database,
    connection: Connection,
    replica: Connection | None,
    state: State | None,
    contracts: Sequence[Contract],
    unfiled: Unfiled,
) -> Look | None:
    if not database.rows.watch and not needs(contracts):
        return None
    # With what judges rows.
    from watchdog.rows.judge import recount  # noqa: PLC0415
    from watchdog.wiring.rows import rows_look  # noqa: PLC0415

    return rows_look(database, connection, replica, state, recount, contracts=contracts, unfiled=unfiled)


async def _opened(state_path: Path | None) -> State | None:
    """The state, where there is one: a look by hand makes none."""
    exists = state_path is not None and await asyncio.to_thread(state_path.exists)
    return await State.open(state_path) if state_path and exists else None


async def look_at_tomorrow(database: Database, kept: Kept) -> CheckResult:
    """How the statements would fare after the pending migrations. Raises UsageError where there are none of either."""
    # With what reads sources, migrations and plans.
    from watchdog.wiring.queries import tomorrow_look  # noqa: PLC0415

    connection = connect(database)
    state = await _opened(kept.state)
    try:
        unfiled = InState(state, database.name) if state else nothing_unfiled
        look = tomorrow_look(database, connection, Parts(cache=kept.expected, progress=replaying, unfiled=unfiled))
        return (await verdict(database.name, "queries", look, utc_now))[0]
    finally:
        await connection.close()
        if state:
            await state.close()


def replaying(done: int, total: int) -> None:
    """Tell a person how far a replay is; results go to stdout, this does not."""
    if done == 0:
        typer.echo(f"replaying {how_many(total, 'migration')} on a throw-away PostgreSQL", err=True)
    elif done < total:
        typer.echo(f"replayed {done:,} of {how_many(total, 'migration')}", err=True)
