from collections.abc import Iterable
from datetime import date, datetime, timedelta

import msgspec
import pytest
from apscheduler.triggers.base import BaseTrigger
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.alerts.samples import NOON, finding, standing
from watchdog.alerts.alert import SELF, Message, Standing
from watchdog.alerts.books import Books
from watchdog.alerts.hush import Acknowledgement, Inhibition, Silence
from watchdog.alerts.notifying import Notifying, plans
from watchdog.alerts.plan import Listener, Plan
from watchdog.alerts.route import Match, Route
from watchdog.alerts.told import FLAPS, QUIET_FOR, Told
from watchdog.cron import Span, Window
from watchdog.finding import Accepted, Severity

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
ROUTE = Route(name="all", channels=("ops",), group_wait=10 * SECOND, group_interval=MINUTE, repeat=4 * HOUR)


class People:
    """What channels are told while time passes."""

    def __init__(
        self,
        *routes: Route,
        listeners: Iterable[Listener] = (Listener(name="ops"),),
        inhibitions: tuple[Inhibition, ...] = (),
    ) -> None:
        self.notifying = Notifying(
            listeners=tuple(listeners),
            routes=routes or (ROUTE,),
            databases=frozenset(("production", SELF)),
            inhibitions=inhibitions,
        )
        self.now = NOON
        self.standing: dict[str, Standing] = {}
        self.told: dict[str, dict[str, Told]] = {}
        self.acknowledgements: dict[str, Acknowledgement] = {}
        self.silences: tuple[Silence, ...] = ()

    def found(self, *names: str, severity: Severity = Severity.CRITICAL, kind: str = "column") -> "People":
        for name in names:
            one = standing(finding("public", "t", name, severity=severity, kind=kind), since=self.now)
            known = self.standing.get(one.fingerprint)
            self.standing[one.fingerprint] = standing(one.finding, since=known.alert.since) if known else one
        return self

    def over(self, *names: str) -> "People":
        for name in names:
            self.standing.pop(finding("public", "t", name).fingerprint)
        return self

    def accept(self, *names: str, by: str = "ada") -> "People":
        """As the store notes it: what was told has ended, as it was found."""
        borne = Accepted(by=by, reason="dropped on purpose", until=date(2026, 12, 31), recorded_in="file")
        for name in names:
            fingerprint = self.standing.pop(finding("public", "t", name).fingerprint).fingerprint
            for told in self.told.values():
                ended = msgspec.structs.replace(told[fingerprint].finding, state="accepted", accepted=borne)
                told[fingerprint] = msgspec.structs.replace(told[fingerprint], finding=ended, closed_at=self.now)
        return self

    def acknowledge(self, name: str, until: datetime | None = None) -> "People":
        one = self.standing[finding("public", "t", name).fingerprint]
        self.acknowledgements[one.fingerprint] = Acknowledgement(
            fingerprint=one.fingerprint,
            by="ada",
            why="on it",
            at=self.now,
            severity=one.finding.severity,
            until=until,
        )
        return self

    def plans(self) -> dict[str, Plan]:
        books = Books(
            standing=self.standing, told=self.told, acknowledgements=self.acknowledgements, silences=self.silences
        )
        return plans(self.notifying, books, self.now)

    def look(self, after: timedelta = timedelta(0)) -> list[Message]:
        """What is told when so much more time has passed, by any channel."""
        self.now += after
        messages: list[Message] = []
        for channel, plan in self.plans().items():
            messages += plan.messages
            mine = self.told.setdefault(channel, {})
            for fingerprint, known in plan.told.items():
                if known is None:
                    del mine[fingerprint]
                else:
                    mine[fingerprint] = known
        return messages

    def hear(self, after: timedelta = timedelta(0)) -> list[tuple[str, str]]:
        """The same, in short: each occasion with the last parts of the names."""
        return [
            (message.occasion, "".join(sorted(each.identity[-1] for each in message.findings)))
            for message in self.look(after)
        ]


