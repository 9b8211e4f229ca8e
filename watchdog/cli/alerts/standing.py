"""`alerts list`, `ack` and `unack`: what stands, and who has it in hand."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import msgspec
import typer

from watchdog.alerts import said
from watchdog.alerts.overview import acknowledged_words, overview
from watchdog.cli.alerts.common import end, idle, opened
from watchdog.cli.alerts.words import listed
from watchdog.cli.choices import TextOrJson
from watchdog.cli.given import databases
from watchdog.config.load import load
from watchdog.sqltext import visible
from watchdog.web.talk import AlertsDocument
from watchdog.wiring.alerts import notifying
from watchdog.wiring.database import utc_now


def list_alerts(*, config: Path, database: list[str] | None, format: TextOrJson) -> None:  # noqa: A002 the option's name
    """What `alerts list` does, as its help has it."""
    loaded = load(config, secrets=False)
    names = {each.name for each in databases(loaded, database)} if database else None

    async def looked_up() -> tuple[str, str]:
        async with opened(loaded) as state:
            books, queues, stopped = await state.books(), await state.queues(()), await idle(loaded, state)
            found = overview(notifying(loaded), books, utc_now(), queues)
        shown = [one for one in found if names is None or one.database in names]
        if format == TextOrJson.JSON:
            document = msgspec.json.encode(AlertsDocument(alerts=tuple(shown)))
            return msgspec.json.format(document, indent=2).decode(), stopped
        return listed(shown, utc_now()), stopped

    text, stopped = asyncio.run(looked_up())
    typer.echo(text)
    if stopped:
        # Whoever reads JSON reads nothing else.
        typer.echo(stopped, err=format == TextOrJson.JSON)


def ack(
    *, fingerprint: Sequence[str], reason: str, config: Path, by: str | None, lasts: str | None, until: str | None
) -> None:
    """What `alerts ack` does, as its help has it."""
    loaded, now, ends = load(config, secrets=False), utc_now(), end(lasts, until)

    async def note() -> Sequence[str]:
        async with opened(loaded) as state:
            standing = (await state.books()).standing
            ones = [said.meant(standing, each) for each in fingerprint]
            words = [said.acknowledgement(one, str(by), reason, now, ends) for one in ones]
            for one, word in zip(ones, words, strict=True):
                await state.acknowledge(one.database, one.finding, word)
        return [
            f"{one.fingerprint} {acknowledged_words(word)}\n    {one.finding.message}"
            for one, word in zip(ones, words, strict=True)
        ]

    _say(asyncio.run(note()))


def unack(*, fingerprint: Sequence[str], config: Path, by: str | None) -> None:
    """What `alerts unack` does, as its help has it."""
    loaded, now = load(config, secrets=False), utc_now()

    async def note() -> Sequence[str]:
        async with opened(loaded) as state:
            standing = (await state.books()).standing
            ones = [said.meant(standing, each) for each in fingerprint]
            done = [await state.unacknowledge(one.database, one.finding, str(by), now) for one in ones]
        return [
            f"{one.fingerprint} {'is not acknowledged any more' if was else 'was not acknowledged'}"
            f"\n    {one.finding.message}"
            for one, was in zip(ones, done, strict=True)
        ]

    _say(asyncio.run(note()))


def _say(lines: Sequence[str]) -> None:
    for line in lines:
        typer.echo("\n".join(visible(each) for each in line.split("\n")))
