"""The state file's layout, and how one is opened without harming what is not ours."""

import asyncio
import os
import sqlite3
from pathlib import Path

import aiosqlite

from watchdog.errors import ForeignStateError, StateError
from watchdog.store.files import PRIVATE_FILE_MODE, private_folder

APPLICATION_ID = 0x73776467  # "swdg", by which a file is known as ours
BUSY_TIMEOUT_MILLISECONDS = 5_000
WAL_ATTEMPTS = 50

# user_version counts the scripts applied. A script that was released is never changed: a new one is added.
# IF NOT EXISTS, because two processes may start on an empty file at once.
MIGRATIONS = (
    """
    CREATE TABLE IF NOT EXISTS alerts (
        database TEXT NOT NULL,
        check_name TEXT NOT NULL,
        position INTEGER NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY (database, check_name, position)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS outbox (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        channel TEXT NOT NULL,
        body BLOB NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        next_attempt_at TEXT NOT NULL,
        last_error TEXT
    );
    CREATE INDEX IF NOT EXISTS outbox_by_channel ON outbox (channel, id);
    CREATE TABLE IF NOT EXISTS events (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at TEXT NOT NULL,
        database TEXT NOT NULL,
        event TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        severity TEXT NOT NULL,
        message TEXT NOT NULL
    );
    CREATE INDEX IF NOT EXISTS events_by_database ON events (database, id);
    CREATE TABLE IF NOT EXISTS levels (
        database TEXT NOT NULL,
        schema_name TEXT NOT NULL,
        table_name TEXT NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY (database, schema_name, table_name)
    ) WITHOUT ROWID;
    """,
    """
    CREATE TABLE IF NOT EXISTS baselines (database TEXT PRIMARY KEY) WITHOUT ROWID;
    """,
    """
    CREATE TABLE IF NOT EXISTS history_tables (
        id INTEGER PRIMARY KEY,
        database TEXT NOT NULL,
        schema_name TEXT NOT NULL,
        table_name TEXT NOT NULL,
        latest INTEGER NOT NULL,
        UNIQUE (database, schema_name, table_name)
    );
    CREATE TABLE IF NOT EXISTS history (
        resolution INTEGER NOT NULL,
        at INTEGER NOT NULL,
        table_id INTEGER NOT NULL,
        rows INTEGER NOT NULL,
        low INTEGER NOT NULL,
        high INTEGER NOT NULL,
        inserted INTEGER NOT NULL,
        deleted INTEGER NOT NULL,
        PRIMARY KEY (resolution, at, table_id)
    ) WITHOUT ROWID;
    """,
    """
    CREATE TABLE IF NOT EXISTS statements (database TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
    """,
    # Until here every channel was told of every alert, a message a database.
    """
    CREATE TABLE IF NOT EXISTS told (
        channel TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        database TEXT NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY (channel, fingerprint)
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS told_by_database ON told (database);
    INSERT OR IGNORE INTO told (channel, fingerprint, database, body)
    SELECT '*', json_extract(alert, '$.finding.fingerprint'), database,
        json_object('finding', json(json_extract(alert, '$.finding')), 'database', database,
            'since', json_extract(alert, '$.since'), 'told_at', json_extract(alert, '$.since'), 'group', database)
    FROM (SELECT database, CAST(body AS TEXT) AS alert FROM alerts);
    CREATE TABLE IF NOT EXISTS receipts (
        channel TEXT NOT NULL,
        thread TEXT NOT NULL,
        body TEXT NOT NULL,
        at TEXT NOT NULL,
        PRIMARY KEY (channel, thread)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS dead_letters (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        channel TEXT NOT NULL,
        body BLOB NOT NULL,
        error TEXT NOT NULL,
        at TEXT NOT NULL
    );
    CREATE TABLE IF NOT EXISTS acknowledgements (fingerprint TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS silences (id TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS acceptances (
        database TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY (database, fingerprint)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    """,
    """
    CREATE TABLE IF NOT EXISTS unreadable (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        source TEXT NOT NULL,
        body BLOB NOT NULL,
        error TEXT NOT NULL,
        at TEXT NOT NULL
    );
    """,
)


