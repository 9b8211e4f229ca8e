"""Who is to hear of what, as configured."""

from collections.abc import Iterable
from datetime import timedelta

import msgspec

from watchdog.alerts import route as tree
from watchdog.alerts.alert import SELF
from watchdog.alerts.hush import Inhibition
from watchdog.alerts.notifying import Notifying
from watchdog.alerts.plan import Listener
from watchdog.config.alerts import Match, Once, Recurring, Route
from watchdog.config.settings import Config
from watchdog.cron import Span, Window, starts, time_zone

# While a database does not answer, that the checks of it do not succeed is no news.
DOWN = Inhibition(
    source=tree.Match(patterns={"kind": ("check",), "name": ("probe",)}),
    target=tree.Match(patterns={"kind": ("check",)}),
)


def notifying(config: Config) -> Notifying:
    """All that decides who hears of what."""
    alerts = config.alerts
    everyone = tree.Route(name="", channels=tuple(alerts.channels))
    return Notifying(
        listeners=tuple(
            Listener(
                name=name,
                mirrors=channel.type == "alertmanager",
                hears_acknowledgements=channel.type == "pagerduty" or (channel.type == "slack" and bool(channel.token)),
            )
            for name, channel in alerts.channels.items()
        ),
        routes=_routes(alerts.routes, everyone, "routes"),
        inhibitions=(
            DOWN,
            *(
                Inhibition(source=match(each.source), target=match(each.target), equal=each.equal)
                for each in alerts.inhibit
            ),
        ),
        minimum=alerts.minimum_severity,
        databases=frozenset((SELF, *(database.name for database in config.databases))),
        link=alerts.page_url or f"http://{config.listen}/",
    )


def match(section: Match) -> tree.Match:
    return tree.Match(patterns=section.patterns, during=_windows(section.during))


def window(section: Recurring | Once) -> Window | Span:
    if isinstance(section, Once):
        return Span(begin=section.from_, end=section.until)
    zone = time_zone(section.timezone)
    return Window(starts=starts(section.schedule, zone), lasts=timedelta(seconds=section.lasts))


def _windows(sections: Iterable[Recurring | Once]) -> tuple[Window | Span, ...]:
    return tuple(window(section) for section in sections)


def _routes(sections: Iterable[Route], parent: tree.Route, place: str) -> tuple[tree.Route, ...]:
    return tuple(_route(section, parent, f"{place}[{index}]") for index, section in enumerate(sections))


def _route(section: Route, parent: tree.Route, place: str) -> tree.Route:
    """What is not given is the parent's. `database` always is among what a group has alike: a message is of one."""

    def given(value: float | None, inherited: timedelta) -> timedelta:
        return inherited if value is None else timedelta(seconds=value)

    repeat = parent.repeat
    if "repeat" in section.model_fields_set:
        repeat = None if section.repeat is None else timedelta(seconds=section.repeat)
    group_by = parent.group_by if section.group_by is None else tuple(dict.fromkeys(("database", *section.group_by)))
    own = tree.Route(
        name=section.name or place,
        match=match(section.match),
        channels=parent.channels if section.channels is None else section.channels,
        group_by=group_by,
        group_wait=given(section.group_wait, parent.group_wait),
        group_interval=given(section.group_interval, parent.group_interval),
        repeat=repeat,
        mute=parent.mute if section.mute is None else _windows(section.mute),
        is_passed=section.continue_,
    )
    return msgspec.structs.replace(own, routes=_routes(section.routes, own, f"{place}.routes"))
