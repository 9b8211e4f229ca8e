"""Where production stands between its migrations, as findings: what each means, and what to do with the tool."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from watchdog.finding import ChangeKind, Finding, Location, Origin, Severity, fingerprint
from watchdog.migrations.formats.format import Format
from watchdog.migrations.migration import Applied, Migration
from watchdog.migrations.standing import Edited, Standing
from watchdog.sqltext import how_many, visible

KIND = "migration"
MOST_PENDING = 20
MOST_EFFECTS = 6
_ALL_OTHERS = ("...",)

Effects = Mapping[str, Sequence[str]]


def judge(database: str, standing: Standing, tool: Format, effects: Effects) -> tuple[Finding, ...]:
    """A finding for each migration that is not simply applied.

    Args:
        database: part of each finding's fingerprint.
        standing: as `stand` gave it.
        tool: the one whose commands are named.
        effects: version -> what the migration will change, a clause each, such as `adds column public.t.c`; none for
            one that changes nothing of the schema, and no entry where that is not known.
    """
    failed = {each.version for each in standing.failed}
    files = {each.version: each for each in (*standing.applied, *standing.pending, *standing.replaced)}
    waiting = [each for each in standing.pending if each.version not in failed]
    return (
        *(_failed(database, each, files.get(each.version), tool) for each in standing.failed),
        *_pending(database, waiting, standing, tool, effects),
        *(_late(database, each, standing, tool) for each in standing.out_of_order),
        *(_edited(database, each, tool) for each in standing.edited),
        *(_unknown(database, each, tool) for each in standing.unknown),
        *_squashed(database, standing.squashed),
    )


def _finding(
    database: str,
    identity: tuple[str, ...],
    change: ChangeKind,
    severity: Severity,
    message: str,
    *,
    attribute: Literal["checksum", "order", "state"] | None = None,
    expected: str | None = None,
    actual: str | None = None,
    places: Sequence[Migration] = (),
    origin: Origin = "unknown",
) -> Finding:
    return Finding(
        fingerprint=fingerprint(database, KIND, identity, change, attribute),
        kind=KIND,
        identity=identity,
        change=change,
        attribute=attribute,
        expected=expected,
        actual=actual,
        severity=severity,
        message=message,
        origin=origin,
        locations=tuple(Location(each.file, each.line) for each in places),
    )


def _pending(
    database: str, waiting: Sequence[Migration], standing: Standing, tool: Format, effects: Effects
) -> Iterator[Finding]:
    for each in waiting[:MOST_PENDING]:
        state = "has changed since it ran and is pending again" if each in standing.again else "is pending"
        does = _effects(effects.get(each.version))
        message = f"migration {each.name} {state}{does}; {tool.advice.pending}"
        yield _finding(
            database, (each.version,), "missing", Severity.INFO, message, places=[each], origin="pending-migration"
        )
    rest = waiting[MOST_PENDING:]
    if rest:
        message = f"and {len(rest)} more pending, {rest[0].name} to {rest[-1].name}; {tool.advice.pending}"
        yield _finding(
            database, _ALL_OTHERS, "missing", Severity.INFO, message, places=rest[:1], origin="pending-migration"
        )


def _effects(clauses: Sequence[str] | None) -> str:
    if clauses is None:
        return ""
    if not clauses:
        return ": it changes nothing of the schema"
    more = len(clauses) - MOST_EFFECTS
    told = ", ".join(clauses[:MOST_EFFECTS])
    return f": {told}" + (f" and {how_many(more, 'more change')}" if more > 0 else "")


def _late(database: str, late: Migration, standing: Standing, tool: Format) -> Finding:
    newest = standing.newest.name if standing.newest else ""
    return _finding(
        database,
        (late.version,),
        "changed",
        Severity.WARNING,
        f"migration {late.name} has not run though {newest}, which comes after it, has: {tool.advice.late}",
        attribute="order",
        expected=f"run before {newest}",
        actual="has not run",
        places=[late],
    )


def _edited(database: str, edited: Edited, tool: Format) -> Finding:
    return _finding(
        database,
        (edited.migration.version,),
        "changed",
        Severity.WARNING,
        f"migration {edited.migration.name} is not the file that ran, its checksum differs: production has what the "
        f"file said then; {tool.advice.edited}",
        attribute="checksum",
        expected=edited.migration.checksum,
        actual=edited.applied.checksum,
        places=[edited.migration],
    )


def _unknown(database: str, unknown: Applied, tool: Format) -> Finding:
    return _finding(
        database,
        (unknown.version,),
        "unexpected",
        Severity.WARNING,
        f"migration {_named(unknown)} has run and has no file here, as after a deployment from elsewhere or when its "
        f"file was deleted: what it did is not known; {tool.advice.unknown}",
    )


def _failed(database: str, failed: Applied, migration: Migration | None, tool: Format) -> Finding:
    name = migration.name if migration else _named(failed)
    return _finding(
        database,
        (failed.version,),
        "changed",
        Severity.CRITICAL,
        f"migration {name} failed half-way or has not ended, so part of it may stand; {tool.advice.failed}",
        attribute="state",
        expected="applied",
        actual="not ended",
        places=[migration] if migration else (),
    )


def _squashed(database: str, squashed: Sequence[Applied]) -> Iterator[Finding]:
    if squashed:
        which = _named(squashed[0]) + (f" to {_named(squashed[-1])}" if len(squashed) > 1 else "")
        message = (
            f"{len(squashed)} that ran are older than all files here, {which}: their history was put together or cut "
            "off, and what they made is expected only as far as the files make it"
        )
        yield _finding(database, _ALL_OTHERS, "unexpected", Severity.INFO, message)


def _named(applied: Applied) -> str:
    return visible(f"{applied.version} ({applied.name})" if applied.name else applied.version)