async def connect(path: Path) -> aiosqlite.Connection:
    """Open the state file, made when there is none, brought to the present layout when it is older.

    Raises:
        StateError: it is not ours, damaged, of a newer version, or cannot be read or written; it is left as it is.
    """
    private_folder(path.parent)
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE_MODE))  # SQLite would make it readable to all
    except OSError as error:
        raise StateError(f"{path}: cannot be opened: {error.strerror} (see to its rights, or name another)") from error
    try:
        database = await aiosqlite.connect(path, isolation_level=None)
        try:
            await prepare(database, path)
        except BaseException:
            await database.close()
            raise
    except sqlite3.Error as error:
        raise StateError(f"{path}: cannot be opened: {error} ({advice(error)})") from error
    return database


async def prepare(database: aiosqlite.Connection, path: Path) -> None:
    """Bring an open state to the present layout; `path` is for words.

    Raises:
        StateError: it is not ours, damaged, or of a newer version; it is left as it is.
        sqlite3.Error: it cannot be read or written.
    """
    await database.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MILLISECONDS}")
    # One transaction: what another process makes of a new file must not show by halves.
    await database.execute("BEGIN")
    try:
        version = await _version(database, path)
    finally:
        await database.execute("ROLLBACK")
    await _write_ahead(database)
    await database.execute("PRAGMA synchronous = FULL")
    # Kilobytes; by itself it keeps 2 MB, of what the system holds in memory too.
    await database.execute("PRAGMA cache_size = -256")
    if version == len(MIGRATIONS):
        return
    # One transaction, so that a process killed here leaves the old layout or the new.
    await database.executescript(
        f"BEGIN IMMEDIATE; {''.join(MIGRATIONS[version:])}"
        f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {len(MIGRATIONS)}; COMMIT;"
    )


async def _write_ahead(database: aiosqlite.Connection) -> None:
    """Turn to write-ahead logging; for this SQLite does not wait by itself while another process opens the file."""
    for attempt in range(WAL_ATTEMPTS):
        try:
            await database.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if attempt == WAL_ATTEMPTS - 1:
                raise
            await asyncio.sleep(BUSY_TIMEOUT_MILLISECONDS / 1000 / WAL_ATTEMPTS)
        else:
            return


async def _version(database: aiosqlite.Connection, path: Path) -> int:
    """The layout's version, 0 for an empty file. Only reads: what is not ours must stay as it is."""
    damage = await _text(database, "PRAGMA quick_check(1)")
    if damage != "ok":
        raise StateError(
            f"{path}: the state is damaged: {damage} (move it away and start anew: open findings fire again)"
        )
    application = int(await _text(database, "PRAGMA application_id"))
    version = int(await _text(database, "PRAGMA user_version"))
    tables = int(await _text(database, "SELECT count(*) FROM sqlite_master"))
    if application != APPLICATION_ID and (application or version or tables):
        raise ForeignStateError(
            f"{path}: is another program's database (name another state folder; this file was not touched)"
        )
    if version > len(MIGRATIONS):
        raise StateError(
            f"{path}: was written by a newer schema-watchdog (layout {version}, this one knows {len(MIGRATIONS)}): "
            "start that version again, or name another state folder; this file was not touched"
        )
    return version


async def _text(database: aiosqlite.Connection, sql: str) -> str:
    rows = await database.execute_fetchall(sql)
    return str(next(iter(rows))[0])


def advice(error: sqlite3.Error) -> str:
    """What to do about a file that SQLite refuses to open."""
    name = getattr(error, "sqlite_errorname", "")  # errors of the module itself have none
    if name in {"SQLITE_NOTADB", "SQLITE_CORRUPT"}:
        return "it is damaged or no state file: move it away and start anew, then open findings fire again"
    if name.startswith("SQLITE_BUSY"):
        return "another process holds it: stop that one first"
    return "see to the rights and the space of its folder"
