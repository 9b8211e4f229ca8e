"""`alerts silence`, `silences` and `unsilence`: quiet for a time."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer

from watchdog.alerts import said
from watchdog.alerts.overview import active, silence_words
from watchdog.cli.alerts.common import By, For, Reason, Until, end, matchers, opened
from watchdog.cli.alerts.words import silence_line
from watchdog.cli.options import DEFAULT_CONFIG, ConfigFile
from watchdog.config.load import load
from watchdog.errors import UnknownError, UsageError
from watchdog.sqltext import how_many, visible
from watchdog.wiring.database import utc_now

Everything = Annotated[bool, typer.Option("--all", help="Silence everything, instead of what matches.")]


def silence(
    reason: Reason,
    match: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME=PATTERN...", help="Which alerts, such as database=production 'name=public.t*'."),
    ] = None,
    config: ConfigFile = DEFAULT_CONFIG,
    by: By = None,
    lasts: For = None,
    until: Until = None,
    everything: Everything = False,
) -> None:
    """Want quiet about some alerts for a time: all that is given must fit, of several patterns of one name one.

    They still stand, and are told afterwards if they do.
    """
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


def silences(config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Print the silences that hold now, the first to end first."""
    loaded = load(config, secrets=False)

    async def lines() -> Sequence[str]:
        async with opened(loaded) as state:
            found = active((await state.books()).silences, utc_now())
        return [silence_line(each) for each in found] or ["nothing is silenced"]

    typer.echo("\n".join(asyncio.run(lines())))


def unsilence(
    number: Annotated[str, typer.Argument(metavar="ID", help="Of a silence; see alerts silences.")],
    config: ConfigFile = DEFAULT_CONFIG,
    by: By = None,
) -> None:
    """End a silence: what it held back and still stands is told."""
    loaded, now = load(config, secrets=False), utc_now()

    async def end_it() -> str:
        async with opened(loaded) as state:
            known = {each.id: each for each in (await state.books()).silences}
            if not await state.unsilence(number, str(by), now):
                raise UnknownError(f"there is no silence {number} (see: schema-watchdog alerts silences)")
        return silence_words(known[number])

    typer.echo(visible(f"{number} is over: {asyncio.run(end_it())}"))
