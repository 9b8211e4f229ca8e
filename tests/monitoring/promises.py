"""What each panel and each annotation promises in each stage of the incident, beside what it shows then.

Stages: before, all is as expected; during, two columns were dropped and three quarters of a table's rows deleted;
after, both are mended. All the while a second database does not answer, and of two channels one takes nothing. A
promise names every series or cell that must be there, and no other may be.
"""

import platform
from collections.abc import Callable, Mapping

from tests.monitoring.grafana import Line
from watchdog import __version__

# A number now, or what must be true of a series in the time that is shown.
Value = float | Callable[[Line], bool]
# What holds before, during and after; where one is given, in all.
Value3 = Value | tuple[Value, Value, Value]
# Name of a series or a cell -> its value. A name without a value in a stage must not be there then.
Promise = Mapping[str, Value3]


def absent(_: Line) -> bool:
    """The panel shows its words for nothing instead."""
    return False


def perhaps(line: Line) -> bool:
    """It may be there or not."""
    return line.lowest >= 0


def between(least: float, most: float) -> Value:
    return lambda line: least <= line.lowest <= line.highest <= most


def in_all(total: float) -> Value:
    """The sum of what each step shows."""
    return lambda line: round(line.total, 6) == total


def once_was(last: float, extreme: float) -> Value:
    """Now this, and at worst that in the time that is shown."""
    return lambda line: round(line.last, 3) == last and extreme in {round(line.highest, 3), round(line.lowest, 3)}


def some(line: Line) -> bool:
    return line.highest > 0


def many(line: Line) -> bool:
    return line.total >= 1 and line.lowest >= 0


def whatever(line: Line) -> bool:
    return line.lowest >= 0


def through(before: float, worst: float) -> Value3:
    """The incident over time: as before, at its worst, and as before with the worst still in sight."""
    return before, once_was(worst, before), once_was(before, worst)


HERE = "WATCHDOG"  # stands for where it is scraped
AGE = between(0, 300)  # seconds, of what is renewed again and again
SEVERITIES: Promise = {"critical": through(0, 3), "warning": 0, "info": 0}
TABLES = {"channel_participation": 0, "sealed_epochs": 120, "user_mapping": 0, "user_signals": 0}
LOST = "sealed_participants"
OUTCOMES = ("ok", "drift", "unverified")


def cells(columns: Mapping[str, Value3], row: str) -> Promise:
    return {f"{column} {row}": value for column, value in columns.items()}


OVERVIEW: Mapping[str, Promise] = {
    "Watchdogs": {HERE: 1},
    "Critical findings": {"critical": (0, 3, 0)},
    "Warnings": {"warning": 0},
    "Databases without answer": {"down": 1},
    "Checks overdue": {"overdue": 2},
    "Messages not delivered": {"not delivered": (0, some, some)},
    "Databases": {
        **cells(
            {
                "Verdict": (0, 4, 0),
                "Answers": 1,
                "Critical": (0, 3, 0),
                "Warnings": 0,
                "Needs not met": (0, 2, 0),
                "Not judged": 0,
                "Schema looked at": AGE,
                "Rows looked at": AGE,
                "Baseline is of": AGE,
            },
            "production",
        ),
        # Never looked at: it has no ages, no baseline and no components.
        **cells({"Verdict": 2, "Answers": 0, "Critical": 0, "Warnings": 0, "Not judged": 0}, "staging.eu"),
    },
    "Verdicts": {"production": through(0, 4), "staging.eu": 2},
    "Open findings by severity": SEVERITIES,
    "Open findings by database": {"production": through(0, 3), "staging.eu": 0},
    "Open alerts, and in whose hands they are": {
        "untold": (0, whatever, 0),
        "told": (0, 3, 0),
        "acknowledged": 0,
        "silenced": 0,
    },
    "Needs of components that are not met": {"milo-aggregator in production": through(0, 2)},
}

DATABASE: Mapping[str, Promise] = {
    "Verdict": {"production": (0, 4, 0)},
    "Answers": {"production": 1},
    "Critical": {"production": (0, 3, 0)},
    "Warnings": {"production": 0},
    "Age of the baseline": {"production": AGE},
    "Fullest sequence": {"production": between(0.41, 0.42)},
    "Open findings by severity": SEVERITIES,
    "Open findings by kind": {
        # Also from before there was one.
        "column": (absent, once_was(2, 0), once_was(0, 2)),
        "rows": (absent, once_was(1, 0), once_was(0, 1)),
    },
    "What happened": {
        "firing": (0, in_all(3), in_all(3)),
        "resolved": (0, 0, in_all(3)),
        "accepted": 0,
    },
    "Findings that are not open": {"accepted": absent, "in_transition": absent},
    "Objects compared": {"production": lambda line: 40 <= line.last <= 60},
    "Objects not judged": {"hidden": 0, "stale": whatever, "unmodelled": 0},
    "Needs that are not met, by component": {"milo-aggregator": through(0, 2)},
    "Verdicts": {"production": through(0, 4)},
    "Age of the last conclusive look": {
        **dict.fromkeys(("schema", "rows"), AGE),
        **{f"{check} may be": 32.5 for check in ("schema", "rows")},
    },
    "Looks by what they concluded": {
        **{f"{check}: {outcome}": whatever for check in ("probe", "schema", "rows") for outcome in OUTCOMES},
        "probe: ok": some,
        "schema: drift": (0, some, some),
        "rows: drift": (0, some, some),
    },
}