def test_a_first_alert_waits_for_others_and_they_are_one_message() -> None:
    people = People().found("a")
    assert people.hear(5 * SECOND) == []
    assert people.found("b").hear(4 * SECOND) == []
    assert people.hear(SECOND) == [("new", "ab")]
    assert people.hear(HOUR) == []


def test_an_end_by_acceptance_says_who_bears_it_and_why() -> None:
    people = People().found("a", "b")
    people.look(10 * SECOND)
    (message,) = people.accept("a").look(MINUTE)
    assert (message.status, message.occasion) == ("resolved", "accepted")
    assert message.notes == ("accepted by ada until 2026-12-31: dropped on purpose; it is as it was found",)


def test_of_ends_of_several_kinds_it_is_said_which_were_accepted() -> None:
    people = People().found("a", "b", "c")
    people.look(10 * SECOND)
    (message,) = people.accept("a").accept("b", by="bob").over("c").look(MINUTE)
    assert (message.status, message.occasion) == ("resolved", "resolved")
    assert message.notes == (
        "accepted by ada until 2026-12-31: dropped on purpose; it is as it was found: column public.t.a is missing",
        "accepted by bob until 2026-12-31: dropped on purpose; it is as it was found: column public.t.b is missing",
    )


def test_what_comes_and_goes_while_it_waits_is_told_to_nobody() -> None:
    people = People().found("a")
    people.look(5 * SECOND)
    assert people.over("a").hear(5 * SECOND) == []
    assert people.hear(HOUR) == []


def test_what_comes_later_waits_for_the_groups_interval_and_is_told_alone() -> None:
    people = People().found("a")
    people.look(10 * SECOND)
    assert people.found("b").hear(30 * SECOND) == []
    (message,) = people.look(30 * SECOND)
    assert [each.identity[-1] for each in message.findings] == ["b"]
    assert message.standing == {Severity.CRITICAL: 2}


def test_an_end_is_told_once_and_says_what_still_stands() -> None:
    people = People().found("a", "b")
    first = people.look(10 * SECOND)
    assert people.over("a").hear(30 * SECOND) == []
    (message,) = people.look(30 * SECOND)
    assert (message.status, message.standing) == ("resolved", {Severity.CRITICAL: 1})
    (last,) = people.over("b").look(MINUTE)
    assert (last.status, last.standing) == ("resolved", {})
    assert {first[0].thread} == {message.thread, last.thread}
    assert people.hear(HOUR) == []


def test_the_next_trouble_is_another_thread() -> None:
    people = People().found("a")
    (first,) = people.look(10 * SECOND)
    people.over("a").look(MINUTE)
    (second,) = people.found("a").look(10 * SECOND)
    assert (second.occasion, second.thread != first.thread, second.id != first.id) == ("new", True, True)


def test_what_comes_before_an_end_is_told_goes_on_in_its_thread_so_that_the_thread_ends() -> None:
    people = People().found("a")
    (first,) = people.look(10 * SECOND)
    assert people.over("a").found("b").hear(5 * SECOND) == []
    (second,) = people.look(5 * SECOND)
    assert (second.occasion, second.thread) == ("new", first.thread)
    (third,) = people.look(MINUTE)
    assert (third.status, third.thread, third.standing) == ("resolved", first.thread, {Severity.CRITICAL: 1})
    (last,) = people.over("b").look(MINUTE)
    assert (last.status, last.thread, last.standing) == ("resolved", first.thread, {})


def test_what_stands_is_told_again_at_the_repeat_interval_and_the_group_together() -> None:
    people = People().found("a")
    people.look(10 * SECOND)
    people.found("b").look(MINUTE)
    assert people.hear(4 * HOUR - MINUTE - SECOND) == []
    assert people.hear(SECOND) == [("repeat", "ab")]
    assert people.hear(4 * HOUR - SECOND) == []
    assert people.hear(SECOND) == [("repeat", "ab")]


