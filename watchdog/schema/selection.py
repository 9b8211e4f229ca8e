"""What of a database is watched."""

from collections.abc import Collection, Sequence
from fnmatch import fnmatchcase

import msgspec

from watchdog.schema.kind import Group
from watchdog.schema.kinds import KINDS, group_of
from watchdog.schema.snapshot import ObjectId, Snapshot, without

_MOST_NAMED = 10
# The place of the schema in the names of a kind, where they have one.
_SCHEMA_AT = {
    name: kind.identity.index("schema") if "schema" in kind.identity else None for name, kind in KINDS.items()
}
_IN_SCHEMAS = {name for name, at in _SCHEMA_AT.items() if at == 0}


class Selection(msgspec.Struct, frozen=True):
    """Schema name patterns (`*`, `?`, `[...]`; case matters); an exclusion beats an inclusion. And groups left out."""

    include: Sequence[str] = ("*",)
    exclude: Sequence[str] = ()
    without: Collection[Group] = ()

    def takes(self, schema: str) -> bool:
        return any(fnmatchcase(schema, pattern) for pattern in self.include) and not any(
            fnmatchcase(schema, pattern) for pattern in self.exclude
        )

    def holds(self, subject: ObjectId) -> bool:
        """Whether an object is watched. Those that live in no schema always are, unless their whole group is not."""
        kind = KINDS[subject.kind]
        return kind.group not in self.without and (
            "schema" not in kind.identity
            # Default privileges that hold in every schema say so by an empty name.
            or (schema := subject.name[kind.identity.index("schema")]) == ""
            or self.takes(schema)
        )


def untaken(selection: Selection, *snapshots: Snapshot) -> str:
    """Why a look would pass over what it was to look at, one sentence: a pattern that takes no schema, or none is left.

    Empty when there is nothing to say, and where there is no schema at all.
    """
    if {*selection.include} == {"*"} and not selection.exclude:
        return ""
    schemas = {subject.name[0] for snapshot in snapshots for subject in snapshot.objects if subject.kind in _IN_SCHEMAS}
    idle = [pattern for pattern in selection.include if not any(fnmatchcase(schema, pattern) for schema in schemas)]
    if not schemas or not (idle or not any(map(selection.takes, schemas))):
        return ""
    what = f"include: {', '.join(idle)} takes no schema" if idle else "include and exclude together leave no schema"
    named = sorted(schemas)[:_MOST_NAMED]
    more = f" and {len(schemas) - len(named)} more" if len(schemas) > len(named) else ""
    return f"schemas: {what} (there are {', '.join(named)}{more}; see to the configuration)"


def select(snapshot: Snapshot, selection: Selection) -> Snapshot:
    """The part of a snapshot that is watched."""
    left = _left(snapshot, selection)
    return msgspec.structs.replace(
        snapshot,
        covers={
            kind: tuple(name for name in names if group_of(kind, name) not in selection.without)
            for kind, names in snapshot.covers.items()
            if group_of(kind) not in selection.without
        },
        objects=without(snapshot.objects, left),
        stale=snapshot.stale.difference(left),
        broken=without(snapshot.broken, left),
        hidden=snapshot.hidden.difference(left),
        addresses=without(snapshot.addresses, left),
    )


def _left(snapshot: Snapshot, selection: Selection) -> Collection[ObjectId]:
    """What is not watched, decided once for all objects of a kind in a schema."""
    if "*" in selection.include and not selection.exclude and not selection.without:
        return ()
    known: dict[tuple[str, str | None], bool] = {}
    left: set[ObjectId] = set()
    for subject in snapshot.objects:
        at = _SCHEMA_AT[subject.kind]
        sort = subject.kind, None if at is None else subject.name[at]
        holds = known.get(sort)
        if holds is None:
            holds = known[sort] = selection.holds(subject)
        if not holds:
            left.add(subject)
    return left
