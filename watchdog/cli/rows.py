"""`rows`: the readings, their source and validity, their trend, and what is made of them."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import msgspec
import typer

from watchdog.check import verdict
from watchdog.cli.given import databases
from watchdog.cli.looks import state_file
from watchdog.cli.options import who
from watchdog.cli.sparkline import sparkline
from watchdog.cli.text import rows_text
from watchdog.config.contract import load as load_contracts
from watchdog.config.load import load
from watchdog.config.settings import Database
from watchdog.errors import UsageError
from watchdog.finding import Finding
from watchdog.look.rows import Due
from watchdog.look.unfiled import InState, nothing_unfiled
from watchdog.rows.drop import accept
from watchdog.rows.history import HOUR, Point
from watchdog.rows.judge import nothing_due, whole
from watchdog.rows.level import Level, Name, read_levels
from watchdog.rows.life import silence
from watchdog.rows.reading import Reading
from watchdog.rows.selection import matches
from watchdog.rows.terms import Budget, Terms
from watchdog.sqltext import display_name
from watchdog.status import CheckResult
from watchdog.store.state import State
from watchdog.wiring.database import connect, connect_replica, utc_now
from watchdog.wiring.rows import rows_look, terms

# A day in bars of two hours, so that a line fits a terminal of 80 columns unless a name is long.
BARS, HOURS_A_BAR = 12, 2
# Who asks for a count waits for it; the bounds of a statement hold all the same.
ASKED_FOR = Budget(pages=2**40, seconds=3600.0)


def rows(
    *, config: Path, database: list[str] | None, accepted: list[str] | None, reason: str, count: list[str] | None
) -> None:
    """What `rows` does, as its help has it."""
    for option, names in (("--accept", accepted), ("--count", count)):
        for name in names or ():
            if "." not in name:
                raise UsageError(f"{option} {name}: say schema.table, such as public.{name or 'orders'}")
    if accepted and not reason.strip():
        raise UsageError("--accept needs --reason WHY, for whoever reads the events")
    if reason and not accepted:
        raise UsageError("--reason goes with --accept; nothing was accepted")
    loaded = load(config)
    chosen = databases(loaded, database)
    path = state_file(loaded)
    if accepted:
        if not path.exists():
            raise UsageError(f"--accept: {path.parent} holds no levels yet that rows could have fallen from")
        asyncio.run(accept_rows(path, chosen, accepted, reason, who()))
    results, trends = asyncio.run(_looks(path if path.exists() or count else None, chosen, count or []))
    typer.echo("\n\n".join(rows_text(result, trends[result.database]) for result in results))
    _refuse_strangers(count or [], results)
    drops = any(finding.state == "open" for result in results for finding in result.findings)
    raise typer.Exit(1 if drops else 3 if any(result.reason for result in results) else 0)


async def _looks(
    path: Path | None, chosen: tuple[Database, ...], count: list[str]
) -> tuple[list[CheckResult], dict[str, Mapping[Name, str]]]:
    """Without a state of the daemon's there are readings, but nothing that they could have fallen from."""
    state = await State.open(path) if path else None
    try:
        results = [await _look(database, state, count) for database in chosen]
        trends = {database.name: await _trends(database, state) for database in chosen}
        return results, trends
    finally:
        if state:
            await state.close()


async def _look(database: Database, state: State | None, count: list[str]) -> CheckResult:
    connection, replica = connect(database), connect_replica(database)
    due, budget = (_matching(count), ASKED_FOR) if count else (nothing_due, None)
    try:
        unfiled = InState(state, database.name) if state else nothing_unfiled
        contracts = load_contracts(database.contracts)
        look = rows_look(database, connection, replica, state, due, budget, contracts, unfiled)
        result, seen = await verdict(database.name, "rows", look, utc_now)
        if count and state and seen:
            made = {_name(one) for one in result.readings if one.counted and one.counted.at == result.checked_at}
            bodies = {name: body for name, body in seen.levels.items() if name in made and body is not None}
            await state.change_levels(database.name, bodies)
            result = _with_uncounted(result, sum(_fits(_name(one), count) for one in result.readings), len(made))
    finally:
        await connection.close()
        if replica:
            await replica.close()
    return result


