from datetime import date

import msgspec
import pytest

from tests.unit.schema.samples import column, findings, relation, snapshot
from watchdog.finding import Accepted, Finding, Severity
from watchdog.schema.rules import Acceptance, Exclusion, Override, Pattern, Rules, ruled

TODAY = date(2025, 11, 17)
TABLE = relation("public", "t")
[FOUND] = findings(
    snapshot(TABLE, column("public", "t", "c", default="1")), snapshot(TABLE, column("public", "t", "c"))
)


def decided(rules: Rules = Rules(), *acceptances: Acceptance) -> tuple[tuple[Finding, ...], int]:  # noqa: B008 frozen
    return ruled([FOUND], rules, acceptances, TODAY)


@pytest.mark.parametrize(
    ("pattern", "takes"),
    [
        (Pattern(), True),
        (Pattern(kind="column", name="public.*", attribute="default", change="changed"), True),
        (Pattern(kind="col*", name="public.t.c"), True),
        (Pattern(kind="index"), False),
        (Pattern(name="PUBLIC.*"), False),
        (Pattern(attribute="data_type"), False),
        (Pattern(change="missing"), False),
    ],
)
def test_a_pattern_takes_findings_by_kind_name_attribute_and_change(pattern: Pattern, *, takes: bool) -> None:
    assert pattern.takes(FOUND) is takes
    left, excluded = decided(Rules(exclusions=[Exclusion(pattern=pattern, reason="made at run time")]))
    assert (len(left), excluded) == ((0, 1) if takes else (1, 0))


def test_the_first_override_that_fits_says_the_severity() -> None:
    rules = Rules(
        overrides=[
            Override(pattern=Pattern(kind="index"), severity=Severity.INFO),
            Override(pattern=Pattern(kind="column"), severity=Severity.CRITICAL),
            Override(pattern=Pattern(), severity=Severity.INFO),
        ]
    )
    [[judged], _] = decided(rules)
    assert (FOUND.severity, judged.severity) == (Severity.WARNING, Severity.CRITICAL)


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({}, "accepted"),
        ({"until": TODAY}, "accepted"),
        ({"until": date(2025, 11, 16)}, "open"),
        ({"actual": "2"}, "open"),
        ({"fingerprint": "another"}, "open"),
    ],
)
def test_an_acceptance_holds_for_one_finding_and_one_value_until_its_day_is_over(
    facts: dict[str, date | str], state: str
) -> None:
    acceptance = Acceptance(fingerprint=FOUND.fingerprint, actual=FOUND.actual, by="ada", reason="known")
    [[judged], excluded] = decided(Rules(), msgspec.structs.replace(acceptance, **facts))
    assert (judged.state, excluded) == (state, 0)
    assert (judged.accepted is not None) is (state == "accepted")


def test_a_finding_says_who_bears_it_and_whether_git_knows() -> None:
    in_state = Acceptance(fingerprint=FOUND.fingerprint, actual=FOUND.actual, by="bob", reason="for now", until=TODAY)
    in_file = Acceptance(fingerprint=FOUND.fingerprint, actual=FOUND.actual, by="ada", reason="known")
    [[unfiled], _] = ruled([FOUND], Rules(), (), TODAY, [in_state])
    assert unfiled.accepted == Accepted(by="bob", reason="for now", until=TODAY, recorded_in="state")
    [[filed], _] = ruled([FOUND], Rules(), [in_file], TODAY, [in_state])
    assert filed.accepted == Accepted(by="ada", reason="known", recorded_in="file")


@pytest.mark.parametrize(
    ("one", "other", "outlasts"),
    [
        ({}, {}, True),
        ({}, {"until": TODAY}, True),
        ({"until": TODAY}, {}, False),
        ({"until": TODAY}, {"until": TODAY}, True),
        ({"until": TODAY}, {"until": date(2025, 11, 18)}, False),
        ({"until": date(2025, 11, 18)}, {"until": TODAY, "by": "bob", "reason": "other words"}, True),
        ({"actual": "2"}, {}, False),
        ({"fingerprint": "another"}, {}, False),
    ],
)
def test_an_acceptance_makes_another_needless_that_ends_no_later(
    one: dict[str, date | str], other: dict[str, date | str], *, outlasts: bool
) -> None:
    acceptance = Acceptance(fingerprint=FOUND.fingerprint, actual=FOUND.actual, by="ada", reason="known")
    first, second = (msgspec.structs.replace(acceptance, **facts) for facts in (one, other))
    assert first.outlasts(second) is outlasts
