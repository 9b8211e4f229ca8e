"""Sends what is told by the calendar, each letter once: that it was is noted as it is put into the outbox."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Protocol

import msgspec
import structlog

from watchdog.alerts.alert import SELF, Message, Standing
from watchdog.alerts.books import Books
from watchdog.alerts.calendar import Turn, turn
from watchdog.alerts.hush import Held, Quiet
from watchdog.alerts.letters import LOOKS_BACK, Accepted, Affairs, Health, Kind, all_clear, digest
from watchdog.alerts.notifying import Notifying
from watchdog.alerts.queue import Queue
from watchdog.cron import Window
from watchdog.errors import BaselineError, StateError
from watchdog.schema.rules import Acceptance
from watchdog.status import DatabaseStatus
from watchdog.store.ledger import Happened

# Clocks get set, and another process may have sent the letter.
LOOK_SECONDS = 15.0
# A process that has just begun has seen nothing yet: it looks first, but not for ever.
SETTLED_AFTER = timedelta(minutes=5)

log = structlog.get_logger()


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """A letter that comes again and again.

    Attributes:
        times: each is open as long as it is made up for.
        zone: of the times.
        channels: who gets it.
    """

    kind: Kind
    times: Window
    channels: tuple[str, ...]
    zone: tzinfo = UTC

    @property
    def note(self) -> str:
        """The name that the last one's time is noted under."""
        return f"letter {self.kind}"


class Ledger(Protocol):
    """What letters need of the disk; see `watchdog.store.state.State`."""

    async def note(self, name: str) -> str | None: ...
    async def send(
        self, note: str, before: str | None, after: str, letters: Mapping[str, Sequence[Message]]
    ) -> bool: ...
    async def books(self) -> Books: ...
    async def acceptances(self, database: str) -> tuple[Acceptance, ...]: ...
    async def queues(self, channels: Collection[str]) -> Mapping[str, Queue]: ...
    async def happened(self, since: datetime) -> Happened: ...


class Letters:
    """Writes each letter when it is due, and puts it into the outbox."""

    def __init__(
        self,
        posts: Sequence[Post],
        ledger: Ledger,
        notifying: Notifying,
        databases: Mapping[str, DatabaseStatus],
        *,
        acceptances: Mapping[str, Callable[[], Sequence[Acceptance]]],
        clock: Callable[[], datetime],
        on_messages: Callable[[], None],
    ) -> None:
        """Hold the parts; nothing is sent before `run`.

        Args:
            posts: the letters.
            ledger: what stands, what people said, and what was sent.
            notifying: who is to hear of what.
            databases: as the board has them, by name.
            acceptances: database -> those in its file. Raises BaselineError.
            clock: the present, UTC.
            on_messages: told that there is something in the outbox.
        """
        self._posts = posts
        self._ledger = ledger
        self._notifying = notifying
        self._databases = databases
        self._acceptances = acceptances
        self._clock = clock
        self._on_messages = on_messages
        self._began_at = clock()

    async def run(self) -> None:
        """Write letters until cancelled."""
        while True:
            await self.step()
            await asyncio.sleep(LOOK_SECONDS)

    async def step(self) -> None:
        """Send what is due now."""
        for post in self._posts:
            try:
                await self._send(post, self._clock())
            except StateError as error:
                # What is due now still is when the disk is back.
                log.error("letter.state_failed", letter=post.kind, reason=str(error))  # noqa: TRY400 an expected error
            except Exception:
                # Nobody thought of this. It must not end what tells of findings.
                log.exception("letter.crashed", letter=post.kind)

    async def _send(self, post: Post, now: datetime) -> None:
        before = await self._ledger.note(post.note)
        todo = turn(post.times, _moment(before), now, post.zone)
        if todo.last is None or (todo.due is not None and not self._is_settled(now)):
            return
        messages = await self._written(post, todo, now)
        letters = dict.fromkeys(post.channels, messages) if messages else {}
        if not await self._ledger.send(post.note, before, todo.last.isoformat(), letters):
            return
        if todo.missed is not None:
            log.warning("letter.missed", letter=post.kind, due=todo.missed.isoformat())
        for message in messages:
            log.info("letter.written", letter=post.kind, database=message.database, status=message.status)
        if messages:
            self._on_messages()

    def _is_settled(self, now: datetime) -> bool:
        """Whether every check was made once, or there was time enough to."""
        is_new = timedelta(0) <= now - self._began_at < SETTLED_AFTER
        return not is_new or all(set(status.every) <= set(status.latest) for status in self._watched())

    def _watched(self) -> list[DatabaseStatus]:
        return [status for name, status in sorted(self._databases.items()) if name in self._notifying.databases]

    async def _written(self, post: Post, todo: Turn, now: datetime) -> tuple[Message, ...]:
        if todo.due is None:
            return ()
        books = await self._ledger.books()
        standing = [one for one in books.standing.values() if one.database in self._notifying.databases]
        held = self._held(books, standing, now)
        told = [one for one in standing if one.finding.severity.rank >= self._notifying.minimum.rank]
        healths = [health(status, standing, told, now) for status in self._watched()]
        link = self._notifying.link
        if post.kind == "all_clear":
            return tuple(all_clear(each, held, todo.due, now, link) for each in healths)
        own = tuple(one for one in told if one.database == SELF)
        return (digest(await self._affairs(books, healths, own, held, now), todo.due, now, link),)

    def _held(self, books: Books, standing: Sequence[Standing], now: datetime) -> Mapping[str, Held]:
        quiet = Quiet(
            acknowledgements=books.acknowledgements,
            silences=books.silences,
            inhibitions=self._notifying.inhibitions,
        )
        return quiet.holds(standing, now)

    async def _affairs(
        self,
        books: Books,
        healths: Sequence[Health],
        own: tuple[Standing, ...],
        held: Mapping[str, Held],
        now: datetime,
    ) -> Affairs:
        accepted: list[Accepted] = []
        unread: list[str] = []
        for status in self._watched():
            filed: Sequence[Acceptance] = ()
            try:
                filed = await asyncio.to_thread(self._acceptances[status.name])
            except BaselineError as error:
                unread.append(str(error))
            noted = [each for each in await self._ledger.acceptances(status.name) if each not in filed]
            accepted += borne(status, filed, noted, now)
        queues = await self._ledger.queues([listener.name for listener in self._notifying.listeners])
        happened = await self._ledger.happened(now - LOOKS_BACK)
        return Affairs(
            healths=tuple(healths),
            own=own,
            held=held,
            silences=books.silences,
            accepted=tuple(accepted),
            unread=tuple(unread),
            given_up={channel: queue.given_up for channel, queue in queues.items()},
            happened=happened.counts,
            is_whole=happened.is_whole,
        )


