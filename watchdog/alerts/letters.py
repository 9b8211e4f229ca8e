"""What is told by the calendar: that all is clear, or why not; and what stands, what people said of it, what ends soon.

A letter is a message like any other, of the occasion `all_clear` or `digest`, with a thread of its own. Its text is in
`notes`. It is `resolved` where nothing is open and all is verified, and `firing` where not: so nobody takes it for good
news.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from watchdog.alerts.alert import SELF, Message, Standing
from watchdog.alerts.hush import Held, Silence
from watchdog.alerts.message import LINE_CHARACTERS, MOST_FINDINGS, counted, in_words, one_line, worst_first
from watchdog.finding import Coverage, Finding, QueryCoverage, Subject
from watchdog.rows.times import moment, span
from watchdog.schema.rules import Acceptance
from watchdog.sqltext import how_many, visible

Kind = Literal["all_clear", "digest"]
# An acceptance that ends within so long is said to.
ENDS_SOON = timedelta(days=14)
# What a digest looks back on.
LOOKS_BACK = timedelta(days=7)
NOTE_CHARACTERS = 400
MOST_OPEN, MOST_OF_A_KIND, MOST_NAMED = 40, 20, 5

_HAPPENED: Mapping[str, str] = {"firing": "found", "resolved": "over"}


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """One database, as it is when a letter is written.

    Attributes:
        open: findings of the severity that is told, or of a higher one.
        own: the same of the watchdog itself.
        minor: how many are open below that.
        borne: how many are accepted.
        late: check -> why its verdict does not stand for now, in words.
        doubts: check -> what of it could not be verified, though it has a verdict.
        successes: check -> when its last conclusive look began, UTC.
        coverage: of the last verdict about the schema; None where there was none.
        queries: of the last verdict about statements.
        tables: whose rows are watched; None where no verdict was about rows.
        unknown: of how many of them nobody knows the rows.
    """

    database: str
    open: tuple[Standing, ...] = ()
    own: tuple[Standing, ...] = ()
    minor: int = 0
    borne: int = 0
    late: Mapping[str, str] = {}
    doubts: Mapping[str, str] = {}
    successes: Mapping[str, datetime] = {}
    coverage: Coverage | None = None
    queries: QueryCoverage | None = None
    tables: int | None = None
    unknown: int = 0

    @property
    def is_clear(self) -> bool:
        return not self.open and not self.late


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """A finding that is borne.

    Attributes:
        message: its sentence; empty where it does not stand now.
        is_in_file: the acceptance stands in the file that lives in git.
    """

    database: str
    acceptance: Acceptance
    message: str = ""
    is_in_file: bool = True


class Affairs(msgspec.Struct, frozen=True, kw_only=True):
    """All that a digest is about.

    Attributes:
        own: findings of the watchdog itself that are open.
        held: fingerprint -> why an open finding is not told.
        unread: files of acceptances that cannot be read, and why.
        given_up: channel -> messages that it did not take.
        happened: database -> event -> how often, in the time looked back on.
        is_whole: no event of that time was forgotten.
    """

    healths: tuple[Health, ...]
    own: tuple[Standing, ...] = ()
    held: Mapping[str, Held] = {}
    silences: tuple[Silence, ...] = ()
    accepted: tuple[Accepted, ...] = ()
    unread: tuple[str, ...] = ()
    given_up: Mapping[str, int] = {}
    happened: Mapping[str, Mapping[str, int]] = {}
    is_whole: bool = True


def all_clear(health: Health, held: Mapping[str, Held], due: datetime, now: datetime, link: str) -> Message:
    """That a database is in order, or what keeps it from being so.

    Args:
        health: of the database.
        held: fingerprint -> why an open finding is not told.
        due: the time of the schedule, UTC.
        now: UTC.
        link: the page that shows all.
    """
    findings = worst_first(one.finding for one in health.open)
    return _letter(
        "all_clear",
        health.database,
        f"{'all clear' if health.is_clear else 'no all-clear'}: {_verdict(health)}",
        [
            *_each("not verified", health.late),
            *_each("in doubt", health.doubts),
            *(f"{held[f.fingerprint].why}: {f.message}" for f in findings if f.fingerprint in held),
            *(f"of the watchdog itself: {one.finding.severity}: {one.finding.message}" for one in health.own),
            *_covered(health),
        ],
        is_good=health.is_clear,
        standing=health.open,
        shown=health.open,
        due=due,
        now=now,
        link=link,
    )


def digest(affairs: Affairs, due: datetime, now: datetime, link: str) -> Message:
    """What stands in all databases, what people said of it, and what happened; the arguments as for `all_clear`."""
    standing = (*(one for health in affairs.healths for one in health.open), *affairs.own)
    late = [health for health in affairs.healths if health.late]
    ending = [each for each in affairs.accepted if _ends_soon(each.acceptance, now)]
    unfiled = [each for each in affairs.accepted if not each.is_in_file]
    held = sum(one.fingerprint in affairs.held for one in standing)
    parts = [
        f"{in_words(counted(one.finding for one in standing))} open" if standing else "nothing is open",
        f"{held:,} of them held back" if held else "",
        f"not verified: {', '.join(health.database for health in late)}" if late else "",
        f"{len(affairs.accepted):,} accepted" if affairs.accepted else "",
        f"of these {len(ending):,} to end within {span(ENDS_SOON)}" if ending else "",
        f"{how_many(sum(affairs.given_up.values()), 'message')} given up" if any(affairs.given_up.values()) else "",
    ]
    return _letter(
        "digest",
        SELF,
        f"digest: {', '.join(filter(None, parts))}",
        [
            *(f"{each.database}: {words}" for each in late for words in _each("not verified", each.late)),
            *(
                f"{channel}: {how_many(count, 'message')} given up"
                for channel, count in affairs.given_up.items()
                if count
            ),
            *_happened(affairs),
            *_open(standing, affairs.held, now),
            *_first(MOST_OF_A_KIND, [_silence(each) for each in affairs.silences if now < each.until]),
            *_first(MOST_OF_A_KIND, [_acceptance(each) for each in ending]),
            *_first(MOST_OF_A_KIND, [_acceptance(each) for each in unfiled if each not in ending]),
            *(f"acceptances: {words}" for words in affairs.unread),
        ],
        is_good=not standing and not late,
        standing=standing,
        shown=(),
        due=due,
        now=now,
        link=link,
    )


def _letter(
    kind: Kind,
    database: str,
    line: str,
    notes: Sequence[str],
    *,
    is_good: bool,
    standing: Sequence[Standing],
    shown: Sequence[Standing],
    due: datetime,
    now: datetime,
    link: str,
) -> Message:
    findings = worst_first(one.finding for one in shown)
    since = {one.fingerprint: one.alert.since for one in shown}
    number = hashlib.sha256(f"{kind}\0{database}\0{due.isoformat()}".encode()).hexdigest()[:16]
    return Message(
        status="resolved" if is_good else "firing",
        database=database,
        message=one_line(f"{database}: {line}", LINE_CHARACTERS),
        findings=findings[:MOST_FINDINGS],
        sent_at=now,
        id=number,
        thread=number,
        occasion=kind,
        since={each.fingerprint: since[each.fingerprint] for each in findings[:MOST_FINDINGS]},
        standing=counted(one.finding for one in standing),
        more=max(0, len(findings) - MOST_FINDINGS),
        notes=tuple(one_line(note, NOTE_CHARACTERS) for note in notes[:MOST_FINDINGS]),
        link=link,
    )


def _verdict(health: Health) -> str:
    parts = [
        f"{in_words(counted(one.finding for one in health.open))} open" if health.open else "nothing is open",
        f"not verified: {', '.join(health.late)}" if health.late else "",
        f"but in doubt: {', '.join(health.doubts)}" if health.doubts else "",
        f"{how_many(health.coverage.compared, 'object')} compared" if health.coverage else "",
        f"the rows of {how_many(health.tables, 'table')} watched" if health.tables is not None else "",
    ]
    return ", ".join(filter(None, parts))


def _each(title: str, whys: Mapping[str, str]) -> Iterator[str]:
    yield from (f"{title}: {check}: {why}" for check, why in whys.items())


def _covered(health: Health) -> Iterator[str]:
    """What the verdict speaks for, and what it does not."""
    if health.successes:
        looks = ", ".join(f"{check} {moment(at)}" for check, at in health.successes.items())
        yield f"last conclusive looks: {looks}"
    coverage = health.coverage
    if coverage is not None:
        objects, kinds = how_many(coverage.compared, "object"), how_many(len(coverage.kinds), "kind")
        yield f"schema: {objects} of {kinds} compared"
        yield from _subjects("hidden from the role", coverage.hidden)
        yield from _subjects("could not be read", coverage.stale)
        if coverage.unmodelled:
            counts = ", ".join(f"{count:,} {kind}" for kind, count in coverage.unmodelled.items())
            yield f"not compared by anything: {counts}"
        if coverage.not_in_baseline or coverage.not_comparable:
            yield f"not compared here: {', '.join((*coverage.not_in_baseline, *coverage.not_comparable))}"
        if coverage.excluded:
            yield f"left out by the configuration: {how_many(coverage.excluded, 'finding')}"
    if health.tables is not None:
        unknown = f", the rows of {health.unknown:,} of them unknown" if health.unknown else ""
        yield f"rows: {how_many(health.tables, 'table')} watched{unknown}"
    if health.queries is not None:
        asked = health.queries
        yield f"statements: {asked.checked:,} checked, {asked.unjudged:,} not judged, {asked.unread:,} not readable"
    if health.borne or health.minor:
        yield f"findings that are not told: {health.borne:,} accepted, {health.minor:,} below the severity that is told"


def _subjects(title: str, subjects: Sequence[Subject]) -> Iterator[str]:
    if subjects:
        names = [".".join(subject.identity) for subject in subjects[:MOST_NAMED]]
        more = [f"{len(subjects) - MOST_NAMED:,} more"] if len(subjects) > MOST_NAMED else []
        yield f"{title}: {', '.join((*names, *more))}"


def _open(standing: Sequence[Standing], held: Mapping[str, Held], now: datetime) -> Iterator[str]:
    by_print = {one.fingerprint: one for one in standing}
    ordered = [by_print[finding.fingerprint] for finding in worst_first(one.finding for one in by_print.values())]
    yield from _first(MOST_OPEN, [_one_open(one, held.get(one.fingerprint), now) for one in ordered])


def _one_open(one: Standing, held: Held | None, now: datetime) -> str:
    finding: Finding = one.finding
    # One that began in the future did so by a clock that was set back since.
    age = span(max(now - one.alert.since, timedelta(0)))
    why = f" ({held.why}{f', until {moment(held.until)}' if held.until else ''})" if held else ""
    # Cut first, or a long sentence would take the room of whose it is.
    said = one_line(finding.message, NOTE_CHARACTERS // 2)
    return f"{one.database}: {finding.severity} for {age}: {said}{why}"


def _silence(silence: Silence) -> str:
    asked = ", ".join(f"{name}: {' or '.join(patterns)}" for name, patterns in silence.match.items()) or "everything"
    return f"silenced until {moment(silence.until)} by {silence.by}: {asked} ({silence.why})"


def _acceptance(one: Accepted) -> str:
    known = one.acceptance
    until = f" until {known.until}" if known.until else ""
    where = "" if one.is_in_file else ", in no file yet"
    what = one_line(one.message, NOTE_CHARACTERS // 2) if one.message else f"finding {visible(known.fingerprint)}"
    return f"{one.database}: accepted{until} by {known.by}{where}: {what} ({known.reason})"


def _ends_soon(acceptance: Acceptance, now: datetime) -> bool:
    return acceptance.until is not None and acceptance.until <= (now + ENDS_SOON).date()


def _happened(affairs: Affairs) -> Iterator[str]:
    back = f"in the last {span(LOOKS_BACK)}"
    for database, events in affairs.happened.items():
        counts = ", ".join(f"{count:,} {_HAPPENED.get(event, event)}" for event, count in events.items())
        # A silence may be of no one database.
        yield f"{back} {counts}" if database == "*" else f"{database}: {back} {counts}"
    if not affairs.happened:
        yield f"{back} nothing happened"
    if not affairs.is_whole:
        yield "more happened than is kept: the oldest events of this time are not counted"


def _first(most: int, lines: Sequence[str]) -> Iterable[str]:
    yield from lines[:most]
    if len(lines) > most:
        yield f"and {len(lines) - most:,} more"
