"""The databases that a command is about: configured ones, or one that is described by options."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from pydantic import ValidationError

from watchdog.cli.looks import Kept, kept_by
from watchdog.config.load import load
from watchdog.config.settings import Config, Database, Judge
from watchdog.errors import UsageError
from watchdog.finding import Severity

NAME = "database"


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """A database that a command looks at, and what is kept of it."""

    database: Database
    kept: Kept


def chosen_databases(
    config: Path, names: list[str] | None, dsn: str | None, options: Mapping[str, object], scratch_url: str | None
) -> Sequence[Chosen]:
    """The configured databases of those names, or all; or the one that --dsn and the options describe.

    Raises:
        UsageError: options that do not go together, or describe nothing.
        ConfigError: the configuration is wrong.
    """
    if dsn is None:
        if used := [f"--{name.replace('_', '-')}" for name, value in options.items() if value]:
            raise UsageError(f"{', '.join(used)} goes with --dsn; a configured database has its own")
        loaded = load(config)
        return [Chosen(database=each, kept=kept_by(loaded)) for each in databases(loaded, names)]
    if names:
        raise UsageError("--database and --dsn exclude each other")
    kept = Kept(state=None, expected=_cache_folder())
    return [Chosen(database=_given(dsn, options, scratch_url), kept=kept)]


def strict_on_pending(chosen: Chosen) -> Chosen:
    """The same, with pending migrations judged as warnings, unless the configuration judges them otherwise."""
    judge = Judge(kind="migration", change="missing", severity=Severity.WARNING)
    severity = (*chosen.database.severity, judge)
    return msgspec.structs.replace(chosen, database=chosen.database.model_copy(update={"severity": severity}))


def _given(dsn: str, options: Mapping[str, object], scratch_url: str | None) -> Database:
    migrations, queries, recorded = options.get("migrations"), options.get("queries"), options.get("recorded")
    scratch = {"scratch_url": scratch_url} if scratch_url else {}
    described = {
        "name": NAME,
        "dsn": dsn,
        "baseline": options.get("baseline"),
        "on_missing_baseline": "fail",
        "migrations": migrations and {"path": migrations, "format": options.get("migrations_format"), **scratch},
        "contracts": options.get("contract") or (),
        # Only of those tables of whose rows a contract speaks: of all others nothing is agreed, and nothing remembered.
        "rows": {"watch": ()},
        "queries": {"paths": queries or (), "recorded": recorded, "search_path": options.get("search_path")}
        if queries or recorded
        else None,
    }
    if not any(described[name] for name in ("baseline", "migrations", "contracts", "queries")):
        raise UsageError(
            "--dsn needs something to compare with: --baseline FILE (make one: schema-watchdog baseline capture --dsn "
            "... --output FILE), --migrations DIR, --contract FILE, --queries PATH or --recorded N"
        )
    for option, given in (("migrations_format", migrations), ("search_path", queries or recorded)):
        if options.get(option) and not given:
            raise UsageError(f"--{option.replace('_', '-')} says how something is read that is not given")
    try:
        return Database.model_validate(described)
    except ValidationError as error:
        # Without their input: it may hold a password.
        details = error.errors(include_url=False, include_input=False, include_context=False)
        said = [(detail["loc"], detail["msg"].removeprefix("Value error, ")) for detail in details]
        raise UsageError("; ".join(": ".join([*map(str, loc), what]) for loc, what in said)) from None


def _cache_folder() -> Path:
    """Where what was replayed is kept for the next time, where no state folder is configured."""
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "schema-watchdog"


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
