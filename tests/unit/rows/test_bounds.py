from datetime import timedelta

import pytest

from tests.unit.rows.samples import STANDBY, START, Looks, table
from watchdog.finding import Finding, Severity, Subject
from watchdog.rows.terms import Terms

NAME = ("public", "user_signals")
FEW = "public.user_signals has 900 rows, at least 1,000 are needed; by count"


def of(findings: tuple[Finding, ...], attribute: str) -> list[Finding]:
    return [finding for finding in findings if finding.attribute == attribute]


def test_fewer_rows_than_needed_are_critical_from_the_first_look_on_once_they_are_counted() -> None:
    looks = Looks(terms=Terms(min_rows=1_000))
    [finding] = looks(table(950), counts={NAME: 900}).findings
    assert (finding.severity, finding.message) == (Severity.CRITICAL, FEW)
    assert (finding.expected, finding.actual) == ("at least 1000", "fewer")
    assert looks.floors == {NAME: 1_000}


def test_one_row_is_singular_beside_a_bound_and_in_a_loss() -> None:
    [few] = Looks(terms=Terms(min_rows=1))(table(0), counts={NAME: 0}).findings
    assert few.message == "public.user_signals has 0 rows, at least 1 is needed; by count"
    [many] = Looks(terms=Terms(max_rows=0))(table(1), counts={NAME: 1}).findings
    assert many.message == "public.user_signals has 1 row, at most 0 are expected; by count"
    looks = Looks()
    looks(table(1))
    [lost] = of(looks(table(0, inserted=1, deleted=1), counts={NAME: 0}).findings, "rows")
    assert lost.message.startswith("public.user_signals lost its only row since 14:31 UTC: 1 row deleted; ")


def test_what_was_counted_to_be_too_few_is_not_counted_again_and_ends_when_enough_came() -> None:
    looks = Looks(terms=Terms(min_rows=1_000))
    looks(table(900), counts={NAME: 900})
    assert of(looks(table(950), counts={NAME: 950}).findings, "min_rows") != []
    assert looks.floors == {}
    assert looks(table(1_000), counts={NAME: 1_000}).findings == ()


def test_enough_rows_by_count_are_enough_and_counted_again_only_when_fewer_are_read() -> None:
    looks = Looks(terms=Terms(min_rows=1_000))
    assert looks(table(950), counts={NAME: 1_200}).findings == ()
    looks(table(950), counts={NAME: 1_200})
    assert looks.floors == {}
    looks(table(940), counts={NAME: 1_200})
    assert looks.floors == {NAME: 1_000}


def test_too_few_that_may_be_counted_later_are_unseen_and_that_nobody_may_count_are_told() -> None:
    looks = Looks(terms=Terms(min_rows=1_000))
    verdict = looks(table(900), refused="the table is locked", again=True)
    assert (verdict.findings, Subject("rows", NAME, ("min_rows",)) in verdict.unseen) == ((), True)
    looks = Looks(terms=Terms(min_rows=1_000))
    [finding] = looks(table(900, may_select=False)).findings
    assert finding.message.endswith("; by live statistics")


@pytest.mark.parametrize(("rows", "told"), [(1_000, False), (1_001, True)])
def test_more_rows_than_expected_are_a_warning_once_they_are_counted(rows: int, told: bool) -> None:
    looks = Looks(terms=Terms(max_rows=1_000))
    findings = looks(table(rows), counts={NAME: rows}).findings
    assert [finding.severity for finding in findings] == ([Severity.WARNING] if told else [])


def test_a_live_count_that_is_too_high_is_no_finding() -> None:
    looks = Looks(terms=Terms(max_rows=1_000))
    assert looks(table(1_500), counts={NAME: 800}).findings == ()
    assert looks.floors == {NAME: 1_001}
    assert looks(table(1_500), counts={NAME: 800}).findings == ()


def test_a_drop_and_a_bound_are_two_findings_of_one_table() -> None:
    looks = Looks(terms=Terms(min_rows=5_000))
    looks(table(10_000))
    findings = looks(table(10_000, live=1_000, deleted=9_000), counts={NAME: 1_000}).findings
    assert [finding.attribute for finding in findings] == ["rows", "min_rows"]
    assert len({finding.fingerprint for finding in findings}) == 2


def test_no_new_row_for_longer_than_declared_is_told_and_ends_with_the_next_one() -> None:
    looks = Looks(terms=Terms(growth=timedelta(hours=2)))
    looks.every = timedelta(minutes=30)
    for _ in range(5):
        assert looks(table(10)).findings == ()
    [finding] = looks(table(10)).findings
    assert finding.message == ("public.user_signals: no new row since 14:31 UTC, for 2.5 h; one is expected every 2 h")
    assert finding.attribute == "growth"
    assert looks(table(11)).findings == ()


def test_rows_that_come_and_go_at_once_are_growth_too() -> None:
    looks = Looks(terms=Terms(growth=timedelta(hours=2)))
    looks.every = timedelta(hours=1)
    for hour in range(6):
        assert looks(table(10, inserted=10 + hour, deleted=hour)).findings == ()


def test_a_table_that_kept_its_pace_for_three_weeks_is_missed_when_it_stops() -> None:
    looks = Looks()
    looks.every = timedelta(minutes=30)
    epochs = 0
    while looks.at < START + timedelta(days=22):
        epochs += 1
        for _ in range(2):
            assert looks(table(epochs)).findings == ()
    silent = 0
    while not (findings := looks(table(epochs)).findings):
        silent += 1
    assert silent in {3, 4}, "two hours and a look"
    assert "in three weeks it never paused longer than 60 min" in findings[0].message or "1 h" in findings[0].message


def test_a_bound_that_could_not_be_counted_is_a_doubt_and_not_in_order() -> None:
    looks = Looks(terms=Terms(min_rows=1_000, max_rows=2_000))
    for rows, attribute in ((900, "min_rows"), (2_100, "max_rows")):
        verdict = looks(table(rows), refused="the table is locked", again=True)
        assert verdict.doubts == (
            f"whether public.user_signals keeps its {attribute} is not known: the table is locked",
        )


def test_what_is_declared_of_a_table_whose_rows_are_unknown_at_first_sight_holds_all_the_same() -> None:
    looks = Looks(terms=Terms(min_rows=1_000))
    verdict = looks(table(0), server=STANDBY, counts={NAME: 900})
    assert [finding.attribute for finding in verdict.findings] == ["min_rows"]
    assert looks(table(0), server=STANDBY, counts={NAME: 1_000}).findings == ()
    [doubt] = looks(table(0), server=STANDBY, refused="the table is locked", again=True).doubts
    assert doubt.startswith("whether public.user_signals keeps its min_rows is not known: the table is locked")
