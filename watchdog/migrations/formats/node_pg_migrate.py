"""node-pg-migrate: SQL files with the way up and the way down under a comment each, or in two files.

The comments as in src/sqlMigration.ts of github.com/salsita/node-pg-migrate, names and order as in src/migration.ts,
pairs of files as in src/migrationLoader.ts, the table as in src/runner.ts.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from watchdog.migrations.formats.format import Advice, Age, Files, Format, Rows
from watchdog.migrations.formats.reading import (
    base,
    line_at,
    mistake,
    part,
    refuse_downs_alone,
    sql_files,
    whole,
)
from watchdog.migrations.migration import Applied, Migration

UP = re.compile(r"^[^\S\n]*--[\s-]*up\s+migration", re.MULTILINE | re.IGNORECASE)
_DOWN = re.compile(r"^[^\S\n]*--[\s-]*down\s+migration", re.MULTILINE | re.IGNORECASE)
_UTC_DIGITS = 17
_FORM = "1763380800000_name.sql, with `-- Up Migration` and `-- Down Migration`"


def parse(files: Files) -> tuple[Migration, ...]:
    """What stands under `-- Up Migration`, or the whole file without such comments, by the timestamps in the names.

    Raises:
        MigrationsError: a comment twice, a way down without a way up, or a migration that is no SQL.
    """
    found, downs = [], {}
    for path, text in sql_files(files, "node-pg-migrate"):
        version = base(path).removesuffix(".sql")
        if version.endswith(".down"):
            downs[version.removesuffix(".down")] = path
        elif version.endswith(".up"):
            found.append(Migration(version=version.removesuffix(".up"), file=path, sql=text))
        else:
            found.append(Migration(version=version, file=path, sql=_up(path, text)))
    refuse_downs_alone("node-pg-migrate", [each.version for each in found], downs)
    return whole("node-pg-migrate", _FORM, sorted(found, key=lambda each: age(each.version)))


def _up(path: str, text: str) -> str:
    ups, downs = list(UP.finditer(text)), list(_DOWN.finditer(text))
    for marks in (ups, downs):
        if len(marks) > 1:
            comment = marks[1][0].strip()
            mistake(path, f"`{comment}` stands here a second time: split the file", line_at(text, marks[1].start()))
    if not ups and downs:
        mistake(
            path,
            "it has `-- Down Migration` and no `-- Up Migration`, so node-pg-migrate would run the way down as part of "
            "the way up: write `-- Up Migration` above what it is to do",
            line_at(text, downs[0].start()),
        )
    if not ups:
        return text
    later = [down.start() for down in downs if down.start() > ups[0].start()]
    return part(text, ups[0].start(), later[0] if later else None)


def age(version: str) -> Age:
    """By the time in the name, in milliseconds, then by name: 13 digits are that time, 17 are a date and time in UTC.

    Other digits are taken as they are, and no digits as 0.
    """
    prefix = version.partition("_")[0]
    if not (prefix.isascii() and prefix.isdigit()):
        return (0, version)
    if len(prefix) == _UTC_DIGITS:
        try:
            at = datetime.strptime(prefix[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        except ValueError:
            return (0, version)
        return ((at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1) + int(prefix[14:]), version)
    return (int(prefix), version)


def applied(rows: Rows, _: Sequence[Migration]) -> tuple[Applied, ...]:
    """A row a migration, by the name of its file without the ending."""
    return tuple(Applied(version=str(row["name"])) for row in rows)


NODE_PG_MIGRATE = Format(
    name="node-pg-migrate",
    files=_FORM,
    table=(None, "pgmigrations"),
    select="SELECT name FROM {table} ORDER BY run_on, id",
    parse=parse,
    applied=applied,
    age=age,
    knows_order=True,
    knows_edits=False,
    advice=Advice(
        pending="`node-pg-migrate up` applies it",
        late="`node-pg-migrate up` refuses to run while it precedes one that has run: give it a newer timestamp",
        edited="put the file back, and write what changed as a new migration",
        unknown="bring its file back: without it `node-pg-migrate up` refuses to run, but for `--no-check-order`",
        failed="undo by hand what it did, and run `node-pg-migrate up` again",
    ),
)
