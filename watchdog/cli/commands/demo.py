"""`demo`: the incident, replayed in front of the user on an embedded PostgreSQL, by the real daemon."""

from pathlib import Path
from typing import Annotated

import typer

from watchdog.cli.options import address_given


def demo(
    watch: Annotated[
        bool, typer.Option("--watch", help="Only watch, until Ctrl-C; replay from another terminal.")
    ] = False,
    folder: Annotated[Path, typer.Option("--folder", help="Where the demonstration keeps its files.")] = Path(".demo"),
    listen: Annotated[
        str,
        typer.Option("--listen", metavar="HOST:PORT", callback=address_given, help="Of the page and the metrics."),
    ] = "127.0.0.1:9723",
) -> None:
    """Replay the incident on an embedded PostgreSQL: against `demo --watch` if one runs, else all by itself."""
    from watchdog.cli.demo import demo as run

    run(watch=watch, folder=folder, listen=listen)
