"""What reading a folder has alike for all tools: which files, which lines, and the mistakes that any may hold."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NoReturn

from watchdog.errors import MigrationsError
from watchdog.migrations.formats.format import Files
from watchdog.migrations.migration import Migration
from watchdog.sqltext import visible

# What only one tool writes, at the beginning of a line.
MARKS = {
    "dbmate": re.compile(r"^--\s*migrate:(?:up|down)\b", re.MULTILINE),
    "alembic": re.compile(r"^-- Running (?:upgrade|downgrade) .*->", re.MULTILINE),
    "goose": re.compile(r"^--\s*\+goose (?:Up|Down)\b", re.MULTILINE | re.IGNORECASE),
    "Liquibase": re.compile(r"^--\s*liquibase formatted sql", re.MULTILINE | re.IGNORECASE),
}

# The ways out of every doubt about whose a folder is, in words.
SET_FORMAT = "set `format` (--migrations-format)"

_SCRIPT = re.compile(r"\d[^/]*\.[cm]?[jt]s")
_PYTHON_REVISION = re.compile(r"^(?:down_)?revision\b", re.MULTILINE)


def mistake(file: str, what: str, line: int | None = None) -> NoReturn:
    """Raise the error that says where, what and what to do.

    Raises:
        MigrationsError: always.
    """
    raise MigrationsError(f"{visible(file)}{f', line {line}' if line else ''}: {what}")


def line_at(text: str, offset: int) -> int:
    """The line, from 1, of a place in a text."""
    return text.count("\n", 0, offset) + 1


def part(text: str, start: int, end: int | None = None) -> str:
    """From one offset, where a line begins, up to another, with an empty line for each that was cut away above."""
    return "\n" * text.count("\n", 0, start) + text[start:end]


def base(path: str) -> str:
    """The file's name without its folders."""
    return path.rpartition("/")[2]


def sql_files(files: Files, tool: str, *, nested: bool = False) -> Iterator[tuple[str, str]]:
    """The `.sql` files and their texts, by name; those that are hidden are left out, as every tool does.

    Args:
        files: all files of the folder.
        tool: the format's name; its own marks may be found in them.
        nested: whether the tool looks into folders of the folder.

    Raises:
        MigrationsError: a file holds a migration as code, or the mark of another tool.
    """
    for path, text in sorted(files.items()):
        if base(path).startswith(".") or ("/" in path and not nested):
            continue
        refuse_code(path, text)
        if path.endswith(".sql"):
            refuse_marks(path, text, tool)
            yield path, text


def refuse_code(path: str, text: str) -> None:
    """Raise where a file is a migration in JavaScript, TypeScript or Python, of which only SQL can be read."""
    name = base(path)
    if _SCRIPT.fullmatch(name):
        mistake(
            path,
            "a migration in JavaScript or TypeScript cannot be read: write it in SQL (node-pg-migrate: "
            "`node-pg-migrate create NAME --migration-file-language sql`), or give a folder with the SQL that "
            "`node-pg-migrate up --dry-run` prints, as format plain",
        )
    if name.endswith(".py") and (name[0].isdigit() or _PYTHON_REVISION.search(text)):
        mistake(
            path,
            "a migration in Python cannot be read: give the folder with the SQL of it "
            "(`alembic upgrade head --sql > migrations/all.sql`; Django: `manage.py sqlmigrate`, as format plain)",
        )


def refuse_marks(path: str, text: str, own: str) -> None:
    """Raise where a file holds what only another tool writes."""
    for tool, mark in MARKS.items():
        found = mark.search(text)
        if found and tool != own:
            mistake(
                path,
                f"`{visible(found[0].strip())}` is {tool}'s, and the folder is read as {own}: "
                f"keep each tool's migrations in a folder of its own, or {SET_FORMAT}",
                line_at(text, found.start()),
            )


def refuse_name(path: str, tool: str, form: str) -> NoReturn:
    """Raise for a `.sql` file that the tool would pass over in silence.

    Raises:
        MigrationsError: always.
    """
    mistake(path, f"{tool} does not run a file of this name: rename it to {form}, or move it out of the folder")


def whole(
    tool: str,
    form: str,
    migrations: Iterable[Migration],
    same: Callable[[Migration], object] = lambda each: each.version,
) -> tuple[Migration, ...]:
    """The migrations, when there are any and no two have one version, which is what `same` makes of each.

    Raises:
        MigrationsError: there are none, or two files claim the same version.
    """
    found = tuple(migrations)
    if not found:
        raise MigrationsError(
            f"the folder holds no migrations of {tool} ({form}): check the path, and `format` if it is set"
        )
    first: dict[object, Migration] = {}
    for each in found:
        other = first.setdefault(same(each), each)
        if other is not each:
            mistake(
                each.file,
                f"version {visible(each.version)} is also that of {visible(other.file)}, and {tool} notes only one: "
                "give one of them another version, the one that has not run in production",
                each.line if each.line > 1 else None,
            )
    return found


def refuse_downs_alone(tool: str, ups: Sequence[str], downs: dict[str, str]) -> None:
    """Raise where a version can only be taken back: `downs` is version -> path."""
    for version, path in sorted(downs.items()):
        if version not in ups:
            mistake(path, f"version {version} has no .up.sql: {tool} cannot apply it; add the file, or remove this one")
