"""Where alerts lead: a tree of routes, of which the first that matches takes an alert."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

import msgspec

from watchdog.alerts.alert import Standing
from watchdog.cron import Span, Window

Times = Window | Span

# What can be asked of an alert, and what it answers; several answers where it has several, none where it has none.
ASKED: Mapping[str, Callable[[Standing], tuple[str, ...]]] = {
    "severity": lambda one: (one.finding.severity.value,),
    "kind": lambda one: (one.finding.kind,),
    "change": lambda one: (one.finding.change,),
    "schema": lambda one: () if one.schema is None else (one.schema,),
    "name": lambda one: (".".join(one.finding.identity),),
    "component": lambda one: one.finding.components,
    "origin": lambda one: (one.finding.origin,),
    "database": lambda one: (one.database,),
    "check": lambda one: (one.check,),
    "fingerprint": lambda one: (one.fingerprint,),
}


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """Which alerts: all that is asked must fit.

    Attributes:
        patterns: a name in ASKED -> patterns (`*`, `?`, `[...]`; case matters), one of which must fit one answer.
        during: windows, in one of which the alert must have begun; always when empty.
    """

    patterns: Mapping[str, tuple[str, ...]] = {}
    during: tuple[Times, ...] = ()

    def refusal(self, one: Standing) -> str:
        """Why it does not take an alert, in words; empty where it does."""
        asked = self._refused(one)
        if asked is not None:
            return f"{asked} is {', '.join(ASKED[asked](one)) or 'none'}, not {' or '.join(self.patterns[asked])}"
        return "" if self._began_then(one) else f"began at {one.alert.since:%Y-%m-%d %H:%M} UTC, outside of its times"

    def takes(self, one: Standing) -> bool:
        """The same without the words, which cost more than the answer."""
        return self._refused(one) is None and self._began_then(one)

    def _refused(self, one: Standing) -> str | None:
        """The first of what is asked that does not fit."""
        for asked, patterns in self.patterns.items():
            answers = ASKED[asked](one)
            if not any(fnmatchcase(answer, pattern) for answer in answers for pattern in patterns):
                return asked
        return None

    def _began_then(self, one: Standing) -> bool:
        return not self.during or any(is_open(window, one.alert.since) for window in self.during)


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """A branch of the tree, with all that it inherits filled in.

    Attributes:
        name: as configured, or its place: `routes[0].routes[1]`.
        channels: none: whoever it takes is told of nothing.
        group_by: names in ASKED; alerts with the same answers share messages. `database` always is one of them.
        group_wait: how long a group's first alert waits for others.
        group_interval: how long a group's next message waits for others.
        repeat: how often what stands is told again; None: never.
        mute: windows in which nothing is told; it is told after them.
        is_passed: the routes beside it are asked as well.
        routes: of those that match it, where some lead elsewhere.
    """

    name: str
    match: Match = Match()
    channels: tuple[str, ...] = ()
    group_by: tuple[str, ...] = ("database",)
    group_wait: timedelta = timedelta(seconds=10)
    group_interval: timedelta = timedelta(minutes=1)
    repeat: timedelta | None = timedelta(days=1)
    mute: tuple[Times, ...] = ()
    is_passed: bool = False
    routes: tuple["Route", ...] = ()

    def group(self, one: Standing) -> tuple[str, ...]:
        """What alerts must have alike to share a message of this route."""
        return (self.name, *("\n".join(ASKED[name](one)) for name in self.group_by))


class Step(msgspec.Struct, frozen=True):
    """A route that was asked, for those who want to know why.

    Attributes:
        refusal: why it does not take the alert; empty where it does.
        ends: it takes the alert itself, and none below it does.
    """

    route: Route
    depth: int
    refusal: str
    ends: bool


def steps(routes: Sequence[Route], one: Standing, depth: int = 0) -> Iterator[Step]:
    """All routes that are asked about an alert, in turn."""
    for route in routes:
        refusal = route.match.refusal(one)
        if refusal:
            yield Step(route, depth, refusal, ends=False)
            continue
        below = list(steps(route.routes, one, depth + 1))
        yield Step(route, depth, "", ends=not any(step.ends for step in below))
        yield from below
        if not route.is_passed:
            return


def every(routes: Sequence[Route]) -> Iterator[Route]:
    """All routes of the tree."""
    for route in routes:
        yield route
        yield from every(route.routes)


def leads(routes: Sequence[Route], one: Standing) -> tuple[Route, ...]:
    """The routes that an alert ends at, the first of them first: those of `steps` that end."""
    found: list[Route] = []
    for route in routes:
        if route.match.takes(one):
            found += leads(route.routes, one) or (route,)
            if not route.is_passed:
                break
    return tuple(found)


def is_open(window: Times, at: datetime) -> bool:
    """Whether a window is open at a moment; its end is no more of it."""
    end = closes(window, at)
    return end is not None and at < end


def closes(window: Times, at: datetime) -> datetime | None:
    """When the window ends that is open at a moment, UTC; None when none is."""
    began = window.opened(at, at)
    if began is None:
        return None
    return began + window.lasts if isinstance(window, Window) else window.end