def health(status: DatabaseStatus, standing: Sequence[Standing], told: Sequence[Standing], now: datetime) -> Health:
    """How a database is, by what stands (of it `told` is of the severity that is told) and what its looks concluded."""
    late: dict[str, str] = {each.check: each.words for each in status.overdue(now)}
    if not status.up:
        probe = status.latest.get("probe")
        why = probe.reason if probe else None
        late["probe"] = f"the database does not answer: {why}" if why else "the database was not asked yet"
    schema, rows, queries = (status.results.get(check) for check in ("schema", "rows", "queries"))
    mine = [one for one in standing if one.database == status.name]
    open_ = tuple(one for one in told if one.database == status.name)
    return Health(
        database=status.name,
        open=open_,
        own=tuple(one for one in told if one.database == SELF),
        minor=len(mine) - len(open_),
        borne=sum(finding.state == "accepted" for finding in status.findings),
        late=late,
        doubts={
            check: look.reason for check, look in status.latest.items() if look.reason and check not in (*late, "probe")
        },
        successes={check: status.last_success[check] for check in status.every if check in status.last_success},
        coverage=schema.coverage if schema else None,
        queries=queries.coverage.queries if queries else None,
        tables=len(rows.readings) if rows else None,
        unknown=sum(reading.rows is None for reading in rows.readings) if rows else 0,
    )


def borne(
    status: DatabaseStatus, filed: Sequence[Acceptance], noted: Sequence[Acceptance], now: datetime
) -> list[Accepted]:
    """The acceptances that hold still, of a file and of those that are in none yet, with what they are about."""
    messages = {finding.fingerprint: finding.message for finding in status.findings if finding.state == "accepted"}
    return [
        Accepted(
            database=status.name,
            acceptance=each,
            message=messages.get(each.fingerprint, ""),
            is_in_file=is_in_file,
        )
        for acceptances, is_in_file in ((filed, True), (noted, False))
        for each in acceptances
        if each.until is None or each.until >= now.date()
    ]


def _moment(note: str | None) -> datetime | None:
    try:
        return None if note is None else datetime.fromisoformat(note)
    except ValueError:  # nobody wrote that; begin anew
        return None
