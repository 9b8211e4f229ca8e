"""One database: what is wrong with it, since when, and how far that verdict reaches."""

from grafana_foundation_sdk.models import dashboard as model

from tools.dashboards.board import board
from tools.dashboards.parts import (
    ANSWERS,
    NO_WATCHDOG,
    NONE_IS_GOOD,
    SEVERITIES,
    VERDICTS,
    Part,
    graph,
    now,
    one_number,
    over_time,
    row,
    states_over_time,
)
from tools.dashboards.promql import (
    added,
    age,
    allowed,
    came,
    findings,
    once,
    open_findings,
    series,
    verdict,
)

_OPEN = findings(state="open")


def made() -> model.Dashboard:
    description = "What is wrong with a database, since when, and how far the verdict reaches. Choose one above."
    parts = [*_numbers(), *_wrong(), row("How far the verdict reaches"), *_reach(), row("Checks"), *_checks()]
    return board("database", "One database", description, parts)


def _numbers() -> list[Part]:
    return [
        one_number(
            "Verdict",
            "The worst of: critical, warning, not verified (overdue, or in doubt), info.",
            "none",
            now(verdict(), "{{database}}"),
            steps=((None, "green"), (1, "blue"), (2, "purple"), (3, "orange"), (4, "red")),
            meaning=VERDICTS,
        ),
        one_number(
            "Answers",
            "Whether the database answered the last probe.",
            "none",
            now(once("database", series("database_up")), "{{database}}"),
            steps=((None, "red"), (1, "green")),
            meaning=ANSWERS,
        ),
        one_number(
            "Critical",
            "Open findings: something is broken or will be. The watchdog's page has the SQL that mends each.",
            "none",
            now(open_findings("critical"), "{{database}}"),
            steps=NONE_IS_GOOD,
        ),
        one_number(
            "Warnings",
            "Open findings that should be looked at in working hours.",
            "none",
            now(open_findings("warning"), "{{database}}"),
            steps=((None, "green"), (1, "orange")),
        ),
        one_number(
            "Age of the baseline",
            "How long ago the expectation was captured or last accepted. Old is not wrong: nothing had to change.",
            "s",
            now(f"time() - {once('database', series('baseline_captured_timestamp_seconds'))}", "{{database}}"),
            empty="The expectation has no date",
        ),
        one_number(
            "Fullest sequence",
            "How far the fullest sequence or identity column is towards its end, of those that the role may use.",
            "percentunit",
            now(once("database", series("sequence_used_ratio")), "{{database}}"),
            empty="No sequence can be seen",
            steps=((None, "green"), (0.75, "orange"), (0.9, "red")),
        ),
    ]


def _wrong() -> list[Part]:
    ever = added("kind", f"max_over_time({series('findings', state='open')}[$__range] @ end())")
    return [
        graph(
            "Open findings by severity",
            "What differs from what is expected, and is not accepted.",
            "none",
            over_time(added("severity", _OPEN), "{{severity}}"),
            colors=SEVERITIES,
            stacked=True,
            whole=True,
        ),
        graph(
            "Open findings by kind",
            "Kinds of object that had a finding in this time; `rows` are losses of rows, or rows that do not come.",
            "none",
            over_time(f"{added('kind', _OPEN)} and on (kind) ({ever} > 0)", "{{kind}}"),
            empty="No finding was open in this time",
            stacked=True,
            whole=True,
        ),
        graph(
            "What happened",
            "Findings that began, became worse or ended, in each step.",
            "none",
            over_time(added("event", came(series("finding_events_total"))), "{{event}}"),
            bars=True,
            whole=True,
        ),
        graph(
            "Findings that are not open",
            "accepted: borne by decision of the team. in_transition: explained by a migration in flight.",
            "none",
            over_time(added("state", findings(state="!open")), "{{state}}"),
            empty="None is accepted or in transition",
            stacked=True,
            whole=True,
        ),
    ]


def _reach() -> list[Part]:
    unread = once("database, state", series("coverage_objects", state="!compared"))
    colors = {"hidden": "purple", "stale": "orange", "unmodelled": "blue"}
    return [
        graph(
            "Objects compared",
            "How many objects the latest schema check could judge. A fall without a migration wants a look.",
            "none",
            over_time(once("database, state", series("coverage_objects", state="compared")), "{{database}}"),
            empty="The schema was not checked yet",
            width=8,
            whole=True,
        ),
        graph(
            "Objects not judged",
            "hidden: the role may not see them. stale: locked just then, so what was known before stands. "
            "unmodelled: of kinds that the watchdog does not know.",
            "none",
            over_time(added("state", unread), "{{state}}"),
            empty="The schema was not checked yet",
            width=8,
            colors=colors,
            whole=True,
        ),
        graph(
            "Needs that are not met, by component",
            "What a component needs and the database lacks, by the contracts that are configured.",
            "none",
            over_time(once("database, component", series("missing_expectations")), "{{component}}"),
            empty="No component's needs are configured",
            width=8,
            whole=True,
        ),
    ]


def _checks() -> list[Part]:
    concluded = added("check, outcome", f"rate({series('checks_total')}[$__rate_interval])")
    return [
        states_over_time(
            "Verdicts",
            "The worst that was known at each moment. A gap: no watchdog was scraped.",
            over_time(verdict(), "{{database}}"),
            VERDICTS,
            width=8,
        ),
        graph(
            "Age of the last conclusive look",
            "Each check beside how old its verdict may be (2.5 intervals and 30 s). Above that, it is not verified.",
            "s",
            over_time(age(), "{{check}}"),
            over_time(allowed(), "{{check}} may be"),
            empty=NO_WATCHDOG,
            width=8,
        ),
        graph(
            "Looks by what they concluded",
            "A minute. unverified: the look could not be made, or not all could be judged.",
            "opm",
            over_time(f"60 * {concluded}", "{{check}}: {{outcome}}"),
            width=8,
            stacked=True,
        ),
    ]
