"""Messages on their way: what waits for each channel, what was given up, what channels keep of their threads."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from watchdog.alerts.alert import Message
from watchdog.alerts.queue import Queue
from watchdog.store.file import StateFile, text

DEAD_LETTERS_KEPT = 1_000
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


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """What waits for a channel.

    Attributes:
        oldest_at: when the oldest message was made, UTC; None when none waits.
        given_up: how many were put aside.
        error: why the last attempt failed, of those that wait or were given up; empty where none did.
    """

    channel: str
    count: int = 0
    oldest_at: datetime | None = None
    given_up: int = 0
    error: str = ""


class Outbox(StateFile):
    """The part of the state that delivery works on."""

    async def due(self, channel: str, now: datetime) -> OutboxEntry | None:
        """The channel's oldest message, unless it must wait: then the younger ones wait too, for order's sake."""
        rows = await self._read(
            "SELECT id, body, attempts, next_attempt_at FROM outbox WHERE channel = ? ORDER BY id LIMIT 1", (channel,)
        )
        for entry_id, body, attempts, moment in rows:
            if moment <= text(now):
                message = self._decoded(body, Message)
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

    async def waiting_in_detail(self, channels: Iterable[str]) -> tuple[Waiting, ...]:
        """What waits for each of these channels, and what was given up for it."""
        rows = await self._read(
            "SELECT channel, count(*), min(json_extract(CAST(body AS TEXT), '$.sent_at')), max(last_error)"
            " FROM outbox GROUP BY channel",
            (),
        )
        waiting = {channel: (count, oldest, error) for channel, count, oldest, error in rows}
        dead = {
            channel: (count, error)
            for channel, count, error, _ in await self._read(
                # SQLite: a bare column is of the row that max() was found in.
                "SELECT channel, count(*), error, max(id) FROM dead_letters GROUP BY channel",
                (),
            )
        }
        return tuple(_waiting(channel, waiting.get(channel), dead.get(channel)) for channel in channels)

    async def dead_letters(self) -> tuple[DeadLetter, ...]:
        """What was given up, the oldest first."""
        rows = await self._read("SELECT id, channel, body, error, at FROM dead_letters ORDER BY id", ())
        return tuple(
            DeadLetter(
                id=number,
                channel=channel,
                message=self._decoded(body, Message),
                error=error,
                at=datetime.fromisoformat(at),
            )
            for number, channel, body, error, at in rows
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

    async def hurry(self, now: datetime) -> None:
        """Let no message wait any longer: the clock by which it was to wait was set."""
        async with self._transaction():
            await self._sqlite.execute(
                "UPDATE outbox SET next_attempt_at = ?1 WHERE next_attempt_at > ?1", (text(now),)
            )

    async def waiting(self, channels: Iterable[str]) -> dict[str, int]:
        """Channel -> messages in the outbox: 0 for a given one with none, and those no longer configured as well."""
        rows = await self._read("SELECT channel, count(*) FROM outbox GROUP BY channel", ())
        return {**dict.fromkeys(channels, 0), **{str(channel): int(count) for channel, count in rows}}

    async def queues(self, channels: Iterable[str]) -> dict[str, Queue]:
        """What waits for each channel, and what was given up: of the given ones, and of those no longer configured."""
        rows = await self._read("SELECT channel FROM outbox UNION SELECT channel FROM dead_letters", ())
        names = dict.fromkeys((*channels, *(str(channel) for (channel,) in rows)))
        return {
            each.channel: Queue(waiting=each.count, oldest_at=each.oldest_at, given_up=each.given_up)
            for each in await self.waiting_in_detail(names)
        }


def _waiting(channel: str, waiting: tuple[int, str, str | None] | None, dead: tuple[int, str] | None) -> Waiting:
    return Waiting(
        channel=channel,
        count=waiting[0] if waiting else 0,
        oldest_at=datetime.fromisoformat(waiting[1]) if waiting else None,
        given_up=dead[0] if dead else 0,
        error=(waiting[2] if waiting else None) or (dead[1] if dead else ""),
    )
