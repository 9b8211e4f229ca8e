"""What a channel is told now: what stands, set against what it was told before."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from watchdog.alerts.alert import Message, Occasion, Standing, Status
from watchdog.alerts.hush import Held, Quiet, muted
from watchdog.alerts.message import accepted_by, composed
from watchdog.alerts.route import Route
from watchdog.alerts.told import FLAPS_WITHIN, QUIET_FOR, Told, flaps, recent
from watchdog.finding import Finding


class Listener(msgspec.Struct, frozen=True, kw_only=True):
    """A channel, as far as it matters to what it is told.

    Attributes:
        mirrors: it is told what stands over and over, and not by messages; it groups and repeats by itself.
        hears_acknowledgements: it is told that somebody has all of a thread in hand.
    """

    name: str
    mirrors: bool = False
    hears_acknowledgements: bool = False


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What follows now, for one channel.

    Attributes:
        messages: in the order they are to be sent.
        told: fingerprint -> what it was told from now on; None: nothing any more.
        next: when something may follow though nothing changes, UTC; None: never.
    """

    messages: tuple[Message, ...] = ()
    told: Mapping[str, Told | None] = {}
    next: datetime | None = None


@dataclass
class _Group:
    """What of a group is to be told, while it is gathered."""

    route: Route
    silent_until: datetime | None
    fresh: list[Standing] = field(default_factory=list)
    worse: list[Standing] = field(default_factory=list)
    stand: list[Standing] = field(default_factory=list)
    repeat_at: datetime | None = None
    ended: list[Told] = field(default_factory=list)
    told_at: datetime | None = None
    thread: str = ""
    open: dict[str, Finding] = field(default_factory=dict)


