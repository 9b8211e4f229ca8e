"""How alerts stand with people, in numbers."""

from datetime import timedelta

import msgspec

from tests.unit.alerts.samples import NOON, alert, finding
from watchdog.alerts.alert import Standing
from watchdog.alerts.books import Books
from watchdog.alerts.hush import Acknowledgement, Silence
from watchdog.alerts.plan import Plan
from watchdog.alerts.states import heard, tallied
from watchdog.alerts.told import Told
from watchdog.finding import Finding, Severity

A, B, C, D = (finding("public", table) for table in "abcd")


def standing(*findings: Finding) -> dict[str, Standing]:
    return {each.fingerprint: Standing(database="production", check="schema", alert=alert(each)) for each in findings}


def told(one: Finding, *, is_over: bool = False) -> Told:
    return Told(finding=one, database="production", since=NOON, told_at=NOON, is_over=is_over)


def test_each_open_alert_is_counted_once_by_what_keeps_people_from_it_first() -> None:
    word = Acknowledgement(fingerprint=A.fingerprint, by="ada", why="mine", at=NOON, severity=Severity.CRITICAL)
    silence = Silence(
        id="s", match={"name": ("public.[ab]",)}, by="bob", why="move", at=NOON, until=NOON + timedelta(hours=1)
    )
    books = Books(standing=standing(A, B, C, D), acknowledgements={A.fingerprint: word}, silences=(silence,))
    knows = {A.fingerprint, B.fingerprint, C.fingerprint}

    counts = tallied(books, knows, NOON)
    later = tallied(msgspec.structs.replace(books, acknowledgements={}), knows, NOON + timedelta(hours=1))

    critical = Severity.CRITICAL
    assert counts == {("production", critical, state): 1 for state in ("acknowledged", "silenced", "told", "untold")}
    assert later == {("production", critical, "told"): 3, ("production", critical, "untold"): 1}


def test_heard_is_what_a_channel_was_told_before_or_is_told_now_and_not_what_is_over_for_all() -> None:
    before = {
        "ops": {A.fingerprint: told(A), B.fingerprint: told(B), C.fingerprint: told(C)},
        "team": {C.fingerprint: told(C, is_over=True)},
    }
    plans = {
        "ops": Plan(told={B.fingerprint: told(B, is_over=True), C.fingerprint: None}),
        "team": Plan(told={D.fingerprint: told(D)}),
    }

    assert heard(before, plans) == {A.fingerprint, D.fingerprint}
