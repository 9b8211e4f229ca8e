"""Messages on their way: what waits for each channel, what was given up, what channels keep of their threads."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from watchdog.alerts.alert import Message
from watchdog.alerts.queue import Queue
from watchdog.store.file import StateFile, text

DEAD_LETTERS_KEPT = 1_000
# No wait is as long: what waits for longer was put off by a clock that was set back while nobody looked.
LONGER_THAN_ANY_WAIT = timedelta(hours=2)
# A thread that was silent for so long is over, or begins anew.
RECEIPTS_KEPT = timedelta(days=90)


class OutboxEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A message that one channel has not taken yet.

    Attributes:
        attempts: how many failed.
        next_attempt_at: not before this, UTC.
        receipt: what the channel kept of the thread's message before, such as its address; None when there is none.
    """

    id: int
    channel: str
    message: Message
    attempts: int
    next_attempt_at: datetime
    receipt: str | None = None


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A message that a channel did not take until it was given up.

    Attributes:
        error: why not, at the last attempt.
        at: when it was given up, UTC.
    """

    id: int
    channel: str
    message: Message
    error: str
    at: datetime


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What waits for one channel, which has a message at least, and the one that is sent next.

    Attributes:
        messages: how many.
        oldest: the message that is sent next.
        since: when that was made, UTC; the same holds of `next_attempt_at`.
        attempts: of it, that failed.
        last_error: why; empty before the first failure.
    """

    channel: str
    messages: int
    oldest: Message
    since: datetime
    attempts: int
    last_error: str
    next_attempt_at: datetime


