"""golang-migrate: two files a migration, and a table of one row.

Names and order as in source/parse.go and source/migration.go of github.com/golang-migrate/migrate, the table and how a
file is run as in database/postgres/postgres.go.
"""

import re
from collections.abc import Sequence

from watchdog.migrations.formats.format import Advice, Files, Format, Rows
from watchdog.migrations.formats.reading import base, refuse_downs_alone, refuse_name, sql_files, whole
from watchdog.migrations.migration import Applied, Migration

_NAME = re.compile(r"(\d+)_.*\.(up|down)\.sql")
_FORM = "000001_name.up.sql, with 000001_name.down.sql beside it"


def parse(files: Files) -> tuple[Migration, ...]:
    """The `.up.sql` files by number. Each is sent as it is, in one message and without BEGIN.

    Raises:
        MigrationsError: what golang-migrate refuses, a name that it passes over, or a way down without a way up.
    """
    found, downs = [], {}
    for path, text in sql_files(files, "golang-migrate"):
        name = _NAME.fullmatch(base(path))
        if name is None:
            refuse_name(path, "golang-migrate", "000001_name.up.sql or 000001_name.down.sql")
        version = str(int(name[1]))
        if name[2] == "down":
            downs[version] = path
        else:
            found.append(Migration(version=version, file=path, sql=text, transactional=False))
    refuse_downs_alone("golang-migrate", [each.version for each in found], downs)
    return whole("golang-migrate", _FORM, sorted(found, key=lambda each: age(each.version)))


def age(version: str) -> tuple[int]:
    """Versions are numbers of 64 bits."""
    return (int(version),)


def applied(rows: Rows, migrations: Sequence[Migration]) -> tuple[Applied, ...]:
    """All versions up to the one in the table; that one has not succeeded where the table calls it dirty.

    -1 is what the table holds where going down to nothing failed.
    """
    found: list[Applied] = []
    for row in rows:
        version = str(row["version"])
        below = [each for each in migrations if age(each.version) < age(version)]
        found += [Applied(version=each.version) for each in below]
        found.append(Applied(version=version, succeeded=not row["dirty"]))
    return tuple(found)


GOLANG_MIGRATE = Format(
    name="golang-migrate",
    files=_FORM,
    table=(None, "schema_migrations"),
    select="SELECT version, dirty FROM {table}",
    parse=parse,
    applied=applied,
    age=age,
    knows_order=False,
    knows_edits=False,
    limits=(
        "golang-migrate notes one version: one that was added below it and never ran shows only by what is missing",
    ),
    advice=Advice(
        pending="`migrate up` applies it",
        late="`migrate up` never applies it: give it a newer version",
        edited="put the file back, and write what changed as a new migration",
        unknown="bring its file back: without it `migrate up` refuses to run",
        failed="undo by hand what it did, then set the version before it with `migrate force VERSION` and run "
        "`migrate up`",
    ),
)
