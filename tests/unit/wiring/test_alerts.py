from datetime import timedelta

import pytest

from tests.unit.alerts.samples import finding, standing
from watchdog.alerts.route import ASKED
from watchdog.alerts.route import Route as Branch
from watchdog.config.alerts import Match
from watchdog.config.load import parse
from watchdog.errors import ConfigError
from watchdog.finding import Severity
from watchdog.wiring.alerts import DOWN, notifying

HEAD = """\
databases: [{name: production, dsn: "postgresql://h/x", baseline: b.json}]
listen: 127.0.0.1:9999
alerts:
  minimum_severity: info
  channels:
    ops: {type: webhook, url: "http://127.0.0.1:1/"}
    team: {type: slack, token: xoxb, channel: C1}
    shown: {type: alertmanager, urls: ["http://127.0.0.1:2/"]}
"""


def made(routes: str) -> tuple[Branch, ...]:
    return notifying(parse(HEAD + routes, "f.yaml", {})).routes


def test_what_a_branch_does_not_say_it_has_of_the_one_it_grows_from() -> None:
    [above] = made("""\
  routes:
    - name: rows
      match: {kind: rows}
      channels: [team]
      group_by: [schema]
      group_wait: 3s
      repeat: never
      mute: {schedule: "0 2 * * *", lasts: 2h}
      routes:
        - {match: {severity: critical}, group_interval: 0s, repeat: 4h}
        - {channels: [], continue: true}
""")
    first, second = above.routes
    assert (above.group_by, above.repeat, above.group_interval) == (("database", "schema"), None, timedelta(minutes=1))
    assert (first.name, first.channels, first.group_by) == ("routes[0].routes[0]", ("team",), above.group_by)
    assert (first.group_wait, first.group_interval, first.repeat) == (
        timedelta(seconds=3),
        timedelta(0),
        timedelta(hours=4),
    )
    assert (second.channels, second.repeat, second.is_passed, len(second.mute)) == ((), None, True, 1)


def test_what_stands_is_repeated_daily_or_as_the_branch_above_says() -> None:
    plain, often = made("  routes: [{channels: [ops]}, {repeat: 4h, routes: [{channels: [team]}]}]\n")
    assert (plain.repeat, often.routes[0].repeat) == (timedelta(days=1), timedelta(hours=4))


def test_a_route_without_channels_leads_to_all_and_what_no_route_takes_too() -> None:
    setup = notifying(parse(HEAD + "  routes: [{match: {kind: rows}}]\n", "f.yaml", {}))
    every = ("ops", "team", "shown")
    rows = standing(finding("public", "t", kind="rows", severity=Severity.INFO))
    assert [route.channels for route in setup.leads(rows)] == [every]
    assert [route.channels for route in setup.leads(standing(finding()))] == [every]


def test_who_mirrors_and_who_can_show_an_acknowledgement_is_known_by_type() -> None:
    setup = notifying(parse(HEAD, "f.yaml", {}))
    assert [(each.name, each.mirrors, each.hears_acknowledgements) for each in setup.listeners] == [
        ("ops", False, False),
        ("team", False, True),
        ("shown", True, False),
    ]
    assert (setup.link, setup.inhibitions) == ("http://127.0.0.1:9999/", (DOWN,))
    assert setup.databases == {"production", "schema-watchdog"}


def test_all_that_alerts_can_be_asked_for_can_be_configured() -> None:
    fields = {field.alias or name for name, field in Match.model_fields.items()}
    assert fields == {*ASKED, "during"}


@pytest.mark.parametrize(
    ("routes", "mistake"),
    [
        (
            "  routes: [{channels: [pos]}]\n",
            "alerts.routes[0].channels[0]: there is no channel pos (there are: ops, team, shown) [line 9]",
        ),
        ("  routes: [{routes: [{channels: [x]}]}]\n", "alerts.routes[0].routes[0].channels[0]: there is no channel x"),
        ("  routes: [{name: a}, {name: a}]\n", "alerts.routes[1].name: is the name of another route above too"),
        ("  routes: [{match: {kind: tabel}}]\n", "no kind of object is called so"),
        ("  routes: [{match: {severity: bad}}]\n", "Input should be 'info', 'warning' or 'critical'"),
        ("  routes: [{group_by: [colour]}]\n", "alerts cannot be asked for it; they can for severity, kind"),
        ("  routes: [{match: {during: {schedule: '0 25 * * *', lasts: 1h}}}]\n", "its hour is 25"),
        ("  routes: [{matches: {kind: rows}}]\n", "is not a setting known here"),
        (
            "  digest: {schedule: '0 9 * * 1', channels: [nobody]}\n",
            "alerts.digest.channels[0]: there is no channel nobody",
        ),
        ("  page_url: ftp://x\n", "page_url"),
    ],
)
def test_a_mistake_in_the_tree_is_told_with_its_place(routes: str, mistake: str) -> None:
    with pytest.raises(ConfigError) as told:
        made(routes)
    assert mistake in "\n".join(told.value.mistakes)


def test_each_name_of_a_channel_that_is_none_is_told_at_its_place_beside_all_other_mistakes() -> None:
    with pytest.raises(ConfigError) as told:
        made("""\
  routes:
    - channels: [ops, pos, taem]
      repeat: 5
      routes:
        - channels:
            - team
            - x
            - https://hunter2
        - 1
  all_clear: {schedule: '0 9 * * *', channels: [nobody]}
""")
    assert "hunter2" not in str(told.value)
    assert [mistake.partition(" (")[0].partition(" [")[0] for mistake in told.value.mistakes] == [
        "f.yaml: alerts.routes[0].channels[1]: there is no channel pos",
        "f.yaml: alerts.routes[0].channels[2]: there is no channel taem",
        "f.yaml: alerts.routes[0].routes[0].channels[1]: there is no channel x",
        "f.yaml: alerts.all_clear.channels[0]: there is no channel nobody",
        "f.yaml: alerts.routes[0].repeat: write the unit too, such as 5s, or never",
        "f.yaml: alerts.routes[0].routes[0].channels[2]: String should match pattern '^[A-Za-z0-9][A-Za-z0-9_.-]*$'",
        "f.yaml: alerts.routes[0].routes[1]: should be a mapping, key: value",
    ]


@pytest.mark.parametrize(
    ("window", "mistake"),
    [
        ("{schedule: '0 2 * * *', lasts: 2}", "mute.lasts: write the unit too, such as 2s"),
        ("{schedule: '0 2 * * *'}", "mute.lasts: is missing"),
        ("{from: 2026-12-01T22:00:00Z}", "mute.until: is missing"),
        ("{from: 2026-12-01T22:00:00Z, until: soon}", "mute.until: write date, time and offset from UTC"),
        ("{from: 2026-12-01T22:00:00Z, until: 2026-12-01T21:00:00Z}", "mute: until must be later than from"),
        ("nightly", "mute: should be a mapping, key: value"),
    ],
)
def test_a_mistake_in_a_window_is_one_line(window: str, mistake: str) -> None:
    with pytest.raises(ConfigError) as told:
        made(f"  routes:\n    - mute: {window}\n")
    [only] = told.value.mistakes
    assert f"alerts.routes[0].{mistake}" in only
