"""`config`: the configuration, checked and described."""

import json
from pathlib import Path

import typer

from watchdog.config.load import load
from watchdog.config.settings import Config


def check(*, config: Path) -> None:
    """What `config check` does, as its help has it."""
    names = ", ".join(database.name for database in load(config).databases)
    typer.echo(f"{config}: no mistakes; watches {names}")


def schema() -> None:
    """What `config schema` does, as its help has it."""
    typer.echo(json.dumps(Config.model_json_schema(), indent=2))
