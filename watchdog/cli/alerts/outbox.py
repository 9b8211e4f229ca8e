"""`alerts outbox`: what channels have not taken yet, and what was given up."""

import asyncio
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import typer

from watchdog.alerts.overview import when
from watchdog.cli.alerts.common import opened
from watchdog.cli.alerts.words import INDENT, age
from watchdog.config.load import load
from watchdog.config.settings import Config
from watchdog.errors import UnknownError, UsageError
from watchdog.sqltext import how_many, visible
from watchdog.store.outbox import DeadLetter, Head
from watchdog.wiring.database import utc_now

_MOST_LETTERS = 5


def outbox(*, config: Path, retry: str | None, drop: str | None) -> None:
    """What `alerts outbox` does, as its help has it."""
    if retry and drop:
        raise UsageError("--retry sends again and --drop lets go; give one of them")
    loaded = load(config, secrets=False)
    asyncio.run(_change(loaded, retry, drop) if retry or drop else _show(loaded))


async def _show(config: Config) -> None:
    now = utc_now()
    async with opened(config) as state:
        heads = {each.channel: each for each in await state.heads()}
        letters = await state.dead_letters()
    names = list(dict.fromkeys([*config.alerts.channels, *heads, *(each.channel for each in letters)]))
    for name in names:
        dead = [each for each in letters if each.channel == name]
        for line in _lines(name, config.alerts.channels, heads.get(name), dead, now):
            typer.echo(visible(line))
    if not names:
        typer.echo("no channel is configured, and nothing waits")


async def _change(config: Config, retry: str | None, drop: str | None) -> None:
    name = retry or drop or ""
    async with opened(config) as state:
        known = {each.channel for each in await state.dead_letters()}
        if name not in known and name not in config.alerts.channels:
            raise UnknownError(f"{name}: no channel of that name is configured, and nothing was given up for one")
        if retry:
            now = utc_now()
            words = retried(waiting=await state.hasten(name, now), revived=await state.revive(name, now))
        else:
            words = f"{how_many(await state.forget_dead_letters(name), 'message')} let go of"
    typer.echo(visible(f"{name}: {words}"))


def retried(*, waiting: int, revived: int) -> str:
    """What becomes of the messages that waited, and of those that were given up."""
    if not revived and not waiting:
        return "nothing was given up, and nothing waits"
    at_once = f"{how_many(waiting, 'message')} that {'waits is' if waiting == 1 else 'wait are'} tried at once"
    if not revived:
        return f"nothing was given up; {at_once}"
    again = f"{how_many(revived, 'message')} to be sent again, by the daemon within half a minute"
    return f"{again}; {at_once}" if waiting else again


def _lines(
    name: str, configured: Collection[str], head: Head | None, dead: Sequence[DeadLetter], now: datetime
) -> Iterator[str]:
    unknown = "" if name in configured else " (not configured any more)"
    if head is None:
        yield f"{name}{unknown}: nothing waits"
    else:
        yield f"{name}{unknown}: {how_many(head.messages, 'message')} waiting, the oldest for {age(head.since, now)}"
        yield f"{INDENT}{head.oldest.message}"
        if head.attempts:
            yield f"{INDENT}{how_many(head.attempts, 'attempt')} failed, the last: {head.last_error}"
            yield f"{INDENT}tried again at {head.next_attempt_at:%Y-%m-%d %H:%M:%S} UTC"
    if dead:
        yield f"{INDENT}given up: {how_many(len(dead), 'message')} (--retry {name} sends them again)"
        for letter in dead[-_MOST_LETTERS:]:
            yield f"{INDENT}  {when(letter.at)}: {letter.message.message}: {letter.error}"
