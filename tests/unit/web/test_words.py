"""Times and coverage are said as a person says them."""

from datetime import UTC, datetime, timedelta

import pytest

from watchdog.finding import Coverage, Subject
from watchdog.web.words import ago, coverage_in_words, duration, interval, visible_lines

NOW = datetime(2025, 11, 17, 14, 31, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0, "0 ms"),
        (0.24, "240 ms"),
        (1.25, "1.2 s"),
        (12.4, "12 s"),
        (300, "5 min"),
        (3 * 3600, "3 h"),
        (4 * 86400, "4 days"),
        (-1, "0 ms"),
    ],
)
def test_a_duration_has_one_unit(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(5, "5 s"), (0.5, "0.5 s"), (90, "90 s"), (300, "5 min"), (86400, "1 d")]
)
def test_an_interval_reads_as_it_was_configured(seconds: float, words: str) -> None:
    assert interval(seconds) == words


def test_a_moment_of_the_future_is_just_now() -> None:
    assert ago(NOW + timedelta(hours=1), NOW) == "just now"
    assert ago(NOW - timedelta(minutes=5), NOW) == "5 min ago"


def test_lines_stay_lines_and_all_else_that_does_not_print_is_shown() -> None:
    assert visible_lines("SELECT 1\n\tFROM t\x1b\u202e") == "SELECT 1\n    FROM t\\u001b\\u202e"


def test_coverage_says_what_it_does_not_speak_for() -> None:
    coverage = Coverage(
        kinds=("column", "index"),
        compared=41,
        unmodelled={"publication": 2, "cast": 1},
        hidden=tuple(Subject("relation", ("secret", f"t{number}"), ("owner",)) for number in range(12)),
        stale=(Subject("relation", ("it's\n",)), Subject("view", ("v",), reason="cache lookup failed")),
        not_in_baseline=("policy",),
        partition_churn=1,
    )

    compared, unmodelled, hidden, stale, churn, absent = coverage_in_words(coverage)

    assert compared == "41 objects of 2 kinds compared."
    assert unmodelled == "Seen, but no comparison knows them: cast (1), publication (2)."
    assert hidden.endswith("relation secret.t9 (owner) and 2 more.")
    assert stale.startswith("Could not be read now, so nothing new is known: ")
    assert stale.endswith('relation "it\'s\\u000a", view v (cache lookup failed).')
    assert churn == "1 partition came or went, which is no finding."
    assert absent == "What is expected does not speak of: policy."


def test_a_look_that_compared_nothing_says_so() -> None:
    assert coverage_in_words(Coverage()) == ("The latest look compared nothing.",)
