"""The expressions that several panels share.

Two watchdogs may watch one database, so a fact about a database is taken once (`once`) before it is added up.
"""

from collections.abc import Mapping

from watchdog.status import patience

WATCHDOG = 'job=~"$job", instance=~"$instance"'
DATABASE = f'{WATCHDOG}, database=~"$database"'

# What `watchdog.status.patience` says of an interval, as Prometheus computes it.
_GRACE = patience(0).total_seconds()
_INTERVALS = patience(1).total_seconds() - _GRACE


def series(name: str, **labels: str) -> str:
    """A metric about databases, of those that are chosen.

    A label's value is what it must be; `~` before it makes it a regular expression, `!` the opposite.
    """
    return _selector(name, DATABASE, labels)


def own(name: str, **labels: str) -> str:
    """A metric about the watchdog itself, of those that are chosen."""
    return _selector(name, WATCHDOG, labels)


def _selector(name: str, chosen: str, labels: Mapping[str, str]) -> str:
    operators = {"~": "=~", "!": "!="}
    given = [f'{label}{operators.get(value[0], "=")}"{value.lstrip("~!")}"' for label, value in labels.items()]
    return f"schema_watchdog_{name}{{{', '.join([chosen, *given])}}}"


def once(labels: str, selector: str) -> str:
    return f"max by ({labels}) ({selector})"


def added(labels: str, vector: str) -> str:
    return f"sum by ({labels}) ({vector})"


def came(counter: str) -> str:
    """What a counter has gained in a step: whole numbers, which increase() would extrapolate.

    The last sample of some scrapes is taken, so that one that failed loses nothing.
    """
    last = f"last_over_time({counter}[$__rate_interval]"
    return f"clamp_min({last}) - {last} offset $__interval), 0)"


def findings(**labels: str) -> str:
    return once("database, kind, severity, state", series("findings", **labels))


def open_findings(severity: str) -> str:
    """How many of a severity are open in each database; 0 where none is."""
    return added("database", findings(state="open", severity=severity))


def age(check: str = "!probe") -> str:
    """Seconds since the last conclusive look of each check of each database began."""
    return f"time() - {once('database, check', series('check_last_success_timestamp_seconds', check=check))}"


def allowed(check: str = "!probe") -> str:
    """How many seconds that may be, by the watchdog's own rule."""
    return f"{_INTERVALS:g} * {once('database, check', series('check_interval_seconds', check=check))} + {_GRACE:g}"


def overdue() -> str:
    """How many checks of each database concluded nothing lately, or never; no series where none is overdue."""
    every = once("database, check", series("check_interval_seconds", check="!probe"))
    return f"count by (database) ({every} unless on (database, check) ({age()} <= on (database, check) {allowed()}))"


def verdict() -> str:
    """The worst that can be said of each database, by `tools.dashboards.parts.VERDICTS`."""
    # What is in doubt though the rest is verified is no look that is overdue; an open finding hides both on the page.
    unverified = once("database", series("database_status", status="unverified"))
    ranked = [
        f"({vector} > 0) * 0 + {rank}"
        for rank, vector in (
            (4, open_findings("critical")),
            (3, open_findings("warning")),
            (2, overdue()),
            (2, unverified),
            (1, open_findings("info")),
        )
    ]
    return " or ".join([*ranked, f"{added('database', findings())} * 0"])


def most(limit: int, vector: str, by: str) -> str:
    """Of a vector those series, over the whole range, of which `by` is highest."""
    return f"{vector} and topk({limit}, {by})"
