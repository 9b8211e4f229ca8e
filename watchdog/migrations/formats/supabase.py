"""Supabase's CLI: one file a migration, and the table keeps the statements that ran.

Names and the file that is skipped as in pkg/migration/file.go and list.go of github.com/supabase/cli, the tables as in
history.go, how a file is split into statements as in pkg/parser/token.go.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence

from watchdog.migrations.formats.format import Advice, Files, Format, Rows
from watchdog.migrations.formats.reading import base, refuse_name, sql_files, whole
from watchdog.migrations.migration import Applied, Migration

_NAME = re.compile(r"(\d+)_.*\.sql")
_OLD_INIT = re.compile(r"(\d{14})_init\.sql")
_NO_LONGER_SKIPPED = "20211209000000"
_FORM = "supabase/migrations/20251117120000_name.sql"


def parse(files: Files) -> tuple[Migration, ...]:
    """Each file whole, by name; a first `_init.sql` from before December 2021 is skipped, as the CLI does.

    Raises:
        MigrationsError: two files of one version, or a name that the CLI passes over.
    """
    found = []
    for place, (path, text) in enumerate(sql_files(files, "supabase")):
        name = _NAME.fullmatch(base(path))
        if name is None:
            refuse_name(path, "supabase", "20251117120000_name.sql")
        init = _OLD_INIT.fullmatch(base(path))
        if place == 0 and init and init[1] < _NO_LONGER_SKIPPED:
            continue
        found.append(Migration(version=name[1], file=path, sql=text, checksum=_digest([text])))
    return whole("supabase", _FORM, found)


def _digest(statements: Iterable[str]) -> str:
    """The same for a file and for its statements: spaces around them and semicolons at their ends do not count."""
    bare = re.sub(r"[\s;]+", "", "".join(statements))
    return hashlib.sha256(bare.encode()).hexdigest()[:16]


def applied(rows: Rows, _: Sequence[Migration]) -> tuple[Applied, ...]:
    """A row a version, with the statements that ran, where the CLI was new enough to note them."""
    return tuple(
        Applied(
            version=str(row["version"]),
            name=str(row["name"] or ""),
            checksum=_digest(map(str, noted)) if isinstance(noted := row["statements"], list) and noted else None,
        )
        for row in rows
    )


SUPABASE = Format(
    name="supabase",
    files=_FORM,
    table=("supabase_migrations", "schema_migrations"),
    select="SELECT version, name, statements FROM {table} ORDER BY version",
    parse=parse,
    applied=applied,
    age=lambda version: (version,),
    knows_order=False,
    knows_edits=True,
    beside=(("supabase_migrations", "seed_files"),),
    limits=("supabase notes the statements that ran: a file that differs only in spaces and semicolons is no edit",),
    advice=Advice(
        pending="`supabase db push` applies it",
        late="`supabase db push` refuses to run while it is older than one that has run: give it a newer timestamp, or "
        "`--include-all`",
        edited="put the file back, and write what changed as a new migration",
        unknown="`supabase db pull` or `supabase migration fetch` brings it back, and `supabase migration repair "
        "--status reverted VERSION` forgets it",
        failed="undo by hand what it did, and run `supabase db push` again",
    ),
)
