"""All commands, by name."""

from typing import Annotated

import typer

from watchdog import __version__, log
from watchdog.cli import alerts, baseline, check, config, contract, demo, doctor, queries, rows, run

# Tracebacks with local variables would show secrets.
app = typer.Typer(
    name="schema-watchdog",
    help="Guards a production PostgreSQL: schema drift and vanishing rows, as metrics, alerts and a deploy gate.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"schema-watchdog {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    # Else logs of commands would go to stdout, into what scripts read.
    log.configure(level="error")


app.command()(run.run)
app.command()(demo.demo)
app.command()(check.check)
app.command()(check.diff)
app.command()(check.plan)
app.command()(rows.rows)
app.command()(doctor.doctor)
app.add_typer(queries.app, name="queries")
app.add_typer(contract.app, name="contract")
app.add_typer(baseline.app, name="baseline")
app.add_typer(alerts.app, name="alerts")
app.add_typer(config.app, name="config")
