"""What must outlive the process: open alerts, unsent messages, row levels, the history of events and of rows."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, Self, TypeVar

import aiosqlite
import msgspec

from watchdog.alerts.alert import Alert, Message
from watchdog.errors import StateError
from watchdog.finding import Finding, Severity
from watchdog.queries.memory import Known
from watchdog.rows.history import Point
from watchdog.rows.level import Name
from watchdog.store import history
from watchdog.store.layout import advice, connect

EVENTS_KEPT = 10_000

EventName = Literal["firing", "resolved", "accepted"]
T = TypeVar("T")

_NOTE_EVENT = "INSERT INTO events (at, database, event, fingerprint, severity, message) VALUES (?, ?, ?, ?, ?, ?)"


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One line of history: what became of a finding, and when (UTC)."""

    at: datetime
    database: str
    event: EventName
    fingerprint: str
    severity: Severity
    message: str


class OutboxEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A message that one channel has not taken yet.

    Attributes:
        attempts: how many failed.
        next_attempt_at: not before this, UTC.
    """

    id: int
    channel: str
    message: Message
    attempts: int
    next_attempt_at: datetime


class State:
    """The state file. What a method has returned from is on the disk; every method raises StateError when it cannot."""

    def __init__(self, database: aiosqlite.Connection, path: Path) -> None:
        """Take over an open connection; `State.open` is the way in."""
        self._sqlite = database
        self._path = path
        # One connection has one transaction: a statement of another task must not slip into it.
        self._turn = asyncio.Lock()
        # database -> its levels as a look has read them: what differs when it is committed, somebody else has written.
        self._known: dict[str, dict[Name, bytes]] = {}
        self._thinned_at: datetime | None = None

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Open the state file; it and its folder are made, readable to this user alone, when there is none."""
        return cls(await connect(path), path)

    async def close(self) -> None:
        """Close the file; without this the process would not end."""
        async with self._turn:
            await self._sqlite.close()

    async def alerts(self, database: str, check: str) -> tuple[Alert, ...]:
        """The open alerts of a database's check, in the order they were committed."""
        rows = await self._read(
            "SELECT body FROM alerts WHERE database = ? AND check_name = ? ORDER BY position", (database, check)
        )
        return tuple(self._decoded(body, Alert) for (body,) in rows)

    async def commit(
        self,
        database: str,
        check: str,
        *,
        alerts: Sequence[Alert],
        fired: Sequence[Finding] = (),
        resolved: Sequence[Finding] = (),
        messages: Sequence[tuple[str, Message]] = (),
        levels: Mapping[Name, bytes | None] | None = None,
        points: Mapping[Name, Point] | None = None,
        statements: Mapping[str, Known] | None = None,
        at: datetime,
    ) -> None:
        """Note all that one look has led to, or nothing of it.

        Args:
            database: its configured name.
            check: the check's name; its alerts are replaced by `alerts`.
            alerts: open after this look.
            fired: findings for the history.
            resolved: the same; one whose state is "accepted" is noted as such.
            messages: (channel, message), sent to each channel in this order.
            levels: (schema, table) -> encoded level to keep, None to forget it; tables not named keep theirs, and so
                do those that another process changed since `levels` was called: a person's word outweighs a look.
            points: (schema, table) -> one reading for the history, `Point.at` its own time.
            statements: digest -> what to remember of a recorded statement, of all of them; None leaves what is there.
            at: the time of the look.
        """
        moment = _text(at)
        news: list[tuple[EventName, Finding]] = [("firing", finding) for finding in fired]
        news += [("accepted" if finding.state == "accepted" else "resolved", finding) for finding in resolved]
        async with self._transaction():
            await self._sqlite.execute("DELETE FROM alerts WHERE database = ? AND check_name = ?", (database, check))
            await self._sqlite.executemany(
                "INSERT INTO alerts (database, check_name, position, body) VALUES (?, ?, ?, ?)",
                [(database, check, position, msgspec.json.encode(alert)) for position, alert in enumerate(alerts)],
            )
            await self._sqlite.executemany(
                "INSERT INTO outbox (channel, body, next_attempt_at) VALUES (?, ?, ?)",
                [(channel, msgspec.json.encode(message), moment) for channel, message in messages],
            )
            await self._sqlite.executemany(
                _NOTE_EVENT,
                [(moment, database, event, f.fingerprint, f.severity.value, f.message) for event, f in news],
            )
            await self._sqlite.execute(
                "DELETE FROM events WHERE id <= (SELECT id FROM events ORDER BY id DESC LIMIT 1 OFFSET ?)",
                (EVENTS_KEPT,),
            )
            if levels:
                await self._change_levels(database, levels)
            if points:
                await history.note(self._sqlite, database, points)
            if statements is not None:
                await self._sqlite.execute(
                    "INSERT OR REPLACE INTO statements (database, body) VALUES (?, ?)",
                    (database, msgspec.json.encode(statements)),
                )
            await self._thin(at)

    async def levels(self, database: str) -> dict[Name, bytes]:
        """(schema, table) -> its encoded row level."""
        rows = await self._read("SELECT schema_name, table_name, body FROM levels WHERE database = ?", (database,))
        self._known[database] = {(schema, table): body for schema, table, body in rows}
        return dict(self._known[database])

    async def accept_levels(
        self,
        database: str,
        levels: Mapping[Name, bytes],
        findings: Sequence[Finding],
        why: str,
        at: datetime,
    ) -> None:
        """Replace row levels outside of a look, as a person accepted them; `findings`, for the history, with `why`."""
        news = [
            (_text(at), database, "accepted", f.fingerprint, f.severity.value, f"{f.message} ({why})") for f in findings
        ]
        async with self._transaction():
            await self._keep_levels(database, levels)
            await self._sqlite.executemany(_NOTE_EVENT, news)

    async def change_levels(self, database: str, levels: Mapping[Name, bytes]) -> None:
        """Replace row levels outside of a look, but for those that changed since `levels` was called."""
        async with self._transaction():
            await self._change_levels(database, levels)

    async def history(self, database: str, name: Name, span: timedelta, since: datetime) -> tuple[Point, ...]:
        """One table's rows over time, oldest first; empty when nothing is known.

        Args:
            database: its configured name.
            name: schema and table.
            span: one of `watchdog.rows.history.KEPT`; a span in which nothing moved has no point.
            since: a point's span began then or later; the last one before comes first, as its rows still held then.
        """
        rows = await self._read(history.OF_TABLE, (database, *name, history.resolution(span)))
        return history.by_table(rows, since).get(name, ())

    async def histories(self, database: str, span: timedelta, since: datetime) -> dict[Name, tuple[Point, ...]]:
        """(schema, table) -> what `history` says of it, for all tables that have a point."""
        parameters = (database, history.resolution(span), history.seconds(since))
        rows = await self._read(history.OF_DATABASE, parameters)
        return await asyncio.to_thread(history.by_table, rows, since)  # there may be a million

    async def statements(self, database: str) -> dict[str, Known]:
        """Digest -> what is remembered of a recorded statement."""
        rows = await self._read("SELECT body FROM statements WHERE database = ?", (database,))
        return next((self._decoded(body, dict[str, Known]) for (body,) in rows), {})

    async def had_baseline(self, database: str) -> bool:
        """Whether this database's baseline was ever seen."""
        return bool(await self._read("SELECT 1 FROM baselines WHERE database = ?", (database,)))

    async def note_baseline(self, database: str) -> None:
        """This database's baseline was seen: none is ever captured by itself again."""
        async with self._transaction():
            await self._sqlite.execute("INSERT OR IGNORE INTO baselines (database) VALUES (?)", (database,))

    async def events(self, limit: int, database: str | None = None) -> tuple[Event, ...]:
        """The newest events first, of one database or of all; no more than the newest 10,000 are kept."""
        rows = await self._read(
            "SELECT at, database, event, fingerprint, severity, message FROM events"
            " WHERE ?1 IS NULL OR database = ?1 ORDER BY id DESC LIMIT ?2",
            (database, limit),
        )
        names = Event.__struct_fields__
        return tuple(msgspec.convert(dict(zip(names, row, strict=True)), Event) for row in rows)

    async def due(self, channel: str, now: datetime) -> OutboxEntry | None:
        """The channel's oldest message, unless it must wait: then the younger ones wait too, for order's sake."""
        rows = await self._read(
            "SELECT id, channel, body, attempts, next_attempt_at FROM outbox WHERE channel = ? ORDER BY id LIMIT 1",
            (channel,),
        )
        for entry_id, name, body, attempts, moment in rows:
            if moment <= _text(now):
                return OutboxEntry(
                    id=entry_id,
                    channel=name,
                    message=self._decoded(body, Message),
                    attempts=attempts,
                    next_attempt_at=datetime.fromisoformat(moment),
                )
        return None

    async def next_attempt(self, channel: str) -> datetime | None:
        """When the channel's oldest message may be sent, UTC; None when none waits."""
        rows = await self._read("SELECT next_attempt_at FROM outbox WHERE channel = ? ORDER BY id LIMIT 1", (channel,))
        return next((datetime.fromisoformat(moment) for (moment,) in rows), None)

    async def delivered(self, entry_id: int) -> None:
        """The channel took the message: it leaves the outbox."""
        async with self._transaction():
            await self._sqlite.execute("DELETE FROM outbox WHERE id = ?", (entry_id,))

    async def postponed(self, entry_id: int, next_attempt_at: datetime, error_text: str) -> None:
        """The channel did not take the message: it is tried again, not before the given time."""
        async with self._transaction():
            await self._sqlite.execute(
                "UPDATE outbox SET attempts = attempts + 1, next_attempt_at = ?, last_error = ? WHERE id = ?",
                (_text(next_attempt_at), error_text, entry_id),
            )

    async def hurry(self, now: datetime) -> None:
        """Let no message wait any longer: the clock by which it was to wait was set."""
        async with self._transaction():
            await self._sqlite.execute(
                "UPDATE outbox SET next_attempt_at = ?1 WHERE next_attempt_at > ?1", (_text(now),)
            )

    async def waiting(self, channels: Iterable[str]) -> dict[str, int]:
        """Channel -> messages in the outbox: 0 for a given one with none, and those no longer configured as well."""
        rows = await self._read("SELECT channel, count(*) FROM outbox GROUP BY channel", ())
        return {**dict.fromkeys(channels, 0), **{str(channel): int(count) for channel, count in rows}}

    async def _change_levels(self, database: str, levels: Mapping[Name, bytes | None]) -> None:
        """Write what a look changed, where the disk still holds what the look was told."""
        if database not in self._known:
            await self._keep_levels(database, levels)
            return
        known = self._known.pop(database)
        changed = [(name, body) for name, body in levels.items() if body != known.get(name)]
        this = "database = ? AND schema_name = ? AND table_name = ?"
        await self._sqlite.executemany(
            "INSERT OR IGNORE INTO levels (database, schema_name, table_name, body) VALUES (?, ?, ?, ?)",
            [(database, *name, body) for name, body in changed if name not in known],
        )
        await self._sqlite.executemany(
            f"UPDATE levels SET body = ? WHERE {this} AND body = ?",
            [(body, database, *name, known[name]) for name, body in changed if name in known and body is not None],
        )
        await self._sqlite.executemany(
            f"DELETE FROM levels WHERE {this} AND body = ?",
            [(database, *name, known[name]) for name, body in changed if body is None],
        )

    async def _keep_levels(self, database: str, levels: Mapping[Name, bytes | None]) -> None:
        await self._sqlite.executemany(
            "INSERT OR REPLACE INTO levels (database, schema_name, table_name, body) VALUES (?, ?, ?, ?)",
            [(database, *table, body) for table, body in levels.items() if body is not None],
        )
        await self._sqlite.executemany(
            "DELETE FROM levels WHERE database = ? AND schema_name = ? AND table_name = ?",
            [(database, *table) for table, body in levels.items() if body is None],
        )

    async def _thin(self, now: datetime) -> None:
        # Either way: the clock may have been set back.
        if self._thinned_at is None or abs(now - self._thinned_at) >= history.THINNED_EVERY:
            is_done = await history.thin(self._sqlite, now)
            self._thinned_at = now if is_done else None

    async def _read(self, sql: str, parameters: Sequence[str | int | None]) -> list[sqlite3.Row]:
        async with self._turn:
            try:
                return list(await self._sqlite.execute_fetchall(sql, parameters))
            except sqlite3.Error as error:
                raise self._failed("read", error) from error

    @contextlib.asynccontextmanager
    async def _transaction(self) -> AsyncIterator[None]:
        async with self._turn:
            try:
                await self._sqlite.execute("BEGIN IMMEDIATE")
                yield
                await self._sqlite.execute("COMMIT")
            except BaseException as error:
                # Statements run in order in SQLite's thread, so this ends even what a cancelled task left under way;
                # nothing is open when BEGIN failed, when SQLite rolled back itself, or when COMMIT got through.
                with contextlib.suppress(sqlite3.OperationalError):
                    await self._sqlite.execute("ROLLBACK")
                if isinstance(error, sqlite3.Error):
                    raise self._failed("written", error) from error
                raise

    def _decoded(self, body: bytes, kind: type[T]) -> T:
        try:
            return msgspec.json.decode(body, type=kind)
        except msgspec.MsgspecError as error:
            raise StateError(f"{self._path}: holds what no schema-watchdog wrote: {error} (move it away)") from error

    def _failed(self, verb: str, error: sqlite3.Error) -> StateError:
        return StateError(f"{self._path}: cannot be {verb}: {error} ({advice(error)})")


def _text(moment: datetime) -> str:
    """UTC with microseconds always: such texts sort as the moments do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
