"""Options that several commands share, and what they stand for."""

import getpass
import os
from pathlib import Path
from typing import Annotated

import typer

from watchdog.address import is_dsn
from watchdog.cli.choices import Format, choice
from watchdog.cli.output import Output, output
from watchdog.config.listen import address
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


def _database_names(context: typer.Context, incomplete: str) -> list[str]:
    """The databases of the configuration that the line names, for the shell; without a word where there is none."""
    from watchdog.config.load import names_in  # noqa: PLC0415 as the commands, when it is asked for

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

BaselineOption = Annotated[Path | None, typer.Option("--baseline", help="With --dsn: the baseline file.")]
MigrationsOption = Annotated[
    Path | None,
    typer.Option(
        "--migrations", metavar="DIR", help="With --dsn: the folder of migrations that makes the expectation."
    ),
]
MigrationsFormatOption = Annotated[
    str | None,
    typer.Option("--migrations-format", metavar="TOOL", help="Whose migrations they are, where the files do not tell."),
]
ContractOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--contract",
        metavar="FILE",
        exists=True,
        help="With --dsn: what a component needs; may be given several times.",
    ),
]
QueriesOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--queries",
        metavar="PATH",
        exists=True,
        help="With --dsn: a file or folder with statements of the application.",
    ),
]
RecordedOption = Annotated[
    int,
    typer.Option(
        "--recorded",
        metavar="N",
        min=0,
        help="With --dsn: so many statements of pg_stat_statements, the most frequent.",
    ),
]
SearchPathOption = Annotated[
    str | None,
    typer.Option("--search-path", metavar="NAMES", help="With --dsn: as the application's sessions have it."),
]
ScratchOption = Annotated[
    str | None,
    typer.Option(
        "--scratch-url",
        envvar="SCHEMA_WATCHDOG_SCRATCH_URL",
        help="With --dsn: a server to replay migrations on, instead of an embedded one: postgresql://user@host/database",
    ),
]

DEFAULT_CONFIG = Path("config/watchdog.yaml")


def who() -> str:
    """Who types. In a container the user may have a number and no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"
