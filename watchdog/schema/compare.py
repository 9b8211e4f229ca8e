"""Two snapshots compared and judged as a team wants it, with what the comparison speaks for."""

from collections.abc import Iterator

import msgspec

from watchdog.finding import Coverage, Finding, Subject
from watchdog.schema.diff import diff
from watchdog.schema.findings import judge, judge_state
from watchdog.schema.hints import hinted
from watchdog.schema.inherited import followed
from watchdog.schema.partitions import settled
from watchdog.schema.selection import Selection, select
from watchdog.schema.snapshot import Snapshot, unread
from watchdog.schema.transition import words


def compare(
    database: str, expected: Snapshot, actual: Snapshot, selection: Selection, *, state: bool = False
) -> tuple[tuple[Finding, ...], Coverage]:
    """Judge the selected part of two snapshots (with `state` also what is faulty as it stands); and what it covers."""
    expected, actual = select(expected, selection), select(actual, selection)
    difference = diff(expected, actual)
    changes = followed(hinted(difference.changes, difference.expected, actual), difference.expected, actual)
    partition_churn = 0
    if "partitions" in selection.without:
        changes, partition_churn = settled(changes, difference.expected, actual)
    difference = msgspec.structs.replace(difference, changes=changes)
    findings = judge(database, difference, actual)
    if state:
        findings += judge_state(database, difference, actual)
    return findings, Coverage(
        kinds=difference.kinds,
        compared=difference.compared,
        unmodelled=dict(actual.unmodelled),
        hidden=tuple(_hidden(actual)),
        stale=unread(actual),
        not_in_baseline=difference.not_covered,
        not_comparable=difference.not_comparable,
        partition_churn=partition_churn,
        in_flight=tuple(words(actual.in_flight)),
    )


def _hidden(actual: Snapshot) -> Iterator[Subject]:
    for subject in sorted(actual.hidden):
        names = tuple(name for name in actual.covers[subject.kind] if name not in actual.objects[subject])
        if names:
            yield Subject(subject.kind, subject.name, names)
