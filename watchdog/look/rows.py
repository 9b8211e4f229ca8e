"""The look at the rows: every table's count from the catalogs, and counts only where a loss is suspected."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec
import structlog

from watchdog.finding import Coverage, Finding
from watchdog.look.seen import Policy, Seen
from watchdog.rows.carry import carried
from watchdog.rows.cause import of_server
from watchdog.rows.drop import accept
from watchdog.rows.facts import Confirmation, Newest, ServerFacts, TableFacts, Unit
from watchdog.rows.history import HOUR, KEPT, Point
from watchdog.rows.judge import Evidence, Purpose, Suspect, Verdict, doubtful, routine, suspects
from watchdog.rows.judge import judge as judge_rows
from watchdog.rows.label import label
from watchdog.rows.level import Level, Moment, Name, Observation, as_of, is_as_before, read_levels
from watchdog.rows.life import TOLERANCE
from watchdog.rows.message import doubt
from watchdog.rows.peak import WINDOW
from watchdog.rows.reading import Counted, Reading
from watchdog.rows.selection import matches
from watchdog.rows.terms import Budget, Terms
from watchdog.rows.usual import Usual, usual
from watchdog.schema.snapshot import Server
from watchdog.sqltext import visible

log = structlog.get_logger()

# A reason that names a hundred tables is read by nobody.
MOST_DOUBTS = 3
# After that no further lookup of the newest values begins: where each of them waits, as for locks or for a standby that
# lags, the look must come to its end all the same.
LOOKUPS_SECONDS = 10.0


class Counter(Protocol):
    """Reads row counts; see `watchdog.postgres.counter.Counter`."""

    async def facts(self) -> tuple[ServerFacts, tuple[TableFacts, ...]]: ...

    async def confirm(self, schema: str, table: str, floor: int, seconds: float) -> Confirmation: ...

    async def newest(self, schema: str, table: str, column: str, unit: Unit | None, not_after: datetime) -> Newest: ...


# What to count to the end though nothing is suspected.
Due = Callable[[Mapping[Name, Level], Sequence[Observation], Budget], tuple[Suspect, ...]]


class RowMemory(Protocol):
    """What a look at rows needs of the looks before; see `watchdog.store.state.State`."""

    async def levels(self) -> Mapping[Name, bytes]: ...

    async def history(self, name: Name, since: datetime) -> Sequence[Point]:
        """An hour a point, oldest first."""
        ...


class RowsLook:
    """Reads every table's row count from the catalogs, and counts only where a loss is suspected."""

    def __init__(
        self,
        database: str,
        counter: Counter,
        memory: RowMemory,
        watched: Callable[[str, str], bool],
        terms: Callable[[str, str], Terms],
        budget: Budget = Budget(),  # noqa: B008 frozen
        policy: Policy = Policy(),  # noqa: B008 frozen
        due: Due = routine,
        needed: Sequence[str] = (),
    ) -> None:
        """Besides what is suspected, `due` says what to count, as far as the budget goes.

        `needed` are the patterns of tables that something is declared of: one that fits none is a doubt.
        """
        self._database = database
        self._counter = counter
        self._memory = memory
        self._watched = watched
        self._terms = terms
        self._budget = budget
        self._policy = policy
        self._due = due
        self._needed = needed
        self._unread: frozenset[Name] = frozenset()
        self._last: Moment | None = None
        self._server: ServerFacts | None = None
        # By a monotonic clock, when each table's newest value was last looked up.
        self._looked_up: dict[Name, float] = {}
        # Asked once an hour: what a table usually does at this hour stays the same within it.
        self._usual: dict[tuple[Name, datetime], Usual] = {}

    async def __call__(self, now: datetime) -> Seen:
        kept = await self._kept()
        levels = self._as_of_last(kept)
        server, facts = await self._counter.facts()
        self._tell_of(server, levels)
        standing = label(server, facts, levels, now)
        observed = [_carried(each, levels) for each in standing if self._watched(*each.name)]
        evidence = Evidence(terms=self._terms, standing={part.oid: each for each in standing for part in each.parts})
        evidence = await self._with_histories(levels, observed, evidence, now)
        due = self._due(levels, observed, self._budget)
        evidence = msgspec.structs.replace(
            evidence,
            counts=await self._counted(suspects(levels, observed, evidence), due),
            newest=await self._newest(observed, now),
        )
        evidence = await self._with_histories(
            levels, [each for each in observed if (each.name, "exact") in evidence.counts], evidence, now
        )
        judged = judge_rows(self._database, levels, observed, evidence)
        findings, excluded = await self._policy.decided(judged.findings, now)
        return Seen(
            server=Server(version_num=server.version_num, in_recovery=server.in_recovery),
            findings=findings,
            coverage=Coverage(kinds=("rows",), compared=len(observed), excluded=excluded),
            readings=tuple(_reading(each, levels, judged, evidence) for each in observed),
            unseen=judged.unseen,
            doubt="; ".join(
                filter(None, (doubt(judged.unknown), *judged.doubts[:MOST_DOUBTS], *self._strange(standing, observed)))
            ),
            levels=self._written(
                _with_departed(_accepted(judged, findings), {each.name for each in observed}, now),
                kept,
                Moment(now, server.wal_position),
            ),
            points=judged.points,
        )

    async def _with_histories(
        self, levels: Mapping[Name, Level], observed: Sequence[Observation], evidence: Evidence, now: datetime
    ) -> Evidence:
        """With what is usual of the tables that seem to have lost rows, as far as the evidence goes by now."""
        doubts = doubtful(levels, observed, evidence)
        asked = {
            name: await self._asked(name, levels[name], now, since)
            for name, since in doubts.items()
            if name not in evidence.usual
        }
        return msgspec.structs.replace(evidence, usual={**evidence.usual, **asked})

    def _tell_of(self, server: ServerFacts, levels: Mapping[Name, Level]) -> None:
        """Say once, also after a restart, that another server answers than at the look before."""
        if self._server is None:
            latest = max((level.latest for level in levels.values()), key=lambda each: each.at, default=None)
            self._server = latest.server if latest else server
        if changes := of_server(self._server, server):
            log.warning("server.changed", database=self._database, how="; ".join(changes))
        self._server = server

    def _strange(self, standing: Sequence[Observation], observed: Sequence[Observation]) -> Iterator[str]:
        """That what was declared speaks of no table: nothing was looked at for it, so it is not in order."""
        strange = [pattern for pattern in self._needed if not any(matches(*each.name, (pattern,)) for each in observed)]
        if strange and standing:
            named = visible(", ".join(strange[:MOST_DOUBTS]))
            more = f" and {len(strange) - MOST_DOUBTS} more" if len(strange) > MOST_DOUBTS else ""
            yield f"no table is watched that fits {named}{more} (see rows in the configuration)"

    async def _kept(self) -> dict[Name, Level]:
        """The levels as they were written down. To read them each time takes little; to keep them, 3 kB a table."""
        stored = {name: body for name, body in (await self._memory.levels()).items() if self._watched(*name)}
        levels, unread = read_levels(stored)
        if unread - self._unread:
            # Its table is measured anew, which is nobody's loss.
            log.warning("levels.unreadable", database=self._database, tables=sorted(".".join(name) for name in unread))
        self._unread = unread
        return levels

    def _as_of_last(self, kept: Mapping[Name, Level]) -> dict[Name, Level]:
        """The levels as of the last look: what was written down of a table that rests may be older."""
        latest = max((level.latest for level in kept.values()), key=lambda each: each.at, default=None)
        last = self._last or (Moment.of(latest) if latest else None)
        return {name: as_of(level, last) if last else level for name, level in kept.items()}

    def _written(
        self, levels: Mapping[Name, Level | None], kept: Mapping[Name, Level], now: Moment
    ) -> dict[Name, bytes | None]:
        """The levels to write down: those of which more than the time has changed, and the others once an hour."""
        self._last = now
        written: dict[Name, bytes | None] = {}
        for name, level in levels.items():
            before = kept.get(name)
            if level is None:
                written[name] = None
            elif before is None or not (
                level is before or (now.at - before.latest.at < HOUR and is_as_before(level, before))
            ):
                written[name] = msgspec.msgpack.encode(level)
        return written

    async def _asked(self, name: Name, level: Level, now: datetime, since: datetime) -> Usual:
        hour = now.replace(minute=0, second=0, microsecond=0)
        if (name, hour) not in self._usual:
            self._usual = {key: known for key, known in self._usual.items() if key[1] == hour}
            points = await self._memory.history(name, now - KEPT[HOUR])
            self._usual[name, hour] = usual(points, now, since, level.track.breaks)
        return self._usual[name, hour]

    async def _counted(
        self, suspected: Sequence[Suspect], others: Sequence[Suspect]
    ) -> dict[tuple[Name, Purpose], Confirmation]:
        """The counts that the budget allows: of what is suspected, and then of what else is due."""
        pages, deadline = self._budget.pages, time.monotonic() + self._budget.seconds
        answers: dict[tuple[Name, Purpose], Confirmation] = {}
        for suspect in (*suspected, *others):
            seconds = deadline - time.monotonic()
            if suspect.obstacle:
                answers[suspect.key] = Confirmation(floor=suspect.floor, reason=suspect.obstacle)
            elif suspect.pages > self._budget.pages:
                reason = f"a count may read {suspect.pages:,} pages, and counting.pages allows {self._budget.pages:,}"
                answers[suspect.key] = Confirmation(floor=suspect.floor, reason=reason)
            elif suspect.pages > pages or seconds <= 0:
                reason = "this look has counted as much as it may (see counting)"
                answers[suspect.key] = Confirmation(floor=suspect.floor, reason=reason, again=True)
            else:
                pages -= suspect.pages
                answers[suspect.key] = await self._counter.confirm(*suspect.name, suspect.floor, seconds)
        return answers

    async def _newest(self, observed: Sequence[Observation], now: datetime) -> dict[Name, Newest]:
        """Those that waited longest first, as far as the time goes."""
        deadline = time.monotonic() + LOOKUPS_SECONDS
        answers = {}
        for name in sorted((each.name for each in observed), key=lambda name: self._looked_up.get(name, 0.0)):
            freshness = self._terms(*name).freshness
            if freshness is None:
                continue
            if time.monotonic() >= deadline:
                answers[name] = Newest(reason="this look had no time left for it", again=True)
                continue
            self._looked_up[name] = time.monotonic()
            answers[name] = await self._counter.newest(*name, freshness.column, freshness.unit, now + TOLERANCE)
        self._looked_up = {name: at for name, at in self._looked_up.items() if name in answers}
        return answers


