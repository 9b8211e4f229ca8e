from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.alerts.samples import HOSTILE, NOON, alert, finding
from watchdog.alerts.policy import Decision, decide
from watchdog.finding import Finding, Severity, Subject

LATER = NOON + timedelta(minutes=5)

names = st.sampled_from(["a", "b", HOSTILE])
findings = st.builds(
    lambda identity, kind, severity, state: finding(*identity, kind=kind, severity=severity, state=state),
    st.lists(names, min_size=1, max_size=3),
    st.sampled_from(["relation", "column"]),
    st.sampled_from(Severity),
    st.sampled_from(["open", "accepted", "in_transition"]),
)
looks = st.lists(findings, max_size=6)
hidden = st.lists(
    st.builds(Subject, st.sampled_from(["relation", "column"]), st.lists(names, min_size=1, max_size=2).map(tuple)),
    max_size=2,
)


def after(*looks_found: list[Finding]) -> Decision:
    decision = Decision()
    for found in looks_found:
        decision = decide(decision.alerts, found, (), NOON)
    return decision


def test_a_new_finding_fires_and_is_an_alert_since_now() -> None:
    assert decide((), [finding()], (), NOON) == Decision(alerts=(alert(finding()),), fired=(finding(),))


def test_a_finding_that_stays_is_told_once_and_keeps_its_beginning_and_newest_text() -> None:
    renewed = finding(message="still missing, and now two components need it")
    assert decide([alert(finding())], [renewed], (), LATER) == Decision(alerts=(alert(renewed),))


def test_a_finding_that_is_gone_is_resolved_with_its_last_text() -> None:
    assert decide([alert(finding())], [], (), LATER) == Decision(resolved=(finding(),))


def test_a_finding_that_became_worse_fires_again_and_keeps_its_beginning() -> None:
    mild, bad = finding(severity=Severity.WARNING), finding(severity=Severity.CRITICAL)
    assert decide([alert(mild)], [bad], (), LATER) == Decision(alerts=(alert(bad),), fired=(bad,))


def test_a_finding_that_swings_between_two_severities_fires_at_the_first_rise_only() -> None:
    mild, bad = finding(severity=Severity.WARNING), finding(severity=Severity.CRITICAL)
    assert after([mild], [bad], [mild], [bad]).fired == ()


def test_the_end_of_a_finding_that_eased_is_told_at_the_severity_that_people_heard_of() -> None:
    decision = after([finding(severity=Severity.CRITICAL)], [finding(severity=Severity.INFO)], [])
    assert [over.severity for over in decision.resolved] == [Severity.CRITICAL]


def test_what_could_not_be_looked_at_is_neither_resolved_nor_told_again() -> None:
    known = [alert(finding("public", "orders", kind="relation", severity=Severity.WARNING))]
    stale = [Subject("relation", ("public", "orders"))]
    worse = finding("public", "orders", kind="relation", severity=Severity.CRITICAL)
    assert decide(known, [], stale, LATER) == Decision(alerts=tuple(known))
    assert decide(known, [worse], stale, LATER) == Decision(alerts=tuple(known))


def test_a_column_of_a_table_that_could_not_be_read_is_not_resolved() -> None:
    known = [alert(finding("public", "orders", "total"))]
    assert decide(known, [], [Subject("relation", ("public", "orders"))], LATER).alerts == tuple(known)
    assert decide(known, [], [Subject("schema", ("public",))], LATER).alerts == tuple(known)


@pytest.mark.parametrize(
    ("unseen", "uncompared", "is_kept"),
    [
        ([Subject("column", ("public", "orders", "total"), ("default", "used_percent"))], (), True),
        ([Subject("column", ("public", "orders", "total"), ("used_percent",))], (), False),
        ([Subject("column", ("public", "orders", "id"), ("default",))], (), False),
        ([], ("column",), True),
        ([], ("index", "column.default"), True),
        ([], ("column.comment",), False),
    ],
)
def test_an_attribute_that_is_no_longer_seen_or_compared_resolves_nothing(
    unseen: list[Subject], uncompared: tuple[str, ...], *, is_kept: bool
) -> None:
    known = alert(msgspec.structs.replace(finding("public", "orders", "total"), attribute="default"))
    assert decide([known], [], unseen, LATER, uncompared).alerts == ((known,) if is_kept else ())


def test_an_unreadable_table_holds_back_only_what_belongs_to_it() -> None:
    known = [alert(finding("public", "orders_old", "total")), alert(finding("public", "order", "total"))]
    decision = decide(known, [], [Subject("relation", ("public", "orders"))], LATER)
    assert len(decision.resolved) == 2


def test_a_known_alert_is_resolved_once_its_table_is_readable_again() -> None:
    known = [alert(finding("public", "orders", "total"))]
    waiting = decide(known, [], [Subject("relation", ("public", "orders"))], LATER)
    assert decide(waiting.alerts, [], (), LATER).resolved == (known[0].finding,)


def test_an_accepted_finding_ends_its_alert_and_begins_none() -> None:
    accepted = finding(state="accepted")
    assert decide([alert(finding())], [accepted], (), LATER) == Decision(resolved=(accepted,))
    assert decide((), [accepted], (), LATER) == Decision()


def test_a_finding_in_transition_begins_nothing_and_ends_nothing() -> None:
    moving = finding(state="in_transition")
    assert decide((), [moving], (), LATER) == Decision()
    assert decide([alert(finding())], [moving], (), LATER) == Decision(alerts=(alert(finding()),))


@given(looks, looks, hidden)
def test_the_same_state_at_the_same_time_gives_no_second_message(
    before: list[Finding], found: list[Finding], unseen: list[Subject]
) -> None:
    first = decide(after(before).alerts, found, unseen, NOON)
    second = decide(first.alerts, found, unseen, NOON)
    assert second == Decision(alerts=first.alerts)


@given(st.lists(looks, max_size=5))
def test_whatever_was_found_in_between_each_alert_that_fired_is_resolved_when_nothing_is_left(
    history: list[list[Finding]],
) -> None:
    open_alerts = after(*history).alerts
    last = decide(open_alerts, [], (), NOON)
    assert last.alerts == ()
    assert {over.fingerprint for over in last.resolved} == {known.finding.fingerprint for known in open_alerts}


@given(looks, hidden)
def test_nothing_is_both_fired_and_resolved(before: list[Finding], unseen: list[Subject]) -> None:
    changed = [msgspec.structs.replace(found, severity=Severity.CRITICAL) for found in before[:3]]
    decision = decide(after(before).alerts, changed, unseen, NOON)
    assert not {f.fingerprint for f in decision.fired} & {f.fingerprint for f in decision.resolved}
