from datetime import UTC, datetime, timedelta

import pytest

from watchdog.config import typed

NOON = datetime(2025, 11, 17, 12, tzinfo=UTC)


def test_an_end_is_said_by_its_length_or_its_moment() -> None:
    assert typed.end("4h", None, NOON) == NOON + timedelta(hours=4)
    assert typed.end(None, "2025-11-17T14:00:00+01:00", NOON) == NOON + timedelta(hours=1)
    assert typed.end(None, None, NOON) is None


@pytest.mark.parametrize(
    ("lasts", "until", "words"),
    [
        ("4", None, "write a number and a unit"),
        ("", None, "write a number and a unit"),
        ("999999d", None, "must be 1ms to 366d"),
        (None, "tomorrow", "write date, time and offset from UTC"),
        (None, "2025-11-17T14:00:00", "offset from UTC"),
        (None, "0001-01-01T00:00:00+23:00", "years 1 to 9999"),
        ("4h", "2025-11-17T14:00:00Z", "not both"),
    ],
)
def test_what_is_no_end_is_refused(lasts: str | None, until: str | None, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        typed.end(lasts, until, NOON)


def test_matchers_are_those_of_a_route() -> None:
    given = {"severity": ["critical"], "name": ["public.t*", "public.u"], "schema": ["public"], "kind": ["col*"]}
    assert typed.matchers(given) == {
        "severity": ("critical",),
        "kind": ("col*",),
        "schema": ("public",),
        "name": ("public.t*", "public.u"),
    }
    assert typed.matchers({}) == {}


@pytest.mark.parametrize(
    ("name", "pattern", "words"),
    [
        ("colour", "red", "alerts cannot be asked for it; they can for severity"),
        ("during", "x", "alerts cannot be asked for it"),
        ("severity", "crit", "severity: Input should be 'info', 'warning' or 'critical'"),
        ("kind", "tabel", "no kind of object is called so"),
        ("name", "", "at least 1 character"),
    ],
)
def test_matchers_that_fit_nothing_are_refused(name: str, pattern: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        typed.matchers({name: [pattern]})
