"""`alerts silence`, `silences` and `unsilence`: quiet for a time."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import typer

from watchdog.alerts import said
from watchdog.alerts.overview import active, silence_words
from watchdog.cli.alerts.common import end, matchers, opened
from watchdog.cli.alerts.words import silence_line
from watchdog.config.load import load
from watchdog.errors import UnknownError, UsageError
from watchdog.sqltext import how_many, visible
from watchdog.wiring.database import utc_now


def silence(
    *,
    reason: str,
    match: list[str] | None,
    config: Path,
    by: str | None,
    lasts: str | None,
    until: str | None,
    everything: bool,
) -> None:
    """What `alerts silence` does, as its help has it."""
    loaded, now, ends, patterns = load(config, secrets=False), utc_now(), end(lasts, until), matchers(match or ())
    if ends is None:
        raise UsageError("say for how long: --for 2h, or --until 2026-12-01T22:00:00Z")
    if not patterns and not everything:
        raise UsageError("say what is to be silent, such as database=production, or --all for everything")
    if patterns and everything:
        raise UsageError("--all silences everything; leave out what is to match, or --all")
    made = said.silence(patterns, str(by), reason, now, ends)

    async def note() -> int:
        async with opened(loaded, made=True) as state:
            await state.silence(made)
            standing = (await state.books()).standing
        return sum(made.covers(one, now) for one in standing.values())

    covered = asyncio.run(note())
    typer.echo(f"{silence_line(made)}\n    holds back {how_many(covered, 'alert')} now")


def silences(*, config: Path) -> None:
    """What `alerts silences` does, as its help has it."""
    loaded = load(config, secrets=False)

    async def lines() -> Sequence[str]:
        async with opened(loaded) as state:
            found = active((await state.books()).silences, utc_now())
        return [silence_line(each) for each in found] or ["nothing is silenced"]

    typer.echo("\n".join(asyncio.run(lines())))


def unsilence(*, number: str, config: Path, by: str | None) -> None:
    """What `alerts unsilence` does, as its help has it."""
    loaded, now = load(config, secrets=False), utc_now()

    async def end_it() -> str:
        async with opened(loaded) as state:
            known = {each.id: each for each in (await state.books()).silences}
            if not await state.unsilence(number, str(by), now):
                raise UnknownError(f"there is no silence {number} (see: schema-watchdog alerts silences)")
        return silence_words(known[number])

    typer.echo(visible(f"{number} is over: {asyncio.run(end_it())}"))
