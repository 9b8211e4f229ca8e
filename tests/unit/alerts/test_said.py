from datetime import timedelta

import msgspec
import pytest

from tests.unit.alerts.samples import NOON, finding
from tests.unit.alerts.standing import CRITICAL, standing
from watchdog.alerts import said
from watchdog.alerts.alert import SELF, Standing
from watchdog.errors import UnknownError, UsageError
from watchdog.finding import Finding, Severity
from watchdog.schema.rules import Acceptance

HOUR = timedelta(hours=1)


def named(fingerprint: str) -> Standing:
    return standing(msgspec.structs.replace(CRITICAL, fingerprint=fingerprint))


STANDING = {each: named(each) for each in ("aaaa0000aaaa0000", "aaaa1111aaaa1111", "bbbb0000bbbb0000")}


@pytest.mark.parametrize(
    ("start", "meant"),
    [("bbbb", "bbbb0000bbbb0000"), ("AAAA1", "aaaa1111aaaa1111"), (" aaaa0000aaaa0000 ", "aaaa0000aaaa0000")],
)
def test_a_unique_beginning_of_a_fingerprint_is_enough(start: str, meant: str) -> None:
    assert said.meant(STANDING, start).fingerprint == meant


@pytest.mark.parametrize(
    ("start", "error", "words"),
    [
        ("aaaa", UsageError, "aaaa is the beginning of several: aaaa0000aaaa0000, aaaa1111aaaa1111"),
        ("cccc", UnknownError, "no open alert has a fingerprint that begins with cccc"),
        ("bbb", UsageError, "at least 4 of its digits"),
        ("", UsageError, "at least 4"),
        ("orders", UsageError, "is no fingerprint"),
        ("bbbb*", UsageError, "is no fingerprint"),
    ],
)
def test_what_means_no_alert_or_several_is_refused(start: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        said.meant(STANDING, start)


def test_an_acknowledgement_covers_what_it_was_made_of_and_nothing_worse() -> None:
    one = standing(msgspec.structs.replace(CRITICAL, severity=Severity.WARNING))
    word = said.acknowledgement(one, "ada", "on it", NOON, NOON + HOUR)
    assert word.covers(one, NOON)
    assert not word.covers(one, NOON + HOUR)
    assert not word.covers(standing(CRITICAL), NOON)


def test_what_ends_before_it_begins_is_refused() -> None:
    one = standing(CRITICAL)
    for until in (NOON, NOON - HOUR):
        with pytest.raises(UsageError, match="has passed"):
            said.acknowledgement(one, "ada", "on it", NOON, until)
        with pytest.raises(UsageError, match="has passed"):
            said.silence({}, "ada", "quiet", NOON, until)


def test_two_silences_never_share_an_id_unless_they_say_the_same() -> None:
    made = [
        said.silence(match, by, "quiet", NOON, NOON + HOUR)
        for match, by in (({}, "ada"), ({"name": ["a"]}, "ada"), ({"name": ["a"]}, "bob"), ({"name": ["b"]}, "ada"))
    ]
    assert len({each.id for each in made}) == len(made)
    assert made[0] == said.silence({}, "ada", "quiet", NOON, NOON + HOUR)
    assert all(len(each.id) == 8 for each in made)


def test_a_finding_of_the_schema_is_accepted_as_it_is() -> None:
    one = standing(msgspec.structs.replace(CRITICAL, actual="text"))
    assert said.acceptance(one, "ada", "known", NOON, NOON.date()) == Acceptance(
        fingerprint=one.fingerprint, actual="text", by="ada", reason="known", until=NOON.date()
    )
    with pytest.raises(UsageError, match="2025-11-16: that day is over"):
        said.acceptance(one, "ada", "known", NOON, NOON.date() - timedelta(days=1))


def of_rows(attribute: str) -> Finding:
    return msgspec.structs.replace(
        finding("public", "orders", kind="rows", change="changed"), attribute=attribute, fingerprint="f00d"
    )


@pytest.mark.parametrize("attribute", ["rows", "growth"])
def test_what_moves_is_refused_with_the_command_that_accepts_it(attribute: str) -> None:
    words = "`schema-watchdog rows --database production --accept public.orders --reason WHY`"
    with pytest.raises(UsageError, match=words):
        said.acceptance(standing(of_rows(attribute), check="rows"), "ada", "known", NOON, None)


def test_a_bound_of_rows_is_accepted_as_any_other_finding() -> None:
    assert said.unacceptable(standing(of_rows("max_rows"), check="rows")) == ""


@pytest.mark.parametrize(
    "one",
    [
        standing(finding("probe", kind="check"), check="probe"),
        standing(finding("ops", kind="channel"), database=SELF),
    ],
)
def test_that_the_watchdog_cannot_work_is_not_acceptable(one: Standing) -> None:
    with pytest.raises(UsageError, match="alerts ack"):
        said.acceptance(one, "ada", "known", NOON, None)
