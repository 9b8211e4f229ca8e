"""What a channel was told, as alerts of Alertmanager's. Pure.

An alert is known by its labels, all of them. So they hold what stays the same for the life of a finding, and its
severity, by which people route: where that rises, the alert of the severity before ends as that of the new one begins.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

import msgspec

from watchdog.alerts.alert import Alert, Standing
from watchdog.alerts.message import one_line
from watchdog.alerts.told import Told
from watchdog.alerts.words import TEST, codes, facts, price
from watchdog.finding import Finding, Severity

# That the watchdog lives. Not `Watchdog`, which is Prometheus' own: whoever waits for that would not miss ours.
ALIVE = "SchemaWatchdogAlive"
DRIFT = "SchemaDrift"
NAMES: Mapping[str, str] = {
    "query": "QueryFailing",
    "migration": "MigrationPending",
    "check": "CheckFailing",
    "channel": "DeliveryFailing",
    "state": "StateFailing",
    TEST: "SchemaWatchdogTest",
}
# Of the kind `rows`, by attribute.
ROWS: Mapping[str, str] = {
    "rows": "RowsLost",
    "min_rows": "RowsTooFew",
    "max_rows": "RowsTooMany",
    "growth": "RowsNotGrowing",
    "freshness": "RowsStale",
}
# An end is told for so long, so that a replica that was away for a while hears of it. It is kept for longer.
END_TOLD_FOR = timedelta(minutes=15)
# What stands is said to hold for so many beats: some may be lost.
BEATS = 5

LABEL_CHARACTERS = 200
TEXT_CHARACTERS = 1_000
SQL_CHARACTERS = 4_000
# Of one request.
MOST_ALERTS = 256
MOST_BYTES = 1_000_000


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """An alert as Alertmanager's API v2 takes it (https://prometheus.io/docs/alerting/latest/alerts_api/)."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    starts_at: datetime = msgspec.field(name="startsAt")
    ends_at: datetime = msgspec.field(name="endsAt")
    generator_url: str = msgspec.field(name="generatorURL", default="")


class Manner(msgspec.Struct, frozen=True, kw_only=True):
    """What all alerts of a channel have alike.

    Attributes:
        labels: as configured; they are added to each alert, and replace none of ours.
        resend: between two beats.
        link: the page that shows all.
    """

    labels: Mapping[str, str] = {}
    resend: timedelta = timedelta(minutes=1)
    link: str = ""


def alive(since: datetime, now: datetime, manner: Manner) -> Sent:
    """The alert that always fires: where it ends, the watchdog has."""
    return Sent(
        labels={**manner.labels, "alertname": ALIVE, "severity": "none"},
        annotations={"summary": "The schema watchdog is alive. This alert always fires; that it ends is the alarm."},
        starts_at=since,
        ends_at=now + BEATS * manner.resend,
        generator_url=manner.link,
    )


def alerts(told: Iterable[Told], now: datetime, manner: Manner) -> Iterator[Sent]:
    """All that stands, and for a while what is over. What is held because it flaps stands."""
    for one in told:
        since = min(one.since, now)
        if not one.is_over:
            yield _sent(one, one.finding.severity, since, now + BEATS * manner.resend, manner)
        elif abs(now - one.told_at) < END_TOLD_FOR:
            ended = one.closed_at or one.told_at
            yield _sent(one, one.finding.severity, since, min(max(ended, since), now), manner)
        for severity, until in one.outgrown.items():
            if abs(now - until) < END_TOLD_FOR:
                start = min(since, until, now)
                yield _sent(one, severity, start, min(until, now), manner)


def requests(sent: Iterable[Sent]) -> Iterator[tuple[bytes, int]]:
    """Bodies of bounded size, each with the number of its alerts."""
    batch: list[bytes] = []
    size = 0
    for one in sent:
        encoded = msgspec.json.encode(one)
        if batch and (len(batch) >= MOST_ALERTS or size + len(encoded) > MOST_BYTES):
            yield _joined(batch)
            batch, size = [], 0
        batch.append(encoded)
        size += len(encoded) + 1
    if batch:
        yield _joined(batch)


def _joined(batch: list[bytes]) -> tuple[bytes, int]:
    return b"[" + b",".join(batch) + b"]", len(batch)


def _sent(one: Told, severity: Severity, start: datetime, end: datetime, manner: Manner) -> Sent:
    return Sent(
        labels={**manner.labels, **_labels(one, severity)},
        annotations=_annotations(one, manner.link),
        starts_at=start,
        ends_at=end,
        generator_url=manner.link,
    )


def _labels(one: Told, severity: Severity) -> dict[str, str]:
    finding = one.finding
    schema = Standing(database=one.database, check="", alert=Alert(finding=finding, since=one.since)).schema
    labels = {
        "alertname": alertname(finding),
        "database": one.database,
        "kind": finding.kind,
        "severity": severity.value,
        "schema": schema or "",
        "name": ".".join(finding.identity),
        "attribute": finding.attribute or "",
        "change": finding.change,
        "fingerprint": finding.fingerprint,
    }
    # Alertmanager takes an empty label for none.
    return {name: one_line(value, LABEL_CHARACTERS) for name, value in labels.items() if value}


def alertname(finding: Finding) -> str:
    """By kind, so that routes and inhibitions can be written without knowing ours."""
    if finding.kind == "rows":
        return ROWS.get(finding.attribute or "", "RowsLost")
    return NAMES.get(finding.kind, DRIFT)


def _annotations(one: Told, link: str) -> dict[str, str]:
    finding = one.finding
    # `since` is the alert's own start.
    known = [
        fact
        for fact in facts(finding, None, one.database, is_in_hand=one.is_over)
        if fact.label not in {"expected", "actual", "price"}
    ]
    remedy = finding.remedy
    found = {
        "summary": one_line(finding.message, TEXT_CHARACTERS),
        "description": "\n".join(f"{fact.label}: {fact.text}" for fact in known),
        "expected": one_line(finding.expected or "", TEXT_CHARACTERS),
        "actual": one_line(finding.actual or "", TEXT_CHARACTERS),
        "price": one_line(price(remedy), TEXT_CHARACTERS) if remedy else "",
        # Whole or not at all.
        **{
            {"mend": "remedy"}.get(code.title, code.title): code.sql
            for code in codes(finding)
            if len(code.sql) <= SQL_CHARACTERS
        },
        "page": link,
    }
    return {name: text for name, text in found.items() if text}
