"""sqlx: one file a migration, or an `.up.sql` and a `.down.sql`, with a checksum of each in the table.

Names, order and `-- no-transaction` as in sqlx-core/src/migrate/source.rs and migration_type.rs of
github.com/launchbadge/sqlx, the checksum as in migration.rs, the table as in sqlx-postgres/src/migrate.rs.
"""

import hashlib
import re
from collections.abc import Sequence

from watchdog.migrations.formats.format import Advice, Files, Format, Rows
from watchdog.migrations.formats.reading import base, refuse_downs_alone, refuse_name, sql_files, whole
from watchdog.migrations.migration import Applied, Migration

NO_TRANSACTION = "-- no-transaction"
_NAME = re.compile(r"(\d+)_.*\.sql")
_FORM = "20251117120000_name.sql, or 20251117120000_name.up.sql with a .down.sql beside it"


def parse(files: Files) -> tuple[Migration, ...]:
    """The files that go up, by number; the checksum is SHA-384 of the file.

    Raises:
        MigrationsError: two files of one version, a name that sqlx passes over, or a way down without a way up.
    """
    found, downs = [], {}
    for path, text in sql_files(files, "sqlx"):
        name = _NAME.fullmatch(base(path))
        if name is None:
            refuse_name(path, "sqlx", "20251117120000_name.sql")
        version = str(int(name[1]))
        if path.endswith(".down.sql"):
            downs[version] = path
            continue
        found.append(
            Migration(
                version=version,
                file=path,
                sql=text,
                transactional=not text.startswith(NO_TRANSACTION),
                checksum=hashlib.sha384(text.encode()).hexdigest(),
            )
        )
    refuse_downs_alone("sqlx", [each.version for each in found], downs)
    return whole("sqlx", _FORM, sorted(found, key=lambda each: age(each.version)))


def age(version: str) -> tuple[int]:
    """Versions are numbers of 64 bits."""
    return (int(version),)


def applied(rows: Rows, _: Sequence[Migration]) -> tuple[Applied, ...]:
    """A row a version; the checksum is bytes, here in hex."""
    return tuple(
        Applied(
            version=str(row["version"]),
            name=str(row["description"]),
            checksum=noted.hex() if isinstance(noted := row["checksum"], bytes) else None,
            succeeded=bool(row["success"]),
        )
        for row in rows
    )


SQLX = Format(
    name="sqlx",
    files=_FORM,
    table=(None, "_sqlx_migrations"),
    select="SELECT version, description, success, checksum FROM {table} ORDER BY installed_on, version",
    parse=parse,
    applied=applied,
    age=age,
    knows_order=True,
    knows_edits=True,
    advice=Advice(
        pending="`sqlx migrate run` applies it",
        late="`sqlx migrate run` applies it all the same: give it a newer version if what it does must come after the "
        "others",
        edited="put the file back, also its line ends, and write what changed as a new migration: until then `sqlx "
        "migrate run` refuses to run",
        unknown="bring its file back: without it `sqlx migrate run` refuses to run, unless `--ignore-missing` is given",
        failed="undo by hand what it did, delete its row from the table, and run `sqlx migrate run` again",
    ),
)
