"""`config`: the configuration, checked and described."""

import typer

from watchdog.cli.options import DEFAULT_CONFIG, ConfigFile

app = typer.Typer(help="Check the configuration, or describe it.", no_args_is_help=True, rich_markup_mode=None)


@app.command()
def check(config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Name every mistake in the configuration file at once. Exits 0 or 2."""
    from watchdog.cli.config import check as run

    run(config=config)


@app.command()
def schema() -> None:
    """Print the JSON Schema of the configuration, for editors."""
    from watchdog.cli.config import schema as run

    run()
