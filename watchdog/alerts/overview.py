"""Every open alert, with what people have said of it and who was told: what lists, the API and the page show."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from watchdog.alerts.alert import Standing
from watchdog.alerts.books import Books
from watchdog.alerts.hush import Acknowledgement, Quiet, Silence, muted
from watchdog.alerts.notifying import Notifying
from watchdog.alerts.queue import Queue, Waiting, waiting
from watchdog.alerts.route import every
from watchdog.alerts.told import Told
from watchdog.finding import Finding
from watchdog.sqltext import how_many

_NO_QUEUES: Mapping[str, Queue] = {}


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """A route that takes an alert.

    Attributes:
        muted_until: while it is mute, UTC; None: it is not.
    """

    route: str
    channels: tuple[str, ...]
    muted_until: datetime | None = None


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """That a channel was told of an alert.

    Attributes:
        told_at: the last time, UTC.
        waiting: why it has not got through yet; None: it has, or nothing failed so far.
    """

    channel: str
    route: str
    told_at: datetime
    waiting: Waiting | None = None


class OpenAlert(msgspec.Struct, frozen=True, kw_only=True):
    """An alert, and whose it is.

    Attributes:
        since: when it was first found, UTC.
        routes: none where it is told to nobody.
        inhibited: in words, by which other alert; None where by none.
    """

    database: str
    check: str
    since: datetime
    finding: Finding
    routes: tuple[Way, ...]
    told: tuple[Heard, ...]
    acknowledged: Acknowledgement | None
    silenced: Silence | None
    inhibited: str | None

    @property
    def words(self) -> tuple[str, ...]:
        """Why nobody is told of it again for now, a sentence each; none where somebody is."""
        said = []
        if self.acknowledged:
            said.append(acknowledged_words(self.acknowledged))
        if self.silenced:
            said.append(f"silenced by {self.silenced.by} until {when(self.silenced.until)}: {self.silenced.why}")
        if self.inhibited:
            said.append(self.inhibited)
        return tuple(said)


def overview(
    notifying: Notifying, books: Books, now: datetime, queues: Mapping[str, Queue] = _NO_QUEUES
) -> tuple[OpenAlert, ...]:
    """All open alerts, the worst first, of these the oldest; `queues`: channel -> what waits for it."""
    mute = {route.name: muted(route, now) for route in (*every(notifying.routes), notifying.fallback)}
    quiet = Quiet(acknowledgements=books.acknowledgements)
    inhibited = Quiet(inhibitions=notifying.inhibitions).holds(list(books.standing.values()), now)
    ordered = sorted(
        books.standing.values(),
        key=lambda one: (-one.finding.severity.rank, one.alert.since, one.database, one.fingerprint),
    )
    return tuple(
        OpenAlert(
            database=one.database,
            check=one.check,
            since=one.alert.since,
            finding=one.finding,
            routes=ways(notifying, one, mute),
            told=heard(books.told, one.fingerprint, queues),
            acknowledged=quiet.acknowledged(one, now),
            silenced=next((each for each in books.silences if each.covers(one, now)), None),
            inhibited=inhibited[one.fingerprint].why if one.fingerprint in inhibited else None,
        )
        for one in ordered
    )


def ways(notifying: Notifying, one: Standing, mute: Mapping[str, datetime | None]) -> tuple[Way, ...]:
    """The routes that take an alert; `mute`: name -> until when a route is mute."""
    if one.database not in notifying.databases:
        return ()
    return tuple(
        Way(route=route.name, channels=route.channels, muted_until=mute[route.name]) for route in notifying.leads(one)
    )


def heard(told: Mapping[str, Mapping[str, Told]], fingerprint: str, queues: Mapping[str, Queue]) -> tuple[Heard, ...]:
    """What each channel was told of an alert that stands."""
    known = ((channel, each[fingerprint]) for channel, each in sorted(told.items()) if fingerprint in each)
    return tuple(
        Heard(
            channel=channel,
            route=told.route,
            told_at=told.told_at,
            waiting=waiting(queues.get(channel), told.told_at),
        )
        for channel, told in known
        if not told.is_over
    )


def active(silences: Iterable[Silence], now: datetime) -> tuple[Silence, ...]:
    """Those that are not over, which end soonest first."""
    return tuple(sorted((each for each in silences if now < each.until), key=lambda each: (each.until, each.id)))


def waiting_words(told_at: datetime, waiting: Waiting) -> str:
    """`waiting since 2026-12-01 13:17 UTC, 5 attempts failed (connection refused)`."""
    return f"waiting since {when(told_at)}, {how_many(waiting.attempts, 'attempt')} failed ({waiting.error})"


def acknowledged_words(word: Acknowledgement) -> str:
    """`acknowledged by ada until 2026-12-01 22:00 UTC: on it`."""
    until = f" until {when(word.until)}" if word.until else ""
    return f"acknowledged by {word.by}{until}: {word.why}"


def silence_words(silence: Silence) -> str:
    """`database production, name public.t* or public.u*`; `everything` for one that asks for nothing."""
    return ", ".join(f"{name} {' or '.join(patterns)}" for name, patterns in silence.match.items()) or "everything"


def when(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
