"""`alerts accept`, `unaccept` and `accepted`: what is borne, in the state at first, and then in git."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path

import msgspec
import typer

from watchdog.alerts import said
from watchdog.alerts.alert import Standing
from watchdog.cli.alerts.common import opened
from watchdog.cli.given import databases
from watchdog.cli.looks import state_file
from watchdog.cli.rows import accept_rows
from watchdog.config.load import load
from watchdog.config.settings import Config, Database
from watchdog.errors import UnknownError, UsageError
from watchdog.expect.acceptances import append, entry, read
from watchdog.look.unfiled import is_filed
from watchdog.sqltext import visible
from watchdog.store.acceptances import Recorded
from watchdog.store.state import State
from watchdog.wiring.database import utc_now


def accept(*, fingerprint: str, reason: str, config: Path, by: str | None, until: datetime | None) -> None:
    """What `alerts accept` does, as its help has it."""
    loaded, day = load(config, secrets=False), until.date() if until else None
    one = asyncio.run(_meant(loaded, fingerprint))
    if said.moves(one.finding):
        if day:
            raise UsageError("--until: rows are accepted as they are now, for good; leave it out")
        chosen = databases(loaded, [one.database])
        asyncio.run(accept_rows(state_file(loaded), chosen, [".".join(one.finding.identity)], reason, str(by)))
        return
    asyncio.run(_accept(loaded, one, str(by), reason, day))
    file = next((each.accepted for each in loaded.databases if each.name == one.database), None)
    typer.echo(visible(f"accepted{f' until {day}' if day else ''}: {one.finding.message}"))
    typer.echo(
        "in the watchdog's state only: "
        + (
            f"`schema-watchdog alerts accepted --write` brings it into {file}, for git"
            if file
            else f"set `accepted` of database {one.database} in the configuration to have a file for git"
        )
    )


def unaccept(*, fingerprint: str, config: Path, by: str | None) -> None:
    """What `alerts unaccept` does, as its help has it."""
    loaded = load(config, secrets=False)

    async def take_back() -> Recorded:
        async with opened(loaded) as state:
            known = {
                each.acceptance.fingerprint: (database.name, each)
                for database in loaded.databases
                for each in await state.recorded(database.name)
            }
            try:
                meant = said.beginning(known, fingerprint)
            except UnknownError:
                raise UnknownError(
                    f"{fingerprint}: no such acceptance is in the state; what is in the file is taken out there"
                ) from None
            database, each = known[meant]
            await state.take_back(database, meant, str(by), utc_now())
            return each

    typer.echo(visible(f"not accepted any more: {asyncio.run(take_back()).finding.message}"))


def accepted(*, config: Path, database: list[str] | None, export: bool, write: bool) -> None:
    """What `alerts accepted` does, as its help has it."""
    if export and write:
        raise UsageError("--export prints and --write writes; give one of them")
    loaded = load(config, secrets=False)
    chosen = databases(loaded, database)
    found = asyncio.run(_unfiled(loaded, chosen))
    if export:
        typer.echo("".join(_exported(found)), nl=False)
    elif write:
        asyncio.run(_write(loaded, found))
    else:
        typer.echo("\n".join(_lines(found)) or "nothing is accepted in the state only")


async def _meant(config: Config, fingerprint: str) -> Standing:
    async with opened(config) as state:
        return said.meant((await state.books()).standing, fingerprint)


async def _accept(config: Config, one: Standing, by: str, reason: str, until: date | None) -> None:
    now = utc_now()
    acceptance = said.acceptance(one, by, reason, now, until)
    async with opened(config) as state:
        await state.accept(one.database, one.finding, acceptance, now)


_Unfiled = Sequence[tuple[Database, Recorded]]


async def _unfiled(config: Config, chosen: Sequence[Database]) -> _Unfiled:
    """What the files do not say; what they say as well, or what has ended, is forgotten in the state."""
    found = []
    async with opened(config) as state:
        for database in chosen:
            filed = await asyncio.to_thread(read, database.accepted)
            for each in await state.recorded(database.name):
                until = each.acceptance.until
                if is_filed(each.acceptance, filed) or (until is not None and until < utc_now().date()):
                    await _forget(state, database, each)
                else:
                    found.append((database, each))
    return found


async def _write(config: Config, found: _Unfiled) -> None:
    """Each into its file first: one that is in both is forgotten in the state later, one in neither would be lost."""
    targets = [(_file(database), database, each) for database, each in found]
    async with opened(config) as state:
        for path, database, each in targets:
            await asyncio.to_thread(append, path, each.acceptance, each.finding.message)
            await _forget(state, database, each)
            typer.echo(visible(f"{path}: {each.finding.message}"))
    files = sorted({str(path) for path, _, _ in targets})
    typer.echo(f"put into git: {', '.join(files)}" if files else "nothing is accepted in the state only")


async def _forget(state: State, database: Database, each: Recorded) -> None:
    await state.unaccept(database.name, each.acceptance)


def _file(database: Database) -> Path:
    if database.accepted is None:
        raise UsageError(f"database {database.name} has no file of acceptances: set `accepted` in the configuration")
    return database.accepted


def _exported(found: _Unfiled) -> Iterator[str]:
    for place, (database, each) in enumerate(found):
        if place == 0 or found[place - 1][0].name != database.name:
            yield f"# database {database.name}, for {database.accepted or 'the file that `accepted` will name'}\n"
        yield entry(each.acceptance, each.finding.message)


def _lines(found: _Unfiled) -> Iterator[str]:
    for database, each in found:
        yield visible(f"{each.acceptance.fingerprint}  {database.name}  {each.finding.message}")
        yield visible(f"    {msgspec.structs.replace(each.acceptance.recorded('state'), recorded_in='file').words}")
        yield f"    since {each.at:%Y-%m-%d %H:%M} UTC"
