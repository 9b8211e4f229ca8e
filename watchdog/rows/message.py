"""Row findings in one sentence each, and as findings."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from watchdog.finding import Finding, Severity, fingerprint
from watchdog.rows.case import Case
from watchdog.rows.level import Name, Observation
from watchdog.rows.reading import Source
from watchdog.rows.times import clock, span
from watchdog.sqltext import display_name, how_many, visible

KIND = "rows"
MOST_NAMED = 3

SOURCES: dict[Source, str] = {
    "exact": "by count",
    "live": "by live statistics",
    "planner": "by the planner's estimate",
    "unknown": "by no reading",
}


def drop_message(case: Case, rows: int, *, expected: int, evidence: str) -> str:
    """Before, now (`rows`), lost, since when, by which source, and why as far as it is known.

    >>> public.user_signals lost 9,000 of 10,000 rows (90 %) since 14:31 UTC: 9,000 rows deleted; by live ...
    """
    gone = expected - rows
    lost = f"{gone:,} of {expected:,} rows ({_percent(gone, expected)} %)"
    if rows == 0:
        lost = f"all {expected:,} rows" if expected > 1 else "its only row"
    why = f": {', '.join(case.known.words)}" if case.known.words else ""
    # What was counted needs no more evidence.
    proof = "" if case.now.source == "exact" else f", {evidence}"
    return (
        f"{display_name(case.now.name)} lost {lost} since {clock(case.since, case.now.at)}{why}{beyond(case)}; "
        f"{SOURCES[case.now.source]}{proof}"
    )


def beyond(case: Case) -> str:
    """What a declared drop may take, where it took more; of an open drop as it was told first."""
    if case.meant is None:
        return case.level.drop.beyond if case.level.drop else ""
    drop = case.meant.drop
    bounds = (
        f"{drop.percent:g} %" if drop.percent is not None else "",
        how_many(drop.rows, "row") if drop.rows is not None else "",
        how_many(drop.partitions, "partition") if drop.partitions is not None else "",
    )
    most = " and ".join(filter(None, bounds))
    return f", more than the {most} that may go by {visible(drop.reason) or 'what is declared'}"


def few_message(now: Observation, rows: int, least: int, *, exact: bool) -> str:
    has = f"{display_name(now.name)} has {how_many(rows, 'row')}"
    return f"{has}, at least {least:,} {'is' if least == 1 else 'are'} needed; {_source(now, exact=exact)}"


def many_message(now: Observation, rows: int, most: int, *, exact: bool) -> str:
    has = f"{display_name(now.name)} has {how_many(rows, 'row')}"
    return f"{has}, at most {most:,} {'is' if most == 1 else 'are'} expected; {_source(now, exact=exact)}"


def silence_message(name: Name, grew_at: datetime, now: datetime, limit: timedelta, *, declared: bool) -> str:
    since = f"no new row since {clock(grew_at, now)}, for {span(now - grew_at)}"
    paused = f"in three weeks it never paused longer than {span(limit / 2)}"
    why = f"one is expected every {span(limit)}" if declared else paused
    return f"{display_name(name)}: {since}; {why}"


def stale_message(name: Name, column: str, newest: datetime | None, now: datetime, limit: timedelta) -> str:
    of = f"{display_name((*name, column))}"
    if newest is None:
        return f"{of}: there is no value at all, the newest may be {span(limit)} old"
    return f"{of}: the newest value is of {clock(newest, now)}, {span(now - newest)} old; it may be {span(limit)} old"


def not_counted(name: Name, reason: str) -> str:
    return f"{display_name(name)} may have lost rows, and is not counted yet: {reason}"


def no_bound(name: Name, attribute: str, reason: str) -> str:
    return f"whether {display_name(name)} keeps its {attribute} is not known: {reason}"


def no_freshness(name: Name, reason: str) -> str:
    return f"how new {display_name(name)} is could not be asked: {reason}"


def doubt(unknown: Sequence[Observation]) -> str:
    """Which tables may have lost rows unseen, and of the first why; empty without any."""
    if not unknown:
        return ""
    named = ", ".join(display_name(each.name) for each in unknown[:MOST_NAMED])
    more = f" and {len(unknown) - MOST_NAMED} more" if len(unknown) > MOST_NAMED else ""
    return f"the rows of {named}{more} are unknown: {unknown[0].note}"


def row_finding(
    database: str,
    name: Name,
    attribute: str,
    *,
    severity: Severity,
    expected: str,
    actual: str,
    message: str,
    components: tuple[str, ...] = (),
) -> Finding:
    """One finding a table and attribute, whatever the numbers: a drop that gets worse stays the same finding.

    Who needs what it is about is named.
    """
    return Finding(
        fingerprint=fingerprint(database, KIND, name, "changed", attribute),
        kind=KIND,
        identity=name,
        change="changed",
        attribute=attribute,
        expected=expected,
        actual=actual,
        severity=severity,
        message="; ".join(filter(None, (message, _relying(components)))),
        components=components,
    )


def _relying(components: tuple[str, ...]) -> str:
    if not components:
        return ""
    more = f" and {len(components) - MOST_NAMED} more" if len(components) > MOST_NAMED else ""
    rely = "relies" if len(components) == 1 else "rely"
    return f"{', '.join(components[:MOST_NAMED])}{more} {rely} on it"


def _source(now: Observation, *, exact: bool) -> str:
    return SOURCES["exact"] if exact else SOURCES[now.source]


def _percent(lost: int, expected: int) -> str:
    """Rounded down: 99.9 % lost is not all of it."""
    whole = 100 * lost // expected
    return f"{whole}" if whole < 99 else f"{1000 * lost // expected / 10:g}"  # noqa: PLR2004 close to all, one digit more