class Planner:
    """Plans for one channel; made for one use."""

    def __init__(
        self,
        listener: Listener,
        led: Mapping[str, Route],
        routes: Mapping[str, Route],
        quiet: Quiet,
        held: Mapping[str, Held],
        now: datetime,
        link: str = "",
    ) -> None:
        """Hold what does not change.

        Args:
            listener: the channel.
            led: fingerprint -> the route by which an alert leads to it.
            routes: name -> each route there is.
            quiet: what holds alerts back.
            held: fingerprint -> why it does now.
            now: UTC.
            link: the page that shows all.
        """
        self._listener = listener
        self._led = led
        self._routes = routes
        self._quiet = quiet
        self._held = held
        self._now = now
        self._link = link
        self._groups: dict[str, _Group] = {}
        self._told: dict[str, Told | None] = {}
        self._later: list[datetime] = []
        # A route may have thousands of groups, and to ask a cron expression is not cheap.
        self._muted: dict[str, datetime | None] = {}

    def plan(self, standing: Mapping[str, Standing], told: Mapping[str, Told]) -> Plan:
        """What follows for the channel.

        Args:
            standing: fingerprint -> every alert that is open, wherever it leads.
            told: fingerprint -> what the channel was told.
        """
        for fingerprint, known in told.items():
            if known.is_over:
                self._forget(fingerprint, known)
            elif fingerprint in standing:
                self._gather_told(standing[fingerprint], known)
            else:
                self._gather_ended(fingerprint, known)
        for fingerprint, route in self._led.items():
            before = told.get(fingerprint)
            if before is None or before.is_over:
                self._gather_untold(standing[fingerprint], route)
        messages = [message for key, group in self._groups.items() for message in self._tell(key, group, told)]
        later = [moment for moment in self._later if moment > self._now]
        return Plan(
            messages=() if self._listener.mirrors else tuple(messages),
            told=self._told,
            next=min(later, default=None),
        )

    def _forget(self, fingerprint: str, known: Told) -> None:
        over = (known.closed_at or known.told_at) + FLAPS_WITHIN
        if over <= self._now:
            self._told[fingerprint] = None
        else:
            self._later.append(over)

    def _group(self, key: str, route: Route) -> _Group:
        if key not in self._groups:
            silent_until = None if self._listener.mirrors else self._muted_until(route)
            self._groups[key] = _Group(route, silent_until)
        return self._groups[key]

    def _of(self, known: Told) -> _Group:
        group = self._group(known.group, self._routes.get(known.route) or Route(name=known.route))
        group.told_at = max(group.told_at or known.told_at, known.told_at)
        group.thread = known.thread or group.thread
        return group

    def _gather_ended(self, fingerprint: str, known: Told) -> None:
        group = self._of(known)
        # What ended in the future did so by a clock that was set back since, and would be held until then.
        closed_at = min(known.closed_at or self._now, self._now)
        if known.closed_at != closed_at:
            known = msgspec.structs.replace(known, closed_at=closed_at)
            self._told[fingerprint] = known
        settled_at = closed_at + QUIET_FOR
        if flaps(known.openings, closed_at) and settled_at > self._now:
            self._later.append(settled_at)
            group.open[fingerprint] = known.finding
        else:
            group.ended.append(known)

    def _gather_told(self, one: Standing, known: Told) -> None:
        group = self._of(known)
        group.open[one.fingerprint] = known.finding
        if known.closed_at is not None:
            known = known.reopened(one.alert.since)
            self._told[one.fingerprint] = known
        if group.silent_until is None and (self._listener.hears_acknowledgements or known.is_acknowledged):
            self._note_acknowledged(one, known)
        route = self._led.get(one.fingerprint)
        if route is None or self._is_held(one):
            return
        if one.finding.severity.rank > known.finding.severity.rank:
            group.worse.append(one)
            return
        group.stand.append(one)
        if route.repeat is not None and not self._listener.mirrors:
            # So far in the future it was told by a clock that was set back while nobody looked.
            due = self._now if known.told_at - self._now > route.repeat else known.told_at + route.repeat
            group.repeat_at = min(group.repeat_at or due, due)

    def _gather_untold(self, one: Standing, route: Route) -> None:
        if not self._is_held(one):
            self._group(_digest(*route.group(one)), route).fresh.append(one)

    def _is_held(self, one: Standing) -> bool:
        held = self._held.get(one.fingerprint)
        if held is not None and held.until is not None:
            self._later.append(held.until)
        return held is not None

    def _note_acknowledged(self, one: Standing, known: Told) -> None:
        is_acknowledged = self._quiet.acknowledged(one, self._now) is not None
        if is_acknowledged != known.is_acknowledged:
            self._told[one.fingerprint] = msgspec.structs.replace(known, is_acknowledged=is_acknowledged)

    def _tell(self, key: str, group: _Group, told: Mapping[str, Told]) -> Iterator[Message]:
        """Bad news first: it must not wait for good news."""
        if group.silent_until is not None:
            self._later.append(group.silent_until)
            return
        if self._is_due(group):
            yield self._fired(key, group, told)
        if group.ended and self._is_due_in_turn(group):
            yield self._resolved(group)
        if self._listener.hears_acknowledgements:
            yield from self._acknowledged(group, told)

    def _muted_until(self, route: Route) -> datetime | None:
        if route.name not in self._muted:
            self._muted[route.name] = muted(route, self._now)
        return self._muted[route.name]

    def _is_due(self, group: _Group) -> bool:
        if group.fresh or group.worse:
            if group.open:
                return self._is_due_in_turn(group)
            # One that began in the future did so by a clock that was set back since.
            due = min(one.alert.since for one in group.fresh) + group.route.group_wait
            began_later = all(one.alert.since > self._now for one in group.fresh)
            return self._listener.mirrors or began_later or self._has_come(due)
        return group.repeat_at is not None and self._has_come(group.repeat_at)

    def _is_due_in_turn(self, group: _Group) -> bool:
        before = group.told_at
        return (
            self._listener.mirrors
            or before is None
            or before > self._now
            or self._has_come(before + group.route.group_interval)
        )

    def _has_come(self, due: datetime) -> bool:
        self._later.append(due)
        return due <= self._now

    def _fired(self, key: str, group: _Group, told: Mapping[str, Told]) -> Message:
        is_repeat = group.repeat_at is not None and group.repeat_at <= self._now
        news = [*group.fresh, *group.worse]
        ones = [*news, *(group.stand if is_repeat else ())]
        if not group.thread:
            group.thread = _digest(self._listener.name, key, self._now.isoformat())
        flapping: dict[str, str] = {}
        for one in ones:
            known = self._told.get(one.fingerprint) or told.get(one.fingerprint)
            openings = known.openings if known else ()
            if known is None or known.is_over:
                openings = recent((*openings, one.alert.since), self._now)
                if flaps(openings, self._now):
                    flapping[one.fingerprint] = _flapping_in_words(one, openings)
            group.open[one.fingerprint] = one.finding
            self._told[one.fingerprint] = Told(
                finding=one.finding,
                database=one.database,
                since=one.alert.since,
                told_at=self._now,
                thread=group.thread,
                group=key,
                route=group.route.name,
                openings=openings,
                outgrown=known.outgrown_by(one.finding.severity, self._now) if known else {},
            )
        occasion: Occasion = "new" if len(flapping) < len(group.fresh) else "flapping" if group.fresh else "worse"
        told_now = [known for one in ones if (known := self._told[one.fingerprint])]
        return self._message(group, "firing", occasion if news else "repeat", told_now, list(flapping.values()))

    def _resolved(self, group: _Group) -> Message:
        for known in group.ended:
            self._told[known.finding.fingerprint] = msgspec.structs.replace(known, is_over=True, told_at=self._now)
        ended = [known.finding for known in group.ended]
        occasion: Occasion = "accepted" if all(finding.state == "accepted" for finding in ended) else "resolved"
        return self._message(group, "resolved", occasion, group.ended, accepted_by(ended))

    def _acknowledged(self, group: _Group, told: Mapping[str, Told]) -> Iterator[Message]:
        """Once all that stands of a thread is in somebody's hand, and again once that is no longer so."""
        after = [self._told.get(fingerprint) or told[fingerprint] for fingerprint in group.open]
        before = [told.get(fingerprint) for fingerprint in group.open]
        are = bool(after) and all(known.is_acknowledged for known in after)
        were = bool(before) and all(known is not None and known.is_acknowledged for known in before)
        if are == were or not after:
            return
        # Of what flaps and was taken back before its end there may be none any more.
        words = [self._quiet.acknowledgements.get(fingerprint) for fingerprint in group.open] if are else []
        notes = sorted({f"acknowledged by {one.by}: {one.why}" for one in words if one})
        if are:
            yield self._message(group, "acknowledged", "acknowledged", after, notes)
        else:
            yield self._message(group, "firing", "unacknowledged", after, notes)

    def _message(
        self, group: _Group, status: Status, occasion: Occasion, told: Sequence[Told], notes: Sequence[str]
    ) -> Message:
        return composed(
            status,
            told[0].database,
            {known.finding.fingerprint: known.finding for known in told},
            occasion=occasion,
            since={known.finding.fingerprint: known.since for known in told},
            thread=group.thread,
            standing=group.open.values(),
            notes=notes,
            now=self._now,
            link=self._link,
        )


def _flapping_in_words(one: Standing, openings: Sequence[datetime]) -> str:
    return (
        f"flapping, found {len(openings)} times since {openings[0]:%H:%M} UTC: {one.finding.message}; "
        f"its end is told once it has been quiet for {QUIET_FOR.total_seconds() / 60:.0f} min"
    )


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
