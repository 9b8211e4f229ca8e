"""What the commands about alerts share: their options, and the state, beside a running daemon or without one."""

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from watchdog.alerts.books import Books
from watchdog.cli.looks import state_file
from watchdog.cli.options import who
from watchdog.config import typed
from watchdog.config.settings import Config
from watchdog.errors import UsageError
from watchdog.store.state import State
from watchdog.wiring.database import utc_now


def _said(reason: str) -> str:
    words = " ".join(reason.split())
    if not words:
        raise typer.BadParameter("say why, for whoever reads the events")
    return words


def _somebody(by: str | None) -> str:
    return " ".join((by or "").split()) or who()


By = Annotated[
    str | None,
    typer.Option("--by", metavar="WHO", callback=_somebody, help="Who says so.", show_default="the login name"),
]
Reason = Annotated[str, typer.Option("--reason", metavar="WHY", callback=_said, help="For whoever reads the events.")]
For = Annotated[str | None, typer.Option("--for", metavar="DURATION", help="How long it holds, such as 4h or 2d.")]
Until = Annotated[
    str | None,
    typer.Option("--until", metavar="MOMENT", help="Until when it holds, such as 2026-12-01T22:00:00Z."),
]
Fingerprint = Annotated[
    str, typer.Argument(metavar="FINGERPRINT", help="Of an open alert, or its first digits, 4 at least.")
]
Fingerprints = Annotated[
    list[str], typer.Argument(metavar="FINGERPRINT...", help="Of open alerts, or their first digits, 4 at least.")
]


def end(lasts: str | None, until: str | None) -> datetime | None:
    """When what is said ends, UTC; None where neither is given. Raises UsageError."""
    try:
        return typed.end(lasts, until, utc_now())
    except ValueError as error:
        raise UsageError(f"--for, --until: {error}") from None


def matchers(given: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """`name=pattern` of each; of one name several patterns. Raises UsageError."""
    found: dict[str, list[str]] = {}
    for each in given:
        name, separator, pattern = each.partition("=")
        if not separator or not pattern:
            raise UsageError(f"{each!r}: say NAME=PATTERN, such as database=production or 'name=public.orders*'")
        found.setdefault(name, []).append(pattern)
    try:
        return typed.matchers(found)
    except ValueError as error:
        raise UsageError(str(error)) from None


@contextlib.asynccontextmanager
async def opened(config: Config, *, made: bool = False) -> AsyncIterator[State | None]:
    """The state of the configuration; None where there is none yet, unless it is to be made."""
    path = state_file(config)
    if not made and not _exists(path):
        yield None
        return
    state = await State.open(path)
    try:
        yield state
    finally:
        await state.close()


async def books_of(state: State | None) -> Books:
    """What stands, and what was said of it; nothing without a state."""
    return await state.books() if state else Books()


def _exists(path: Path) -> bool:
    return path.exists()
