"""What a verdict covers of the statements, in words."""

from collections.abc import Iterator

from watchdog.finding import QueryCoverage


def words(queries: QueryCoverage) -> Iterator[str]:
    """Sentences without their full stop: how many were checked, how many not, and the first of those."""
    yield f"statements planned by the server: {queries.checked:,}"
    if queries.unjudged:
        why = "no server plans them, they need their values, or were never seen to plan"
        yield f"statements not judged ({why}): {queries.unjudged:,}"
    if queries.unread:
        yield f"statements that could not be read whole from the sources: {queries.unread:,}"
    if queries.beyond:
        yield f"not asked: {queries.beyond}"
    yield from (f"not checked: {each}" for each in queries.said)
