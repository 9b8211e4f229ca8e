"""`queries`: whether the application's statements plan."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import msgspec
import typer

from watchdog.cli.check import exit_code
from watchdog.cli.choices import Format
from watchdog.cli.formats import Terms
from watchdog.cli.given import (
    Chosen,
    chosen_databases,
)
from watchdog.cli.looks import look_at, look_at_tomorrow
from watchdog.cli.output import Output, cleared
from watchdog.cli.tell import tell
from watchdog.config.settings import Queries
from watchdog.errors import UsageError
from watchdog.finding import Severity
from watchdog.status import CheckResult


def check(
    *,
    paths: list[Path] | None,
    config: Path,
    database: list[str] | None,
    dsn: str | None,
    migrations: Path | None,
    migrations_format: str | None,
    recorded: int,
    search_path: str | None,
    scratch_url: str | None,
    after_migrations: bool,
    format: Format,  # noqa: A002 the option's name
    output: Sequence[Output] | None,
    fail_on: Severity,
) -> None:
    """What `queries check` does, as its help has it."""
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