ROWS: Mapping[str, Promise] = {
    "Open findings about rows": {"open": (0, 1, 0)},
    "Tables counted": {"counted": 5},
    "Tables that nobody can vouch for": {"unknown": 0},
    "Tables without a series": {"without": 0},
    "Deepest fall": {"fall": (0, -0.75, 0)},
    "Tables": {
        **{f"Rows production public {table} exact": rows for table, rows in TABLES.items()},
        # What came since it was counted to the end, the statistics tell.
        f"Rows production public {LOST} exact": (1200, 300, absent),
        f"Rows production public {LOST} live": (absent, absent, 1200),
        **{f"Highest production public {table}": rows for table, rows in TABLES.items()},
        f"Highest production public {LOST}": 1200,
        "Fall production public sealed_epochs": 0,
        f"Fall production public {LOST}": (0, -0.75, 0),
        "Newest row is of production public sealed_epochs": between(300, 600),
    },
    "Falls": {"public.sealed_epochs": 0, f"public.{LOST}": through(0, -0.75)},
    "Rows": {
        **{f"public.{table}": rows for table, rows in TABLES.items()},
        f"public.{LOST}": (1200, once_was(300, 1200), once_was(1200, 300)),
    },
    "Age of the newest row": {"public.sealed_epochs": between(300, 600)},
    "Tables by who counted them": {
        "exact": (5, 5, 4),
        # For a moment, until what is suspected was counted.
        "live": (absent, perhaps, 1),
        "nobody": 0,
    },
    "Open findings about rows, by severity": {"critical": through(0, 1), "warning": 0, "info": 0},
    "Rows that came and went": {
        **{f"public.{table}": 0 for table in TABLES},
        f"public.{LOST}": (0, lambda line: line.lowest < 0, lambda line: line.lowest < 0),
    },
}

DATABASES = ("production", "staging.eu")
CHECKS = ("probe", "schema", "rows")
# The other database is looked at too seldom for a rate.
LOOKS: Promise = {
    **{f"production: {check}": between(0.0001, 60) for check in CHECKS},
    **{f"staging.eu: {check}": perhaps for check in CHECKS},
}
WATCHDOG: Mapping[str, Promise] = {
    "Scraped": {HERE: 1},
    "Version": {f"{__version__}, Python {platform.python_version()}": 1},
    "Runs since": {HERE: AGE},
    "State on disk": {HERE: 1},
    "Last heartbeat taken": {HERE: AGE},
    "What ails the watchdog": {"open": 0},
    "How long a look takes": LOOKS,
    "How long nearly all looks take": LOOKS,
    "Does each database answer?": {"production": 1, "staging.eu": 0},
    "Looks by what they concluded": {"ok": some, "drift": (0, some, some), "unverified": whatever},
    "Looks that were skipped": dict.fromkeys(DATABASES, whatever),
    "Attempts to deliver": {
        "ops: delivered": (0, many, many),
        "ops: failed": 0,
        "ops: given_up": 0,
        "pager: delivered": 0,
        "pager: failed": (0, many, many),
        "pager: given_up": 0,
    },
    "Messages that wait": {"ops": (0, whatever, 0), "pager": (0, some, some)},
    "How long the oldest message waits": {"pager": (absent, AGE, AGE), "ops": perhaps},
    "Messages that were given up": {"ops": 0, "pager": 0},
    "Heartbeats": {"sent": many, "failed": 0, "withheld": 0},
    "CPU": {HERE: between(0.0001, 2)},
    "Memory": {HERE: between(10e6, 1e9)},
    "Open files": {HERE: between(3, 500), f"{HERE} may have": between(100, 1e9)},
    "A scrape": {HERE: some},
    "Statements": {"production": some, "staging.eu": 0},
    "Server at work for the watchdog": {"production": between(0.0001, 20), "staging.eu": 0},
    "Time a statement takes": {"production": between(0.00001, 10)},
}

PANELS: Mapping[str, Mapping[str, Promise]] = {
    "overview": OVERVIEW,
    "database": DATABASE,
    "rows": ROWS,
    "watchdog": WATCHDOG,
}

# Of every dashboard: name of the annotation -> its texts, and how many stretches or moments of each are marked.
MARKS: Mapping[str, Promise] = {
    "Drift is open": {"production: findings at or above warning are open": (absent, many, many)},
    "Findings began or ended": {
        "production: firing": (absent, many, many),
        "production: resolved": (absent, absent, many),
    },
    "A baseline was captured or accepted": {"production: what is expected is of this moment": 1},
    "The watchdog began": {f"{HERE} began": 1},
}
