from datetime import timedelta

import msgspec

from tests.unit.alerts.samples import NOON, finding
from tests.unit.alerts.standing import CRITICAL, INFO, NOTIFYING, TREE, WARNING, acknowledged, silenced, standing, told
from watchdog.alerts.books import Books
from watchdog.alerts.explain import explain
from watchdog.alerts.hush import Inhibition
from watchdog.alerts.notifying import FALLBACK
from watchdog.alerts.overview import Heard, active, overview, silence_words
from watchdog.alerts.queue import Queue, Waiting
from watchdog.alerts.route import Match
from watchdog.cron import Span

HOUR = timedelta(hours=1)
WORST, BAD, LEAST = standing(CRITICAL, NOON - HOUR), standing(WARNING), standing(INFO)
ALL = {one.fingerprint: one for one in (LEAST, BAD, WORST)}


def test_the_worst_come_first_and_of_these_the_oldest() -> None:
    older = standing(finding("public", "z"), NOON - 2 * HOUR)
    books = Books(standing={**ALL, older.fingerprint: older})
    assert [one.finding for one in overview(NOTIFYING, books, NOON)] == [older.finding, CRITICAL, WARNING, INFO]


def test_each_says_its_routes_and_who_was_told() -> None:
    over = msgspec.structs.replace(told(WORST, NOON), is_over=True)
    books = Books(
        standing=ALL, told={"pager": {WORST.fingerprint: told(WORST, NOON)}, "chat": {WORST.fingerprint: over}}
    )
    worst, bad, least = overview(NOTIFYING, books, NOON)
    assert worst.told == (Heard(channel="pager", route="dba", told_at=NOON),)
    assert [(way.route, way.channels) for way in worst.routes] == [("dba", ("pager",))]
    assert [way.route for way in bad.routes] == ["team"]
    assert (least.routes, least.told) == ((), ())


def test_what_a_channel_has_not_taken_yet_is_not_shown_as_told() -> None:
    books = Books(standing=ALL, told={"pager": {WORST.fingerprint: told(WORST, NOON)}})
    failing = Queue(waiting=2, oldest_at=NOON, error="refused", attempts=5)
    for queue, expected in (
        (failing, Waiting(attempts=5, error="refused")),
        (msgspec.structs.replace(failing, oldest_at=NOON - HOUR), Waiting(attempts=5, error="refused")),
        (msgspec.structs.replace(failing, oldest_at=NOON + HOUR), None),  # what waits is younger
        (msgspec.structs.replace(failing, attempts=0), None),  # it was not tried yet; what failed was given up
        (Queue(given_up=1, error="refused"), None),
    ):
        [heard] = overview(NOTIFYING, books, NOON, {"pager": queue})[0].told
        [hearing] = explain(NOTIFYING, books, WORST, NOON, {"pager": queue}).hearings
        assert heard.waiting == hearing.waiting == expected
    assert overview(NOTIFYING, books, NOON, {"chat": failing})[0].told[0].waiting is None


def test_of_a_database_that_is_not_configured_nobody_is_told() -> None:
    gone = standing(CRITICAL, database="gone")
    [one] = overview(NOTIFYING, Books(standing={gone.fingerprint: gone}), NOON)
    assert one.routes == ()


def test_what_no_route_takes_goes_to_every_channel() -> None:
    other = standing(finding("public", "v", kind="relation", severity=finding().severity.WARNING))
    [one] = overview(NOTIFYING, Books(standing={other.fingerprint: other}), NOON)
    assert [(way.route, way.channels) for way in one.routes] == [(FALLBACK, ("pager", "chat", "mirror"))]


def test_a_mute_route_says_until_when() -> None:
    mute = msgspec.structs.replace(TREE[0], mute=(Span(begin=NOON - HOUR, end=NOON + HOUR),))
    notifying = msgspec.structs.replace(NOTIFYING, routes=(mute,))
    assert overview(notifying, Books(standing=ALL), NOON)[0].routes[0].muted_until == NOON + HOUR


def test_all_that_holds_an_alert_back_is_said_and_not_only_the_first() -> None:
    inhibition = Inhibition(source=Match(patterns={"kind": ("index",)}), target=Match(patterns={"kind": ("column",)}))
    books = Books(
        standing=ALL,
        acknowledgements={WORST.fingerprint: acknowledged(WORST, NOON + HOUR)},
        silences=(silenced(NOON + HOUR, kind=("column",)),),
    )
    worst, bad, _ = overview(msgspec.structs.replace(NOTIFYING, inhibitions=(inhibition,)), books, NOON)
    assert worst.words == (
        "acknowledged by ada until 2025-11-17 13:00 UTC: on it",
        "silenced by bob until 2025-11-17 13:00 UTC: maintenance",
        f"inhibited by {WARNING.fingerprint}: {WARNING.message}",
    )
    assert bad.words == ()
    later = overview(NOTIFYING, books, NOON + HOUR)[0]
    assert later.words == ()


def test_silences_that_are_over_are_not_shown() -> None:
    long, short, over = (msgspec.structs.replace(silenced(NOON + hours * HOUR), id=str(hours)) for hours in (9, 1, 0))
    assert active([long, over, short], NOON) == (short, long)


def test_a_silence_says_what_it_covers() -> None:
    assert silence_words(silenced(NOON)) == "everything"
    assert silence_words(silenced(NOON, name=("a*", "b*"), kind=("column",))) == "name a* or b*, kind column"
