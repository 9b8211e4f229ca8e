"""All databases at a glance: is anything wrong, where, since when, and does somebody have it in hand?"""

from grafana_foundation_sdk.models import dashboard as model

from tools.dashboards.board import board
from tools.dashboards.parts import (
    ANSWERS,
    NONE_IS_GOOD,
    OF_SERIES,
    SEVERITIES,
    TO_PAGE,
    VERDICTS,
    Column,
    Part,
    graph,
    now,
    one_number,
    over_time,
    rows_of,
    states_over_time,
)
from tools.dashboards.promql import WATCHDOG, added, age, findings, once, open_findings, overdue, own, series, verdict

HANDS = {"untold": "red", "told": "orange", "acknowledged": "blue", "silenced": "purple"}
_OLD = ((None, "green"), (1800, "orange"), (7200, "red"))


def made() -> model.Dashboard:
    description = "The state of all watched databases at a glance. Click a row or a series to go to its database."
    return board("overview", "Overview", description, [*_numbers(), *_panels()])


def _numbers() -> list[Part]:
    return [
        one_number(
            "Watchdogs",
            "Whether Prometheus can scrape each watchdog. While it cannot, nothing below is of now.",
            "none",
            now(f"up{{{WATCHDOG}}}", "{{instance}}"),
            steps=((None, "red"), (1, "green")),
            meaning={0: ("DOWN", "red"), 1: ("up", "green")},
        ),
        one_number(
            "Critical findings",
            "Open now, in all chosen databases: something is broken or will be.",
            "none",
            now(f"sum({open_findings('critical')})", "critical"),
            steps=NONE_IS_GOOD,
        ),
        one_number(
            "Warnings",
            "Open now, in all chosen databases: it should be looked at in working hours.",
            "none",
            now(f"sum({open_findings('warning')})", "warning"),
            steps=((None, "green"), (1, "orange")),
        ),
        one_number(
            "Databases without answer",
            "They did not answer the last probe. What is said of them below is of the last look that succeeded.",
            "none",
            now(f"sum(1 - {once('database', series('database_up'))})", "down"),
            steps=NONE_IS_GOOD,
        ),
        one_number(
            "Checks overdue",
            "Checks without a conclusive look within 2.5 intervals and 30 s: their verdict is too old to be believed.",
            "none",
            now(f"sum({overdue()}) or sum({once('database, check', series('check_interval_seconds'))}) * 0", "overdue"),
            steps=((None, "green"), (1, "purple")),
        ),
        one_number(
            "Messages not delivered",
            "Alerts that wait to be sent, or were given up: somebody may not know yet.",
            "none",
            now(f"sum({own('outbox_messages')}) + sum({own('dead_letters')})", "not delivered"),
            steps=((None, "green"), (1, "orange"), (10, "red")),
            empty="No channel is configured",
        ),
    ]


def _panels() -> list[Part]:
    return [
        rows_of(
            "Databases",
            "The verdict is the worst of: critical, warning, not verified (overdue, or in doubt), info.",
            ["database"],
            [
                Column("Verdict", verdict(), "none", meaning=VERDICTS),
                Column("Answers", once("database", series("database_up")), "none", meaning=ANSWERS),
                Column("Critical", open_findings("critical"), "none", NONE_IS_GOOD),
                Column("Warnings", open_findings("warning"), "none", ((None, "green"), (1, "orange"))),
                Column("Needs not met", added("database", _needs()), "none", NONE_IS_GOOD),
                Column("Not judged", added("database", _not_judged()), "none", ((None, "green"), (1, "purple"))),
                Column("Schema looked at", f"max by (database) ({age('schema')})", "s", _OLD),
                Column("Rows looked at", f"max by (database) ({age('rows')})", "s", _OLD),
                Column("Baseline is of", f"time() - {once('database', _baseline())}", "s"),
            ],
            worst=("Verdict", True),
        ),
        states_over_time(
            "Verdicts",
            "The worst that was known of each database at each moment. A gap: no watchdog was scraped.",
            over_time(verdict(), "{{database}}"),
            VERDICTS,
            width=24,
        ),
        graph(
            "Open findings by severity",
            "In all chosen databases.",
            "none",
            over_time(added("severity", findings(state="open")), "{{severity}}"),
            colors=SEVERITIES,
            stacked=True,
            whole=True,
        ),
        graph(
            "Open findings by database",
            "At or above warning. Click a series to go to its database.",
            "none",
            over_time(added("database", findings(state="open", severity="~critical|warning")), "{{database}}"),
            whole=True,
            links=[OF_SERIES, TO_PAGE],
        ),
        graph(
            "Open alerts, and in whose hands they are",
            "untold: nobody was told yet. told: a channel was told. acknowledged: somebody has it in hand. silenced: "
            "somebody wants quiet about it.",
            "none",
            over_time(added("state", once("database, severity, state", series("alerts"))), "{{state}}"),
            empty="No watchdog here tells people",
            colors=HANDS,
            stacked=True,
            whole=True,
        ),
        graph(
            "Needs of components that are not met",
            "What a component needs and its database lacks, by the contracts that are configured.",
            "none",
            over_time(_needs(), "{{component}} in {{database}}"),
            empty="No component's needs are configured",
            whole=True,
            links=[OF_SERIES, TO_PAGE],
        ),
    ]


def _needs() -> str:
    return once("database, component", series("missing_expectations"))


def _not_judged() -> str:
    return once("database, state", series("coverage_objects", state="~hidden|stale"))


def _baseline() -> str:
    return series("baseline_captured_timestamp_seconds")