def test_what_is_never_to_be_repeated_is_not() -> None:
    people = People(Route(name="once", channels=("ops",), repeat=None)).found("a")
    people.look(10 * SECOND)
    assert people.hear(timedelta(days=400)) == []


def test_what_became_worse_is_told_again_and_what_eased_is_not() -> None:
    people = People().found("a", severity=Severity.WARNING)
    people.look(10 * SECOND)
    assert people.found("a", severity=Severity.CRITICAL).hear(MINUTE) == [("worse", "a")]
    assert people.found("a", severity=Severity.WARNING).hear(MINUTE) == []
    assert people.over("a").look(MINUTE)[0].findings[0].severity is Severity.CRITICAL


def test_below_the_least_severity_nobody_is_told() -> None:
    people = People().found("a", severity=Severity.INFO)
    assert people.hear(HOUR) == []
    assert people.over("a").hear(HOUR) == []


def test_what_opens_again_and_again_is_told_as_flapping_and_its_ends_are_held_until_it_is_quiet() -> None:
    people = People(Route(name="r", channels=("ops",), group_wait=timedelta(0), group_interval=timedelta(0)))
    for _ in range(FLAPS - 1):
        assert people.found("a").hear(MINUTE) == [("new", "a")]
        assert people.over("a").hear(MINUTE) == [("resolved", "a")]
    (message,) = people.found("a").look(MINUTE)
    assert message.occasion == "flapping"
    assert message.notes[0].startswith(f"flapping, found {FLAPS} times since 12:00 UTC: column public.t.a is missing; ")
    for _ in range(5):
        assert people.over("a").hear(MINUTE) == []
        assert people.found("a").hear(MINUTE) == []
    assert people.over("a").hear(QUIET_FOR - SECOND) == []
    assert people.hear(QUIET_FOR) == [("resolved", "a")]
    assert people.hear(HOUR) == []
    assert people.told == {"ops": {}}


def test_what_is_acknowledged_is_not_repeated_until_it_ends_or_becomes_worse() -> None:
    people = People().found("a", severity=Severity.WARNING)
    people.look(10 * SECOND)
    people.acknowledge("a", until=people.now + 6 * HOUR)
    assert people.hear(5 * HOUR) == []
    assert people.hear(HOUR) == [("repeat", "a")]
    people.acknowledge("a")
    assert people.hear(40 * HOUR) == []
    assert people.found("a").hear(MINUTE) == [("worse", "a")]
    assert people.over("a").hear(MINUTE) == [("resolved", "a")]


def test_whoever_can_show_it_hears_that_all_of_a_thread_is_acknowledged_and_when_it_is_no_longer() -> None:
    people = People(listeners=[Listener(name="ops", hears_acknowledgements=True)]).found("a", "b")
    people.look(10 * SECOND)
    assert people.acknowledge("a").hear(SECOND) == []
    (message,) = people.acknowledge("b").look(SECOND)
    assert (message.status, message.notes) == ("acknowledged", ("acknowledged by ada: on it",))
    assert people.hear(SECOND) == []
    people.acknowledgements.clear()
    assert people.hear(SECOND) == [("unacknowledged", "ab")]
    assert people.hear(SECOND) == []


def test_what_is_acknowledged_in_a_mute_window_is_heard_of_after_it() -> None:
    night = Span(begin=NOON + MINUTE, end=NOON + 8 * HOUR)
    route = Route(name="r", channels=("ops",), mute=(night,))
    people = People(route, listeners=[Listener(name="ops", hears_acknowledgements=True)]).found("a")
    people.look(10 * SECOND)
    assert people.acknowledge("a").hear(HOUR) == []
    assert people.hear(7 * HOUR) == [("acknowledged", "a")]


