"""`queries`: whether the application's statements plan."""

from pathlib import Path
from typing import Annotated

import typer

from watchdog.cli.choices import Format
from watchdog.cli.options import (
    DEFAULT_CONFIG,
    ConfigFile,
    DatabaseNames,
    Dsn,
    FailOn,
    FormatOption,
    MigrationsFormatOption,
    MigrationsOption,
    OutputOption,
    RecordedOption,
    ScratchOption,
    SearchPathOption,
)
from watchdog.finding import Severity

app = typer.Typer(help="Check whether the application's statements plan.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """A callback keeps a group of one command a group."""


@app.command()
def check(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(exists=True, help="Files and folders with statements; else those that are configured."),
    ] = None,
    config: ConfigFile = DEFAULT_CONFIG,
    database: DatabaseNames = None,
    dsn: Dsn = None,
    migrations: MigrationsOption = None,
    migrations_format: MigrationsFormatOption = None,
    recorded: RecordedOption = 0,
    search_path: SearchPathOption = None,
    scratch_url: ScratchOption = None,
    after_migrations: Annotated[
        bool,
        typer.Option(
            "--after-migrations", help="As they would be planned after the pending migrations, on a throw-away server."
        ),
    ] = False,
    format: FormatOption = Format.TEXT,  # noqa: A002 the option's name
    output: OutputOption = None,
    fail_on: FailOn = Severity.WARNING,
) -> None:
    """Ask the server whether it can plan each statement. Nothing is executed. Exit codes are those of check."""
    from watchdog.cli.queries import check as run

    run(
        paths=paths,
        config=config,
        database=database,
        dsn=dsn,
        migrations=migrations,
        migrations_format=migrations_format,
        recorded=recorded,
        search_path=search_path,
        scratch_url=scratch_url,
        after_migrations=after_migrations,
        format=format,
        output=output,
        fail_on=fail_on,
    )