class Outbox(StateFile):
    """The part of the state that delivery works on."""

    async def due(self, channel: str, now: datetime) -> OutboxEntry | None:
        """The channel's oldest message, unless it must wait: then the younger ones wait too, for order's sake."""
        while True:
            rows = await self._read(
                "SELECT id, attempts, next_attempt_at, body FROM outbox WHERE channel = ? ORDER BY id LIMIT 1",
                (channel,),
            )
            sound = self._sound("outbox", rows, Message)
            if len(sound) == len(rows):
                break
            await self.put_aside()
        for (entry_id, attempts, moment, _), message in sound:
            if moment <= text(now) or moment > text(now + LONGER_THAN_ANY_WAIT):
                receipts = await self._read(
                    "SELECT body FROM receipts WHERE channel = ? AND thread = ?", (channel, message.thread)
                )
                return OutboxEntry(
                    id=entry_id,
                    channel=channel,
                    message=message,
                    attempts=attempts,
                    next_attempt_at=datetime.fromisoformat(moment),
                    receipt=next((str(receipt) for (receipt,) in receipts), None),
                )
        return None

    async def next_attempt(self, channel: str) -> datetime | None:
        """When the channel's oldest message may be sent, UTC; None when none waits."""
        rows = await self._read("SELECT next_attempt_at FROM outbox WHERE channel = ? ORDER BY id LIMIT 1", (channel,))
        return next((datetime.fromisoformat(moment) for (moment,) in rows), None)

    async def delivered(self, entry: OutboxEntry, receipt: str | None, at: datetime) -> None:
        """The channel took the message: it leaves the outbox, and what the channel keeps of it is noted."""
        async with self._transaction():
            await self._sqlite.execute("DELETE FROM outbox WHERE id = ?", (entry.id,))
            await self._sqlite.execute("DELETE FROM receipts WHERE at < ?", (text(at - RECEIPTS_KEPT),))
            if receipt is not None:
                await self._sqlite.execute(
                    "INSERT OR REPLACE INTO receipts (channel, thread, body, at) VALUES (?, ?, ?, ?)",
                    (entry.channel, entry.message.thread, receipt, text(at)),
                )

    async def given_up(self, entry: OutboxEntry, error_text: str, at: datetime) -> None:
        """The channel did not take the message for too long: it is put aside, where people find it."""
        async with self._transaction():
            await self._sqlite.execute(
                "INSERT INTO dead_letters (channel, body, error, at)"
                " SELECT channel, body, ?, ? FROM outbox WHERE id = ?",
                (error_text, text(at), entry.id),
            )
            await self._sqlite.execute("DELETE FROM outbox WHERE id = ?", (entry.id,))
            await self._sqlite.execute(
                "DELETE FROM dead_letters WHERE id <= (SELECT id FROM dead_letters ORDER BY id DESC LIMIT 1 OFFSET ?)",
                (DEAD_LETTERS_KEPT,),
            )

    async def dead_letters(self) -> tuple[DeadLetter, ...]:
        """What was given up, the oldest first."""
        rows = await self._read("SELECT id, channel, error, at, body FROM dead_letters ORDER BY id", ())
        return tuple(
            DeadLetter(
                id=number,
                channel=channel,
                message=message,
                error=error,
                at=datetime.fromisoformat(at),
            )
            for (number, channel, error, at, _), message in self._sound("dead_letters", rows, Message)
        )

    async def revive(self, channel: str, at: datetime) -> int:
        """Put what was given up for a channel into its outbox again; returns how many."""
        async with self._transaction():
            await self._sqlite.execute(
                "INSERT INTO outbox (channel, body, next_attempt_at)"
                " SELECT channel, json_set(CAST(body AS TEXT), '$.sent_at', ?1), ?1 FROM dead_letters"
                " WHERE channel = ?2 ORDER BY id",
                (text(at), channel),
            )
            return await self._forgotten(channel)

    async def hasten(self, channel: str, at: datetime) -> int:
        """Let what waits for a channel wait no longer than until then; returns how many messages wait."""
        async with self._transaction():
            done = await self._sqlite.execute(
                "UPDATE outbox SET next_attempt_at = min(next_attempt_at, ?) WHERE channel = ?", (text(at), channel)
            )
            return done.rowcount

    async def forget_dead_letters(self, channel: str) -> int:
        """Let go of what was given up for a channel; returns how many."""
        async with self._transaction():
            return await self._forgotten(channel)

    async def _forgotten(self, channel: str) -> int:
        done = await self._sqlite.execute("DELETE FROM dead_letters WHERE channel = ?", (channel,))
        return done.rowcount

    async def postponed(self, entry_id: int, next_attempt_at: datetime, error_text: str) -> None:
        """The channel did not take the message: it is tried again, not before the given time."""
        async with self._transaction():
            await self._sqlite.execute(
                "UPDATE outbox SET attempts = attempts + 1, next_attempt_at = ?, last_error = ? WHERE id = ?",
                (text(next_attempt_at), error_text, entry_id),
            )

    async def hurry(self, now: datetime, by: timedelta) -> None:
        """The clock was set by so much: no message waits any longer for that, and none has become older by it."""
        async with self._transaction():
            rows = await self._sqlite.execute_fetchall("SELECT id, body FROM outbox")
            await self._sqlite.executemany(
                "UPDATE outbox SET body = ? WHERE id = ?",
                [
                    (msgspec.json.encode(msgspec.structs.replace(message, sent_at=message.sent_at + by)), row[0])
                    for row, message in self._sound("outbox", rows, Message)
                ],
            )
            await self._sqlite.execute(
                "UPDATE outbox SET next_attempt_at = ?1 WHERE next_attempt_at > ?1", (text(now),)
            )

    async def heads(self) -> tuple[Head, ...]:
        """The head of each channel's queue; of channels that are no longer configured as well."""
        rows = await self._read(
            "SELECT o.channel, waiting.messages, o.attempts, coalesce(o.last_error, ''), o.next_attempt_at, o.body"
            " FROM (SELECT min(id) AS id, count(*) AS messages FROM outbox GROUP BY channel) AS waiting"
            " JOIN outbox AS o ON o.id = waiting.id ORDER BY o.channel",
            (),
        )
        found = []
        for row, oldest in self._sound("outbox", rows, Message):
            channel, messages, attempts, last_error, next_attempt_at, _ = row
            found.append(
                Head(
                    channel=channel,
                    messages=messages,
                    oldest=oldest,
                    since=oldest.sent_at,
                    attempts=attempts,
                    last_error=last_error,
                    next_attempt_at=datetime.fromisoformat(next_attempt_at),
                )
            )
        return tuple(found)

    async def queues(self, channels: Iterable[str]) -> dict[str, Queue]:
        """What waits for each channel, and what was given up: of the given ones, and of those no longer configured."""
        waiting = await self._read(
            "SELECT channel, count(*), min(json_extract(body, '$.sent_at')), max(last_error), max(attempts)"
            " FROM (SELECT channel, last_error, attempts, CAST(body AS TEXT) AS body FROM outbox)"
            " WHERE json_valid(body) GROUP BY channel",
            (),
        )
        # SQLite: beside max() a bare column is of the row that it was found in.
        dead = await self._read("SELECT channel, count(*), error, max(id) FROM dead_letters GROUP BY channel", ())
        found = dict.fromkeys(channels, Queue())
        for channel, count, error, _ in dead:
            found[channel] = Queue(given_up=count, error=error)
        for channel, count, oldest, error, attempts in waiting:
            before = found.get(channel, Queue())
            found[channel] = Queue(
                waiting=count,
                oldest_at=_moment(oldest),
                given_up=before.given_up,
                error=error or before.error,
                attempts=attempts,
            )
        return found


def _moment(said: object) -> datetime | None:
    """None where a body says none: then it is put aside once it is to be sent."""
    try:
        return datetime.fromisoformat(str(said))
    except ValueError:
        return None