def test_an_acknowledgement_that_was_taken_back_just_before_what_flaps_was_over_keeps_nobody_from_hearing() -> None:
    route = Route(name="r", channels=("ops",), group_wait=timedelta(0), group_interval=timedelta(0))
    people = People(route, listeners=[Listener(name="ops", hears_acknowledgements=True)])
    for _ in range(FLAPS):
        people.found("a").look(MINUTE)
        people.over("a").look(MINUTE)
    people.found("a", "b").look(SECOND)
    people.acknowledge("a").look(SECOND)
    people.acknowledgements.clear()
    assert people.over("a").acknowledge("b").hear(SECOND) == [("acknowledged", "ab")]


def test_a_silence_holds_what_is_new_and_what_is_repeated_and_not_what_ends() -> None:
    people = People().found("a")
    people.look(10 * SECOND)
    until = people.now + 10 * HOUR
    people.silences = (Silence(id="1", match={"kind": ("column",)}, by="ada", why="w", at=people.now, until=until),)
    people.found("b")
    assert people.hear(9 * HOUR) == []
    assert people.plans()["ops"].next == until
    assert people.over("a").hear(MINUTE) == [("resolved", "a")]
    assert people.hear(HOUR) == [("new", "b")]


def test_what_another_alert_says_already_is_not_told_while_that_stands() -> None:
    rule = Inhibition(
        source=Match(patterns={"kind": ("check",), "name": ("*.probe",)}), target=Match(patterns={"kind": ("check",)})
    )
    people = People(inhibitions=(rule,)).found("probe", "rows", kind="check")
    assert [message.findings[0].identity[-1] for message in people.look(10 * SECOND)] == ["probe"]
    del people.standing[finding("public", "t", "probe", kind="check").fingerprint]
    assert people.hear(MINUTE) == [("new", "rows"), ("resolved", "probe")]


def test_two_that_say_the_same_do_not_silence_each_other_for_ever() -> None:
    rule = Inhibition(source=Match(), target=Match(patterns={"name": ("*.a",)}))
    people = People(inhibitions=(rule,)).found("a", "b")
    assert people.hear(10 * SECOND) == [("new", "b")]
    alone = People(inhibitions=(rule,)).found("a")
    assert alone.hear(10 * SECOND) == [("new", "a")]


def test_an_acknowledgement_in_a_mute_window_is_told_after_it() -> None:
    night = Span(begin=NOON + HOUR, end=NOON + 3 * HOUR)
    ops = Listener(name="ops", hears_acknowledgements=True)
    people = People(Route(name="r", channels=("ops",), mute=(night,)), listeners=[ops]).found("a")
    people.look(10 * SECOND)
    people.look(2 * HOUR)
    assert people.acknowledge("a").hear(MINUTE) == []
    assert people.hear(HOUR) == [("acknowledged", "a")]


def test_those_that_are_source_and_target_alike_do_not_silence_each_other() -> None:
    missing = Match(patterns={"change": ("missing",)})
    people = People(inhibitions=(Inhibition(source=missing, target=Match()),)).found("a", "b")
    assert people.hear(10 * SECOND) == [("new", "ab")]


def test_rules_that_lead_in_a_circle_leave_one_of_it_to_be_told() -> None:
    a, b, c = (Match(patterns={"name": (f"*.{name}",)}) for name in "abc")
    circle = tuple(Inhibition(source=source, target=target) for source, target in ((a, b), (b, c), (c, a)))
    people = People(inhibitions=circle).found("a", "b", "c")
    assert people.hear(10 * SECOND) == [("new", "a")]
    assert people.hear(HOUR) == []
    assert People(inhibitions=circle[:2]).found("a", "b", "c").hear(10 * SECOND) == [("new", "a")]


