"""Statements and how a server took them, judged: which no longer fit the schema, why, and what mends it."""

import math
from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec

from watchdog.finding import Finding, Remedy, Severity, fingerprint
from watchdog.queries.blame import NO_KEY, Name, blamed, mends
from watchdog.queries.memory import Memory
from watchdog.queries.plan import Plan
from watchdog.queries.statement import Harvest, Statement
from watchdog.sqltext import display_name, how_many, visible

KIND = "query"
LONGEST_SQL = 80
MOST_PLACES = 3
MOST_SAID = 20
BY_MIGRATION = "apply the pending migration instead: it may fail where this was run before it"

Asked = Sequence[tuple[Statement, Plan]]


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What follows from a look at statements.

    Attributes:
        findings: one a statement that does not plan, though it should.
        checked: how many were parsed or planned, and judged.
        unanswered: statements that the server could not be asked of now, each as `place: why`.
        unjudged: those that can never be told without their values or at all, in the same form.
        unread: places in sources that hold a statement which could not be read whole, in the same form.
    """

    findings: tuple[Finding, ...] = ()
    checked: int = 0
    unanswered: tuple[str, ...] = ()
    unjudged: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


def judge(
    database: str,
    asked: Asked,
    harvest: Harvest,
    memory: Memory,
    known: Sequence[Finding],
    relations: Collection[Name],
) -> Judged:
    """Judge what was asked.

    A statement of the application's sources that is refused is a break. One that a server recorded ran once, which says
    little: it may be of a temporary table, of last year, or written otherwise than it ran. It is a break only where it
    is remembered to have planned.

    Args:
        database: its name.
        asked: statements, each with how the server took it.
        harvest: where the statements of sources come from, for what could not be read there.
        memory: of recorded statements.
        known: findings about the schema, also those that pending migrations will mend.
        relations: (schema, name) of all that exist.
    """
    breaks = [(one, plan) for one, plan in asked if plan.verdict == "refused" and _is_break(one, memory)]
    never = [(one, plan) for one, plan in asked if plan.verdict == "refused" and not _is_break(one, memory)]
    return Judged(
        findings=tuple(_finding(database, one, plan, memory, known, relations) for one, plan in breaks),
        checked=sum(plan.verdict == "plans" for _, plan in asked) + len(breaks),
        unanswered=tuple(_said(one, plan.words) for one, plan in asked if plan.verdict == "unanswered"),
        unjudged=(
            *(_said(one, plan.words) for one, plan in asked if plan.verdict == "unjudged"),
            *(_said(one, f"{plan.words}, and it was never seen to plan") for one, plan in never),
        ),
        unread=tuple(visible(f"{each.location}: {each.reason}") for each in harvest.unread),
    )


def named(statement: Statement) -> str:
    """What people find it by: its places, or the server's number and how it begins."""
    if statement.locations:
        more = len(statement.locations) - MOST_PLACES
        places = visible(", ".join(map(str, statement.locations[:MOST_PLACES])))
        return f"{places} and {how_many(more, 'more place')}" if more > 0 else places
    sql = visible(" ".join(statement.sql.split()))
    sql = sql if len(sql) <= LONGEST_SQL else f"{sql[: LONGEST_SQL - 1]}…"
    return f"query {statement.query_id} ({sql})" if statement.query_id is not None else f"query ({sql})"


def _is_break(statement: Statement, memory: Memory) -> bool:
    known = memory.get(statement.digest)
    return not statement.recorded or (known is not None and known.planned_at is not None)


def _said(statement: Statement, words: str) -> str:
    return f"{named(statement)}: {visible(words)}"


def _finding(
    database: str,
    statement: Statement,
    plan: Plan,
    memory: Memory,
    known: Sequence[Finding],
    relations: Collection[Name],
) -> Finding:
    objects = blamed(plan, statement.sql, relations)
    mending = mends(objects, known, plan.sqlstate)
    identity = (statement.digest,)
    words = f"{plan.words} ({plan.sqlstate})"
    pending = [each for each in mending if each.origin == "pending-migration"]
    return Finding(
        fingerprint=fingerprint(database, KIND, identity, "changed", "plan"),
        kind=KIND,
        identity=identity,
        change="changed",
        attribute="plan",
        expected=statement.sql,
        actual=words,
        severity=Severity.CRITICAL,
        message="; ".join(
            [
                f"{named(statement)} {'no longer plans' if statement.recorded else 'does not plan'}: {visible(words)}",
                *_lacking(plan.sqlstate, tuple(each.identity for each in mending), objects),
                *_by_migration(pending),
                *_usage(statement, memory),
            ]
        ),
        components=tuple(dict.fromkeys(name for each in mending for name in each.components)),
        origin=mending[0].origin if mending else "unknown",
        locations=statement.locations,
        remedy=next((_remedy(each.remedy, each) for each in mending if each.remedy), None),
    )


def _lacking(sqlstate: str, mending: Sequence[Name], objects: Sequence[Name]) -> list[str]:
    names = " or ".join(display_name(each) for each in mending or objects)
    # Of a key that nobody knows of, only the table has a name.
    what = "a unique key on " if sqlstate == NO_KEY and not mending else ""
    return [f"it lacks {what}{names}"] if names else []


def _remedy(remedy: Remedy, finding: Finding) -> Remedy:
    """Whoever pastes what a migration is about to do makes the migration fail."""
    if finding.origin != "pending-migration":
        return remedy
    return msgspec.structs.replace(remedy, safety=f"{remedy.safety}; {BY_MIGRATION}")


def _by_migration(pending: Sequence[Finding]) -> list[str]:
    files = dict.fromkeys(place.file for each in pending for place in each.locations)
    return [f"pending migration {visible(', '.join(files))} brings it"] if files else []


def _usage(statement: Statement, memory: Memory) -> list[str]:
    known = memory.get(statement.digest)
    if statement.calls is None:
        return []
    ran = f", last seen to run {_moment(known.ran_at)}" if known and known.ran_at else ""
    planned = f", planned last {_moment(known.planned_at)}" if known and known.planned_at else ""
    daily = "" if statement.calls_a_day is None else f", about {math.ceil(statement.calls_a_day):,} a day"
    return [f"{how_many(statement.calls, 'call')}{daily}{ran}{planned}"]


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
