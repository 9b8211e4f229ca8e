"""All commands, by name. Each is imported when it is asked for: to import all of them takes most of a second."""

from collections.abc import Mapping
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from watchdog import __version__, log

# Name -> the module here, and what of it is the command or the group of commands.
COMMANDS: Mapping[str, tuple[str, str]] = {
    "run": ("run", "run"),
    "demo": ("demo", "demo"),
    "check": ("check", "check"),
    "diff": ("check", "diff"),
    "plan": ("check", "plan"),
    "rows": ("rows", "rows"),
    "doctor": ("doctor", "doctor"),
    "queries": ("queries", "app"),
    "contract": ("contract", "app"),
    "baseline": ("baseline", "app"),
    "alerts": ("alerts", "app"),
    "config": ("config", "app"),
}


class Commands(TyperGroup):
    """The group of all commands, of which none is there before it is asked for."""

    def __init__(self, **more: Any) -> None:  # noqa: ANN401 as in the class above
        super().__init__(**more)
        # Their names are what a mistyped one is likened to.
        self.commands = dict.fromkeys(COMMANDS)  # type: ignore[assignment]

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 as in the class above
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401, ARG002
        return _command(cmd_name) if cmd_name in COMMANDS else None


def _command(name: str) -> Any:  # noqa: ANN401 a command of the click that Typer brings along
    module, attribute = COMMANDS[name]
    found = getattr(import_module(f"watchdog.cli.{module}"), attribute)
    alone = _typer()
    if isinstance(found, typer.Typer):
        alone.add_typer(found, name=name)
    else:
        alone.command(name)(found)
    return get_group(alone).commands[name]


def _typer(**more: Any) -> typer.Typer:  # noqa: ANN401 as Typer takes them
    # Tracebacks with local variables would show secrets.
    return typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None, **more)


app = _typer(
    cls=Commands,
    name="schema-watchdog",
    help="Guards a production PostgreSQL: schema drift and vanishing rows, as metrics, alerts and a deploy gate.",
    no_args_is_help=True,
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