def test_in_a_mute_window_nothing_is_told_and_all_of_it_after() -> None:
    night = Span(begin=NOON, end=NOON + 8 * HOUR)
    people = People(Route(name="r", channels=("ops",), mute=(night,))).found("a")
    assert people.hear(7 * HOUR) == []
    assert people.plans()["ops"].next == night.end
    assert people.hear(HOUR) == [("new", "a")]


class Asked(BaseTrigger):  # type: ignore[misc]
    """A trigger that never fires, and counts how often it is asked."""

    def __init__(self) -> None:
        self.times = 0

    def get_next_fire_time(self, _previous_fire_time: datetime | None, _now: datetime) -> None:
        self.times += 1


def test_a_route_of_a_thousand_groups_asks_its_windows_once() -> None:
    asked = Asked()
    mute = (Window(starts=asked, lasts=HOUR),)
    people = People(Route(name="r", channels=("ops",), group_by=("database", "fingerprint"), mute=mute))
    assert len(people.found(*(str(number) for number in range(1_000))).look(10 * SECOND)) == 1_000
    assert asked.times == 1


def test_what_no_route_takes_goes_to_every_channel() -> None:
    rows = Route(name="rows", match=Match(patterns={"kind": ("rows",)}), channels=("team",))
    people = People(rows, listeners=[Listener(name="ops"), Listener(name="team")]).found("a")
    assert people.hear(10 * SECOND) == [("new", "a"), ("new", "a")]
    nobody = Route(name="nobody", match=Match(patterns={"kind": ("column",)}))
    assert People(nobody, listeners=[Listener(name="ops")]).found("a").hear(HOUR) == []


def test_a_channel_that_two_routes_lead_to_is_told_once() -> None:
    first = Route(name="first", channels=("ops",), is_passed=True)
    people = People(first, Route(name="second", channels=("ops",))).found("a")
    assert people.hear(10 * SECOND) == [("new", "a")]
    assert people.hear(HOUR) == []


def test_who_was_told_hears_of_the_end_though_the_routes_lead_elsewhere_now() -> None:
    people = People().found("a")
    people.look(10 * SECOND)
    people.notifying = Notifying(
        listeners=(Listener(name="ops"), Listener(name="team")),
        routes=(Route(name="new", channels=("team",)),),
        databases=frozenset(("production",)),
    )
    assert people.hear() == [("new", "a")]
    assert people.hear(48 * HOUR) == [("repeat", "a")]
    assert people.over("a").hear(MINUTE) == [("resolved", "a"), ("resolved", "a")]


def test_a_database_that_is_not_watched_any_more_is_forgotten_without_a_word() -> None:
    people = People().found("a")
    people.look(10 * SECOND)
    people.notifying = Notifying(listeners=(Listener(name="ops"),), routes=(ROUTE,), databases=frozenset(("other",)))
    assert (people.hear(48 * HOUR), people.told) == ([], {"ops": {}})


def test_whoever_mirrors_is_told_at_once_and_by_no_message() -> None:
    people = People(listeners=[Listener(name="ops", mirrors=True)]).found("a")
    assert people.look() == []
    assert [known.is_over for known in people.told["ops"].values()] == [False]
    assert people.over("a").look() == []
    [known] = people.told["ops"].values()
    assert (known.is_over, known.closed_at) == (True, NOON)
    people.look(HOUR)
    assert people.told == {"ops": {}}


@pytest.mark.parametrize("by", [-3 * HOUR, 3 * HOUR, -400 * 24 * HOUR, 400 * 24 * HOUR])
def test_a_clock_that_is_set_repeats_nothing_and_hides_nothing(by: timedelta) -> None:
    people = People().found("a")
    people.look(10 * SECOND)
    people.told = {"ops": {name: known.shifted(by) for name, known in people.told["ops"].items()}}
    assert people.hear(by) == []
    assert people.found("b").hear(MINUTE) == [("new", "b")]
    assert people.hear(4 * HOUR - MINUTE) == [("repeat", "ab")]


