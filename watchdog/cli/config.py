"""`config`: the configuration, checked and described."""

import json

import typer

from watchdog.cli.options import DEFAULT_CONFIG, ConfigFile
from watchdog.config.load import load
from watchdog.config.settings import Config

app = typer.Typer(help="Check the configuration, or describe it.", no_args_is_help=True, rich_markup_mode=None)


@app.command()
def check(config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Name every mistake in the configuration file at once. Exits 0 or 2."""
    names = ", ".join(database.name for database in load(config).databases)
    typer.echo(f"{config}: no mistakes; watches {names}")


@app.command()
def schema() -> None:
    """Print the JSON Schema of the configuration, for editors."""
    typer.echo(json.dumps(Config.model_json_schema(), indent=2))
