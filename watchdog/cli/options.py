"""Options that several commands share, and what they stand for."""

from pathlib import Path
from typing import Annotated

import typer

from watchdog.config.load import load
from watchdog.config.settings import Config, Database, address
from watchdog.errors import UsageError
from watchdog.finding import Severity


def _address(listen: str | None) -> str | None:
    try:
        return None if listen is None else address(listen)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


ConfigFile = Annotated[
    Path, typer.Option("--config", envvar="SCHEMA_WATCHDOG_CONFIG", help="The configuration file.", show_default=True)
]
DatabaseNames = Annotated[
    list[str] | None,
    typer.Option("--database", metavar="NAME", help="Only this configured database; may be given several times."),
]
Dsn = Annotated[
    str | None, typer.Option("--dsn", help="A server, without a configuration: postgresql://user@host/database")
]
Listen = Annotated[
    str | None,
    typer.Option("--listen", metavar="HOST:PORT", callback=_address, help="Instead of the configuration's `listen`."),
]
FailOn = Annotated[Severity, typer.Option("--fail-on", help="The least severity that makes the exit code 1.")]

DEFAULT_CONFIG = Path("config/watchdog.yaml")


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
