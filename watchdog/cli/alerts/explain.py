"""`alerts explain`: why an alert is told, or not."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import typer

from watchdog.alerts import said
from watchdog.alerts.alert import Alert, Standing
from watchdog.alerts.books import Books
from watchdog.alerts.explain import explain as explained_by
from watchdog.cli.alerts.common import books_if_any, matchers, opened
from watchdog.cli.alerts.words import explained
from watchdog.config.load import load
from watchdog.config.settings import Config
from watchdog.errors import UsageError
from watchdog.finding import ChangeKind, Finding, Origin, Severity, fingerprint
from watchdog.wiring.alerts import notifying
from watchdog.wiring.database import utc_now

# What an imagined alert is where nothing else is said of it.
_CHANGE: ChangeKind = "missing"
_ORIGIN: Origin = "unknown"


def explain(*, fingerprint: str | None, match: list[str] | None, config: Path) -> None:
    """What `alerts explain` does, as its help has it."""
    if (fingerprint is None) == (not match):
        raise UsageError("give the fingerprint of an open alert, or --match NAME=VALUE for one that is imagined")
    loaded, now = load(config, secrets=False), utc_now()

    async def found() -> str:
        if fingerprint:
            async with opened(loaded) as state:
                books, queues = await state.books(), await state.queues(())
            one = _meant(books, fingerprint)
        else:
            books, queues = await books_if_any(loaded), {}
            one = imagined(loaded, _values(match or []), now)
        return explained(explained_by(notifying(loaded), books, one, now, queues), now)

    typer.echo(asyncio.run(found()))


def imagined(config: Config, values: Mapping[str, str], now: datetime) -> Standing:
    """An alert that would begin now; what is not said of it is that of a missing table of the first database."""
    if "fingerprint" in values:
        raise UsageError("--match fingerprint=...: give it without --match, it is that of an alert that stands")
    schema = values.get("schema", "public")
    identity = tuple(values.get("name", f"{schema}.example").split("."))
    if "schema" in values and identity[0] != schema:
        raise UsageError(f"--match: schema={schema} and name={values['name']} are not of one alert")
    kind, database = values.get("kind", "relation"), values.get("database", config.databases[0].name)
    # They were checked as those of a route are.
    change: ChangeKind = values.get("change", _CHANGE)  # type: ignore[assignment]
    origin: Origin = values.get("origin", _ORIGIN)  # type: ignore[assignment]
    finding = Finding(
        fingerprint=_print(database, kind, identity, change),
        kind=kind,
        identity=identity,
        change=change,
        severity=Severity(values.get("severity", Severity.CRITICAL)),
        message=f"an imagined alert: {kind} {'.'.join(identity)} is {change}",
        components=(values["component"],) if "component" in values else (),
        origin=origin,
    )
    return Standing(database=database, check=values.get("check", "schema"), alert=Alert(finding=finding, since=now))


def _values(match: list[str]) -> Mapping[str, str]:
    found = matchers(match)
    for name, patterns in found.items():
        if len(patterns) > 1:
            raise UsageError(f"--match {name}: an alert has one value of it, not {' and '.join(patterns)}")
    return {name: patterns[0] for name, patterns in found.items()}


def _print(database: str, kind: str, identity: tuple[str, ...], change: ChangeKind) -> str:
    return fingerprint(database, kind, identity, change, None)


def _meant(books: Books, start: str) -> Standing:
    return said.meant(books.standing, start)
