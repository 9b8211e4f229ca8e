"""What watching row counts costs: from a loss to its alert, a look at 10,000 tables, and the counts after an incident.

    .venv/bin/python -m bench.rows_cost loss        10 million rows truncated, and a third of as many deleted
    .venv/bin/python -m bench.rows_cost cycle       a look at 10,000 tables, beside SELECT count(*) of each
    .venv/bin/python -m bench.rows_cost incident    the founding incident's volumes, counted before and after the fix

Quote medians and ratios: a machine's speed drifts.
"""

from typing import Annotated

import typer

from bench.cost.cycle import cycle as measured_cycle
from bench.cost.incident import incident as replayed
from bench.cost.loss import WIDTHS, losses
from watchdog import log

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.callback()
def _quietly() -> None:
    log.configure(level="error")


@app.command()
def loss(
    rows: Annotated[int, typer.Option(min=1000, help="Of each table.")] = 10_000_000,
    runs: Annotated[int, typer.Option(min=1)] = 3,
    every: Annotated[str, typer.Option(help="How often the daemon looks.")] = "1s",
    width: Annotated[str, typer.Option(help=" or ".join(WIDTHS))] = "narrow",
    stays: Annotated[bool, typer.Option("--stays/--ends", help="Whether the session that commits stays open.")] = True,
) -> None:
    """From the commit of a loss to the alert at a receiver, and what was read of the table for it."""
    losses(rows, runs, every, width, stays=stays)


@app.command()
def cycle(
    tables: Annotated[int, typer.Option(min=1)] = 10_000,
    each: Annotated[int, typer.Option(min=1, help="Rows of each table.")] = 1_000,
    rounds: Annotated[int, typer.Option(min=1)] = 5,
) -> None:
    """A look at very many tables, beside SELECT count(*) of each."""
    measured_cycle(tables, each, rounds)


@app.command()
def incident() -> None:
    """The founding incident at its own volumes."""
    replayed()


if __name__ == "__main__":
    app()