def _carried(now: Observation, levels: Mapping[Name, Level]) -> Observation:
    level = levels.get(now.name)
    return carried(now, level.track.count) if level else now


def _reading(now: Observation, before: Mapping[Name, Level], judged: Verdict, evidence: Evidence) -> Reading:
    """The reading with what this look and those before have learned beside it."""
    count, old = _count(judged.levels.get(now.name)), _count(before.get(now.name))
    newest = evidence.newest.get(now.name)
    exact = evidence.counts.get((now.name, "exact"))
    changes: dict[str, object] = {}
    if exact is not None and exact.exact is not None:
        changes = {"rows": exact.exact, "source": "exact", "note": ""}
    elif exact is not None:
        changes = {"note": "; ".join(filter(None, (now.note, f"not counted: {exact.reason}")))}
    return msgspec.structs.replace(
        now.reading,
        **changes,
        counted=count,
        counted_before=old if count != old else None,
        newest_at=newest.at if newest else None,
    )


def _count(level: Level | None) -> Counted | None:
    count = level.track.count if level else None
    return None if count is None else Counted(count.rows, count.then.at)


def _with_departed(levels: Mapping[Name, Level], here: Collection[Name], now: datetime) -> dict[Name, Level | None]:
    """The levels, with those of tables that are not there: as they were seen last, and after a week no more.

    Else a table that comes back would be said to have been seen until a moment ago, and each name that a table ever had
    would be kept for good.
    """
    after: dict[Name, Level | None] = dict(levels)
    for name, level in levels.items():
        if name in here or level.drop is not None:
            continue
        if now - level.latest.at > WINDOW:
            after[name] = None
        elif level.last is None:
            after[name] = msgspec.structs.replace(level, last=level.base)
    return after


def _accepted(judged: Verdict, findings: Sequence[Finding]) -> dict[Name, Level]:
    """The levels, with those of which a person accepted what was found as it now is."""
    names = {
        (finding.identity[0], finding.identity[1])
        for finding in findings
        if finding.state == "accepted" and finding.attribute == "rows"
    }
    return {name: accept(level) if name in names else level for name, level in judged.levels.items()}
