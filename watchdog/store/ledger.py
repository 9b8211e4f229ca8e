"""What people were told and what they said: told findings, acknowledgements, silences, events."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from watchdog.alerts.alert import Alert, Message, Standing
from watchdog.alerts.books import Books
from watchdog.alerts.hush import Acknowledgement, Silence
from watchdog.alerts.plan import Plan
from watchdog.alerts.policy import FindingEvent
from watchdog.alerts.told import Told
from watchdog.finding import Finding, Severity
from watchdog.store.file import StateFile, text

EVENTS_KEPT = 10_000
SILENCES_KEPT = timedelta(days=1)
# Whoever was told before anybody kept whom: every channel. See layout 5.
EVERY_CHANNEL = "*"

EventName = Literal[FindingEvent, "unaccepted", "acknowledged", "unacknowledged", "silenced", "unsilenced"]


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One line of history: what became of a finding, and when (UTC); of a silence, its id is the fingerprint."""

    at: datetime
    database: str
    event: EventName
    fingerprint: str
    severity: Severity
    message: str


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """What became of findings, in numbers.

    Attributes:
        counts: database -> event -> how often; of a silence that asks for no database it is `*`.
        is_whole: no event of the time was forgotten.
    """

    counts: Mapping[str, Mapping[str, int]] = {}
    is_whole: bool = True


