"""A finding that becomes worse: those who take the severity for a part of its name hear when it ended."""

from datetime import timedelta

import msgspec

from tests.unit.alerts.samples import NOON, alert, finding
from watchdog.alerts.alert import Standing
from watchdog.alerts.books import Books
from watchdog.alerts.notifying import Notifying, plans
from watchdog.alerts.plan import Listener, Plan
from watchdog.alerts.told import Told
from watchdog.finding import Severity

NOTIFYING = Notifying(listeners=(Listener(name="am", mirrors=True),), databases=frozenset({"production"}))
MINUTE = timedelta(minutes=1)
WARNING = finding(severity=Severity.WARNING)
CRITICAL = finding(severity=Severity.CRITICAL)


def plan(severity: Severity | None, told: Told | None, minutes: int) -> Plan:
    """What the mirror is told when the finding stands with a severity, or stands no more."""
    standing = {}
    if severity is not None:
        one = alert(msgspec.structs.replace(WARNING, severity=severity), NOON)
        standing[WARNING.fingerprint] = Standing(database="production", check="schema", alert=one)
    known = {"am": {WARNING.fingerprint: told}} if told else {}
    return plans(NOTIFYING, Books(standing=standing, told=known), NOON + minutes * MINUTE)["am"]


def after(*severities: Severity | None) -> Told:
    """What was told once the finding had these severities, a minute each."""
    told: Told | None = None
    for minutes, severity in enumerate(severities):
        told = plan(severity, told, minutes).told.get(WARNING.fingerprint, told)
    assert told is not None
    return told


def test_the_severity_before_ends_when_the_worse_one_is_told() -> None:
    told = after(Severity.WARNING, Severity.CRITICAL)
    assert told.finding.severity is Severity.CRITICAL
    assert told.outgrown == {Severity.WARNING: NOON + MINUTE}


def test_each_severity_ends_once() -> None:
    told = after(Severity.WARNING, Severity.CRITICAL, Severity.CRITICAL)
    assert told.outgrown == {Severity.WARNING: NOON + MINUTE}


def test_what_comes_back_less_severe_has_outgrown_the_severity_that_it_ended_with() -> None:
    told = after(Severity.CRITICAL, None, Severity.WARNING)
    assert (told.finding.severity, told.outgrown) == (Severity.WARNING, {Severity.CRITICAL: NOON + MINUTE})


def test_a_mirror_is_sent_no_messages() -> None:
    assert plan(Severity.CRITICAL, None, 0).messages == ()
