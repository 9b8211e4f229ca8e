"""The watchdog itself: does it work, do its messages arrive, and what does it cost?"""

from grafana_foundation_sdk.models import common as options
from grafana_foundation_sdk.models import dashboard as model

from tools.dashboards.board import board
from tools.dashboards.parts import (
    ANSWERS,
    NONE_IS_GOOD,
    Part,
    graph,
    now,
    one_number,
    over_time,
    row,
    states_over_time,
)
from tools.dashboards.promql import WATCHDOG, added, came, once, own, series
from watchdog.alerts.alert import SELF

_OUTCOMES = {"delivered": "green", "failed": "orange", "given_up": "red"}
_BEATS = {"sent": "green", "failed": "orange", "withheld": "red"}
_NO_CHANNEL = "No channel is configured"
_NO_PROCESS = "Prometheus has no figures of the process"


def made() -> model.Dashboard:
    parts = [
        *_numbers(),
        row("Looks"),
        *_looks(),
        row("Messages"),
        *_messages(),
        row("What it costs where it runs"),
        *_process(),
        row("What it costs the databases"),
        *_production(),
    ]
    description = "Whether the watchdog works, whether its messages arrive, and what it costs."
    return board("watchdog", "The watchdog itself", description, parts)


def _process_metric(name: str) -> str:
    return f"process_{name}{{{WATCHDOG}}}"


def _numbers() -> list[Part]:
    return [
        one_number(
            "Scraped",
            "Whether Prometheus can scrape each watchdog.",
            "none",
            now(f"up{{{WATCHDOG}}}", "{{instance}}"),
            steps=((None, "red"), (1, "green")),
            meaning={0: ("DOWN", "red"), 1: ("up", "green")},
        ),
        one_number(
            "Version",
            "Of each watchdog, and of its Python.",
            "none",
            now(own("build_info"), "{{version}}, Python {{python}}"),
            text=options.BigValueTextMode.NAME,
        ),
        one_number(
            "Runs since",
            "A short time again and again: something restarts it.",
            "s",
            now(f"time() - {_process_metric('start_time_seconds')}", "{{instance}}"),
            empty=_NO_PROCESS,
        ),
        one_number(
            "State on disk",
            "Whether the state's file can be used. Else what is known is kept in memory alone, and a crash loses it.",
            "none",
            now(own("state_up"), "{{instance}}"),
            steps=((None, "red"), (1, "green")),
            meaning={0: ("in memory", "red"), 1: ("on disk", "green")},
        ),
        one_number(
            "Last heartbeat taken",
            "How long ago the dead man's switch heard of the watchdog.",
            "s",
            now(f"time() - {own('heartbeat_last_success_timestamp_seconds')}", "{{instance}}"),
            empty="No heartbeat was taken, or none is configured",
            steps=((None, "green"), (300, "orange"), (900, "red")),
        ),
        one_number(
            "What ails the watchdog",
            "Open alerts about the watchdog itself: what keeps it from looking or from telling.",
            "none",
            now(f"sum({own('alerts', database=SELF)})", "open"),
            empty="This watchdog tells nobody",
            steps=NONE_IS_GOOD,
        ),
    ]


def _looks() -> list[Part]:
    took = added("database, check", f"rate({series('check_duration_seconds_sum')}[$__rate_interval])")
    made = added("database, check", f"rate({series('check_duration_seconds_count')}[$__rate_interval])")
    concluded = added("outcome", f"rate({series('checks_total')}[$__rate_interval])")
    buckets = added("database, check, le", f"increase({series('check_duration_seconds_bucket')}[$__range])")
    return [
        graph(
            "How long a look takes",
            "Mean of the looks that ended in a step; no point where none ended.",
            "s",
            over_time(f"{took} / ({made} > 0)", "{{database}}: {{check}}"),
            empty="No look ended in this time",
        ),
        graph(
            "How long nearly all looks take",
            "95 of 100 looks, over all of the time that is shown, took no longer. From a histogram, so roughly.",
            "s",
            over_time(f"histogram_quantile(0.95, {buckets})", "{{database}}: {{check}}"),
            empty="No look ended in this time",
        ),
        states_over_time(
            "Does each database answer?",
            "What the probe found.",
            over_time(once("database", series("database_up")), "{{database}}"),
            ANSWERS,
            width=8,
        ),
        graph(
            "Looks by what they concluded",
            "A minute, in the chosen databases.",
            "opm",
            over_time(f"60 * {concluded}", "{{outcome}}"),
            width=8,
            colors={"ok": "green", "drift": "orange", "unverified": "purple"},
            stacked=True,
        ),
        graph(
            "Looks that were skipped",
            "The one before had not ended, or the process came too late: too short an interval, or a slow machine.",
            "none",
            over_time(added("database", came(series("check_misfires_total"))), "{{database}}"),
            width=8,
            bars=True,
            whole=True,
        ),
    ]


