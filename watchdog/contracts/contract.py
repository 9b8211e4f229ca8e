"""What a component needs of a database, as plain values: what exists beyond it is none of its business."""

from collections.abc import Mapping

import msgspec

from watchdog.rows.terms import Freshness

# (schema, relation), as everywhere among the rows.
Name = tuple[str, str]


class Because(msgspec.Struct, frozen=True):
    """Since when something is needed, and what for, both in a person's words; empty where nobody said."""

    since: str = ""
    why: str = ""

    def __str__(self) -> str:
        """In brackets behind what is needed: ` (since 2025-11-17: groups token families)`."""
        since = f"since {self.since}" if self.since else ""
        words = ": ".join(filter(None, (since, self.why)))
        return f" ({words})" if words else ""


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column that must be there.

    Attributes:
        types: those that will do, as the server prints them; without any, every type does.
        nullable: False where NULL may never be read, True where NULL is written; None: either will do.
        default: the SQL that it must default to; True: to anything, as it is left out on INSERT; None: nothing is said.
    """

    name: str
    types: tuple[str, ...] = ()
    nullable: bool | None = None
    default: str | bool | None = None
    because: Because = Because()

    @property
    def wants(self) -> str:
        """In words, such as `text or character varying, NOT NULL`."""
        nulls = {False: "NOT NULL", True: "nullable", None: ""}[self.nullable]
        default = "with a default" if self.default is True else f"DEFAULT {self.default}" if self.default else ""
        return ", ".join(filter(None, (" or ".join(self.types), nulls, default))) or "it"


class Relation(msgspec.Struct, frozen=True, kw_only=True):
    """A table or a view that must be there.

    Attributes:
        is_view: a view will do, as it is only read.
        columns: also those that a key or freshness names.
        unique: keys, each as columns of which no combination may come twice: what ON CONFLICT names.
        privileges: that the contract's role must hold on it.
    """

    name: Name
    is_view: bool = False
    columns: tuple[Column, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    privileges: tuple[str, ...] = ()
    min_rows: int | None = None
    freshness: Freshness | None = None
    because: Because = Because()


class Contract(msgspec.Struct, frozen=True, kw_only=True):
    """All that one component needs.

    Attributes:
        role: as which it connects; empty where nobody said, and then nothing is known of privileges.
        functions: (schema, signature), as snapshots name routines.
        enums: (schema, type) -> labels that must exist.
    """

    component: str
    role: str = ""
    relations: tuple[Relation, ...] = ()
    functions: tuple[Name, ...] = ()
    enums: Mapping[Name, tuple[str, ...]] = {}
    extensions: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()
    because: Because = Because()