def test_a_clock_that_was_set_back_while_nobody_looked_holds_nothing_back() -> None:
    people = People().found("a")
    people.look(10 * SECOND)
    people.now -= 3 * HOUR
    assert people.found("b").hear() == [("new", "b")]
    assert people.over("a").hear(MINUTE) == [("resolved", "a")]


def test_a_clock_that_was_years_ahead_keeps_back_no_repetition_and_no_end_of_what_flaps() -> None:
    people = People().found("a", "b")
    people.look(10 * SECOND)
    for _ in range(FLAPS):
        people.over("a").look(MINUTE)
        people.found("a").look(MINUTE)
    assert people.over("a").hear(SECOND) == []
    people.now -= timedelta(days=3_650)
    assert people.hear() == [("repeat", "b")]
    assert people.hear(QUIET_FOR) == [("resolved", "a")]
    assert people.hear(4 * HOUR - QUIET_FOR) == [("repeat", "b")]


def test_ten_thousand_at_once_are_one_message_that_shows_some_and_counts_all() -> None:
    people = People().found(*(str(number) for number in range(10_000)))
    (message,) = people.look(10 * SECOND)
    assert (len(message.findings), message.more, message.standing) == (100, 9_900, {Severity.CRITICAL: 10_000})
    people.standing.clear()
    (message,) = people.look(MINUTE)
    assert (message.status, len(message.findings), message.more, message.standing) == ("resolved", 100, 9_900, {})


moves = st.lists(
    st.tuples(
        st.sampled_from(["found", "over", "worse", "acknowledge", "take back"]),
        st.sampled_from("abc"),
        st.integers(0, 60) | st.integers(0, 7_200),
    ),
    max_size=40,
)


def check_that_every_beginning_has_an_end(heard: Iterable[Message]) -> None:
    open_now: dict[str, Severity] = {}
    for message in heard:
        for each in message.findings:
            if message.status == "resolved":
                del open_now[each.fingerprint]
            elif message.occasion in {"acknowledged", "unacknowledged"}:
                assert each.fingerprint in open_now
            else:
                known = open_now.get(each.fingerprint)
                assert known is None or known.rank < each.severity.rank
                open_now[each.fingerprint] = each.severity
    assert not open_now
    last = {message.thread: message for message in heard}
    assert [(message.status, message.standing) for message in last.values()] == [("resolved", {})] * len(last)


@settings(deadline=None)
@given(moves)
def test_the_same_state_at_the_same_time_tells_nothing_twice_and_every_beginning_has_an_end(
    history: list[tuple[str, str, int]],
) -> None:
    listener = Listener(name="ops", hears_acknowledgements=True)
    people = People(Route(name="r", channels=("ops",), repeat=None), listeners=[listener])
    heard: list[Message] = []
    for move, name, seconds in history:
        fingerprint = finding("public", "t", name).fingerprint
        if move == "over" and fingerprint in people.standing:
            people.over(name)
        elif move == "acknowledge" and fingerprint in people.standing:
            people.acknowledge(name)
        elif move == "take back" and fingerprint in people.standing:
            people.acknowledgements.pop(fingerprint, None)
        elif move == "found" and fingerprint not in people.standing:
            people.found(name, severity=Severity.WARNING)
        elif move == "worse":
            people.found(name)
        heard += people.look(seconds * SECOND)
        assert people.look() == []
    people.standing.clear()
    for _ in range(4):
        heard += people.look(HOUR)
    assert people.told["ops"] == {}
    check_that_every_beginning_has_an_end(heard)


def test_what_opens_often_over_hours_does_not_flap() -> None:
    people = People(Route(name="r", channels=("ops",), group_wait=timedelta(0), group_interval=timedelta(0)))
    for _ in range(3 * FLAPS):
        assert people.found("a").hear(12 * MINUTE) == [("new", "a")]
        assert people.over("a").hear(12 * MINUTE) == [("resolved", "a")]
