"""A folder of migrations as the expectation: what should be there is what the applied ones make on an empty server."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import pairwise

import msgspec

from watchdog.errors import MigrationsError, ScriptError
from watchdog.expect.cache import Cache, keys
from watchdog.expect.expected import Expected
from watchdog.expect.folder import Source, placed, read, script
from watchdog.finding import Finding, Location, Severity, fingerprint
from watchdog.migrations.findings import KIND, judge
from watchdog.migrations.formats.format import Format
from watchdog.migrations.migration import Migration
from watchdog.migrations.standing import Standing, stand
from watchdog.postgres.connection import Connection
from watchdog.postgres.history import history
from watchdog.postgres.planning import plan, relations
from watchdog.postgres.replay import Progress, Replay, Scratch, Script, replay
from watchdog.queries.plan import Plan
from watchdog.schema.compare import compare
from watchdog.schema.effects import effect
from watchdog.schema.kind import Group
from watchdog.schema.kinds import group_of
from watchdog.schema.selection import Selection, select
from watchdog.schema.snapshot import Snapshot
from watchdog.sqltext import qualified, visible

# What migrations leave to those who run them, and to the server that they are run on.
UNSAID: tuple[Group, ...] = ("owners", "privileges", "roles", "settings")
# Of so many pending migrations it is told what each of them does; of all others what they do together.
MOST_TOLD = 20


class Culprit(msgspec.Struct, frozen=True):
    """The pending migration that broke a statement; or the first of several of which one did, and how many follow."""

    file: str
    more: int = 0


class Rehearsed(msgspec.Struct, frozen=True, kw_only=True):
    """How a scratch server takes statements.

    Attributes:
        before: with what production has applied.
        after: once all pending migrations have run.
        broken_by: for each statement, after which migration it planned no more; None where it does in the end, or never
            did.
        relations: (schema, name) of all that exist in the end.
        migrations: how many are pending.
    """

    before: Sequence[Plan]
    after: Sequence[Plan]
    broken_by: Sequence[Culprit | None]
    relations: Collection[tuple[str, str]]
    migrations: int


class Migrations:
    """The expectation that migrations make."""

    def __init__(
        self,
        database: str,
        source: Source,
        scratch: Scratch,
        cache: Cache,
        watched: Connection,
        progress: Progress = lambda _, __: None,
    ) -> None:
        self._database = database
        self._source = source
        self._scratch = scratch
        self._cache = cache
        self._watched = watched
        self._progress = progress
        # The key of the state that could not be reached: it is not tried again until something changes.
        self._failed: Mapping[str, ScriptError] = {}

    async def expected(self, _: Snapshot, now: datetime) -> Expected:
        """What the applied migrations make, and what the pending ones will.

        Raises:
            MigrationsError: the folder cannot be read as a tool would.
            UnverifiedError: production does not say what it has applied, or the replay failed.
        """
        tool, migrations = await asyncio.to_thread(read, self._source)
        standing, table = await self._standing(tool, migrations)
        scripts = [script(self._source, each) for each in (*standing.applied, *standing.pending)]
        first = len(standing.applied)
        cuts = _cuts(first, len(scripts))
        states, failure = await self._states(scripts, cuts, now)
        told: dict[str, Sequence[str]] = {}
        coming: list[Finding] = []
        unknown: list[Finding] = []
        for before, after in pairwise(sorted(states)):
            # Of several it is not told which one it is.
            files = [scripts[before].file] if after == before + 1 else []
            found = _brought(self._database, states[before], states[after], files)
            coming += found
            # What ran before is there, and nobody knows what it was like: neither what changes, nor what is drift.
            if any(each in standing.again for each in standing.pending[before - first : after - first]):
                unknown += found
                continue
            if files:
                told[standing.pending[before - first].version] = [
                    effect(each, states[before], states[after]) for each in found
                ]
        about = judge(self._database, standing, tool, told)
        return Expected(
            snapshot=states[first],
            # What is not known to have run, or how, may have done it.
            origin="unknown" if standing.unknown or standing.failed or standing.edited else "out-of-band",
            findings=tuple(placed(each, self._source) for each in about)
            + (() if table or tool.table is None else (_no_table(self._database, tool),))
            + (() if failure is None else (_fails(self._database, standing.pending[failure.number - first], failure),)),
            coming=tuple(coming),
            unknown=tuple(unknown),
            tables=(*([table] if table else []), *tool.beside),
            notes=tool.unknowable,
        )

    async def rehearsed(self, statements: Sequence[str], search_path: str | None) -> Rehearsed:
        """How a scratch server takes statements before and after the pending migrations.

        Raises as `expected`, and MigrationsError where production does not note which migrations have run.
        """
        tool, migrations = await asyncio.to_thread(read, self._source)
        standing, table = await self._standing(tool, migrations)
        if table is None:
            why = f"{tool.name} has never run there" if tool.table else "nothing notes which plain files have run"
            raise MigrationsError(f"what the pending migrations would break is not known, as {why}")
        scripts = [script(self._source, each) for each in (*standing.applied, *standing.pending)]
        first = len(standing.applied)
        async with replay(scripts, self._scratch, self._watched, self._progress) as running:
            await running.advance(first)
            connection = Connection(running.dsn)
            before = after = await plan(connection, statements, search_path)
            broken_by: list[Culprit | None] = [None] * len(statements)
            for start, cut in pairwise(_cuts(first, len(scripts))):
                await connection.close()  # a migration may need the database to itself
                await running.advance(cut)
                after = await plan(connection, statements, search_path)
                for number, each in enumerate(after):
                    if each.verdict == "plans":
                        broken_by[number] = None  # what one migration took away, a later one brought back
                    elif each.verdict == "refused" and before[number].verdict == "plans":
                        broken_by[number] = broken_by[number] or Culprit(scripts[start].file, cut - start - 1)
            there = await relations(connection)
            await connection.close()
        return Rehearsed(
            before=before, after=after, broken_by=broken_by, relations=there, migrations=len(standing.pending)
        )

    async def _standing(
        self,
        tool: Format,
        migrations: Sequence[Migration],
    ) -> tuple[Standing, tuple[str, str] | None]:
        """How production stands; where no tool has noted anything there, all of the folder is expected."""
        table = self._source.table or tool.table
        noted = await history(self._watched, table, tool.select) if table else None
        if noted is None:
            return Standing(applied=tuple(migrations), pending=()), None
        try:
            return stand(migrations, tool.applied(noted.rows, migrations), tool), noted.table
        except ValueError as error:
            raise MigrationsError(
                f"{qualified(noted.table)} holds what {tool.name} never writes, so nothing can be said of what has run "
                f"({visible(str(error))}): another tool's? (see migrations.format and migrations.table)"
            ) from error

    async def _states(
        self, scripts: Sequence[Script], cuts: Sequence[int], now: datetime
    ) -> tuple[Mapping[int, Snapshot], ScriptError | None]:
        """The states at the cuts, the first one at least; and what failed behind the last of them, if anything did."""
        names = keys(scripts, self._scratch.url or "embedded")
        failure = next((self._failed[names[cut]] for cut in cuts if names[cut] in self._failed), None)
        wanted = [cut for cut in cuts if failure is None or cut <= failure.number]
        states = {cut: await asyncio.to_thread(self._cache.get, names[cut]) for cut in wanted}
        found = {cut: state for cut, state in states.items() if state is not None}
        if len(found) < len(wanted):
            async with replay(scripts, self._scratch, self._watched, self._progress) as running:
                found, failure = await _captured(running, cuts)
            for cut, state in found.items():
                await asyncio.to_thread(self._cache.put, names[cut], state, now)
        self._failed = {names[next(cut for cut in cuts if cut > failure.number)]: failure} if failure else {}
        return found, failure


def _cuts(first: int, end: int) -> list[int]:
    """Where to look: after the applied ones, after each of the first pending ones, and after all."""
    return sorted({*range(first, min(first + MOST_TOLD, end) + 1), end})


async def snapshot_after(scripts: Sequence[Script]) -> Snapshot:
    """What all of them make on an embedded server. Raises UnverifiedError."""
    async with replay(scripts, Scratch(), None) as running:
        states, _ = await _captured(running, [len(scripts)])
        return states[len(scripts)]


async def _captured(running: Replay, cuts: Sequence[int]) -> tuple[dict[int, Snapshot], ScriptError | None]:
    """The states at the cuts, up to the script that fails. Raises ScriptError when it is before the first."""
    states: dict[int, Snapshot] = {}
    for cut in cuts:
        try:
            await running.advance(cut)
        except ScriptError as error:
            if not states:
                raise
            return states, error
        states[cut] = _ownerless(select(await running.snapshot(), Selection(without=UNSAID)))
    return states, None


def _ownerless(snapshot: Snapshot) -> Snapshot:
    """The same without the scratch server's superuser as the owner of all, to whom a remedy would else give it."""
    return msgspec.structs.replace(
        snapshot,
        objects={
            subject: {name: value for name, value in attributes.items() if group_of(subject.kind, name) != "owners"}
            for subject, attributes in snapshot.objects.items()
        },
    )


