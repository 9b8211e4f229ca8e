"""`contract`: what a component needs of a database."""

import asyncio
from pathlib import Path

import typer

from watchdog.cli.given import one_database
from watchdog.contracts.suggest import suggested
from watchdog.errors import UsageError
from watchdog.expect.queries import harvest
from watchdog.postgres.capture import capture_once
from watchdog.postgres.connection import Connection
from watchdog.postgres.planning import Planner
from watchdog.queries.statement import Harvest
from watchdog.schema.snapshot import Snapshot
from watchdog.sqltext import how_many
from watchdog.wiring.database import connect


def suggest(
    *,
    component: str,
    paths: list[Path] | None,
    config: Path,
    database: list[str] | None,
    dsn: str | None,
    recorded: int,
    role: str | None,
) -> None:
    """What `contract suggest` does, as its help has it."""
    if not paths and not recorded:
        raise UsageError("name files or folders with the component's statements, or --recorded N")
    found = harvest(paths) if paths else Harvest()
    connection = Connection(dsn) if dsn else connect(one_database(config, database))
    actual, more = asyncio.run(_seen(connection, recorded))
    statements = [each.sql for each in found.statements] + more
    typer.echo(suggested(component, statements, actual, role), nl=False)
    if found.unread:
        typer.echo(f"not in it, as it could not be read whole: {how_many(len(found.unread), 'statement')}", err=True)


async def _seen(connection: Connection, recorded: int) -> tuple[Snapshot, list[str]]:
    statements, _ = await Planner(connection, most_recorded=recorded).recorded()
    return await capture_once(connection), [each.sql for each in statements]
