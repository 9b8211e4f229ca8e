"""A folder of migrations as the expectation, as configured."""

from watchdog.config.settings import Migrations as MigrationsSettings
from watchdog.expect.cache import Cache
from watchdog.expect.folder import Source
from watchdog.expect.migrations import Migrations
from watchdog.postgres.connection import Connection
from watchdog.postgres.replay import Scratch
from watchdog.wiring.schema import Parts


def migrations_of(name: str, settings: MigrationsSettings, connection: Connection, parts: Parts) -> Migrations:
    schema, _, table = (settings.table or "").rpartition(".")
    url = settings.scratch_url
    return Migrations(
        name,
        Source(path=settings.path, format=settings.format, table=(schema or None, table) if table else None),
        Scratch(url=url.get_secret_value() if url else None, statement_seconds=settings.scratch_timeout),
        Cache(parts.cache),
        connection,
        parts.progress,
    )
