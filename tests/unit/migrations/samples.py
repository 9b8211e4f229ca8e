"""Folders in small, for tests of what follows from them."""

from collections.abc import Sequence

import msgspec

from watchdog.migrations.formats import FORMATS
from watchdog.migrations.formats.format import Format
from watchdog.migrations.migration import Applied, Migration
from watchdog.migrations.standing import Standing, stand

SQLX, DBMATE, FLYWAY, ALEMBIC = (FORMATS[name] for name in ("sqlx", "dbmate", "flyway", "alembic"))


def folder(*versions: str) -> list[Migration]:
    """A file each, whose checksum is its version."""
    return [Migration(version=each, file=f"{each}_x.sql", sql="", checksum=each) for each in versions]


def ran(*versions: str) -> list[Applied]:
    """What the table notes where all went well."""
    return [Applied(version=each, checksum=each) for each in versions]


def standing_of(files: dict[str, str], rows: list[dict[str, object]], tool: Format) -> Standing:
    """The whole way from a folder and a table."""
    migrations = tool.parse(files)
    return stand(migrations, tool.applied(rows, migrations), tool)


def versions(migrations: Sequence[Migration | Applied]) -> list[str]:
    return [each.version for each in migrations]


def broken(applied: Applied) -> Applied:
    return msgspec.structs.replace(applied, succeeded=False)
