"""All commands, by name. Of the one that is typed the options are imported, and what it does when it runs."""

import functools
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from watchdog import __version__

# Name -> the module in `commands`, and what of it is the command or the group of commands.
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
    found = getattr(import_module(f"watchdog.cli.commands.{module}"), attribute)
    alone = _typer()
    if isinstance(found, typer.Typer):
        alone.add_typer(found, name=name)
    else:
        alone.command(name)(found)
    command: Any = get_group(alone).commands[name]
    for each in getattr(command, "commands", {name: command}).values():
        each.callback = _quiet(each.callback)
    return command


def _quiet(run: Callable[..., None]) -> Callable[..., None]:
    """The same, with logs of errors only, to stderr: stdout is what scripts read."""

    @functools.wraps(run)
    def quiet(*given: Any, **named: Any) -> None:  # noqa: ANN401 whatever its options are
        from watchdog import log  # noqa: PLC0415 as what the command does, when it runs

        log.configure(level="error")
        run(*given, **named)

    return quiet


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
    """What can be said before a command."""
