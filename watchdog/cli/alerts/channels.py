"""`alerts test`: one message through each channel, now."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

import typer

from watchdog.alerts.notifying import FALLBACK
from watchdog.alerts.route import every
from watchdog.config.load import load
from watchdog.config.settings import Config
from watchdog.errors import UsageError
from watchdog.sqltext import visible
from watchdog.wiring.alerts import notifying
from watchdog.wiring.trial import Trial, try_channels


def try_channel(*, config: Path, channel: list[str] | None, route: list[str] | None, by: str | None) -> None:
    """What `alerts test` does, as its help has it."""
    loaded = load(config)
    ways = chosen(loaded, channel, route)
    trials = asyncio.run(try_channels(loaded, ways, str(by)))
    for each in trials:
        typer.echo(_line(each))
    raise typer.Exit(0 if all(each.is_taken for each in trials) else 1)


def chosen(config: Config, channels: list[str] | None, routes: list[str] | None) -> Mapping[str, Sequence[str]]:
    """Channel -> the routes that lead there, of what is to be tested. Raises UsageError."""
    if not config.alerts.channels:
        raise UsageError("no channel is configured (see alerts.channels), so nobody is ever told")
    told = notifying(config)
    tree = {each.name: each.channels for each in (*every(told.routes), told.fallback)}
    for option, given, known in (("--channel", channels, config.alerts.channels), ("--route", routes, tree)):
        for name in given or ():
            if name not in known:
                raise UsageError(f"{option} {name}: not configured (configured: {', '.join(known)})")
    names = routes or list(tree)
    ways = {
        name: tuple(way for way in names if name in tree[way])
        for name in channels or config.alerts.channels
        if any(name in tree[way] for way in names)
    }
    if not ways:
        raise UsageError("no channel is left to be tested: no such route leads to such a channel")
    return ways


def _line(trial: Trial) -> str:
    ways = ", ".join(way for way in trial.routes if way != FALLBACK)
    by = f" (routes: {ways})" if ways else ""
    return visible(f"{trial.channel}: {'delivered' if trial.is_taken else trial.error}{by}")
