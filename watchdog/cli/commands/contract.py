"""`contract`: what a component needs of a database."""

from pathlib import Path
from typing import Annotated

import typer

from watchdog.cli.options import DEFAULT_CONFIG, ConfigFile, DatabaseNames, Dsn, RecordedOption

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
    from watchdog.cli.contract import suggest as run

    run(component=component, paths=paths, config=config, database=database, dsn=dsn, recorded=recorded, role=role)
