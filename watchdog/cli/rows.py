"""`rows`: the readings, their source and validity."""

import asyncio
import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from watchdog.check import verdict
from watchdog.cli.options import DEFAULT_CONFIG, ConfigFile, DatabaseNames, databases
from watchdog.config.load import load
from watchdog.config.settings import Database
from watchdog.errors import UsageError
from watchdog.finding import Finding
from watchdog.rows.drop import accept
from watchdog.rows.level import Name, read_levels
from watchdog.rows.reading import Reading
from watchdog.sqltext import display_name, visible
from watchdog.status import CheckResult
from watchdog.store.state import State
from watchdog.wiring import connect, rows_look, utc_now


def rows(
    config: ConfigFile = DEFAULT_CONFIG,
    database: DatabaseNames = None,
    accepted: Annotated[
        list[str] | None,
        typer.Option("--accept", help="A schema.table whose drop was meant."),
    ] = None,
) -> None:
    """Read the row counts now: each with its source, and what is made of it. Exit codes are those of check."""
    for name in accepted or ():
        if "." not in name:
            raise UsageError(f"--accept {name}: say schema.table, such as public.{name}")
    loaded = load(config)
    chosen = databases(loaded, database)
    path = loaded.state / "watchdog.sqlite3"
    if accepted:
        if not path.exists():
            raise UsageError(f"--accept: {path.parent} holds no levels yet that rows could have fallen from")
        asyncio.run(_accept(path, chosen, accepted))
    results = asyncio.run(_looks(path if path.exists() else None, chosen))
    typer.echo("\n\n".join(_text(result) for result in results))
    drops = any(result.findings for result in results)
    raise typer.Exit(1 if drops else 3 if any(result.reason for result in results) else 0)


async def _looks(path: Path | None, chosen: tuple[Database, ...]) -> list[CheckResult]:
    """Without a state of the daemon's there are readings, but nothing that they could have fallen from."""
    state = await State.open(path) if path else None
    try:
        return [await _look(database, state) for database in chosen]
    finally:
        if state:
            await state.close()


async def _look(database: Database, state: State | None) -> CheckResult:
    async def no_levels() -> Mapping[Name, bytes]:
        return {}

    connection = connect(database)
    levels = functools.partial(state.levels, database.name) if state else no_levels
    try:
        result, _ = await verdict(database.name, "rows", rows_look(database, connection, levels), utc_now)
    finally:
        await connection.close()
    return result


async def _accept(path: Path, chosen: tuple[Database, ...], names: list[str]) -> None:
    """Each name where it has a level; when one has none anywhere, nothing is written."""
    state = await State.open(path)
    try:
        taken = {}
        for database in chosen:
            levels, _ = read_levels(await state.levels(database.name))
            taken[database.name] = {
                name: msgspec.msgpack.encode(accept(level)) for name, level in levels.items() if ".".join(name) in names
            }
        unknown = set(names) - {".".join(name) for levels in taken.values() for name in levels}
        if unknown:
            where = ", ".join(taken)
            raise UsageError(f"--accept {', '.join(sorted(unknown))}: no such table has a level in {where}")
        for database_name, accepted in taken.items():
            await state.keep_levels(database_name, accepted)
    finally:
        await state.close()


def _text(result: CheckResult) -> str:
    findings = {finding.identity: finding for finding in result.findings}
    head = f"{result.database}: {len(result.readings)} tables" + (f": {result.reason}" if result.reason else "")
    return "\n".join(
        [head, *(_line(reading, findings.get((reading.schema, reading.table))) for reading in result.readings)]
    )


def _line(reading: Reading, finding: Finding | None) -> str:
    count = "unknown" if reading.rows is None else f"{reading.rows:,}"
    words = f"{finding.severity.upper()}: {finding.message}" if finding else visible(reading.note)
    return f"  {display_name((reading.schema, reading.table)):44} {count:>14}  {reading.source:8} {words}".rstrip()
