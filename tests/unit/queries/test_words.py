from watchdog.finding import QueryCoverage
from watchdog.queries.words import words


def test_what_was_checked_is_said_and_all_that_was_not() -> None:
    assert list(words(QueryCoverage())) == ["statements planned by the server: 0"]
    whole = QueryCoverage(checked=1230, unjudged=4321, unread=2, beyond="17 others", said=("a.ts:7: why", "b"))
    assert list(words(whole)) == [
        "statements planned by the server: 1,230",
        "statements not judged (no server plans them, they need their values, or were never seen to plan): 4,321",
        "statements that could not be read whole from the sources: 2",
        "not asked: 17 others",
        "not checked: a.ts:7: why",
        "not checked: b",
    ]
