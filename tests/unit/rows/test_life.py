from datetime import timedelta

import pytest

from tests.unit.rows.samples import START, Looks, table
from watchdog.finding import Severity, Subject
from watchdog.rows.facts import Newest
from watchdog.rows.terms import Freshness, MeantDrop, Terms

NAME = ("public", "user_signals")
HOUR = timedelta(hours=1)
FRESH = Terms(freshness=Freshness(column="epoch", max_age=2 * HOUR))


def looked(newest: Newest, terms: Terms = FRESH) -> tuple[list[str], list[Severity]]:
    looks = Looks(terms=terms)
    findings = looks(table(10), newest={NAME: newest}).findings
    return [finding.message for finding in findings], [finding.severity for finding in findings]


@pytest.mark.parametrize(
    ("age", "severity"),
    [(2 * HOUR, None), (2 * HOUR + timedelta(seconds=1), "warning"), (4 * HOUR, "warning"), (5 * HOUR, "critical")],
)
def test_the_newest_value_may_be_so_old_and_twice_as_old_is_critical(age: timedelta, severity: str | None) -> None:
    messages, severities = looked(Newest(at=START - age))
    assert severities == ([severity] if severity else [])
    assert all("public.user_signals.epoch: the newest value is of" in message for message in messages)


def test_an_older_value_says_of_when_it_is_and_how_old_it_may_be() -> None:
    [message], _ = looked(Newest(at=START - 26 * HOUR))
    assert message == (
        "public.user_signals.epoch: the newest value is of 2025-11-16 12:31 UTC, 26 h old; it may be 2 h old"
    )


def test_no_value_at_all_is_critical() -> None:
    [message], [severity] = looked(Newest(empty=True))
    assert (severity, "there is no value at all" in message) == (Severity.CRITICAL, True)


def test_what_could_not_be_asked_is_in_doubt_and_ends_nothing() -> None:
    looks = Looks(terms=FRESH)
    verdict = looks(table(10), newest={NAME: Newest(reason="no index begins with it")})
    assert verdict.findings == ()
    assert Subject("rows", NAME, ("freshness",)) in verdict.unseen
    assert verdict.doubts == ("how new public.user_signals is could not be asked: no index begins with it",)


def test_maintenance_mutes_growth_and_freshness() -> None:
    muted = (MeantDrop(opened=lambda *_: START, mutes=True),)
    assert looked(Newest(at=START - 26 * HOUR), Terms(freshness=FRESH.freshness, meant=muted)) == ([], [])
    looks = Looks(terms=Terms(growth=HOUR, meant=muted))
    looks.every = HOUR
    for _ in range(5):
        assert looks(table(10)).findings == ()
