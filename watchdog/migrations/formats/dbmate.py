"""dbmate: one file a migration, the way up and the way down under a mark each.

Names, marks and options as in pkg/dbmate/migration.go and db.go of github.com/amacneil/dbmate, the table as in
pkg/driver/postgres/postgres.go; what it refuses was tried with dbmate 2.36.
"""

import re
from collections.abc import Sequence

from watchdog.migrations.formats.format import Advice, Files, Format, Rows
from watchdog.migrations.formats.reading import base, line_at, mistake, part, refuse_name, sql_files, whole
from watchdog.migrations.migration import Applied, Migration

_NAME = re.compile(r"(\d+).*\.sql")
_UP = re.compile(r"^--\s*migrate:up(?:[ \t\r]*$|[ \t]+(?P<options>\S.*)$)", re.MULTILINE)
_DOWN = re.compile(r"^--\s*migrate:down(?:\s*$|[ \t]+\S)", re.MULTILINE)
_FORM = "20251117120000_name.sql, with `-- migrate:up` and `-- migrate:down`"


def parse(files: Files) -> tuple[Migration, ...]:
    """What stands from `-- migrate:up` to `-- migrate:down`, in the order of the files' names.

    Raises:
        MigrationsError: what dbmate refuses, and a name that it passes over.
    """
    return whole("dbmate", _FORM, (_read(path, text) for path, text in sql_files(files, "dbmate")))


def _read(path: str, text: str) -> Migration:
    name = _NAME.fullmatch(base(path))
    if name is None:
        refuse_name(path, "dbmate", "its version in digits, then `_name.sql`")
    ups, down = list(_UP.finditer(text)), _DOWN.search(text)
    if not ups:
        what = "only `-- migrate:down`" if down else "no `-- migrate:up` at the beginning of a line"
        mistake(path, f"it has {what}, so dbmate cannot apply it: write `-- migrate:up` above what it is to do")
    if len(ups) > 1:
        again = line_at(text, ups[1].start())
        mistake(path, "`-- migrate:up` stands here a second time: split the file, a migration has one version", again)
    up = ups[0]
    if down is None or down.start() < up.start():
        mistake(
            path,
            "dbmate wants `-- migrate:down` after `-- migrate:up`: add it at the end, and leave it empty where there "
            "is no way back",
            line_at(text, up.start()),
        )
    for number, line in enumerate(text[: up.start()].split("\n"), 1):
        if line.strip() and not line.lstrip().startswith("--"):
            mistake(path, "dbmate refuses statements above `-- migrate:up`: move this one below it", number)
    options = (up["options"] or "").split()
    return Migration(
        version=name[1],
        file=path,
        sql=part(text, up.start(), down.start()),
        transactional="transaction:false" not in options,
    )


def applied(rows: Rows, _: Sequence[Migration]) -> tuple[Applied, ...]:
    """A row a version, and nothing else."""
    return tuple(Applied(version=str(row["version"])) for row in rows)


DBMATE = Format(
    name="dbmate",
    files=_FORM,
    table=(None, "schema_migrations"),
    select="SELECT version FROM {table} ORDER BY version",
    parse=parse,
    applied=applied,
    age=lambda version: (version,),
    knows_order=False,
    knows_edits=False,
    advice=Advice(
        pending="`dbmate migrate` applies it",
        late="`dbmate migrate` applies it all the same, unless `--strict` is given: give it a newer version if what it "
        "does must come after the others",
        edited="put the file back, and write what changed as a new migration",
        unknown="bring its file back, or delete its row from the table if what it did was undone",
        failed="undo by hand what it did, and run `dbmate migrate` again",
    ),
)
