"""Why an alert is told, or not: the routes that were asked, what holds it back, and when each channel hears of it."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from watchdog.alerts.alert import Standing
from watchdog.alerts.books import Books
from watchdog.alerts.hush import Held, Quiet
from watchdog.alerts.notifying import Notifying, plans
from watchdog.alerts.queue import Queue, Waiting, waiting
from watchdog.alerts.route import Route, Step, steps
from watchdog.alerts.told import Told

# After what was noted is noted, dispatch looks again at once.
_SOON = timedelta(milliseconds=1)
# A group's next message comes after a few moments: waits, the ends of windows, of silences, of acknowledgements.
_MOST_MOMENTS = 200
_NO_QUEUES: Mapping[str, Queue] = {}


class Hearing(msgspec.Struct, frozen=True, kw_only=True):
    """One channel, as far as it hears of an alert.

    Attributes:
        mirrors: it is told what stands over and over, and by no messages.
        told: what it was told; None: nothing.
        next_at: when it is told, or told again, if nothing changes, UTC; None: it is not.
        waiting: why what it was told has not got through yet; None: it has, or nothing failed so far.
    """

    channel: str
    route: Route
    mirrors: bool
    told: Told | None
    next_at: datetime | None
    waiting: Waiting | None = None


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """All that decides about one alert.

    Attributes:
        steps: the routes that were asked, in turn.
        routes: those that take it; none where it is told to nobody, then `refusal` says why.
        held: what holds it back on every route now.
    """

    one: Standing
    steps: tuple[Step, ...]
    routes: tuple[Route, ...]
    refusal: str
    held: Held | None
    hearings: tuple[Hearing, ...]


def explain(
    notifying: Notifying, books: Books, one: Standing, now: datetime, queues: Mapping[str, Queue] = _NO_QUEUES
) -> Explanation:
    """What happens to an alert, which may be one that does not stand: then as if it had begun.

    `queues`: channel -> what waits for it.
    """
    standing = {**books.standing, one.fingerprint: one}
    books = msgspec.structs.replace(books, standing=standing)
    quiet = Quiet(acknowledgements=books.acknowledgements, silences=books.silences, inhibitions=notifying.inhibitions)
    refusal = _refusal(notifying, one)
    routes = () if refusal else notifying.leads(one)
    by_channel: dict[str, Route] = {}
    for route in routes:
        for channel in route.channels:
            by_channel.setdefault(channel, route)
    mirrors = {listener.name for listener in notifying.listeners if listener.mirrors}
    return Explanation(
        one=one,
        steps=tuple(steps(notifying.routes, one)),
        routes=routes,
        refusal=refusal,
        held=quiet.holds(list(standing.values()), now).get(one.fingerprint),
        hearings=tuple(
            Hearing(
                channel=channel,
                route=route,
                mirrors=channel in mirrors,
                told=(told := _told(books, channel, one.fingerprint)),
                waiting=waiting(queues.get(channel), told.told_at) if told else None,
                next_at=next_told(notifying, books, one, channel, route, now),
            )
            for channel, route in by_channel.items()
        ),
    )


def next_told(
    notifying: Notifying, books: Books, one: Standing, channel: str, route: Route, now: datetime
) -> datetime | None:
    """When a channel is told of an alert, if nothing changes: what dispatch would do, played through."""
    key = route.group(one)
    # What is told of others is no matter, but for those it shares messages with, and those that hold it back.
    near = {
        each.fingerprint: each
        for each in books.standing.values()
        if each.fingerprint == one.fingerprint
        or (each.database == one.database and any(lead.group(each) == key for lead in notifying.leads(each)))
        or any(inhibition.source.takes(each) for inhibition in notifying.inhibitions)
    }
    told = {
        fingerprint: each
        for fingerprint, each in books.told.get(channel, {}).items()
        if fingerprint in near or (each.route == route.name and fingerprint not in books.standing)
    }
    moment = now
    for _ in range(_MOST_MOMENTS):
        plan = plans(notifying, msgspec.structs.replace(books, standing=near, told={channel: told}), moment)[channel]
        news = plan.told.get(one.fingerprint)
        if news is not None and not news.is_over and news.told_at == moment:
            return moment
        told = {each: kept for each, kept in {**told, **plan.told}.items() if kept is not None}
        if plan.told:
            moment += _SOON
        elif plan.next is None:
            return None
        else:
            moment = max(plan.next, moment + _SOON)
    return None


def _told(books: Books, channel: str, fingerprint: str) -> Told | None:
    known = books.told.get(channel, {}).get(fingerprint)
    return known if known is not None and not known.is_over else None


def _refusal(notifying: Notifying, one: Standing) -> str:
    if one.database not in notifying.databases:
        return f"database {one.database} is not configured any more"
    if one.finding.severity.rank < notifying.minimum.rank:
        return f"{one.finding.severity} is below alerts.minimum_severity, {notifying.minimum}"
    return ""
