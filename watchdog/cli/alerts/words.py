"""Alerts as text for a terminal. Pure: every name in it is made to stay on its line."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from watchdog.alerts.explain import Explanation, Hearing
from watchdog.alerts.hush import Silence, muted
from watchdog.alerts.overview import OpenAlert, silence_words, waiting_words, when
from watchdog.alerts.route import Route
from watchdog.rows.times import span
from watchdog.sqltext import visible

INDENT = "    "


def listed(alerts: Sequence[OpenAlert], now: datetime) -> str:
    """A few lines an alert; a sentence where there is none."""
    if not alerts:
        return "nothing is open"
    return "\n\n".join("\n".join(_alert(one, now)) for one in alerts)


def silence_line(silence: Silence) -> str:
    """`1f2e3d4c  until 2026-12-01 22:00 UTC  database production (by ada: maintenance)`."""
    what = silence_words(silence)
    return visible(f"{silence.id}  until {when(silence.until)}  {what} (by {silence.by}: {silence.why})")


def explained(found: Explanation, now: datetime) -> str:
    """All that decides about an alert, the routes that were asked first."""
    return "\n".join(visible(line) for line in _explained(found, now))


def _alert(one: OpenAlert, now: datetime) -> Iterator[str]:
    finding = one.finding
    since = f"since {when(one.since)} ({age(one.since, now)})"
    yield f"{finding.severity.upper():8} {finding.fingerprint}  {visible(one.database)}  {since}"
    yield INDENT + visible(finding.message)
    told = ", ".join(
        f"{each.channel} at {when(each.told_at)} (route {each.route})" for each in one.told if not each.waiting
    )
    if told or not one.told:
        yield INDENT + visible(f"told: {told or _untold(one)}")
    for each in one.told:
        if each.waiting:
            yield INDENT + visible(f"{each.channel}: {waiting_words(each.told_at, each.waiting)}")
    for way in one.routes:
        if way.muted_until:
            yield INDENT + visible(f"route {way.route} is mute until {when(way.muted_until)}")
    yield from (INDENT + visible(words) for words in one.words)


def _untold(one: OpenAlert) -> str:
    """Why nobody was told."""
    if not one.routes:
        return "nobody, as no route takes it (its severity, or a database that is not configured)"
    if not any(each.channels for each in one.routes):
        return f"nobody, as route {one.routes[0].route} has no channels"
    return "nobody yet"


def _explained(found: Explanation, now: datetime) -> Iterator[str]:
    one = found.one
    yield f"{one.finding.severity.upper()} {one.fingerprint}  {one.database}, check {one.check}"
    yield f"{INDENT}{one.finding.message}"
    yield f"{INDENT}began {when(one.alert.since)}"
    yield "routes that were asked:" if found.steps else "no routes are configured: every channel is told"
    for step in found.steps:
        answer = step.refusal or ("takes it" if step.ends else "takes it, and leaves it to one below")
        yield f"{INDENT}{'  ' * step.depth}{step.route.name}: {answer}"
    if found.refusal:
        yield f"nobody is told: {found.refusal}"
        return
    for route in found.routes:
        yield from _route(route, now)
    if found.held:
        until = f" until {when(found.held.until)}" if found.held.until else ""
        yield f"held back now: {found.held.why}{until}"
    for hearing in found.hearings:
        yield f"channel {hearing.channel}: {_hearing(hearing, now)}"


def _route(route: Route, now: datetime) -> Iterator[str]:
    yield f"route {route.name}: {', '.join(route.channels) or 'no channels, so nobody is told'}"
    yield f"{INDENT}shares messages with what has the same {', '.join(route.group_by)}"
    yield (
        f"{INDENT}waits {_length(route.group_wait)} at first, {_length(route.group_interval)} between messages; "
        + (f"repeats every {_length(route.repeat)}" if route.repeat else "never repeats")
    )
    end = muted(route, now)
    if end:
        yield f"{INDENT}mute until {when(end)}"
    elif route.mute:
        yield f"{INDENT}not mute now"


def _hearing(hearing: Hearing, now: datetime) -> str:
    told, at = hearing.told, hearing.next_at
    before = f"told at {when(told.told_at)} by route {told.route}" if told else "not told yet"
    if told and hearing.waiting:
        before = f"{waiting_words(told.told_at, hearing.waiting)}, by route {told.route}"
    if hearing.mirrors:
        return f"{before}; what stands is sent over and over"
    if at is None:
        return f"{before}; not told {'again ' if told else ''}unless something changes"
    soon = "at the daemon's next step" if at <= now else f"at {at:%Y-%m-%d %H:%M:%S} UTC"
    return f"{before}; told {'again ' if told else ''}{soon}, if nothing changes"


def age(since: datetime, now: datetime) -> str:
    return span(max(now - since, timedelta(0)))


def _length(duration: timedelta) -> str:
    return span(duration)
