"""`contract`: what a component needs of a database."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from watchdog.cli.given import RecordedOption
from watchdog.cli.options import DEFAULT_CONFIG, ConfigFile, DatabaseNames, Dsn, one_database
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

app = typer.Typer(help="Say what a component needs of a database.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """A callback keeps a group of one command a group."""


@app.command()
def suggest(
    component: Annotated[str, typer.Argument(help="The component's name, such as milo-aggregator.")],
    paths: Annotated[
        list[Path] | None, typer.Argument(exists=True, help="Files and folders that hold its statements.")
    ] = None,
    config: ConfigFile = DEFAULT_CONFIG,
    database: DatabaseNames = None,
    dsn: Dsn = None,
    recorded: RecordedOption = 0,
    role: Annotated[
        str | None, typer.Option("--role", help="The component's role: its privileges are needed too.")
    ] = None,
) -> None:
    """Print a first contract: what the component's statements name of the schema as it is now.

    Put it into config/contracts/, cut what is not needed, and say why the rest is.
    """
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
