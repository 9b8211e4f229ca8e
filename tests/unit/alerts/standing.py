"""Alerts that stand, and those who are told of them."""

from datetime import datetime, timedelta

from tests.unit.alerts.samples import NOON, alert, finding
from watchdog.alerts.alert import Standing
from watchdog.alerts.hush import Acknowledgement, Silence
from watchdog.alerts.notifying import Notifying
from watchdog.alerts.plan import Listener
from watchdog.alerts.route import Match, Route
from watchdog.alerts.told import Told
from watchdog.finding import Finding, Severity

CRITICAL = finding()
WARNING = finding("public", "orders_by_day", kind="index", severity=Severity.WARNING)
INFO = finding("public", "t", kind="comment", severity=Severity.INFO)

TREE = (
    Route(
        name="dba",
        match=Match(patterns={"severity": ("critical",)}),
        channels=("pager",),
        group_wait=timedelta(seconds=10),
        repeat=timedelta(hours=4),
    ),
    Route(name="team", match=Match(patterns={"kind": ("index",)}), channels=("chat",), repeat=None),
)
NOTIFYING = Notifying(
    listeners=(Listener(name="pager"), Listener(name="chat"), Listener(name="mirror", mirrors=True)),
    routes=TREE,
    databases=frozenset({"production"}),
)


def standing(found: Finding, since: datetime = NOON, database: str = "production", check: str = "schema") -> Standing:
    return Standing(database=database, check=check, alert=alert(found, since))


def told(one: Standing, at: datetime, route: Route = TREE[0]) -> Told:
    return Told(
        finding=one.finding,
        database=one.database,
        since=one.alert.since,
        told_at=at,
        thread="thread",
        group="\0".join(route.group(one)),
        route=route.name,
        openings=(one.alert.since,),
    )


def acknowledged(one: Standing, until: datetime | None = None) -> Acknowledgement:
    return Acknowledgement(
        fingerprint=one.fingerprint, by="ada", why="on it", at=NOON, severity=one.finding.severity, until=until
    )


def silenced(until: datetime, **match: tuple[str, ...]) -> Silence:
    return Silence(id="0123abcd", match=match, by="bob", why="maintenance", at=NOON, until=until)
