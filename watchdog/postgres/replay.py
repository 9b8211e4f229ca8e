"""Migrations replayed on a throw-away database, and what that database is like after any of them."""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg
import msgspec

from watchdog.errors import ScratchError, ScriptError, UnreachableError
from watchdog.postgres.capture import capture_once
from watchdog.postgres.connection import Connection, identify
from watchdog.postgres.dsn import destination
from watchdog.postgres.embedded import SUPERUSER, passing_folder, scratch_server
from watchdog.postgres.psql import ScriptFailedError, run_scripts, run_sql
from watchdog.schema.snapshot import Snapshot
from watchdog.sqltext import quote_ident

# So many files are handed to psql at a time; between two portions it is said how far the replay is.
PORTION = 250
MOST_ROLES = 100
# "... cannot run inside a transaction block", as CREATE INDEX CONCURRENTLY does.
_NOT_IN_TRANSACTION = "25001"
_NO_OBJECT = "42704"
# The statement once more, and a mark below where it is wrong.
_SHOWN = re.compile(r"\nLINE \d+: .*\n *\^")
_NO_ROLE = re.compile(r'"(?P<role>[^"]+)"')

# Nobody will ever miss what is on it.
_HASTY = "".join(
    f"ALTER SYSTEM SET {name} = off;\n" for name in ("fsync", "full_page_writes", "synchronous_commit")
) + ("SELECT pg_reload_conf();\n")

_WITHOUT_ROLES = r"SELECT format('DROP ROLE %I', rolname) FROM pg_roles WHERE oid > 16383 \gexec" + "\n"

Progress = Callable[[int, int], None]


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """SQL to be run.

    Attributes:
        file: what it is called in errors.
        sql: on the lines of that file.
        transactional: whether it is to run in a transaction. Where the server refuses that, it runs without.
    """

    file: str
    sql: str
    transactional: bool = True


class Scratch(msgspec.Struct, frozen=True, kw_only=True):
    """Where migrations may be replayed.

    Attributes:
        url: a server on which a database is made and dropped again; None for an embedded one of our own.
        statement_seconds: after which one statement of a migration is given up.
        seconds: after which one run of psql is, of at most `PORTION` scripts.
    """

    url: str | None = None
    statement_seconds: float = 60.0
    seconds: float = 600.0


class Replay:
    """A scratch database on its way through the scripts; `replay` opens one."""

    def __init__(self, dsn: str, scripts: Sequence[Script], scratch: Scratch, folder: Path, progress: Progress) -> None:
        """Take over an empty database at `dsn`; the scripts are written to `folder`."""
        self.dsn = dsn
        self._scripts = scripts
        self._scratch = scratch
        self._folder = folder
        self._progress = progress
        self._done = 0
        self._bare = {number for number, script in enumerate(scripts) if not script.transactional}
        self._roles: list[str] = []

    async def advance(self, goal: int) -> None:
        """Run the scripts that are still to run before the one of this number.

        Raises:
            ScratchError: one failed: with its file, the line, and the server's words.
            UsageError: there is no psql.
        """
        await asyncio.to_thread(self._write)
        while self._done < goal:
            end = min(goal, self._done + PORTION)
            try:
                await run_scripts(
                    self.dsn,
                    [self._path(number) for number in range(self._done, end)],
                    statement_seconds=self._scratch.statement_seconds,
                    seconds=self._scratch.seconds,
                )
            except ScriptFailedError as error:
                await self._mended(error)
                continue
            self._done = end
            self._progress(end, len(self._scripts))

    async def snapshot(self) -> Snapshot:
        """The schema as it is now. Raises UnverifiedError."""
        return await capture_once(Connection(self.dsn))

    async def _mended(self, error: ScriptFailedError) -> None:
        """See to it that the failed script can run, or raise ScratchError."""
        number = int(error.file.stem)
        self._done = number
        if error.sqlstate == _NOT_IN_TRANSACTION and number not in self._bare:
            self._bare.add(number)
            await asyncio.to_thread(self._write_one, number)
            return
        role = _NO_ROLE.search(error.words)
        is_ours = self._scratch.url is None
        missing = error.sqlstate == _NO_OBJECT and "role" in error.words and role
        if is_ours and missing and role and role["role"] not in self._roles and len(self._roles) < MOST_ROLES:
            # Only production has the roles that migrations grant to. What ran outside of a transaction cannot be run
            # twice, so all begins anew.
            self._roles.append(role["role"])
            await run_sql(_beside(self.dsn), _anew(self.dsn, self._roles))
            self._done = 0
            return
        script = self._scripts[number]
        # The end that is missing in the file was written on a line of its own.
        line = min(error.line, len(script.sql.splitlines()) or 1)
        raise ScriptError(number, script.file, line, _told(error))

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:06}.sql"

    def _write(self) -> None:
        for number in range(self._done, len(self._scripts)):
            if not self._path(number).exists():
                self._write_one(number)

    def _write_one(self, number: int) -> None:
        # Of the first line of a file psql itself takes this mark away.
        sql = self._scripts[number].sql.removeprefix("\ufeff")
        # What one migration sets for its session is not for the next; all of it on the first line, so that lines stay.
        begin, end = ("", "") if number in self._bare else ("BEGIN; ", "COMMIT;\n")
        text = f"RESET SESSION AUTHORIZATION; RESET ALL; {begin}{sql}\n;\n{end}"
        self._path(number).write_text(text, encoding="utf-8", newline="\n")


