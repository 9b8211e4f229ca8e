"""Plain `.sql` files that somebody runs by hand, by name; nothing notes which have run."""

from collections.abc import Sequence

from watchdog.migrations.formats.format import Advice, Files, Format, Rows
from watchdog.migrations.formats.reading import SET_FORMAT, mistake, sql_files, whole
from watchdog.migrations.migration import Applied, Migration

_FORM = "*.sql, in the order of their names"


def parse(files: Files) -> tuple[Migration, ...]:
    """Each file whole, in the order of the paths; psql runs it without a transaction of its own.

    Raises:
        MigrationsError: no files, marks of a tool, or ways down among them.
    """

    def read(path: str, text: str) -> Migration:
        if path.endswith(".down.sql"):
            mistake(path, f"a way down among plain files would be run like any other: {SET_FORMAT} to the tool's name")
        return Migration(version=path, file=path, sql=text, transactional=False)

    return whole("plain SQL", _FORM, (read(path, text) for path, text in sql_files(files, "plain", nested=True)))


def applied(_: Rows, migrations: Sequence[Migration]) -> tuple[Applied, ...]:
    """All of them: what has not run shows as what is missing."""
    return tuple(Applied(version=each.version) for each in migrations)


PLAIN = Format(
    name="plain",
    files=_FORM,
    table=None,
    select="",
    parse=parse,
    applied=applied,
    age=lambda version: (version,),
    knows_order=False,
    knows_edits=False,
    limits=("nothing notes which plain files have run: all are taken as applied, and what has not shows as missing",),
    advice=Advice(
        pending="run it with `psql --file`",
        late="run it with `psql --file`",
        edited="run what was added with `psql`",
        unknown="bring its file back",
        failed="finish it by hand with `psql`",
    ),
)
