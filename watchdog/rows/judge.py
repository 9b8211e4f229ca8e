"""Levels and readings -> what to ask the history, what to count -> findings and the next levels."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Literal, get_args

import msgspec

from watchdog.finding import Finding, Subject
from watchdog.rows.bounds import Answers, bounded, few_floor, many_floor
from watchdog.rows.carry import LATEST_NEWS, counted
from watchdog.rows.case import Case, case_of
from watchdog.rows.cause import Standing
from watchdog.rows.drop import floor, floor_of_unknown, next_level, next_of_unknown, step
from watchdog.rows.facts import EVERYTHING, Confirmation, Newest
from watchdog.rows.flow import flow, followed
from watchdog.rows.growth import beaten, began
from watchdog.rows.history import Point
from watchdog.rows.level import TRUST, Level, Name, Observation, Track
from watchdog.rows.life import silence, silent_beyond, staleness
from watchdog.rows.meant import is_muted
from watchdog.rows.message import KIND, no_bound, no_freshness, not_counted
from watchdog.rows.peak import Peak
from watchdog.rows.rest import is_whole
from watchdog.rows.terms import Budget, Terms
from watchdog.rows.usual import Usual

# Fewer rows to a page than this are wide rows, of which the planner knows better.
_ROWS_A_PAGE = 100

Purpose = Literal["drop", "min_rows", "max_rows", "exact"]
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)


class Suspect(msgspec.Struct, frozen=True):
    """A table to count before it is judged, up to `floor` rows: as many prove that nothing changes.

    Attributes:
        pages: about how many would be read, 8 kB each.
        obstacle: why a count would be refused, so that none need be tried; empty when it would not.
    """

    schema: str
    table: str
    purpose: Purpose
    floor: int
    pages: int
    obstacle: str

    @property
    def name(self) -> Name:
        return (self.schema, self.table)

    @property
    def key(self) -> tuple[Name, Purpose]:
        return (self.name, self.purpose)


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What was learned of tables beside their readings.

    Attributes:
        terms: what is agreed about each.
        standing: by oid, whatever table there is now, watched or not.
        usual: what the histories say of those that `doubtful` named.
        counts: the answers for what `suspects` named; one may be absent when there was no time for it.
        newest: the newest value of those whose terms name a column.
    """

    terms: Callable[[str, str], Terms]
    standing: Standing = {}
    usual: Mapping[Name, Usual] = {}
    counts: Mapping[tuple[Name, Purpose], Confirmation] = {}
    newest: Mapping[Name, Newest] = {}


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a look concludes.

    Attributes:
        findings: in the order of the observations.
        levels: for the next look; tables that were not observed keep theirs.
        unseen: tables, or attributes of them, of which this look could say nothing, so nothing of theirs is resolved.
        unknown: those that may have lost rows, and neither a reading nor a count says whether they did.
        doubts: what else could not be judged, a sentence each.
        points: what is to be kept of the readings that moved.
    """

    findings: tuple[Finding, ...]
    levels: Mapping[Name, Level]
    unseen: tuple[Subject, ...]
    unknown: tuple[Observation, ...] = ()
    doubts: tuple[str, ...] = ()
    points: Mapping[Name, Point] = {}


def doubtful(levels: Mapping[Name, Level], observed: Iterable[Observation], evidence: Evidence) -> dict[Name, datetime]:
    """The tables whose history must be asked whether they fall so by themselves, and since when they have fallen.

    Where rows are unknown a count may yet find fewer, so what is usual must be known of them too. A count that was made
    though nothing was suspected may find fewer than was read: once its counts are in the evidence it is asked again.
    """
    found = {}
    for now in observed:
        level = levels.get(now.name)
        if level is None or level.drop is not None:
            continue
        if _confirmation(level, now, evidence) is not None or not is_whole(level, now, evidence.terms(*now.name)):
            case = _case(level, now, evidence)
            if case.is_loss and case.meant is None:
                found[now.name] = case.since
    return found


def suspects(levels: Mapping[Name, Level], observed: Iterable[Observation], evidence: Evidence) -> tuple[Suspect, ...]:
    """The tables that a count must speak for before `judge` is asked; the cheapest first."""
    found = (suspect for now in observed for suspect in _suspects(levels.get(now.name), now, evidence))
    return tuple(sorted(found, key=lambda suspect: (suspect.pages, suspect.name, suspect.purpose)))


def routine(levels: Mapping[Name, Level], observed: Iterable[Observation], budget: Budget) -> tuple[Suspect, ...]:
    """The tables whose turn it is to be counted to the end though nothing is suspected, the longest waiting first."""
    if budget.exact_every is None:
        return ()
    waiting = []
    for each in observed:
        level = levels.get(each.name)
        count = level.track.count if level else None
        every = budget.exact_every if count is None or count.settled else min(LATEST_NEWS, budget.exact_every)
        due = count is None or not timedelta(0) <= each.at - count.then.at < every
        # What lies at another server costs that one, and there is no telling how much.
        foreign = any(part.relfilenode == 0 for part in each.parts)
        suspect = whole(each)
        if due and each.parts and not each.obstacle and not foreign and suspect.pages <= budget.exact_pages:
            waiting.append((count.then.at.timestamp() if count else 0.0, suspect))
    waiting.sort(key=lambda pair: (pair[0], pair[1].name))
    spent = accumulate(suspect.pages for _, suspect in waiting)
    return tuple(suspect for (_, suspect), pages in zip(waiting, spent, strict=True) if pages <= budget.exact_pages)


def nothing_due(_: Mapping[Name, Level], __: Iterable[Observation], ___: Budget) -> tuple[Suspect, ...]:
    """For a look that nobody remembers."""
    return ()


def recount(levels: Mapping[Name, Level], observed: Iterable[Observation], _: Budget) -> tuple[Suspect, ...]:
    """The tables that were counted to the end before, to be compared with it; the cheapest first."""
    known = (each for each in observed if each.name in levels and levels[each.name].track.count is not None)
    return tuple(sorted((whole(each) for each in known if not each.obstacle), key=lambda suspect: suspect.pages))


def whole(now: Observation) -> Suspect:
    """The table, to be counted to the end."""
    return _suspect(now, "exact", EVERYTHING)


def _suspect(now: Observation, purpose: Purpose, rows: int) -> Suspect:
    return Suspect(*now.name, purpose, rows, pages_of(now, rows), now.obstacle)


def pages_of(now: Observation, rows: int) -> int:
    """About how many pages a count up to so many rows reads, as if they were spread evenly.

    The planner's number of pages is of the last VACUUM or ANALYZE, so what was loaded since is added by its rows.
    """
    pages = max(sum(part.relpages for part in now.parts), (now.rows or 0) // _ROWS_A_PAGE)
    held = max(now.rows or 0, sum(part.planner or 0 for part in now.parts), 1)
    return pages if rows >= held else pages * rows // held


def judge(database: str, levels: Mapping[Name, Level], observed: Sequence[Observation], evidence: Evidence) -> Verdict:
    """The findings that stand now, and what the next look is measured against.

    Args:
        database: part of each finding's fingerprint.
        levels: as the look before left them; empty at first.
        observed: this look's; a table that is not among them keeps its level and is not judged.
        evidence: all else.
    """
    after = dict(levels)
    findings: list[Finding] = []
    unknown: list[Observation] = []
    doubts: list[str] = []
    points: dict[Name, Point] = {}
    # A table that is gone has no rows that could come back: its open drop stands beside what the schema says of it,
    # until the table is back with its rows, the drop is accepted, or the table is no longer watched.
    here = {now.name for now in observed}
    unseen = [Subject(KIND, name) for name, level in levels.items() if level.drop is not None and name not in here]
    for now in observed:
        name, before = now.name, levels.get(now.name)
        level, seen = _level(database, before, now, evidence)
        if not seen:
            unseen.append(Subject(KIND, name, ("rows",)))
            doubts += _waiting(now, evidence)
        if level is not None:
            if now.rows is None and not level.vouched and level.rows:
                unknown.append(now)
            if level.drop is not None:
                findings.append(level.drop.finding)
            points |= _point(before, now)
        beside = _beside(database, before, level, now, evidence)
        findings += beside.findings
        unseen += [Subject(KIND, name, (attribute,)) for attribute in beside.blind]
        doubts += beside.doubts
        if beside.level is not None:
            after[name] = beside.level
    return Verdict(
        findings=tuple(findings),
        levels=after,
        unseen=tuple(unseen),
        unknown=tuple(unknown),
        doubts=tuple(doubts),
        points=points,
    )


def _confirmation(level: Level, now: Observation, evidence: Evidence) -> Confirmation | None:
    """The count that speaks for the rows: the one asked for, or a routine one that the level can be compared with."""
    asked, other = evidence.counts.get((now.name, "drop")), evidence.counts.get((now.name, "exact"))
    if asked is not None or other is None or other.exact is None or TRUST[level.base.source] < TRUST["live"]:
        return asked
    return other


def _case(level: Level, now: Observation, evidence: Evidence) -> Case:
    confirmation = _confirmation(level, now, evidence)
    terms = evidence.terms(*now.name)
    return case_of(level, now, confirmation, terms, evidence.standing, evidence.usual.get(now.name))


def _suspects(level: Level | None, now: Observation, evidence: Evidence) -> Iterator[Suspect]:
    terms = evidence.terms(*now.name)
    floors: dict[Purpose, int | None] = {
        "min_rows": few_floor(level, now, terms),
        "max_rows": many_floor(level, now, terms),
    }
    if level is not None and not is_whole(level, now, terms):
        case = _case(level, now, evidence)
        floors["drop"] = floor_of_unknown(case) if now.rows is None else floor(case)
    for purpose, rows in floors.items():
        if rows is not None:
            yield _suspect(now, purpose, rows)


def _level(database: str, level: Level | None, now: Observation, evidence: Evidence) -> tuple[Level | None, bool]:
    """The next level, and whether this look could say anything of the rows."""
    if level is None:
        if now.rows is None:
            return None, False
        peaks = (Peak(now.at, now.rows, 0),)
        return Level(rows=now.rows, base=now, track=Track(peaks=peaks)), True
    confirmation = _confirmation(level, now, evidence)
    if now.rows is None and (confirmation is None or confirmation.exact is None):
        level = next_of_unknown(level, now, confirmation)
        return level, level.vouched
    terms = evidence.terms(*now.name)
    if confirmation is None and is_whole(level, now, terms):
        return followed(level, now, terms), True
    case = _case(level, now, evidence)
    taken = step(case)
    return next_level(database, case, taken), taken != "unseen"


def _waiting(now: Observation, evidence: Evidence) -> Iterator[str]:
    """That a loss is suspected, and why it was not counted, where it may be counted later."""
    confirmation = evidence.counts.get((now.name, "drop"))
    if now.rows is not None and confirmation is not None and confirmation.counted is None:
        yield not_counted(now.name, confirmation.reason)


class _Beside(msgspec.Struct, frozen=True, kw_only=True):
    """What is judged beside a drop, the level with it, and the attributes of which nothing can be said."""

    level: Level | None
    findings: tuple[Finding, ...] = ()
    blind: tuple[str, ...]
    doubts: tuple[str, ...]


def _beside(database: str, before: Level | None, level: Level | None, now: Observation, evidence: Evidence) -> _Beside:
    """Without a level, as rows are unknown at first sight, what is declared of the table holds all the same."""
    terms, name = evidence.terms(*now.name), now.name
    muted = is_muted(before.latest.at if before else now.at, now.at, terms.meant)
    answers = Answers(few=evidence.counts.get((name, "min_rows")), many=evidence.counts.get((name, "max_rows")))
    track = _tracked(before, level, now, evidence, muted=muted) if level else Track()
    bounds = bounded(database, track, now, terms, answers)
    level = msgspec.structs.replace(level, track=bounds.track) if level else None
    newest = evidence.newest.get(name) or Newest()
    doubts = (no_freshness(name, newest.reason),) if newest.reason else ()
    if muted:
        # Maintenance neither begins nor ends any of these.
        return _Beside(level=level, blind=("min_rows", "max_rows", "growth", "freshness"), doubts=doubts)
    silent = silence(database, name, track.pulse, terms, now.at) if track.pulse else None
    stale = staleness(database, name, newest, terms, now.at) if name in evidence.newest else None
    return _Beside(
        level=level,
        findings=(*bounds.findings, *filter(None, (silent, stale))),
        blind=(*bounds.unseen, *(("freshness",) if newest.reason else ())),
        doubts=(*(no_bound(name, attribute, why) for attribute, why in bounds.unseen.items()), *doubts),
    )


def _tracked(before: Level | None, level: Level, now: Observation, evidence: Evidence, *, muted: bool) -> Track:
    """The track with this look's count and pulse."""
    track = level.track
    answers = (evidence.counts.get((now.name, purpose)) for purpose in PURPOSES)
    counts = [answer.exact for answer in answers if answer is not None and answer.exact is not None]
    count = counted(counts[0], now, track.count) if counts else track.count
    if before is None or track.pulse is None:
        return msgspec.structs.replace(track, count=count, pulse=began(now.at))
    came = flow(before.latest, now)
    told = silent_beyond(track.pulse, evidence.terms(*now.name), now.at) is not None
    pulse = beaten(track.pulse, now.at, came.inserted if came else None, trains=not (muted or told))
    return msgspec.structs.replace(track, count=count, pulse=pulse)


def _point(before: Level | None, now: Observation) -> Mapping[Name, Point]:
    """The reading, where it differs from the one before; an unknown one is none."""
    if now.rows is None:
        return {}
    moved = flow(before.latest, now) if before else None
    if before is not None and before.latest.rows == now.rows and not (moved and (moved.inserted or moved.deleted)):
        return {}
    return {
        now.name: Point(
            at=now.at,
            rows=now.rows,
            low=now.rows,
            high=now.rows,
            inserted=moved.inserted if moved else 0,
            deleted=moved.deleted if moved else 0,
        )
    }
