import msgspec
import pytest

from tests.unit.alerts.samples import HOSTILE, NOON, finding
from watchdog.alerts.alert import Message
from watchdog.alerts.message import LINE_CHARACTERS, compose, one_line, tally
from watchdog.alerts.policy import Decision
from watchdog.finding import Finding, Severity

CRITICAL = finding("public", "sealed_epochs", "token_group", message="column token_group is missing")
WARNING = finding("public", "orders", kind="relation", severity=Severity.WARNING, message="table orders lost rows")
INFO = finding("public", "orders", "note", severity=Severity.INFO)


def composed(*fired: Finding, resolved: tuple[Finding, ...] = (), minimum: Severity = Severity.INFO) -> list[Message]:
    return list(compose("production", Decision(fired=fired, resolved=resolved), minimum, NOON))


def test_the_line_counts_by_severity_and_quotes_the_worst() -> None:
    assert [message.message for message in composed(INFO, WARNING, CRITICAL)] == [
        "production: 1 critical, 1 warning, 1 info: column token_group is missing (and 2 more)"
    ]


def test_the_resolved_line_says_so() -> None:
    assert [message.message for message in composed(resolved=(WARNING,))] == [
        "production: resolved: 1 warning: table orders lost rows"
    ]


def test_findings_stand_worst_first() -> None:
    assert composed(INFO, CRITICAL, WARNING)[0].findings == (CRITICAL, WARNING, INFO)


def test_firing_comes_before_resolved_and_each_once() -> None:
    assert [message.status for message in composed(CRITICAL, WARNING, resolved=(INFO, INFO))] == ["firing", "resolved"]


def test_nothing_new_makes_no_message() -> None:
    assert composed() == []


def test_findings_below_the_minimum_are_left_out() -> None:
    (message,) = composed(INFO, WARNING, resolved=(INFO,), minimum=Severity.WARNING)
    assert message.findings == (WARNING,)
    assert message.message == "production: 1 warning: table orders lost rows"


@pytest.mark.parametrize("database", ["production", HOSTILE, "x" * 4_000])
def test_whatever_the_names_hold_the_line_is_one_short_visible_line(database: str) -> None:
    decision = Decision(fired=(finding(message=HOSTILE * 50), finding("other")))
    (message,) = compose(database, decision, Severity.INFO, NOON)
    assert message.message.isprintable()
    assert len(message.message) <= LINE_CHARACTERS
    assert message.message.endswith("(and 1 more)")


def test_a_message_of_500_hostile_findings_survives_its_encoding() -> None:
    many = tuple(finding("public", f"t{number}", message=HOSTILE) for number in range(500))
    (message,) = composed(*many)
    assert msgspec.json.decode(msgspec.json.encode(message), type=Message) == message
    assert message.message.startswith("production: 500 critical: ")


def test_a_tally_of_nothing_is_empty() -> None:
    assert tally(()) == ""


def test_a_line_that_is_too_long_ends_in_an_ellipsis() -> None:
    assert one_line("abcdef", 4) == "abc…"
    assert one_line("abcd", 4) == "abcd"