def _matching(patterns: Sequence[str]) -> Due:
    return lambda _, observed, __: tuple(whole(each) for each in observed if _fits(each.name, patterns))


def _name(reading: Reading) -> Name:
    return (reading.schema, reading.table)


def _fits(name: Name, patterns: Sequence[str]) -> bool:
    return matches(*name, patterns) or display_name(name) in patterns


def _is_named(name: Name, said: str) -> bool:
    """By the name as it is stored, or as findings show it, from which people copy."""
    return said in (".".join(name), display_name(name))


def _with_uncounted(result: CheckResult, asked: int, made: int) -> CheckResult:
    """Who asked for counts must not take it that all were made; why one was not stands below its table."""
    if made >= asked:
        return result
    words = f"{asked - made:,} of {asked:,} tables were not counted"
    return msgspec.structs.replace(result, reason="; ".join(filter(None, (words, result.reason))))


def _refuse_strangers(patterns: Sequence[str], results: Sequence[CheckResult]) -> None:
    """Raise UsageError for patterns that fit no table, where all tables are known."""
    if any(result.server is None for result in results):
        return
    names = [_name(reading) for result in results for reading in result.readings]
    strange = [pattern for pattern in patterns if not any(_fits(name, [pattern]) for name in names)]
    if strange:
        where = ", ".join(result.database for result in results)
        raise UsageError(f"--count {', '.join(strange)}: no such table is watched in {where}")


async def _trends(database: Database, state: State | None) -> Mapping[Name, str]:
    now = utc_now()
    histories: Mapping[Name, tuple[Point, ...]] = (
        await state.histories(database.name, HOUR, now - BARS * HOURS_A_BAR * HOUR) if state else {}
    )
    return {name: sparkline(points, now, HOURS_A_BAR * HOUR, BARS) for name, points in histories.items()}


async def accept_rows(path: Path, chosen: tuple[Database, ...], names: list[str], reason: str, by: str) -> None:
    """Each name where it has a level; when one has none anywhere, nothing is written."""
    state = await State.open(path)
    try:
        taken: dict[str, dict[Name, Level]] = {}
        for database in chosen:
            levels, _ = read_levels(await state.levels(database.name))
            taken[database.name] = {
                name: level for name, level in levels.items() if any(_is_named(name, said) for said in names)
            }
        known = [name for levels in taken.values() for name in levels]
        unknown = {said for said in names if not any(_is_named(name, said) for name in known)}
        if unknown:
            where = ", ".join(taken)
            raise UsageError(f"--accept {', '.join(sorted(unknown))}: no such table has a level in {where}")
        now, why = utc_now(), f"by {by}: {reason}"
        for database in chosen:
            found, agreed = taken[database.name], terms(database, load_contracts(database.contracts))
            bodies = {name: msgspec.msgpack.encode(accept(level)) for name, level in found.items()}
            findings = [_borne(database.name, level, agreed(*name), now) for name, level in found.items()]
            await state.accept_levels(database.name, bodies, [each for each in findings if each], why, now)
            for name, borne in zip(found, findings, strict=True):
                what = borne.message if borne else f"{display_name(name)} as it is; no drop and no silence was open"
                typer.echo(f"accepted in {database.name}: {what}")
    finally:
        await state.close()


def _borne(database: str, level: Level, agreed: Terms, now: datetime) -> Finding | None:
    """What `accept` ends: the drop, or without one the silence; None where neither is told."""
    if level.drop is not None:
        return level.drop.finding
    pulse = level.track.pulse
    return silence(database, level.name, pulse, agreed, now) if pulse is not None else None
