"""Which tool a folder of migrations belongs to."""

import re
from collections.abc import Iterable, Iterator, Mapping

from watchdog.errors import MigrationsError, UndecidedError
from watchdog.migrations.formats import FORMATS
from watchdog.migrations.formats.flyway import NAME as FLYWAY_NAME
from watchdog.migrations.formats.format import Format
from watchdog.migrations.formats.node_pg_migrate import UP
from watchdog.migrations.formats.prisma import SCRIPT
from watchdog.migrations.formats.reading import MARKS, SET_FORMAT, base, refuse_code
from watchdog.migrations.formats.sqlx import NO_TRANSACTION
from watchdog.sqltext import visible

_NUMBERED = re.compile(r"\d+_.*\.sql")
_WITH_TIME = re.compile(r"(?:\d{13}|\d{17})_.*\.sql")
_BOTH_WAYS = re.compile(r"\d+_.*\.(?:up|down)\.sql")


def detect(names: Iterable[str], texts: Mapping[str, str]) -> Format:
    """The format that names and marks decide.

    Args:
        names: all files of the folder, paths inside it with `/`.
        texts: the text of each that is SQL or code.

    Raises:
        MigrationsError: nothing to read, files of two tools, or several tools that name their files so.
    """
    found = [name for name in sorted(names) if not base(name).startswith(".")]
    for name in found:
        refuse_code(name, texts.get(name, ""))
    scripts = [name for name in found if name.endswith(".sql")]
    if not scripts:
        raise MigrationsError("the folder holds no .sql file: check the path of the migrations")
    decided: dict[str, str] = {}
    for name in scripts:
        for tool in _marks(name, texts.get(name, "")):
            decided.setdefault(tool, name)
    if len(decided) > 1:
        (one, first), (other, second) = list(decided.items())[:2]
        raise MigrationsError(
            f"the folder holds files of two tools, {visible(first)} of {one} and {visible(second)} of {other}: keep "
            f"each tool's migrations in a folder of its own, or {SET_FORMAT}"
        )
    for tool, name in decided.items():
        if tool not in FORMATS:
            raise MigrationsError(
                f"{visible(name)} is a migration of {tool}, which cannot be read: give a folder of what goes up only, "
                f"and {SET_FORMAT} to plain"
            )
        return FORMATS[tool]
    return _by_names(scripts)


def _marks(name: str, text: str) -> Iterator[str]:
    """The tools whose own writing a file has."""
    marked = [tool for tool, mark in MARKS.items() if mark.search(text)]
    yield from marked
    if not marked and UP.search(text):
        yield "node-pg-migrate"
    if SCRIPT.fullmatch(name):
        yield "prisma"
    elif FLYWAY_NAME.fullmatch(base(name)):
        yield "flyway"
    elif _NUMBERED.fullmatch(base(name)) and text.startswith(NO_TRANSACTION):
        yield "sqlx"


def _by_names(scripts: list[str]) -> Format:
    """What the names leave: plain where no tool names its files so, and never where one does."""
    if not any(_NUMBERED.fullmatch(base(name)) for name in scripts):
        return FORMATS["plain"]
    both = any(_BOTH_WAYS.fullmatch(base(name)) for name in scripts)
    candidates = ["golang-migrate", "sqlx"] if both else ["sqlx", "supabase", "plain"]
    if any(_WITH_TIME.fullmatch(base(name)) for name in scripts):
        candidates.append("node-pg-migrate")
    example = next(name for name in scripts if _NUMBERED.fullmatch(base(name)))
    raise UndecidedError(
        f"{visible(example)} may be a migration of {', '.join(candidates[:-1])} or {candidates[-1]}: their files are "
        f"named alike, so {SET_FORMAT} to the one that runs it"
    )