def _messages() -> list[Part]:
    return [
        graph(
            "Attempts to deliver",
            "In each step. failed: it is tried again. given_up: it was the last attempt.",
            "none",
            over_time(added("channel, outcome", came(own("deliveries_total"))), "{{channel}}: {{outcome}}"),
            empty=_NO_CHANNEL,
            bars=True,
            whole=True,
        ),
        graph(
            "Messages that wait",
            "In the outbox, on disk. It empties by itself once the channel takes messages again.",
            "none",
            over_time(added("channel", own("outbox_messages")), "{{channel}}"),
            empty=_NO_CHANNEL,
            whole=True,
        ),
        graph(
            "How long the oldest message waits",
            "People are told that much too late.",
            "s",
            over_time(f"time() - min by (channel) ({own('outbox_oldest_timestamp_seconds')})", "{{channel}}"),
            empty="Nothing waits",
            width=8,
        ),
        graph(
            "Messages that were given up",
            "They are kept; `schema-watchdog alerts outbox` names them, and sends or drops them.",
            "none",
            over_time(added("channel", own("dead_letters")), "{{channel}}"),
            empty=_NO_CHANNEL,
            width=8,
            whole=True,
        ),
        graph(
            "Heartbeats",
            "In each step. failed: not taken. withheld: the watchdog does not work as it should.",
            "none",
            over_time(added("outcome", came(own("heartbeats_total"))), "{{outcome}}"),
            empty="No heartbeat is configured",
            width=8,
            colors=_BEATS,
            bars=True,
            whole=True,
        ),
    ]


def _process() -> list[Part]:
    return [
        graph(
            "CPU",
            "100 %: one core.",
            "percentunit",
            over_time(f"rate({_process_metric('cpu_seconds_total')}[$__rate_interval])", "{{instance}}"),
            empty=_NO_PROCESS,
            width=6,
        ),
        graph(
            "Memory",
            "Resident. A line that climbs for days is a leak.",
            "bytes",
            over_time(_process_metric("resident_memory_bytes"), "{{instance}}"),
            empty=_NO_PROCESS,
            width=6,
        ),
        graph(
            "Open files",
            "Beside how many the process may have.",
            "none",
            over_time(_process_metric("open_fds"), "{{instance}}"),
            over_time(_process_metric("max_fds"), "{{instance}} may have"),
            empty=_NO_PROCESS,
            width=6,
            whole=True,
        ),
        graph(
            "A scrape",
            "How long Prometheus waits for the metrics. They are a view of what is known: no database is asked.",
            "s",
            over_time(f"scrape_duration_seconds{{{WATCHDOG}}}", "{{instance}}"),
            width=6,
        ),
    ]


def _production() -> list[Part]:
    asked = added("database", f"rate({series('queries_total')}[$__rate_interval])")
    worked = added("database", f"rate({series('query_seconds_total')}[$__rate_interval])")
    return [
        graph(
            "Statements",
            "A second, over the watching connection.",
            "ops",
            over_time(asked, "{{database}}"),
            width=8,
        ),
        graph(
            "Server at work for the watchdog",
            "As the watchdog sees it, with the way there and back. 100 %: one backend is busy all the time.",
            "percentunit",
            over_time(worked, "{{database}}"),
            width=8,
        ),
        graph(
            "Time a statement takes",
            "Mean of the statements in a step.",
            "s",
            over_time(f"{worked} / ({asked} > 0)", "{{database}}"),
            empty="No statement was made in this time",
            width=8,
        ),
    ]
