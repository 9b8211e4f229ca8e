"""Options that several commands share, and what they stand for."""

import enum
import getpass
import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from watchdog.address import is_dsn
from watchdog.cli.formats import Format
from watchdog.cli.tell import Output, output
from watchdog.config.fields import address
from watchdog.config.load import load, names_in
from watchdog.config.settings import Config, Database
from watchdog.errors import UsageError
from watchdog.finding import Severity


def address_given(listen: str | None) -> str | None:
    """The callback of an option that takes an address to listen on."""
    try:
        return None if listen is None else address(listen)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _server(context: typer.Context, dsn: str | None) -> str | None:
    if dsn is None:
        return None
    if not is_dsn(dsn):
        raise typer.BadParameter("must begin with postgresql:// (not shown, it may hold a password; is it empty?)")
    source = context.get_parameter_source("config")
    if source is not None and source.name == "COMMANDLINE":
        raise typer.BadParameter("--config and --dsn exclude each other")
    return dsn


Choice = TypeVar("Choice", bound=enum.StrEnum)


def choice(option: str, choices: type[enum.StrEnum], words: str) -> Any:  # noqa: ANN401 as typer's own has it
    """An option whose value is one of a few, which the shell completes."""
    return typer.Option(
        option,
        parser=_one_of(choices),
        autocompletion=_completion_of(choices),
        metavar=f"[{'|'.join(choices)}]",
        help=words,
    )


def _one_of(choices: type[Choice]) -> Callable[[str], Choice]:
    """A parser that names the choices where something else is given."""

    def parse(value: str) -> Choice:
        try:
            return choices(value)
        except ValueError:
            raise typer.BadParameter(f"{value!r} is not one of {', '.join(choices)}") from None

    return parse


def _completion_of(choices: type[enum.StrEnum]) -> Callable[[str], list[str]]:
    """The choices that begin with what was typed, for the shell."""

    def complete(incomplete: str) -> list[str]:
        return [choice for choice in choices if choice.startswith(incomplete)]

    return complete


def _database_names(context: typer.Context, incomplete: str) -> list[str]:
    """The databases of the configuration that the line names, for the shell; without a word where there is none."""
    names = names_in(Path(context.params.get("config") or DEFAULT_CONFIG))
    return [name for name in names if name.startswith(incomplete)]


# Eager, so that it is known whether it was given when --dsn is looked at.
ConfigFile = Annotated[
    Path,
    typer.Option(
        "--config", envvar="SCHEMA_WATCHDOG_CONFIG", is_eager=True, help="The configuration file.", show_default=True
    ),
]
DatabaseNames = Annotated[
    list[str] | None,
    typer.Option(
        "--database",
        metavar="NAME",
        autocompletion=_database_names,
        help="Only this configured database; may be given several times.",
    ),
]
Dsn = Annotated[
    str | None,
    typer.Option("--dsn", callback=_server, help="A server, without a configuration: postgresql://user@host/database"),
]
Listen = Annotated[
    str | None,
    typer.Option(
        "--listen", metavar="HOST:PORT", callback=address_given, help="Instead of the configuration's `listen`."
    ),
]


class TextOrJson(enum.StrEnum):
    """For people, or for scripts."""

    TEXT = "text"
    JSON = "json"


FailOn = Annotated[
    Severity,
    choice("--fail-on", Severity, "The least severity that makes the exit code 1."),
]
FormatOption = Annotated[
    Format,
    choice(
        "--format",
        Format,
        "What is printed: text for people, the others for scripts and CI servers (docs/pipelines.md).",
    ),
]
OutputOption = Annotated[
    list[Output] | None,
    typer.Option(
        "--output",
        parser=output,
        metavar="FORMAT=FILE",
        help="Write the same verdict into a file too, such as sarif=watchdog.sarif; may be given several times.",
    ),
]

DEFAULT_CONFIG = Path("config/watchdog.yaml")


def who() -> str:
    """Who types. In a container the user may have a number and no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def databases(config: Config, names: list[str] | None) -> tuple[Database, ...]:
    """The configured databases of those names, or all. Raises UsageError for a name that is not configured."""
    known = {database.name: database for database in config.databases}
    for name in names or ():
        if name not in known:
            raise UsageError(f"--database {name}: not configured (configured: {', '.join(known)})")
    return tuple(known[name] for name in names or known)


def one_database(path: Path, names: list[str] | None) -> Database:
    """The one database that a command is about. Raises ConfigError, UsageError."""
    chosen = databases(load(path), names)
    if len(chosen) != 1:
        raise UsageError(f"say which with --database NAME (configured: {', '.join(each.name for each in chosen)})")
    return chosen[0]
