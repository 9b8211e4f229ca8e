"""Forecasts are those of the planner: what is said to come is what dispatch would do."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec
import pytest

from tests.unit.alerts.samples import NOON, finding
from tests.unit.alerts.standing import CRITICAL, INFO, NOTIFYING, TREE, WARNING, acknowledged, silenced, standing
from watchdog.alerts.alert import Standing
from watchdog.alerts.books import Books
from watchdog.alerts.explain import Explanation, explain
from watchdog.alerts.hush import Inhibition
from watchdog.alerts.notifying import plans
from watchdog.alerts.route import Match
from watchdog.alerts.told import Told
from watchdog.cron import Span

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
WORST, BAD, LEAST = standing(CRITICAL), standing(WARNING), standing(INFO)


def told_at(books: Books, at: datetime) -> Mapping[str, Mapping[str, Told]]:
    """What channels know once dispatch has told what is due."""
    made = plans(NOTIFYING, books, at)
    return {channel: {key: told for key, told in plan.told.items() if told} for channel, plan in made.items()}


def explained(one: Standing = WORST, now: datetime = NOON, *more: Standing, **said: object) -> Explanation:
    books = Books(standing={each.fingerprint: each for each in (one, *more)})
    return explain(NOTIFYING, msgspec.structs.replace(books, **said), one, now)


def test_each_route_that_was_asked_says_why_it_refuses() -> None:
    found = explained(BAD)
    assert [(step.route.name, step.refusal, step.ends) for step in found.steps] == [
        ("dba", "severity is warning, not critical", False),
        ("team", "", True),
    ]
    assert [route.name for route in found.routes] == ["team"]


def test_what_is_told_to_nobody_says_why() -> None:
    assert explained(LEAST).refusal == "info is below alerts.minimum_severity, warning"
    assert explained(LEAST).hearings == ()
    assert explained(standing(CRITICAL, database="gone")).refusal == "database gone is not configured any more"


def test_a_new_alert_is_told_after_its_groups_wait() -> None:
    [hearing] = explained(WORST, NOON + SECOND).hearings
    assert (hearing.channel, hearing.told, hearing.next_at) == ("pager", None, NOON + 10 * SECOND)


def test_what_was_told_is_told_again_when_its_route_repeats_or_never() -> None:
    for one, again in ((WORST, NOON + 10 * SECOND + 4 * HOUR), (BAD, None)):
        books = Books(standing={one.fingerprint: one})
        told = told_at(books, NOON + 10 * SECOND)
        [hearing] = explained(one, NOON + HOUR, told=told).hearings
        assert hearing.told is not None
        assert (hearing.told.told_at, hearing.next_at) == (NOON + 10 * SECOND, again)


def test_a_silence_puts_it_off_to_its_end() -> None:
    silence = silenced(NOON + 9 * HOUR, kind=("column",))
    found = explained(WORST, NOON, silences=(silence,))
    assert found.held is not None
    assert (found.held.why, found.held.until) == ("silenced by bob: maintenance", silence.until)
    assert found.hearings[0].next_at == silence.until


def test_what_somebody_has_in_hand_for_good_is_not_told() -> None:
    found = explained(WORST, NOON, acknowledgements={WORST.fingerprint: acknowledged(WORST)})
    assert found.held is not None
    assert found.hearings[0].next_at is None


def test_a_window_in_which_a_route_is_mute_puts_it_off_too() -> None:
    mute = msgspec.structs.replace(TREE[0], mute=(Span(begin=NOON - HOUR, end=NOON + HOUR),))
    notifying = msgspec.structs.replace(NOTIFYING, routes=(mute,))
    [hearing] = explain(notifying, Books(standing={WORST.fingerprint: WORST}), WORST, NOON).hearings
    assert hearing.next_at == NOON + HOUR


def test_what_another_alert_says_is_not_told_while_that_one_stands() -> None:
    inhibition = Inhibition(source=Match(patterns={"kind": ("index",)}), target=Match(patterns={"kind": ("column",)}))
    notifying = msgspec.structs.replace(NOTIFYING, inhibitions=(inhibition,))
    books = Books(standing={each.fingerprint: each for each in (WORST, BAD)})
    found = explain(notifying, books, WORST, NOON)
    assert found.held is not None
    assert (found.held.why, found.hearings[0].next_at) == (f"inhibited by {BAD.fingerprint}: {WARNING.message}", None)


def test_an_alert_that_comes_to_a_group_that_was_told_waits_for_the_interval() -> None:
    books = Books(standing={WORST.fingerprint: WORST})
    told = told_at(books, NOON + 10 * SECOND)
    newer = standing(finding("public", "t", "other"), NOON + 20 * SECOND)
    [hearing] = explained(newer, NOON + 21 * SECOND, WORST, told=told).hearings
    assert hearing.next_at == NOON + 70 * SECOND


@pytest.mark.parametrize("others", [0, 3_000])
def test_others_do_not_matter_to_the_forecast(others: int) -> None:
    """Thousands that are told somewhere else must not hide when this one is told."""
    many = [standing(finding("public", f"i{number}", kind="index")) for number in range(others)]
    many = [standing(msgspec.structs.replace(each.finding, severity=BAD.finding.severity)) for each in many]
    [hearing] = explained(WORST, NOON, *many).hearings
    assert hearing.next_at == NOON + 10 * SECOND


def test_an_imagined_alert_is_explained_as_if_it_had_begun() -> None:
    found = explain(NOTIFYING, Books(), WORST, NOON)
    assert [hearing.channel for hearing in found.hearings] == ["pager"]


def test_a_channel_that_mirrors_is_said_to() -> None:
    other = standing(finding("public", "v", kind="relation", severity=WARNING.severity))
    assert {hearing.channel for hearing in explained(other).hearings if hearing.mirrors} == {"mirror"}
