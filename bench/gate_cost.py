"""What the deploy gate costs the server that it asks, and who waits for it.

    .venv/bin/python -m bench.gate_cost planning        1,000 statements of pg_stat_statements, planned beside a load
    .venv/bin/python -m bench.gate_cost cached          a verdict on 100 tables whose migrations were replayed before

Quote medians and ratios: a machine's speed drifts.
"""

from typing import Annotated

import typer

from bench.cost.cached import cached as measured_cached
from bench.cost.planning import planning as measured_planning
from watchdog import log

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.callback()
def _quietly() -> None:
    log.configure(level="error")


@app.command()
def planning(rounds: Annotated[int, typer.Option(min=1)] = 5) -> None:
    """Statements that a server recorded, planned there while it is busy."""
    measured_planning(rounds)


@app.command()
def cached(rounds: Annotated[int, typer.Option(min=1)] = 5) -> None:
    """The whole command, from its start to its verdict."""
    measured_cached(rounds)


if __name__ == "__main__":
    app()
