"""`doctor`: what is wrong with the way to a database, and the SQL that mends it."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import typer

from watchdog.cli.choices import TextOrJson
from watchdog.cli.given import databases
from watchdog.config.load import load
from watchdog.doctor.examine import UNVERIFIED, exit_code, mending
from watchdog.doctor.line import Level, Line
from watchdog.errors import UsageError
from watchdog.sqltext import how_many, visible
from watchdog.wiring.database import utc_now
from watchdog.wiring.doctor import Patient, configured, given, visit


def doctor(*, config: Path, database: list[str] | None, dsn: str | None, format: TextOrJson) -> None:  # noqa: A002 the option's name
    """What `doctor` does, as its help has it."""
    patients = _patients(config, database, dsn)
    said = asyncio.run(_all(patients))
    names = [patient.name for patient in patients]
    typer.echo(_json(names, said) if format is TextOrJson.JSON else "\n\n".join(map(text, names, said)))
    raise typer.Exit(max(map(exit_code, said)))


def _patients(config: Path, names: list[str] | None, dsn: str | None) -> Sequence[Patient]:
    if dsn is None:
        loaded = load(config)
        return [configured(loaded, each) for each in databases(loaded, names)]
    if names:
        raise UsageError("--database and --dsn exclude each other")
    return [given(dsn)]


async def _all(patients: Sequence[Patient]) -> Sequence[Sequence[Line]]:
    return await asyncio.gather(*(visit(each, utc_now()) for each in patients))


def text(name: str, lines: Sequence[Line]) -> str:
    """The verdict, what was looked at a line each, and the SQL."""
    return "\n".join(_text(name, lines))


def _text(name: str, lines: Sequence[Line]) -> Iterator[str]:
    wrong = sum(line.level in (Level.WARNING, Level.FAULT) for line in lines)
    verdict = how_many(wrong, "thing") + " to mend" if wrong else "nothing to mend"
    yield f"{visible(name)}: {'not verified' if exit_code(lines) == UNVERIFIED else verdict}"
    yield ""
    width = max(len(line.check) for line in lines)
    for line in lines:
        yield f"  {line.level:7}  {line.check:{width}}  {visible(line.what)}"
        for head, more in (("why", line.why), ("do", line.do)):
            if more:
                yield f"  {'':7}  {'':{width}}  {head}: {visible(more)}"
    if block := mending(lines):
        yield from ("", "To be run in this database by who administers it, on the primary:", "", block)


def _json(names: Sequence[str], said: Sequence[Sequence[Line]]) -> str:
    """One database is an object, several are a list of them, as with `check`."""
    each = [
        {"database": name, "exit_code": exit_code(lines), "lines": list(lines), "sql": mending(lines)}
        for name, lines in zip(names, said, strict=True)
    ]
    return msgspec.json.format(msgspec.json.encode(each[0] if len(each) == 1 else each), indent=2).decode()
