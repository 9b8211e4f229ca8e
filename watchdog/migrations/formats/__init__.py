"""The forms of migrations that are read, a file a tool; the table of them names them all once."""

from collections.abc import Mapping

from watchdog.migrations.formats.alembic import ALEMBIC
from watchdog.migrations.formats.dbmate import DBMATE
from watchdog.migrations.formats.flyway import FLYWAY
from watchdog.migrations.formats.format import Format
from watchdog.migrations.formats.golang_migrate import GOLANG_MIGRATE
from watchdog.migrations.formats.node_pg_migrate import NODE_PG_MIGRATE
from watchdog.migrations.formats.plain import PLAIN
from watchdog.migrations.formats.prisma import PRISMA
from watchdog.migrations.formats.sqlx import SQLX
from watchdog.migrations.formats.supabase import SUPABASE

FORMATS: Mapping[str, Format] = {
    each.name: each
    for each in (ALEMBIC, DBMATE, FLYWAY, GOLANG_MIGRATE, NODE_PG_MIGRATE, PLAIN, PRISMA, SQLX, SUPABASE)
}
