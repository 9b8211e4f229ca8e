"""For the tests of an application: a database that its migrations made, and whether its statements plan there.

    from watchdog.testing import migrated

    def test_the_code_fits_the_migrations():
        with migrated("db/migrations") as database:
            database.check("src")

With pytest the fixture `migrated_database` is there by itself: name the folder in the ini option
`schema_watchdog_migrations`. It needs `pip install 'schema-watchdog[embedded,sources]'`.
"""

import asyncio
from collections.abc import Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from os import PathLike
from pathlib import Path
from typing import Any, Self, TypeVar

from watchdog.expect.folder import Source, read, script
from watchdog.expect.queries import harvest
from watchdog.look.queries import QueriesLook
from watchdog.look.seen import Policy, Seen
from watchdog.postgres.connection import Connection
from watchdog.postgres.planning import Planner
from watchdog.postgres.replay import Scratch, replay
from watchdog.queries.words import words

T = TypeVar("T")


class MigratedDatabase:
    """A throw-away database that has run all migrations.

    Attributes:
        dsn: its address, as a superuser: the application under test may connect to it.
    """

    def __init__(self, dsn: str, loop: "_Loop") -> None:
        """Made by `migrated`."""
        self.dsn = dsn
        self._loop = loop

    def check(
        self,
        *paths: str | PathLike[str],
        exclude: Sequence[str] = (),
        search_path: str | None = None,
        strict: bool = False,
    ) -> None:
        """Assert that each statement in the files and folders plans on the database. Nothing is executed.

        Args:
            paths: files and folders, as for `schema-watchdog queries check`.
            exclude: patterns of what to leave out.
            search_path: as the application's sessions have it.
            strict: fail also on statements that cannot be read whole from the sources.

        Raises:
            AssertionError: with what does not plan, each with its place and the server's words; or there is none.
            UsageError: a path is not there, or what it needs is not installed.
        """
        seen = self._loop.run(self._seen([Path(path) for path in paths], exclude, search_path))
        lines = [finding.message for finding in seen.findings]
        if seen.gap:
            lines.append(seen.gap)
        if strict and seen.coverage.queries and seen.coverage.queries.unread:
            lines += words(seen.coverage.queries)
        if lines:
            raise AssertionError("the statements do not fit the migrations:\n" + "\n".join(lines))

    async def _seen(self, paths: Sequence[Path], exclude: Sequence[str], search_path: str | None) -> Seen:
        connection = Connection(self.dsn)

        async def nothing() -> dict[str, Any]:
            return {}

        try:
            look = QueriesLook(
                "scratch",
                Planner(connection, search_path),
                lambda: harvest(paths, exclude),
                nothing,
                tuple,
                Policy(),
            )
            return await look(datetime.now(UTC))
        finally:
            await connection.close()


@contextmanager
def migrated(
    path: str | PathLike[str],
    *,
    format: str | None = None,  # noqa: A002 as in the configuration
    scratch_url: str | None = None,
) -> Iterator[MigratedDatabase]:
    """A database that has run the migrations of a folder, gone when the block ends.

    Args:
        path: the folder, or the file that a tool printed.
        format: whose migrations they are, where the files do not tell.
        scratch_url: a server on which the database is made; without it an embedded one is started.

    Raises:
        MigrationsError: the folder cannot be read as the tool would.
        ScratchError: a migration failed, with its file, the line and the server's words.
        UsageError: the embedded PostgreSQL is not installed.
    """
    source = Source(path=Path(path), format=format)
    scripts = [script(source, migration) for migration in read(source)[1]]
    with _Loop() as loop:
        running = replay(scripts, Scratch(url=scratch_url), None)
        started = loop.run(running.__aenter__())
        try:
            loop.run(started.advance(len(scripts)))
            yield MigratedDatabase(started.dsn, loop)
        finally:
            loop.run(running.__aexit__(None, None, None))


class _Loop:
    """An event loop in a thread of its own, so that it can be used from tests that have one and from those without."""

    def __enter__(self) -> Self:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="schema-watchdog")
        self._runner = self._thread.submit(asyncio.Runner).result()
        return self

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._thread.submit(self._runner.run, work).result()

    def __exit__(self, *_: object) -> None:
        self._thread.submit(self._runner.close).result()
        self._thread.shutdown()
