from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.alerts.samples import HOSTILE, NOON, finding, standing
from watchdog.alerts.alert import Standing
from watchdog.alerts.route import Match, Route, closes, is_open, leads, steps
from watchdog.cron import Span, Window, starts
from watchdog.finding import Severity

COLUMN = standing(finding("public", "orders", "total"))
ROWS = standing(finding("shop", "orders", kind="rows", severity=Severity.WARNING), check="rows")
ROLE = standing(finding("watcher", kind="role"), database="staging")


@pytest.mark.parametrize(
    ("patterns", "taken"),
    [
        ({}, {COLUMN, ROWS, ROLE}),
        ({"severity": ("critical",)}, {COLUMN, ROLE}),
        ({"severity": ("warning", "critical")}, {COLUMN, ROWS, ROLE}),
        ({"kind": ("col*",)}, {COLUMN}),
        ({"schema": ("public", "s*")}, {COLUMN, ROWS}),
        ({"name": ("*.orders", "*.orders.*")}, {COLUMN, ROWS}),
        ({"database": ("production",), "check": ("schema",)}, {COLUMN}),
        ({"component": ("*",)}, set()),
        ({"fingerprint": (ROLE.fingerprint,)}, {ROLE}),
    ],
)
def test_a_match_asks_for_all_that_it_names_and_takes_any_of_several(
    patterns: dict[str, tuple[str, ...]], taken: set[object]
) -> None:
    assert {one for one in (COLUMN, ROWS, ROLE) if Match(patterns=patterns).takes(one)} == taken


def test_a_refusal_says_what_did_not_fit() -> None:
    assert Match(patterns={"severity": ("critical",)}).refusal(ROWS) == "severity is warning, not critical"
    assert Match(patterns={"schema": ("public", "app")}).refusal(ROLE) == "schema is none, not public or app"


def test_names_that_look_like_patterns_are_names() -> None:
    assert Match(patterns={"name": ("*",)}).takes(standing(finding(HOSTILE, "x")))
    assert not Match(patterns={"name": ("[ab].x",)}).takes(standing(finding("[ab]", "x")))


def test_the_first_route_that_matches_takes_an_alert_and_those_beside_it_only_if_it_passes_it_on() -> None:
    page = Route(name="page", match=Match(patterns={"severity": ("critical",)}))
    rows = Route(name="rows", match=Match(patterns={"kind": ("rows",)}))
    rest = Route(name="rest")
    assert [route.name for route in leads((page, rows, rest), COLUMN)] == ["page"]
    assert [route.name for route in leads((page, rows, rest), ROWS)] == ["rows"]
    passed = Route(name="page", match=page.match, is_passed=True)
    assert [route.name for route in leads((passed, rows, rest), COLUMN)] == ["page", "rest"]


def test_a_branch_keeps_what_none_below_it_takes() -> None:
    below = Route(name="below", match=Match(patterns={"kind": ("rows",)}))
    branch = Route(name="branch", routes=(below,))
    assert [route.name for route in leads((branch,), ROWS)] == ["below"]
    assert [route.name for route in leads((branch,), COLUMN)] == ["branch"]
    assert leads((below,), COLUMN) == ()


trees = st.recursive(
    st.builds(
        Route,
        name=st.sampled_from("abcdef"),
        match=st.sampled_from([Match(), Match(patterns={"kind": ("rows",)}), Match(patterns={"schema": ("public",)})]),
        is_passed=st.booleans(),
    ),
    lambda below: st.builds(
        lambda route, routes: msgspec.structs.replace(route, routes=tuple(routes)),
        st.builds(Route, name=st.sampled_from("xyz"), is_passed=st.booleans()),
        st.lists(below, max_size=3),
    ),
)


@given(st.lists(trees, max_size=4), st.sampled_from([COLUMN, ROWS, ROLE]))
def test_an_alert_leads_to_where_its_steps_end(routes: list[Route], one: Standing) -> None:
    assert leads(routes, one) == tuple(step.route for step in steps(routes, one) if step.ends)


def test_the_steps_tell_each_route_that_was_asked_and_why_it_refused() -> None:
    below = Route(name="below", match=Match(patterns={"kind": ("rows",)}))
    tree = (Route(name="first", match=Match(patterns={"database": ("staging",)})), Route(name="all", routes=(below,)))
    assert [(step.route.name, step.depth, step.refusal, step.ends) for step in steps(tree, COLUMN)] == [
        ("first", 0, "database is production, not staging", False),
        ("all", 0, "", True),
        ("below", 1, "kind is column, not rows", False),
    ]


def test_alerts_share_a_group_when_all_answers_are_alike() -> None:
    route = Route(name="r", group_by=("database", "kind"))
    other = standing(finding("public", "orders", "note"))
    assert route.group(COLUMN) == route.group(other) != route.group(ROWS)


def test_a_time_of_day_is_asked_of_the_moment_when_an_alert_began() -> None:
    office = Window(starts=starts("0 9 * * 1-5"), lasts=timedelta(hours=9))
    monday = datetime(2025, 11, 17, tzinfo=UTC)
    taken = [hour for hour in range(24) if Match(during=(office,)).takes(at(monday + timedelta(hours=hour)))]
    assert taken == list(range(9, 18))
    assert not Match(during=(office,)).takes(at(monday - timedelta(hours=12)))
    assert "outside of its times" in Match(during=(office,)).refusal(at(monday))


def at(moment: datetime) -> Standing:
    return standing(finding(), since=moment)


def test_a_window_is_open_from_its_begin_until_before_its_end() -> None:
    once = Span(begin=NOON, end=NOON + timedelta(hours=1))
    assert [is_open(once, NOON + timedelta(minutes=minutes)) for minutes in (-1, 0, 59, 60)] == [
        False,
        True,
        True,
        False,
    ]
    nightly = Window(starts=starts("0 22 * * *"), lasts=timedelta(hours=8))
    assert closes(nightly, NOON + timedelta(hours=12)) == NOON + timedelta(hours=18)
    assert closes(nightly, NOON) is None