@asynccontextmanager
async def replay(
    scripts: Sequence[Script], scratch: Scratch, watched: Connection | None, progress: Progress = lambda _, __: None
) -> AsyncIterator[Replay]:
    """A replay that is at its beginning; nothing is left of it when the block ends.

    Args:
        scripts: in the order in which they run.
        scratch: where.
        watched: the server that must not be the one to replay on; None where nobody is watched.
        progress: told how many scripts of how many have run.

    Raises:
        ScratchError: the scratch server does not start, is not reachable, or is the watched one.
        UsageError: the embedded PostgreSQL is not installed.
    """
    progress(0, len(scripts))
    with passing_folder("schema-watchdog-migrations-") as folder:
        async with _database(scratch, watched) as dsn:
            yield Replay(dsn, scripts, scratch, folder, progress)


@asynccontextmanager
async def _database(scratch: Scratch, watched: Connection | None) -> AsyncIterator[str]:
    name = f"schema_watchdog_{secrets.token_hex(6)}"
    if scratch.url is not None:
        async with _on_server(scratch.url, name, watched) as dsn:
            yield dsn
        return
    server = scratch_server()
    started = await asyncio.to_thread(server.__enter__)
    try:
        await run_sql(started.dsn(), f"{_HASTY}CREATE DATABASE {name}")
        yield started.dsn(name)
    finally:
        await asyncio.to_thread(server.__exit__, None, None, None)


@asynccontextmanager
async def _on_server(url: str, name: str, watched: Connection | None) -> AsyncIterator[str]:
    """A database on somebody's server, dropped with whoever is still in it."""
    async with _administering(url) as connection:
        if watched is not None:
            await _refuse_watched(connection, watched)
    try:
        async with _administering(url) as connection:
            await connection.execute(f"CREATE DATABASE {name}")
        yield _renamed(url, name)
    except ScratchError as error:
        try:
            await _dropped(url, name)
        except ScratchError:
            raise ScratchError(f"{error} (its database {name} could not be dropped and may still be there)") from error
        raise
    except BaseException:
        await _dropped(url, name)
        raise
    await _dropped(url, name)


async def _dropped(url: str, name: str) -> None:
    # By another connection, as the first one would have been idle for as long as the replay took.
    async with _administering(url) as connection:
        await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@asynccontextmanager
async def _administering(url: str) -> AsyncIterator[asyncpg.Connection]:
    try:
        connection = await asyncpg.connect(url, timeout=10, command_timeout=60, statement_cache_size=0)
    except Exception as error:  # noqa: BLE001 asyncpg's inside, whose words may hold the address
        raise ScratchError(f"no connection{destination(url)}, the scratch server: {type(error).__name__}") from None
    try:
        yield connection
    except (asyncpg.PostgresError, OSError) as error:
        words = " ".join(str(error).split()) or type(error).__name__
        raise ScratchError(f"on the connection{destination(url)}, the scratch server: {words}") from error
    finally:
        connection.terminate()


async def _refuse_watched(connection: asyncpg.Connection, watched: Connection) -> None:
    """Raise ScratchError where this is the watched server, or the one that the watched one is a standby of."""
    try:
        async with watched.transaction() as transaction:
            since = await _started_at(transaction)
        server = await watched.server()
    except UnreachableError as error:
        raise ScratchError(
            f"nothing is replayed before it is known that scratch_url is another server: {error}"
        ) from error
    # A primary and its standbys share the identifier. A copy that was promoted keeps it too, and is refused with them,
    # but for a watched primary: what can be written to is no standby of it.
    identifier = server.system_identifier if server.in_recovery else None
    is_primary = identifier is not None and identifier == (await identify(connection)).system_identifier
    if is_primary or since == await _started_at(connection):
        what = "the primary of the watched server, or to a copy of it" if is_primary else "the watched server itself"
        raise ScratchError(
            f"scratch_url leads to {what}, on which nothing is ever run: name another, or leave it out to replay on an "
            "embedded one"
        )


async def _started_at(connection: asyncpg.Connection) -> object:
    """What tells one server from any other, and may be asked by every role."""
    return await connection.fetchval("SELECT pg_postmaster_start_time()")


def _renamed(url: str, database: str) -> str:
    """The address of another database of the server. Of two names psql takes the one among the options."""
    parts = urlsplit(url)
    options = [option for option in parts.query.split("&") if option.partition("=")[0] not in {"dbname", "database"}]
    return urlunsplit(parts._replace(path=f"/{quote(database)}", query="&".join(options)))


def _beside(dsn: str) -> str:
    return _renamed(dsn, SUPERUSER)


def _anew(dsn: str, roles: Sequence[str]) -> str:
    """Without the roles that migrations made, and with these."""
    name = urlsplit(dsn).path.removeprefix("/")
    made = "".join(f"CREATE ROLE {quote_ident(role)};\n" for role in roles)
    return f"DROP DATABASE {name} WITH (FORCE);\n{_WITHOUT_ROLES}{made}CREATE DATABASE {name};\n"


def _told(error: ScriptFailedError) -> str:
    advice = ""
    if error.sqlstate == "0A000" and "extension" in error.words:
        advice = " (the scratch server lacks it: name one that has it as scratch_url)"
    elif error.sqlstate == _NO_OBJECT and _NO_ROLE.search(error.words) and "role" in error.words:
        advice = " (make it on the scratch server; the embedded one, without scratch_url, gets it by itself)"
    elif error.sqlstate == "57014":
        advice = " (it did not end in time: see scratch_timeout)"
    elif "restrict" in error.words and not error.sqlstate:
        advice = " (what begins with a backslash is psql's, and no migration tool runs it)"
    return f"{' '.join(_SHOWN.sub('', error.words).split())}{advice}"
