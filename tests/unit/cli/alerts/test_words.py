from datetime import timedelta

import msgspec

from tests.unit.alerts.samples import HOSTILE, NOON
from tests.unit.alerts.standing import CRITICAL, INFO, NOTIFYING, TREE, acknowledged, silenced, standing, told
from watchdog.alerts.alert import Standing
from watchdog.alerts.books import Books
from watchdog.alerts.explain import explain
from watchdog.alerts.overview import overview
from watchdog.alerts.queue import Queue
from watchdog.cli.alerts.words import explained, listed, silence_line
from watchdog.cron import Span

HOUR = timedelta(hours=1)
ONE = standing(CRITICAL, NOON - 2 * HOUR)


def books(*more: Standing) -> Books:
    return Books(
        standing={each.fingerprint: each for each in (ONE, *more)},
        told={"pager": {ONE.fingerprint: told(ONE, NOON - HOUR)}},
        acknowledgements={ONE.fingerprint: acknowledged(ONE, NOON + HOUR)},
    )


def test_a_list_says_of_each_who_was_told_and_who_has_it_in_hand() -> None:
    assert listed(overview(NOTIFYING, books(standing(INFO)), NOON), NOON).split("\n") == [
        f"CRITICAL {CRITICAL.fingerprint}  production  since 2025-11-17 10:00 UTC (2 h)",
        f"    {CRITICAL.message}",
        "    told: pager at 2025-11-17 11:00 UTC (route dba)",
        "    acknowledged by ada until 2025-11-17 13:00 UTC: on it",
        "",
        f"INFO     {INFO.fingerprint}  production  since 2025-11-17 12:00 UTC (0 s)",
        f"    {INFO.message}",
        "    told: nobody, as no route takes it (its severity, or a database that is not configured)",
    ]
    assert listed([], NOON) == "nothing is open"


def test_what_waits_as_attempts_fail_is_not_called_told() -> None:
    queues = {"pager": Queue(waiting=1, oldest_at=NOON - HOUR, error="Connection refused", attempts=5)}
    why = "waiting since 2025-11-17 11:00 UTC, 5 attempts failed (Connection refused)"
    lines = listed(overview(NOTIFYING, books(), NOON, queues), NOON).split("\n")
    assert lines[2:] == [f"    pager: {why}", "    acknowledged by ada until 2025-11-17 13:00 UTC: on it"]
    said = explained(explain(NOTIFYING, books(), ONE, NOON, queues), NOON)
    assert said.split("\n")[-1].startswith(f"channel pager: {why}, by route dba; told again at")


def test_where_nobody_was_told_it_says_why() -> None:
    silent = msgspec.structs.replace(TREE[0], channels=(), mute=(Span(begin=NOON, end=NOON + HOUR),))
    found = overview(msgspec.structs.replace(NOTIFYING, routes=(silent,)), Books(standing=books().standing), NOON)
    assert listed(found, NOON).split("\n")[2:] == [
        "    told: nobody, as route dba has no channels",
        "    route dba is mute until 2025-11-17 13:00 UTC",
    ]


def test_an_explanation_says_what_was_asked_what_holds_and_what_comes() -> None:
    said = explained(explain(NOTIFYING, books(), ONE, NOON), NOON)
    told_before = "told at 2025-11-17 11:00 UTC by route dba"
    assert said.split("\n") == [
        f"CRITICAL {CRITICAL.fingerprint}  production, check schema",
        f"    {CRITICAL.message}",
        "    began 2025-11-17 10:00 UTC",
        "routes that were asked:",
        "    dba: takes it",
        "route dba: pager",
        "    shares messages with what has the same database",
        "    waits 10 s at first, 1 min between messages; repeats every 4 h",
        "held back now: acknowledged by ada: on it until 2025-11-17 13:00 UTC",
        f"channel pager: {told_before}; told again at 2025-11-17 15:00:00 UTC, if nothing changes",
    ]
    assert "nobody is told: info is below alerts.minimum_severity, warning" in explained(
        explain(NOTIFYING, Books(), standing(INFO), NOON), NOON
    )


def test_whatever_is_in_the_names_a_line_stays_a_line() -> None:
    one = standing(msgspec.structs.replace(CRITICAL, message=HOSTILE), database=HOSTILE)
    silence = msgspec.structs.replace(silenced(NOON + HOUR, name=(HOSTILE, "*")), by=HOSTILE, why=HOSTILE)
    word = msgspec.structs.replace(acknowledged(one), by=HOSTILE, why=HOSTILE)
    hostile = Books(standing={one.fingerprint: one}, acknowledgements={one.fingerprint: word}, silences=(silence,))
    notifying = msgspec.structs.replace(NOTIFYING, databases=frozenset({HOSTILE}))
    for text, lines in (
        (listed(overview(notifying, hostile, NOON), NOON), 5),
        (silence_line(silence), 1),
        (explained(explain(notifying, hostile, one, NOON), NOON), 10),
    ):
        assert len(text.split("\n")) == lines
        assert all(line.isprintable() for line in text.split("\n"))
