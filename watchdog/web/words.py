"""Times, counts and coverage as a person says them. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from watchdog.finding import Coverage, Subject
from watchdog.queries.words import words as words_of_queries
from watchdog.sqltext import display_name, how_many, visible

NAMES_SHOWN = 10


def duration(seconds: float) -> str:
    """With one unit, rounded: `240 ms`, `12 s`, `5 min`, `3 h`, `4 days`."""
    if seconds < 1:
        return f"{max(seconds, 0) * 1000:.0f} ms"
    if seconds < 10:  # noqa: PLR2004 - below ten, a tenth matters
        return f"{seconds:.1f} s"
    for limit, unit_seconds, unit in ((90, 1, "s"), (90 * 60, 60, "min"), (36 * 3600, 3600, "h")):
        if seconds < limit:
            return f"{seconds / unit_seconds:.0f} {unit}"
    return f"{seconds / 86400:.0f} days"


def interval(seconds: float) -> str:
    """As it was configured: `5 s`, `300 s` as `5 min`."""
    for unit_seconds, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= unit_seconds and seconds % unit_seconds == 0:
            return f"{seconds / unit_seconds:.0f} {unit}"
    return f"{seconds:g} s"


def ago(then: datetime, now: datetime) -> str:
    """`12 s ago`; a clock that was set back says `just now` rather than a time to come."""
    seconds = (now - then) / timedelta(seconds=1)
    return "just now" if seconds < 1 else f"{duration(seconds)} ago"


def visible_lines(text: str) -> str:
    """Text of several lines, where all that is not printed within a line is shown by its code point."""
    return "\n".join(visible(line) for line in text.expandtabs(4).split("\n"))


def coverage_in_words(coverage: Coverage) -> tuple[str, ...]:
    """What the latest looks speak for and what they do not, a sentence each; the first is always there."""
    if coverage.compared:
        sentences = [f"{how_many(coverage.compared, 'object')} of {how_many(len(coverage.kinds), 'kind')} compared."]
    else:
        sentences = ["The latest look compared nothing."]
    if coverage.unmodelled:
        counts = [f"{visible(kind)} ({number:,})" for kind, number in sorted(coverage.unmodelled.items())]
        sentences.append(f"Seen, but no comparison knows them: {_listed(counts)}.")
    if coverage.hidden:
        sentences.append(f"Hidden from this role: {_listed(map(_subject, coverage.hidden))}.")
    if coverage.stale:
        sentences.append(f"Could not be read now, so nothing new is known: {_listed(map(_subject, coverage.stale))}.")
    if coverage.not_comparable:
        sentences.append(f"Not comparable between the servers: {_listed(map(visible, coverage.not_comparable))}.")
    if coverage.partition_churn:
        sentences.append(f"{how_many(coverage.partition_churn, 'partition')} came or went, which is no finding.")
    if coverage.excluded:
        sentences.append(f"{how_many(coverage.excluded, 'finding')} left out by configuration.")
    sentences += [f"Under way: {visible(words)}." for words in coverage.in_flight]
    if coverage.not_in_baseline:
        sentences.append(f"What is expected does not speak of: {_listed(map(visible, coverage.not_in_baseline))}.")
    sentences += [f"{note[:1].upper()}{note[1:]}." for note in coverage.notes]
    if coverage.queries:
        sentences += [f"{sentence[:1].upper()}{sentence[1:]}." for sentence in words_of_queries(coverage.queries)]
    return tuple(sentences)


def _subject(subject: Subject) -> str:
    more = ", ".join(subject.attributes) or subject.reason
    of = f" ({visible(more)})" if more else ""
    return f"{visible(subject.kind)} {display_name(subject.identity)}{of}"


def _listed(names: Iterable[str]) -> str:
    every = list(names)
    more = len(every) - NAMES_SHOWN
    return ", ".join(every[:NAMES_SHOWN]) + (f" and {more:,} more" if more > 0 else "")