class Ledger(StateFile):
    """The part of the state that decides who hears of what."""

    async def books(self) -> Books:
        """As they stand now."""
        async with self._transaction():
            return await self._books()

    async def told_of(self, channel: str) -> tuple[Told, ...]:
        """What a channel was told, with the newest words of what still stands; its severity is that which was told."""
        told = await self._read("SELECT body FROM told WHERE channel = ? ORDER BY fingerprint", (channel,))
        alerts = await self._read("SELECT body FROM alerts", ()) if told else []

        def read() -> tuple[Told, ...]:
            latest = {alert.finding.fingerprint: alert for _, alert in self._sound("alerts", alerts, Alert)}
            return tuple(
                _as_found(one, latest.get(one.finding.fingerprint)) for _, one in self._sound("told", told, Told)
            )

        return await asyncio.to_thread(read)  # there may be thousands

    async def dispatch(self, decide: Callable[[Books], Mapping[str, Plan]]) -> Mapping[str, Plan]:
        """Decide by the books, and note in the same moment whom what is told, and put the messages into the outbox.

        Args:
            decide: the books -> what follows, by channel; called in a thread, and must not wait for anything.
        """
        async with self._transaction():
            books = await self._books()
            await self._put_aside()
            # By thousands of alerts and routes it takes seconds, in which signs of life must be given all the same.
            plans = await asyncio.to_thread(decide, books)
            for channel, plan in plans.items():
                await self._put(channel, plan)
            await self._forget_words(books)
        return plans

    async def put(self, channel: str, plan: Plan) -> None:
        """What was decided without the books: of a test, or a digest."""
        async with self._transaction():
            await self._put(channel, plan)

    async def send(self, note: str, before: str | None, after: str, letters: Mapping[str, Sequence[Message]]) -> bool:
        """Put letters into the outbox and note that it was done, both or neither.

        Args:
            note: the name that it is noted under.
            before: what was noted when they were written; where something else is, another process has sent them.
            after: what to note now.
            letters: by channel.

        Returns:
            whether it was done.
        """
        async with self._transaction():
            rows = await self._sqlite.execute_fetchall("SELECT value FROM notes WHERE name = ?", (note,))
            if next((str(value) for (value,) in rows), None) != before:
                return False
            for channel, messages in letters.items():
                await self._put(channel, Plan(messages=tuple(messages)))
            await self._sqlite.execute("INSERT OR REPLACE INTO notes (name, value) VALUES (?, ?)", (note, after))
            return True

    async def shift(self, by: timedelta) -> None:
        """The clock was set by so much: what was told has not become older, or younger, by it."""
        async with self._transaction():
            told = (await self._books()).told
            await self._keep_told(
                (channel, fingerprint, known.shifted(by))
                for channel, each in told.items()
                for fingerprint, known in each.items()
            )

    async def only_channels(self, channels: Collection[str]) -> None:
        """Forget what others were told; and what all were told before it was kept by channel, these were told."""
        async with self._transaction():
            for channel in channels:
                await self._sqlite.execute(
                    "INSERT OR IGNORE INTO told (channel, fingerprint, database, body)"
                    " SELECT ?, fingerprint, database, body FROM told WHERE channel = ?",
                    (channel, EVERY_CHANNEL),
                )
            marks = ", ".join("?" * len(channels))
            await self._sqlite.execute(f"DELETE FROM told WHERE channel NOT IN ({marks})", tuple(channels))

    async def acknowledge(self, database: str, finding: Finding, word: Acknowledgement) -> None:
        """Note that somebody has a finding in hand."""
        async with self._transaction():
            await self._sqlite.execute(
                "INSERT OR REPLACE INTO acknowledgements (fingerprint, body) VALUES (?, ?)",
                (word.fingerprint, msgspec.json.encode(word)),
            )
            await self._note(
                database, [("acknowledged", finding, by_whom(finding.message, word.by, word.why))], word.at
            )

    async def unacknowledge(self, database: str, finding: Finding, by: str, at: datetime) -> bool:
        """Take it back; returns whether there was one."""
        async with self._transaction():
            done = await self._sqlite.execute(
                "DELETE FROM acknowledgements WHERE fingerprint = ?", (finding.fingerprint,)
            )
            if done.rowcount:
                await self._note(database, [("unacknowledged", finding, by_whom(finding.message, by, ""))], at)
            return bool(done.rowcount)

    async def silence(self, silence: Silence) -> None:
        """Note that somebody wants quiet; silences that ended a day ago, as a clock may be set back, are let go."""
        async with self._transaction():
            over = [each.id for each in (await self._books()).silences if each.until + SILENCES_KEPT <= silence.at]
            await self._sqlite.executemany("DELETE FROM silences WHERE id = ?", [(number,) for number in over])
            await self._sqlite.execute(
                "INSERT OR REPLACE INTO silences (id, body) VALUES (?, ?)", (silence.id, msgspec.json.encode(silence))
            )
            await self._note_silence("silenced", silence, silence.by, silence.at)

    async def unsilence(self, number: str, by: str, at: datetime) -> bool:
        """End a silence; returns whether there was one."""
        async with self._transaction():
            rows = await self._sqlite.execute_fetchall("SELECT body FROM silences WHERE id = ?", (number,))
            await self._sqlite.execute("DELETE FROM silences WHERE id = ?", (number,))
            for _, silence in self._sound("silences", rows, Silence):
                await self._note_silence("unsilenced", silence, by, at)
            return bool(list(rows))

    async def events(self, limit: int, database: str | None = None) -> tuple[Event, ...]:
        """The newest events first, of one database or of all; no more than the newest 10,000 are kept."""
        rows = await self._read(
            "SELECT at, database, event, fingerprint, severity, message FROM events"
            " WHERE ?1 IS NULL OR database = ?1 ORDER BY id DESC LIMIT ?2",
            (database, limit),
        )
        names = Event.__struct_fields__
        return tuple(msgspec.convert(dict(zip(names, row, strict=True)), Event) for row in rows)

    async def happened(self, since: datetime) -> Happened:
        """How often what became of findings since then, UTC."""
        rows = await self._read(
            "SELECT database, event, count(*) FROM events WHERE at >= ? GROUP BY database, event ORDER BY 1, 2",
            (text(since),),
        )
        counts: dict[str, dict[str, int]] = {}
        for database, event, count in rows:
            counts.setdefault(str(database), {})[str(event)] = int(count)
        # Those before them were let go, if any was.
        [(kept, oldest)] = await self._read("SELECT count(*), min(at) FROM events", ())
        return Happened(counts=counts, is_whole=kept < EVENTS_KEPT or oldest <= text(since))

    async def note(self, name: str) -> str | None:
        """What was noted under a name, such as when the last digest was sent; None when nothing was."""
        rows = await self._read("SELECT value FROM notes WHERE name = ?", (name,))
        return next((str(value) for (value,) in rows), None)

    async def set_note(self, name: str, value: str) -> None:
        """Note something under a name."""
        async with self._transaction():
            await self._sqlite.execute("INSERT OR REPLACE INTO notes (name, value) VALUES (?, ?)", (name, value))

    async def _books(self) -> Books:
        alerts = await self._sqlite.execute_fetchall(
            "SELECT database, check_name, body FROM alerts ORDER BY database, check_name, position"
        )
        standing = [
            Standing(database=database, check=check, alert=alert)
            for (database, check, _), alert in self._sound("alerts", alerts, Alert)
        ]
        told: dict[str, dict[str, Told]] = {}
        rows = await self._sqlite.execute_fetchall("SELECT channel, fingerprint, body FROM told")
        for (channel, fingerprint, _), known in self._sound("told", rows, Told):
            told.setdefault(channel, {})[fingerprint] = known
        words = await self._sqlite.execute_fetchall("SELECT body FROM acknowledgements")
        silences = await self._sqlite.execute_fetchall("SELECT body FROM silences ORDER BY id")
        return Books(
            standing={one.fingerprint: one for one in standing},
            told=told,
            acknowledgements={
                word.fingerprint: word for _, word in self._sound("acknowledgements", words, Acknowledgement)
            },
            silences=tuple(silence for _, silence in self._sound("silences", silences, Silence)),
        )

    async def _forget_words(self, books: Books) -> None:
        """An acknowledgement is over once its finding is, and everybody has heard so: what comes again is news."""
        told = {print_ for each in books.told.values() for print_, known in each.items() if not known.is_over}
        await self._sqlite.executemany(
            "DELETE FROM acknowledgements WHERE fingerprint = ?",
            [(each,) for each in books.acknowledgements if each not in books.standing and each not in told],
        )

    async def _put(self, channel: str, plan: Plan) -> None:
        await self._sqlite.executemany(
            "INSERT INTO outbox (channel, body, next_attempt_at) VALUES (?, ?, ?)",
            [(channel, msgspec.json.encode(message), text(message.sent_at)) for message in plan.messages],
        )
        await self._sqlite.executemany(
            "DELETE FROM told WHERE channel = ? AND fingerprint = ?",
            [(channel, fingerprint) for fingerprint, known in plan.told.items() if known is None],
        )
        await self._keep_told((channel, fingerprint, known) for fingerprint, known in plan.told.items() if known)

    async def _keep_told(self, told: Iterable[tuple[str, str, Told]]) -> None:
        await self._sqlite.executemany(
            "INSERT OR REPLACE INTO told (channel, fingerprint, database, body) VALUES (?, ?, ?, ?)",
            [(channel, print_, known.database, msgspec.json.encode(known)) for channel, print_, known in told],
        )

    async def _close(self, database: str, findings: Sequence[Finding], at: datetime) -> None:
        """Note of findings that are over, as they ended, by whom they were heard of."""
        ended = {finding.fingerprint: finding for finding in findings}
        if not ended:
            return
        rows = await self._sqlite.execute_fetchall(
            "SELECT channel, fingerprint, body FROM told WHERE database = ?", (database,)
        )
        rows = [row for row in rows if row[1] in ended]
        await self._keep_told(
            (channel, each, msgspec.structs.replace(told, finding=_as_ended(told, ended[each]), closed_at=at))
            for (channel, each, _), told in self._sound("told", rows, Told)
            if not told.is_over
        )

    async def _note(self, database: str, news: Iterable[tuple[EventName, Finding, str]], at: datetime) -> None:
        await self._note_events(database, [(event, f.fingerprint, f.severity, words) for event, f, words in news], at)

    async def _note_events(
        self, database: str, news: Iterable[tuple[EventName, str, Severity, str]], at: datetime
    ) -> None:
        await self._sqlite.executemany(
            "INSERT INTO events (at, database, event, fingerprint, severity, message) VALUES (?, ?, ?, ?, ?, ?)",
            [(text(at), database, event, number, severity.value, words) for event, number, severity, words in news],
        )
        await self._sqlite.execute(
            "DELETE FROM events WHERE id <= (SELECT id FROM events ORDER BY id DESC LIMIT 1 OFFSET ?)", (EVENTS_KEPT,)
        )

    async def _note_silence(self, event: EventName, silence: Silence, by: str, at: datetime) -> None:
        asked = (
            ", ".join(f"{name}: {' or '.join(patterns)}" for name, patterns in silence.match.items()) or "everything"
        )
        database = next(iter(silence.match.get("database", ())), "*")
        words = by_whom(f"silence for {asked} until {silence.until:%Y-%m-%d %H:%M} UTC", by, silence.why)
        await self._note_events(database, [(event, silence.id, Severity.INFO, words)], at)


def _as_found(told: Told, latest: Alert | None) -> Told:
    """With the newest words, unless it is over."""
    if latest is None or told.is_over or told.closed_at is not None:
        return told
    finding = msgspec.structs.replace(latest.finding, severity=told.finding.severity)
    return msgspec.structs.replace(told, finding=finding)


def _as_ended(told: Told, ended: Finding) -> Finding:
    """With the severity that people heard of."""
    return msgspec.structs.replace(ended, severity=told.finding.severity)


def by_whom(what: str, by: str, why: str) -> str:
    return f"{what} (by {by}: {why})" if why else f"{what} (by {by})"
