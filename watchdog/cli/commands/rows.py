"""`rows`: the readings, their source and validity, their trend, and what is made of them."""

from typing import Annotated

import typer

from watchdog.cli.options import DEFAULT_CONFIG, ConfigFile, DatabaseNames


def rows(
    config: ConfigFile = DEFAULT_CONFIG,
    database: DatabaseNames = None,
    accepted: Annotated[
        list[str] | None,
        typer.Option("--accept", metavar="SCHEMA.TABLE", help="A table whose drop or silence was meant; repeatable."),
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="With --accept: why, for whoever reads the events.")] = "",
    count: Annotated[
        list[str] | None,
        typer.Option(
            "--count",
            metavar="SCHEMA.TABLE",
            help="Count these tables to the end now (patterns such as public.*), and remember it; repeatable.",
        ),
    ] = None,
) -> None:
    """Read the row counts now: each with its source, trend and verdict. Exit codes are those of check."""
    from watchdog.cli.rows import rows as run

    run(config=config, database=database, accepted=accepted, reason=reason, count=count)
