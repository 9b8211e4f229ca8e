"""A database that is described by options, without a configuration, and the options for it."""

import os
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from watchdog.config.settings import Database
from watchdog.errors import UsageError

NAME = "database"

BaselineOption = Annotated[Path | None, typer.Option("--baseline", help="With --dsn: the baseline file.")]
MigrationsOption = Annotated[
    Path | None,
    typer.Option("--migrations", metavar="DIR", help="With --dsn: the folder of migrations that makes the expectation."),
]
MigrationsFormatOption = Annotated[
    str | None,
    typer.Option("--migrations-format", metavar="TOOL", help="Whose migrations they are, where the files do not tell."),
]
ContractOption = Annotated[
    list[Path] | None,
    typer.Option("--contract", metavar="FILE", help="With --dsn: what a component needs; may be given several times."),
]
QueriesOption = Annotated[
    list[Path] | None,
    typer.Option("--queries", metavar="PATH", help="With --dsn: a file or folder with statements of the application."),
]
RecordedOption = Annotated[
    int,
    typer.Option(
        "--recorded", metavar="N", min=0, help="With --dsn: so many statements of pg_stat_statements, the most frequent."
    ),
]
SearchPathOption = Annotated[
    str | None, typer.Option("--search-path", metavar="NAMES", help="With --dsn: as the application's sessions have it.")
]
ScratchOption = Annotated[
    str | None,
    typer.Option(
        "--scratch-url",
        envvar="SCHEMA_WATCHDOG_SCRATCH_URL",
        help="With --dsn: a server to replay migrations on, instead of an embedded one: postgresql://user@host/database",
    ),
]


def given(
    dsn: str,
    *,
    baseline: Path | None = None,
    migrations: Path | None = None,
    migrations_format: str | None = None,
    contracts: list[Path] | None = None,
    queries: list[Path] | None = None,
    recorded: int = 0,
    search_path: str | None = None,
    scratch_url: str | None = None,
) -> Database:
    """The database that the options describe. Raises UsageError."""
    asks = bool(queries or recorded)
    described = {
        "name": NAME,
        "dsn": dsn,
        "baseline": baseline,
        "on_missing_baseline": "fail",
        "migrations": migrations
        and {"path": migrations, "format": migrations_format, **({"scratch_url": scratch_url} if scratch_url else {})},
        "contracts": contracts or (),
        "queries": {"paths": queries or (), "recorded": recorded, "search_path": search_path} if asks else None,
    }
    try:
        return Database.model_validate(described)
    except ValidationError as error:
        # Without their input: it may hold a password.
        details = error.errors(include_url=False, include_input=False, include_context=False)
        raise UsageError(
            "; ".join(
                " ".join([*(f"--{part}" for part in detail["loc"][:1]), detail["msg"].removeprefix("Value error, ")])
                for detail in details
            ).replace("give one of baseline", "give one of --baseline")
        ) from None


def cache_folder() -> Path:
    """Where what was replayed is kept for the next time, where no state folder is configured."""
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "schema-watchdog"
