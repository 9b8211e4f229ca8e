"""Which findings are news: what fires, what is resolved, what stays as it was told."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Literal

import msgspec

from watchdog.alerts.alert import Alert
from watchdog.finding import Finding, Subject

# What became of a finding by a look: it began or became worse, it ended, it ended as somebody bears it.
FindingEvent = Literal["firing", "resolved", "accepted"]


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What one look at a database means for people.

    Attributes:
        alerts: open after this look, the known ones first.
        fired: findings that are new, or worse than was told.
        resolved: findings that are over, as last known.
    """

    alerts: tuple[Alert, ...] = ()
    fired: tuple[Finding, ...] = ()
    resolved: tuple[Finding, ...] = ()


def decide(
    known: Iterable[Alert],
    found: Iterable[Finding],
    unseen: Collection[Subject],
    now: datetime,
    uncompared: Collection[str] = (),
) -> Decision:
    """Compare what was told with what a look that could conclude something has found.

    Told once means once: an alert keeps the worst severity that was told, so a finding that swings between two
    severities fires only at the first rise, and the end of one that eased is still told to whoever heard of it.

    Args:
        known: the open alerts of this database and check.
        found: the findings of this look. One in transition begins and ends nothing; an accepted one ends its alert.
        unseen: what could not be looked at. An alert about it, or about anything that belongs to it, stays untouched.
            Where a subject names attributes, only one about these.
        now: the time of the look, UTC.
        uncompared: kinds, or kind.attribute, that this look says nothing of.
    """
    latest = {finding.fingerprint: finding for finding in found}
    hidden = {subject.identity for subject in unseen if not subject.attributes}
    veiled = {(subject.kind, subject.identity, name) for subject in unseen for name in subject.attributes}

    def is_unseen(finding: Finding) -> bool:
        return (
            _belongs_to(finding, hidden)
            or (finding.kind, finding.identity, finding.attribute) in veiled
            or finding.kind in uncompared
            or f"{finding.kind}.{finding.attribute}" in uncompared
        )

    alerts: list[Alert] = []
    fired: list[Finding] = []
    resolved: list[Finding] = []
    for alert in known:
        finding = latest.pop(alert.finding.fingerprint, None)
        if is_unseen(alert.finding):
            alerts.append(alert)
        elif finding is None:
            resolved.append(alert.finding)
        elif finding.state == "accepted":
            resolved.append(finding)
        elif finding.state == "in_transition":
            alerts.append(alert)
        elif finding.severity.rank > alert.finding.severity.rank:
            fired.append(finding)
            alerts.append(Alert(finding=finding, since=alert.since))
        else:
            told = msgspec.structs.replace(finding, severity=alert.finding.severity)
            alerts.append(Alert(finding=told, since=alert.since))
    news = [finding for finding in latest.values() if finding.state == "open"]
    return Decision(
        alerts=(*alerts, *(Alert(finding=finding, since=now) for finding in news)),
        fired=(*fired, *news),
        resolved=tuple(resolved),
    )


def became(fired: Iterable[Finding], resolved: Iterable[Finding]) -> tuple[tuple[FindingEvent, Finding], ...]:
    """What a decision is in the history: an event a finding."""
    ended: list[tuple[FindingEvent, Finding]] = [
        ("accepted" if finding.state == "accepted" else "resolved", finding) for finding in resolved
    ]
    return (*(("firing", finding) for finding in fired), *ended)


def _belongs_to(finding: Finding, hidden: Collection[tuple[str, ...]]) -> bool:
    """Whether the finding's object, or one it is a part of (a column's table, a table's schema), is hidden.

    Kinds are not compared: a table that could not be read says nothing of its rows, its policies or its view either.
    """
    identity = finding.identity
    return any(identity[:length] in hidden for length in range(len(identity) + 1))
