"""`baseline`: make, change, show and verify what is expected."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from watchdog.cli.options import DEFAULT_CONFIG, ConfigFile, DatabaseNames, Dsn

app = typer.Typer(help="Make, change, show and verify what is expected.", no_args_is_help=True, rich_markup_mode=None)

File = Annotated[Path | None, typer.Option("--baseline", "--output", help="With --dsn: the baseline file.")]


def _said(reason: str) -> str:
    if not reason.strip():
        raise typer.BadParameter("say why; it is kept in the baseline")
    return reason


@app.command("capture")
def capture_baseline(
    config: ConfigFile = DEFAULT_CONFIG, database: DatabaseNames = None, dsn: Dsn = None, output: File = None
) -> None:
    """Write the schema as it is now into a new baseline file. An existing file is never overwritten: see accept."""
    from watchdog.cli.baseline import capture_baseline as run

    run(config=config, database=database, dsn=dsn, output=output)


@app.command()
def accept(
    reason: Annotated[str, typer.Option("--reason", callback=_said, help="Why the schema as it is now is right.")],
    config: ConfigFile = DEFAULT_CONFIG,
    database: DatabaseNames = None,
    dsn: Dsn = None,
    baseline: File = None,
    fingerprint: Annotated[
        list[str] | None,
        typer.Option("--fingerprint", help="Accept only this finding, in the file of `accepted`; repeatable."),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option("--until", formats=["%Y-%m-%d"], help="With --fingerprint: the last day it holds."),
    ] = None,
) -> None:
    """Print how the schema differs from the baseline, and make the schema as it is now the baseline.

    With --fingerprint the baseline stays: the finding is borne until it changes or its time is over.
    """
    from watchdog.cli.baseline import accept as run

    run(
        reason=reason,
        config=config,
        database=database,
        dsn=dsn,
        baseline=baseline,
        fingerprint=fingerprint,
        until=until,
    )


@app.command()
def show(
    file: Annotated[Path | None, typer.Argument(help="A baseline file; else the configured one.")] = None,
    config: ConfigFile = DEFAULT_CONFIG,
    database: DatabaseNames = None,
) -> None:
    """Print what a baseline expects, an object a line."""
    from watchdog.cli.baseline import show as run

    run(file=file, config=config, database=database)


@app.command()
def verify(
    file: Annotated[Path | None, typer.Argument(help="A baseline file; else the configured one.")] = None,
    config: ConfigFile = DEFAULT_CONFIG,
    database: DatabaseNames = None,
) -> None:
    """Check that a baseline file is whole and unedited, and say what it covers."""
    from watchdog.cli.baseline import verify as run

    run(file=file, config=config, database=database)