def _brought(database: str, before: Snapshot, after: Snapshot, files: Sequence[str]) -> tuple[Finding, ...]:
    """What is missing before that is there after, with the SQL that brings it; and what else changes."""
    findings, _ = compare(database, after, before, Selection(without=(*UNSAID, "order")))
    return tuple(
        msgspec.structs.replace(
            finding, origin="pending-migration", locations=tuple(Location(file, 1) for file in files)
        )
        for finding in findings
    )


def _fails(database: str, migration: Migration, failure: ScriptError) -> Finding:
    """A pending migration that does not run: what is pending behind it is not known, and all else is."""
    identity = (migration.version,)
    return Finding(
        fingerprint=fingerprint(database, KIND, identity, "changed", "state"),
        kind=KIND,
        identity=identity,
        change="changed",
        attribute="state",
        expected="runs",
        actual=str(failure),
        severity=Severity.WARNING,
        message=f"pending migration {migration.name} does not run on a throw-away server: {visible(str(failure))}",
        origin="pending-migration",
        locations=(Location(failure.file, failure.line),),
    )


def _no_table(database: str, tool: Format) -> Finding:
    schema, name = tool.table or (None, "")
    table = ".".join(filter(None, (schema, name)))
    return Finding(
        fingerprint=fingerprint(database, KIND, ("history",), "missing", None),
        kind=KIND,
        identity=("history",),
        change="missing",
        expected=table,
        severity=Severity.WARNING,
        message=(
            f"{tool.name} has never run there: the table {table} does not exist (or has another name: see "
            "migrations.table), so all of the folder is expected"
        ),
        origin="out-of-band",
    )
