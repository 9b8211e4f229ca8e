"""Who is to hear of what: every channel's plan, by the tree of routes."""

from datetime import datetime

import msgspec

from watchdog.alerts.alert import Standing
from watchdog.alerts.books import Books
from watchdog.alerts.hush import Inhibition, Quiet
from watchdog.alerts.plan import Listener, Plan, Planner
from watchdog.alerts.route import Route, every, leads
from watchdog.finding import Severity

# The name of the route of what no other takes.
FALLBACK = "every channel"


class Notifying(msgspec.Struct, frozen=True, kw_only=True):
    """Who is to hear of what.

    Attributes:
        listeners: every channel.
        routes: the tree; what none of them takes goes to every channel.
        minimum: what is less severe is told to nobody.
        databases: whose alerts count; of others nothing is told, and what was told is forgotten.
        link: the page that shows all.
    """

    listeners: tuple[Listener, ...] = ()
    routes: tuple[Route, ...] = ()
    inhibitions: tuple[Inhibition, ...] = ()
    minimum: Severity = Severity.WARNING
    databases: frozenset[str] = frozenset()
    link: str = ""

    @property
    def fallback(self) -> Route:
        return Route(name=FALLBACK, channels=tuple(listener.name for listener in self.listeners))

    def leads(self, one: Standing) -> tuple[Route, ...]:
        """The routes that take an alert; none where it is told to nobody."""
        if one.finding.severity.rank < self.minimum.rank:
            return ()
        return leads(self.routes, one) or (self.fallback,)


def plans(notifying: Notifying, books: Books, now: datetime) -> dict[str, Plan]:
    """What follows now, by channel; `now` is UTC."""
    watched = {print_: one for print_, one in books.standing.items() if one.database in notifying.databases}
    quiet = Quiet(acknowledgements=books.acknowledgements, silences=books.silences, inhibitions=notifying.inhibitions)
    held = quiet.holds(list(watched.values()), now)
    ways: dict[str, dict[str, Route]] = {listener.name: {} for listener in notifying.listeners}
    for fingerprint, one in watched.items():
        for route in notifying.leads(one):
            for channel in route.channels:
                ways[channel].setdefault(fingerprint, route)
    routes = {route.name: route for route in (*every(notifying.routes), notifying.fallback)}
    found = {}
    for listener in notifying.listeners:
        mine = books.told.get(listener.name, {})
        foreign = {print_: None for print_, known in mine.items() if known.database not in notifying.databases}
        planner = Planner(listener, ways[listener.name], routes, quiet, held, now, notifying.link)
        plan = planner.plan(watched, {print_: known for print_, known in mine.items() if print_ not in foreign})
        found[listener.name] = msgspec.structs.replace(plan, told={**foreign, **plan.told}) if foreign else plan
    return found
