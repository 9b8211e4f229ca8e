"""How one tool's folder and table are read, as a value."""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from watchdog.migrations.migration import Applied, Migration

Files = Mapping[str, str]
Rows = Sequence[Mapping[str, object]]
Age = tuple[int | str, ...]


class Advice(msgspec.Struct, frozen=True, kw_only=True):
    """What to do with the tool's own commands, a clause each that ends a sentence.

    Attributes:
        pending: of a migration that has not run.
        late: of one that has not run, though newer ones have.
        edited: of one whose file is no longer the one that ran.
        unknown: of one that ran, and has no file.
        failed: of one that failed half-way, or has not ended.
    """

    pending: str
    late: str
    edited: str
    unknown: str
    failed: str


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """One tool's form of migrations.

    Attributes:
        name: the tool's, as it is given in the configuration.
        files: which files are read, in words.
        table: the schema and the name of its history table by default; no schema where it may be in any, and None where
            the tool notes nothing.
        select: reads that table, `{table}` being its quoted name; in the order of applying where the table notes it.
        parse: files, path inside the folder with `/` -> text, to migrations in the tool's order. The text is to be
            the file's UTF-8 as it stands, with its own line ends and byte order mark: checksums are made of it.
            Raises MigrationsError, with file and line, what is wrong and what to do.
        applied: rows of `select`, and what `parse` gave, to what the tool notes of each version, in the rows' order;
            versions are written as in the migrations wherever the tool takes the two for the same.
        age: what sorts versions; None where they have no order of their own.
        knows_order: whether the table tells in which order they were applied.
        knows_edits: whether the table tells that a file has changed since it was applied.
        beside: the schemas and names of other tables that the tool keeps for itself.
        limits: what else cannot be known from the table, a sentence each.
    """

    name: str
    files: str
    table: tuple[str | None, str] | None
    select: str
    parse: Callable[[Files], tuple[Migration, ...]]
    applied: Callable[[Rows, Sequence[Migration]], tuple[Applied, ...]]
    age: Callable[[str], Age] | None
    knows_order: bool
    knows_edits: bool
    beside: tuple[tuple[str, str], ...] = ()
    limits: tuple[str, ...] = ()
    advice: Advice

    @property
    def unknowable(self) -> tuple[str, ...]:
        """What cannot be known from the tool's table, a sentence each."""
        order = f"{self.name} does not note in which order migrations were applied: they are replayed in the folder's"
        edits = f"{self.name} notes no checksums: an edit of an applied file shows only by what it changes"
        noted = self.table is not None
        return (
            *((order,) if noted and not self.knows_order else ()),
            *((edits,) if noted and not self.knows_edits else ()),
            *self.limits,
        )
