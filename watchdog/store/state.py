"""What must outlive the process: open alerts, unsent messages, row levels, the history of events and of rows."""

import asyncio
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import aiosqlite
import msgspec

from watchdog.alerts.alert import Alert
from watchdog.alerts.policy import became
from watchdog.finding import Finding
from watchdog.queries.memory import Known
from watchdog.rows.history import Point
from watchdog.rows.level import Name
from watchdog.store import history
from watchdog.store.acceptances import Acceptances
from watchdog.store.outbox import Outbox

LEVELS = "SELECT schema_name, table_name, body FROM levels WHERE database = ?"


class State(Outbox, Acceptances):
    """The state file, all of it."""

    def __init__(self, database: aiosqlite.Connection, path: Path) -> None:
        super().__init__(database, path)
        # database -> name -> the hash of its level as a look has read it: what differs when the look is committed,
        # somebody else has written.
        self._known: dict[str, dict[Name, int]] = {}
        self._thinned_at: datetime | None = None

    async def alerts(self, database: str, check: str) -> tuple[Alert, ...]:
        """The open alerts of a database's check, in the order they were committed."""
        rows = await self._read(
            "SELECT body FROM alerts WHERE database = ? AND check_name = ? ORDER BY position", (database, check)
        )
        return tuple(alert for _, alert in self._sound("alerts", rows, Alert))

    async def commit(
        self,
        database: str,
        check: str,
        *,
        alerts: Sequence[Alert],
        fired: Sequence[Finding] = (),
        resolved: Sequence[Finding] = (),
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
            resolved: the same, as they ended; one whose state is "accepted" is noted as such.
            levels: (schema, table) -> encoded level to keep, None to forget it; tables not named keep theirs, and so
                do those that another process changed since `levels` was called: a person's word outweighs a look.
            points: (schema, table) -> one reading for the history, `Point.at` its own time.
            statements: digest -> what to remember of a recorded statement, of all of them; None leaves what is there.
            at: the time of the look.
        """
        async with self._transaction():
            await self._sqlite.execute("DELETE FROM alerts WHERE database = ? AND check_name = ?", (database, check))
            await self._sqlite.executemany(
                "INSERT INTO alerts (database, check_name, position, body) VALUES (?, ?, ?, ?)",
                [(database, check, position, msgspec.json.encode(alert)) for position, alert in enumerate(alerts)],
            )
            await self._close(database, resolved, at)
            news = became(fired, resolved)
            await self._note(database, [(event, finding, finding.message) for event, finding in news], at)
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
        rows = await self._read(LEVELS, (database,))
        self._known[database] = _hashes(rows)
        return {(schema, table): body for schema, table, body in rows}

    async def accept_levels(
        self,
        database: str,
        levels: Mapping[Name, bytes],
        findings: Sequence[Finding],
        why: str,
        at: datetime,
    ) -> None:
        """Replace row levels outside of a look, as a person accepted them; `findings`, for the history, with `why`."""
        async with self._transaction():
            await self._keep_levels(database, levels)
            await self._note(database, [("accepted", each, f"{each.message} ({why})") for each in findings], at)

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
        return next((known for _, known in self._sound("statements", rows, dict[str, Known])), {})

    async def had_baseline(self, database: str) -> bool:
        """Whether this database's baseline was ever seen."""
        return bool(await self._read("SELECT 1 FROM baselines WHERE database = ?", (database,)))

    async def note_baseline(self, database: str) -> None:
        """This database's baseline was seen: none is ever captured by itself again."""
        async with self._transaction():
            await self._sqlite.execute("INSERT OR IGNORE INTO baselines (database) VALUES (?)", (database,))

    async def _change_levels(self, database: str, levels: Mapping[Name, bytes | None]) -> None:
        """Write what a look changed, where the disk still holds what the look was told."""
        known = self._known.pop(database, None)
        if known is not None:
            levels = {name: body for name, body in levels.items() if known.get(name) != _hash(body)}
            now = _hashes(await self._sqlite.execute_fetchall(LEVELS, (database,)) if levels else ())
            levels = {name: body for name, body in levels.items() if now.get(name) == known.get(name)}
        await self._keep_levels(database, levels)

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


def _hashes(levels: Iterable[sqlite3.Row]) -> dict[Name, int]:
    return {(schema, table): hash(body) for schema, table, body in levels}


def _hash(body: bytes | None) -> int | None:
    return None if body is None else hash(body)
