"""Prisma Migrate: a folder a migration, with checksums, times and failures in the table.

Of github.com/prisma/prisma-engines: folders as in schema-connector/src/migrations_directory.rs, the checksum and what
it is compared with as in checksum.rs beside it, the table as in sql-schema-connector/src/sql_migration_persistence.rs,
which rows count as in schema-engine/core/src/commands/apply_migrations.rs.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence

from watchdog.migrations.formats.format import Advice, Files, Format, Rows
from watchdog.migrations.formats.reading import mistake, sql_files, whole
from watchdog.migrations.migration import Applied, Migration

SCRIPT = re.compile(r"([^/]+)/migration\.sql")
_FORM = "20251117120000_name/migration.sql"


def parse(files: Files) -> tuple[Migration, ...]:
    """`migration.sql` of each folder, by the folder's name; sent as it is, in one message and without BEGIN.

    Other files of the folder, such as a `down.sql`, are no part of it.

    Raises:
        MigrationsError: a `.sql` file outside of such a folder, or a folder without `migration.sql`.
    """
    found, beside = [], {}
    for path, text in sql_files(files, "prisma", nested=True):
        folder, slash, _ = path.partition("/")
        name = SCRIPT.fullmatch(path)
        if name:
            checksum = hashlib.sha256(text.encode()).hexdigest()
            found.append(Migration(version=name[1], file=path, sql=text, transactional=False, checksum=checksum))
        elif not slash:
            mistake(path, f"prisma runs no file of this folder itself: move it to NAME/migration.sql ({_FORM})")
        else:
            beside[folder] = path
    for folder in sorted(beside.keys() - {each.version for each in found}):
        mistake(beside[folder], f"{folder} has no migration.sql, without which prisma cannot go on: add or remove it")
    return whole("prisma", _FORM, found)


def _accepted(script: str) -> Iterator[str]:
    """The checksums that Prisma takes for this file's: of either line ends, and as old versions wrote them."""
    for text in (script, script.replace("\r\n", "\n"), script.replace("\n", "\r\n")):
        digest = hashlib.sha256(text.encode())
        yield digest.hexdigest()
        yield "".join(f"{byte:x}" for byte in digest.digest())


def applied(rows: Rows, migrations: Sequence[Migration]) -> tuple[Applied, ...]:
    """Each name once: what was rolled back counts as never run, and what has not ended as failed."""
    scripts = {each.version: each for each in migrations}
    found: dict[str, Applied] = {}
    for row in rows:
        version = str(row["migration_name"])
        noted = _noted(row, version, scripts.get(version))
        # One failure that nobody resolved stops Prisma, whatever else is noted under that name.
        if row["rolled_back_at"] is None and (version not in found or not noted.succeeded):
            found[version] = noted
    return tuple(found.values())


def _noted(row: Mapping[str, object], version: str, script: Migration | None) -> Applied:
    checksum = str(row["checksum"])
    if script is not None and checksum in _accepted(script.sql):
        checksum = script.checksum or checksum
    return Applied(version=version, checksum=checksum, succeeded=row["finished_at"] is not None)


PRISMA = Format(
    name="prisma",
    files=_FORM,
    table=(None, "_prisma_migrations"),
    select="SELECT migration_name, checksum, finished_at, rolled_back_at FROM {table} ORDER BY started_at",
    parse=parse,
    applied=applied,
    age=lambda version: (version,),
    knows_order=True,
    knows_edits=True,
    advice=Advice(
        pending="`prisma migrate deploy` applies it",
        late="`prisma migrate deploy` applies it all the same: give its folder a newer timestamp if what it does must "
        "come after the others",
        edited="put the file back, and write what changed as a new migration: `prisma migrate deploy` does not run it "
        "again",
        unknown="bring its folder back: `prisma migrate dev` would want to reset the database without it",
        failed="undo by hand what it did and say `prisma migrate resolve --rolled-back NAME`, or finish it by hand and "
        "say `--applied NAME`: until then `prisma migrate deploy` refuses to run",
    ),
)
