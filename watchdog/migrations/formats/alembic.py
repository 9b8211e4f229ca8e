"""Alembic: the SQL that `alembic upgrade head --sql` prints, and the heads of its graph in the table.

How a step is announced and the version noted as in alembic/runtime/migration.py of github.com/sqlalchemy/alembic:
`-- Running upgrade A, B -> C`, then the SQL, then UPDATE, INSERT and DELETE on the table of versions. These are left
out, as are BEGIN and COMMIT around all steps or around each; what goes on outside of a transaction stands between a
COMMIT and a BEGIN inside its step (`autocommit_block`).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from watchdog.errors import MigrationsError
from watchdog.migrations.formats.format import Advice, Files, Format, Rows
from watchdog.migrations.formats.reading import line_at, mistake, part, sql_files, whole
from watchdog.migrations.migration import Applied, Migration
from watchdog.sqltext import visible

_STEP = re.compile(r"^-- Running (upgrade|downgrade) (.*?) ?-> ([^\s,]*).*$", re.MULTILINE)
_NOTED = re.compile(
    r"^(?:INSERT INTO \S+ \(version_num\) VALUES \('[^']*'\)[^;\n]*"
    r"|UPDATE \S+ SET version_num='[^']*' WHERE \S+version_num = '(?P<moved>[^']*)'"
    r"|DELETE FROM \S+ WHERE \S+version_num = '(?P<merged>[^']*)');[ \t\r]*$",
    re.MULTILINE,
)
_EDGE = re.compile(r"(?:^(?:BEGIN|COMMIT);[ \t\r]*(?:\n|\Z)|\s)+\Z", re.MULTILINE)
_INSIDE = re.compile(r"^(?:BEGIN|COMMIT);", re.MULTILINE)
_FORM = "what `alembic upgrade head --sql` prints, in one file or several"


def parse(files: Files) -> tuple[Migration, ...]:
    """The steps, each after those that it follows, and else in the order of the files.

    What a step follows is also read from the versions that it takes out of the table: `depends_on` shows only there.

    Raises:
        MigrationsError: Python instead of SQL, a way down, a file without steps, or steps that follow each other.
    """
    found = [step for path, text in sql_files(files, "alembic") for step in _steps(path, text)]
    return _sorted(whole("alembic", _FORM, found))


def _steps(path: str, text: str) -> Iterator[Migration]:
    marks = list(_STEP.finditer(text))
    if not marks:
        mistake(path, f"no `-- Running upgrade` in it: give {_FORM}, or move this file out of the folder")
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        line = line_at(text, mark.start())
        if mark[1] == "downgrade" or not mark[3]:
            mistake(path, "this step goes down: give what `alembic upgrade head --sql` prints", line)
        sql = part(text, mark.start(), following.start() if following else None)
        noted = [word for found in _NOTED.finditer(sql) for word in (found["moved"], found["merged"]) if word]
        # Nothing is cut but on lines of its own, so that all lines keep their numbers.
        sql = _EDGE.sub(lambda edge: "\n" * edge[0].count("\n"), _NOTED.sub("", sql))
        named = [word.strip() for word in mark[2].split(",") if word.strip()]
        yield Migration(
            version=mark[3],
            file=path,
            sql=sql,
            transactional=_INSIDE.search(sql) is None,
            parents=tuple(dict.fromkeys([*named, *noted])),
            line=line,
        )


def _sorted(steps: Sequence[Migration]) -> tuple[Migration, ...]:
    place = {step.version: number for number, step in enumerate(steps)}
    graph = TopologicalSorter({step.version: [each for each in step.parents if each in place] for step in steps})
    try:
        graph.prepare()
    except CycleError as error:
        ring = " -> ".join(map(visible, error.args[1]))
        mistake(
            steps[0].file,
            f"its steps follow each other in a ring, {ring}: print them anew with `alembic upgrade head --sql`",
        )
    ready: list[int] = []
    order: list[Migration] = []
    while graph.is_active():
        ready = sorted([*ready, *(place[version] for version in graph.get_ready())])
        first = steps[ready.pop(0)]
        order.append(first)
        graph.done(first.version)
    return tuple(order)


def applied(rows: Rows, migrations: Sequence[Migration]) -> tuple[Applied, ...]:
    """The heads in the table and all that they follow; what lies before the first step comes first.

    Raises:
        MigrationsError: a head that no step has or follows, so that nothing can be said of what has run.
    """
    parents: Mapping[str, Sequence[str]] = {each.version: each.parents for each in migrations}
    before = {parent for each in migrations for parent in each.parents} - parents.keys()
    waiting = [str(row["version_num"]) for row in rows]
    for head in waiting:
        if head not in parents and head not in before:
            raise MigrationsError(
                f"the database is at revision {visible(head)}, and no file has a step to it or from it, so nothing can "
                "be said of what has run: print the SQL anew from code that has this revision, with "
                "`alembic upgrade head --sql`"
            )
    reached: set[str] = set()
    while waiting:
        version = waiting.pop()
        if version not in reached:
            reached.add(version)
            waiting += parents.get(version, ())
    older = sorted(reached - parents.keys())
    return tuple(Applied(version=each) for each in [*older, *(each for each in parents if each in reached)])


ALEMBIC = Format(
    name="alembic",
    files=_FORM,
    table=(None, "alembic_version"),
    select="SELECT version_num FROM {table} ORDER BY version_num",
    parse=parse,
    applied=applied,
    age=None,
    knows_order=False,
    knows_edits=False,
    limits=("alembic notes the heads: what they follow counts as applied, and no revision can come too late",),
    advice=Advice(
        pending="`alembic upgrade head` applies it",
        late="`alembic upgrade head` applies it all the same",
        edited="write what changed as a new revision",
        unknown="print the SQL anew with `alembic upgrade head --sql`, from code that has it",
        failed="undo by hand what it did, and run `alembic upgrade head` again",
    ),
)
