import msgspec
import pytest

from tests.unit.alerts.samples import HOSTILE, NOON, finding
from watchdog.alerts.alert import Message, Occasion
from watchdog.alerts.message import LINE_CHARACTERS, MOST_FINDINGS, composed, one_line, tally
from watchdog.finding import Finding, Severity

CRITICAL = finding("public", "sealed_epochs", "token_group", message="column token_group is missing")
WARNING = finding("public", "orders", kind="relation", severity=Severity.WARNING, message="table orders lost rows")
INFO = finding("public", "orders", "note", severity=Severity.INFO)


def message(*findings: Finding, occasion: Occasion = "new", database: str = "production") -> Message:
    return composed(
        "resolved" if occasion in ("resolved", "accepted") else "firing",
        database,
        {each.fingerprint: each for each in findings},
        occasion=occasion,
        since={each.fingerprint: NOON for each in findings},
        thread="thread",
        standing=findings,
        notes=[],
        now=NOON,
        link="http://127.0.0.1:9723/",
    )


def test_the_line_counts_by_severity_and_quotes_the_worst() -> None:
    assert message(INFO, WARNING, CRITICAL).message == (
        "production: 1 critical, 1 warning, 1 info: column token_group is missing (and 2 more)"
    )


@pytest.mark.parametrize("occasion", ["accepted", "worse", "flapping", "test"])
def test_the_line_says_why_now(occasion: Occasion) -> None:
    told = message(WARNING, occasion=occasion).message
    assert told == f"production: {occasion}: 1 warning: table orders lost rows"


def test_nobody_reads_an_end_as_what_stands() -> None:
    assert message(WARNING, occasion="resolved").message == (
        "production: resolved: 1 warning: no longer: table orders lost rows"
    )
    borne = msgspec.structs.replace(CRITICAL, state="accepted")
    assert message(borne, WARNING, occasion="resolved").message == (
        "production: resolved: 1 critical, 1 warning: accepted, as it is: column token_group is missing (and 1 more)"
    )


def test_findings_stand_worst_first() -> None:
    assert message(INFO, CRITICAL, WARNING).findings == (CRITICAL, WARNING, INFO)


def test_what_stands_is_counted_by_severity_worst_first() -> None:
    assert list(message(INFO, CRITICAL, WARNING).standing.items()) == [
        (Severity.CRITICAL, 1),
        (Severity.WARNING, 1),
        (Severity.INFO, 1),
    ]


@pytest.mark.parametrize("database", ["production", HOSTILE, "x" * 4_000])
def test_whatever_the_names_hold_the_line_is_one_short_visible_line(database: str) -> None:
    line = message(finding(message=HOSTILE * 50), finding("other"), database=database).message
    assert line.isprintable()
    assert len(line) <= LINE_CHARACTERS
    assert line.endswith("(and 1 more)")


def test_a_message_of_very_many_hostile_findings_carries_some_and_counts_all() -> None:
    many = [finding("public", f"t{number}", message=HOSTILE) for number in range(500)]
    told = message(*many)
    assert msgspec.json.decode(msgspec.json.encode(told), type=Message) == told
    assert told.message.startswith("production: 500 critical: ")
    assert (len(told.findings), told.more, told.standing) == (MOST_FINDINGS, 400, {Severity.CRITICAL: 500})


def test_warnings_have_a_plural() -> None:
    other = finding("public", "t", severity=Severity.WARNING)
    assert tally((CRITICAL, CRITICAL, WARNING, other)) == "2 critical, 2 warnings"


def test_a_tally_of_nothing_is_empty() -> None:
    assert tally(()) == ""


def test_a_line_that_is_too_long_ends_in_an_ellipsis() -> None:
    assert one_line("abcdef", 4) == "abc…"
    assert one_line("abcd", 4) == "abcd"
