"""`queries`: whether the application's statements plan."""

import asyncio
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from watchdog.cli.check import exit_code
from watchdog.cli.formats import Format, Terms
from watchdog.cli.given import (
    Chosen,
    MigrationsFormatOption,
    MigrationsOption,
    RecordedOption,
    ScratchOption,
    SearchPathOption,
    chosen_databases,
)
from watchdog.cli.looks import look_at, look_at_tomorrow
from watchdog.cli.options import (
    DEFAULT_CONFIG,
    ConfigFile,
    DatabaseNames,
    Dsn,
    FailOn,
    FormatOption,
    OutputOption,
)
from watchdog.cli.tell import cleared, tell
from watchdog.config.settings import Queries
from watchdog.errors import UsageError
from watchdog.finding import Severity
from watchdog.status import CheckResult

app = typer.Typer(help="Check whether the application's statements plan.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """A callback keeps a group of one command a group."""


@app.command()
def check(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(exists=True, help="Files and folders with statements; else those that are configured."),
    ] = None,
    config: ConfigFile = DEFAULT_CONFIG,
    database: DatabaseNames = None,
    dsn: Dsn = None,
    migrations: MigrationsOption = None,
    migrations_format: MigrationsFormatOption = None,
    recorded: RecordedOption = 0,
    search_path: SearchPathOption = None,
    scratch_url: ScratchOption = None,
    after_migrations: Annotated[
        bool,
        typer.Option(
            "--after-migrations", help="As they would be planned after the pending migrations, on a throw-away server."
        ),
    ] = False,
    format: FormatOption = Format.TEXT,  # noqa: A002 the option's name
    output: OutputOption = None,
    fail_on: FailOn = Severity.WARNING,
) -> None:
    """Ask the server whether it can plan each statement. Nothing is executed. Exit codes are those of check."""
    if migrations and not after_migrations:
        raise UsageError("--migrations is of use only with --after-migrations; `check` compares with migrations")
    outputs = cleared(output)
    described = {
        "migrations": migrations,
        "migrations_format": migrations_format,
        "recorded": recorded,
        "search_path": search_path,
        **({"queries": paths} if dsn else {}),
    }
    chosen = [_of(each, paths) for each in chosen_databases(config, database, dsn, described, scratch_url)]
    results = asyncio.run(_all(chosen, after_migrations=after_migrations))
    tell(results, format, outputs, Terms(fail_on=fail_on, source=(paths or [config])[0].as_posix()))
    raise typer.Exit(exit_code(results, fail_on))


def _of(chosen: Chosen, paths: list[Path] | None) -> Chosen:
    """The same database, with other paths."""
    if not paths:
        return chosen
    known = chosen.database.queries
    queries = (
        known.model_copy(update={"paths": tuple(paths)}) if known else Queries(paths=tuple(paths), search_path=None)
    )
    return msgspec.structs.replace(chosen, database=chosen.database.model_copy(update={"queries": queries}))


async def _all(chosen: list[Chosen], *, after_migrations: bool) -> list[CheckResult]:
    if after_migrations:
        return [await look_at_tomorrow(each.database, each.kept) for each in chosen]
    return list(await asyncio.gather(*(look_at(each.database, each.kept, ("queries",)) for each in chosen)))
