"""What of a snapshot a change of the catalogs concerns, and the snapshot after it.

What is read anew is read by roots: a relation with all that is part of it, a type, a routine, extended statistics, a
schema; and two rooms that are read as a whole.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from watchdog.schema.gate import Mark, moved
from watchdog.schema.snapshot import Address, Attributes, ObjectId, Snapshot

# The catalogs whose changed rows tell which roots to read anew. When any other but those of a room moves, all is read
# anew: extensions, casts, collations and what else is named all over, privileges since initdb, default ones, labels.
FOLLOWED = frozenset(
    {
        "pg_aggregate", "pg_attrdef", "pg_attribute", "pg_class", "pg_constraint", "pg_description", "pg_enum",
        "pg_foreign_table", "pg_index", "pg_inherits", "pg_namespace", "pg_partitioned_table", "pg_policy", "pg_proc",
        "pg_range", "pg_rewrite", "pg_sequence", "pg_statistic_ext", "pg_trigger", "pg_type",
    }
)  # fmt: skip
# It moves with nearly all of them. What it alone tells is what belongs to an extension, or goes with one.
DEPENDENCIES = "pg_depend"

# The catalog of a root, its sort by the letter of that catalog, and the kinds that are read of it.
RELATION, TYPE, ROUTINE, STATISTICS = "pg_class", "pg_type", "pg_proc", "pg_statistic_ext"
SCHEMA = "pg_namespace"
_TABLE = ("relation", "column", "constraint", "index", "rule", "trigger", "policy")
_BASE = ("base_type",)
_VIEW = ("relation", "column", "index", "view", "rule", "trigger")
READ_BY: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    TYPE: {
        "e": ("enum",), "d": ("domain",), "c": ("composite",), "r": ("range",), "b": _BASE, "p": _BASE,
    },
    ROUTINE: {"f": ("routine",), "p": ("routine",), "w": ("routine",), "a": ("aggregate",)},
    RELATION: {
        "r": _TABLE, "p": _TABLE, "f": (*_TABLE, "foreign_table"), "v": _VIEW, "m": _VIEW,
        "S": ("relation", "sequence"),
    },
    STATISTICS: {"": ("statistics",)},
    SCHEMA: {"": ("schema",)},
}  # fmt: skip
SEQUENCE = "S"

_CATALOG = {kind: catalog for catalog, sorts in READ_BY.items() for kinds in sorts.values() for kind in kinds} | {
    "constraint": "pg_constraint", "rule": "pg_rewrite", "trigger": "pg_trigger", "policy": "pg_policy",
}  # fmt: skip
# Parts whose address is their own and not their relation's.
_PARTS = ("constraint", "index", "rule", "trigger", "policy")

# What can end without a trace in what is left: a row is deleted, and no other row of the root's changes.
# Kind -> attribute -> the catalog whose rows it is made of.
_TRACELESS: Mapping[str, Mapping[str, str]] = {
    "domain": {"constraints": "pg_constraint", "constraint_comments": "pg_description"},
    "composite": {"field_comments": "pg_description"},
    "column": {"identity_sequence_comment": "pg_description"},
    "constraint": {"index_comment": "pg_description"},
}

# The kinds of `unmodelled` that a deleted row of a followed catalog may have been one of.
_COUNTED_ONLY = (
    "relation of kind",
    "type of kind",
    "routine of kind",
    "constraint of kind",
    "object in a system schema",
)


class Root(NamedTuple):
    """A catalog and an oid in it."""

    catalog: str
    oid: int


# The rooms: what of each is read as a whole, and the catalogs whose moving has it read. The publications are read with
# any relation too, as they speak of its index and its partitions.
PUBLICATIONS, CLUSTER = Root("publications", 0), Root("cluster", 0)
ROOMS: Mapping[Root, tuple[tuple[str, ...], frozenset[str]]] = {
    PUBLICATIONS: (
        ("publication", "publication_table"),
        frozenset({"pg_publication", "pg_publication_rel", "pg_publication_namespace"}),
    ),
    CLUSTER: (
        ("role", "membership", "tablespace", "database"),
        frozenset({"pg_authid", "pg_auth_members", "pg_database", "pg_shdescription"}),
    ),
}
_ROOM = {kind: room for room, (kinds, _) in ROOMS.items() for kind in kinds}
_OF_ROOMS = frozenset().union(*(catalogs for _, catalogs in ROOMS.values()))


class Moved(msgspec.Struct, frozen=True):
    """What moved, of what is followed.

    Attributes:
        catalogs: in which changed rows tell what to read.
        deleted: those of them from which rows may have been deleted.
        rooms: to be read as a whole.
    """

    catalogs: frozenset[str]
    deleted: frozenset[str]
    rooms: frozenset[Root] = frozenset()


def followable(before: Mark, now: Mark) -> Moved | str:
    """What moved; or why what moved tells too little, and all has to be read anew."""
    names = moved(before, now)
    if names is None:
        return "what was counted in the catalogs cannot be compared with the last time"
    if unfollowed := names - FOLLOWED - _OF_ROOMS - {DEPENDENCIES}:
        return f"{', '.join(sorted(unfollowed))} changed"
    rooms = {room for room, (_, catalogs) in ROOMS.items() if names & catalogs}
    if names and now.distrust:
        # Not every role may go through the rows of pg_authid.
        rooms.add(CLUSTER)
    return Moved(
        catalogs=names & FOLLOWED,
        deleted=frozenset(name for name in names & FOLLOWED if _deleted(before, now, name)),
        rooms=frozenset(rooms),
    )


def _deleted(before: Mark, now: Mark, name: str) -> bool:
    """The last counter is of deleted rows; numbers that are read from rows tell no such thing."""
    one, other = before.catalogs.get(name, ()), now.catalogs.get(name, ())
    return now.distrust != "" or one[-1:] != other[-1:]


class DoubtError(Exception):
    """What was read anew does not fit what is known: all has to be read."""


class Roots:
    """Which objects of a snapshot are read by which root. It is altered as its snapshots follow each other."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.objects: dict[Root, list[ObjectId]] = {}
        # Catalog -> oid -> root, of each row that an object stands in.
        self._rows: dict[str, dict[int, Root]] = {catalog: {} for catalog in _CATALOG.values()}
        self._traceless: dict[str, set[Root]] = {}
        self._commented: set[Root] = set()
        self._invalid: set[Root] = set()
        self._heirs: set[Root] = set()
        self._departing: set[Root] = set()
        # What is read as a whole only, and has a comment.
        self._commented_others: list[ObjectId] = []
        self._add(snapshot.objects, snapshot.addresses, snapshot.addresses)

    def of(self, subject: ObjectId, addresses: Mapping[ObjectId, Address]) -> Root | None:
        """The root that an object is read by; None for what is read as a whole only."""
        if subject.kind in _PARTS:
            relation = addresses.get(ObjectId("relation", subject.name[:2]))
            return Root(RELATION, relation.object_oid) if relation else None
        if subject.kind in _ROOM:
            return _ROOM[subject.kind]
        catalog = _CATALOG.get(subject.kind)
        return Root(catalog, addresses[subject].object_oid) if catalog else None

    def rows(self, catalog: str) -> list[int]:
        """The oids of the rows that objects stand in; none of a catalog of which only roots are known."""
        return list(self._rows.get(catalog, ()))

    def in_rows(self, catalog: str, oids: Iterable[int]) -> set[Root]:
        """The roots of such rows."""
        return {self._rows[catalog][oid] for oid in oids}

    def traceless(self, deleted: Collection[str]) -> set[Root]:
        """The roots that may have lost what leaves no trace in their own rows."""
        return set().union(*(self._traceless.get(catalog, ()) for catalog in deleted))

    def commented(self, snapshot: Snapshot) -> list[ObjectId]:
        """All objects with a comment."""
        of_roots = (subject for root in self._commented for subject in self.objects[root])
        return [
            *(each for each in of_roots if snapshot.objects[each].get("comment") is not None),
            *self._commented_others,
        ]

    def heirs(self, snapshot: Snapshot) -> dict[Root, int]:
        """The relations with parents, and how many each has."""
        parents = {
            root: snapshot.objects[subject].get("parents")
            for root in self._heirs
            for subject in self.objects[root]
            if subject.kind == "relation"
        }
        return {root: len(names) for root, names in parents.items() if isinstance(names, tuple)}

    def restless(self, snapshot: Snapshot) -> set[Root]:
        """Those that are read every time.

        What could not be read, and invalid indexes, may differ without a change of the catalogs' counters; departing
        triggers are called by a constraint that may be any relation's.

        Raises:
            DoubtError: something unread is read as a whole only.
        """
        unread = {self.of(subject, snapshot.addresses) for subject in snapshot.stale}
        if None in unread:
            raise DoubtError("what could not be read is not read by itself")
        return {root for root in unread if root} | self._invalid | self._departing

    def replace(
        self,
        roots: Iterable[Root],
        objects: Mapping[ObjectId, Attributes],
        added: Mapping[ObjectId, Address],
        addresses: dict[ObjectId, Address],
    ) -> list[ObjectId]:
        """Take what was read of these roots for all that there is of them; `addresses` are altered likewise.

        Returns:
            What they had before.

        Raises:
            DoubtError: another root has an object of the same name.
        """
        left: list[ObjectId] = []
        for root in roots:
            for subject in self.objects.pop(root, ()):
                left.append(subject)
                address = addresses.pop(subject)
                if subject.kind in _CATALOG:
                    self._rows[_CATALOG[subject.kind]].pop(address.object_oid, None)
            for group in (self._commented, self._invalid, self._heirs, self._departing, *self._traceless.values()):
                group.discard(root)
        if not addresses.keys().isdisjoint(added):
            raise DoubtError("a name is there twice")
        addresses.update(added)
        self._add(objects, added, addresses)
        return left

    def _add(
        self,
        objects: Mapping[ObjectId, Attributes],
        added: Mapping[ObjectId, Address],
        addresses: Mapping[ObjectId, Address],
    ) -> None:
        relations: dict[tuple[str, ...], Root] = {}
        # Many objects share their attributes.
        noted: dict[tuple[str, int], Sequence[set[Root]]] = {}
        for subject, address in added.items():
            kind, name = subject.kind, subject.name
            if kind == "column":
                root = relations.get(name[:2]) or self.of(subject, addresses)
            elif kind in _PARTS:
                root = relations.get(name[:2]) or self.of(subject, addresses)
                self._row(kind, address, root)
            else:
                root = self.of(subject, addresses)
                self._row(kind, address, root)
                if kind == "relation" and root:
                    relations[name] = root
            attributes = objects[subject]
            if root is None:
                if attributes.get("comment") is not None:
                    self._commented_others.append(subject)
                continue
            self.objects.setdefault(root, []).append(subject)
            key = kind, id(attributes)
            if key not in noted:
                noted[key] = list(self._groups(kind, attributes))
            for group in noted[key]:
                group.add(root)

    def _row(self, kind: str, address: Address, root: Root | None) -> None:
        if root and kind in _CATALOG:
            self._rows[_CATALOG[kind]][address.object_oid] = root

    def _groups(self, kind: str, attributes: Attributes) -> Iterator[set[Root]]:
        """What else is known of the root of an object, by what the object is."""
        # Those of the cluster are in a catalog of theirs.
        if attributes.get("comment") is not None and _ROOM.get(kind) != CLUSTER:
            yield self._commented
        if attributes.get("valid") is False:
            yield self._invalid
        if attributes.get("departing_triggers") is not None:
            yield self._departing
        for name, catalog in _TRACELESS.get(kind, {}).items():
            if attributes.get(name) is not None:
                yield self._traceless.setdefault(catalog, set())
        if attributes.get("parents") is not None:
            yield self._heirs
            # A partition's index goes with its parent's.
            if str(attributes.get("replica_identity")).startswith("index"):
                yield self._traceless.setdefault("pg_class", set())


def counted_only(unmodelled: Mapping[str, int]) -> bool:
    """Whether a deleted row may be one of those that are only counted."""
    return any(kind.startswith(_COUNTED_ONLY) for kind in unmodelled)
