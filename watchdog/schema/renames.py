"""Which objects carry another name than they did, known by where they stand in the catalogs of one cluster.

An oid, and with it a column's number, belongs to an object for life and survives a rename. In another cluster, or in
another database of this one, the same number says nothing.
"""

from collections.abc import Mapping, Sequence

import msgspec

from watchdog.schema.kinds import KINDS, parent_of
from watchdog.schema.snapshot import ObjectId, Snapshot, Value
from watchdog.schema.tokens import tokens
from watchdog.sqltext import quote_ident

Renames = Mapping[ObjectId, ObjectId]


def renames(expected: Snapshot, actual: Snapshot) -> Renames:
    """Old name -> new name of every object that is there under another one, be it for its parent's sake.

    An object that took over a name which is still expected is not renamed: two tables that changed places are compared
    by their names, as those who use them do.
    """
    if not same_database(expected, actual):
        return {}
    there = {
        (subject.kind, address): subject
        for subject, address in actual.addresses.items()
        if address.object_oid and subject not in expected.objects
    }
    return {
        subject: there[subject.kind, address]
        for subject, address in expected.addresses.items()
        if subject not in actual.objects and (subject.kind, address) in there
    }


def same_database(one: Snapshot, other: Snapshot) -> bool:
    """Whether addresses of both mean the same."""
    return same_cluster(one, other) and one.server.database == other.server.database


def same_cluster(one: Snapshot, other: Snapshot) -> bool:
    """False also where a cluster's identity is not known."""
    return one.server.system_identifier is not None and (one.server.system_identifier == other.server.system_identifier)


def told(moved: Renames) -> Renames:
    """Those that were renamed themselves, not only with their parent or with what their names are made of."""

    def with_parent(subject: ObjectId) -> tuple[str, ...] | None:
        parent = parent_of(subject)
        if parent is None or parent not in moved:
            return None
        return moved[parent].name + subject.name[len(parent.name) :]

    own = {old: new for old, new in moved.items() if with_parent(old) != new.name}
    plain = {old: new for old, new in own.items() if not KINDS[old.kind].composed}
    renamed = words(plain)
    composed = {old: new for old, new in own.items() if old not in plain and not _explained_name(old, new, renamed)}
    return plain | composed


def _explained_name(old: ObjectId, new: ObjectId, renamed: Mapping[str, str]) -> bool:
    return all(
        before == after or explained(before, after, renamed) for before, after in zip(old.name, new.name, strict=True)
    )


def under_new_names(snapshot: Snapshot, moved: Renames) -> Snapshot:
    """The same objects, each under the name that it has now."""
    if not moved:
        return snapshot
    return msgspec.structs.replace(
        snapshot,
        objects={moved.get(subject, subject): attributes for subject, attributes in snapshot.objects.items()},
        addresses={moved.get(subject, subject): address for subject, address in snapshot.addresses.items()},
    )


def words(moved: Renames) -> Mapping[str, str]:
    """Old name -> new name as they stand in SQL, of each part that a rename changed."""
    return {
        quote_ident(before): quote_ident(after)
        for old, new in moved.items()
        for before, after in zip(old.name, new.name, strict=True)
        if before != after
    }


def explained(before: Value, after: Value, renamed: Mapping[str, str]) -> bool:
    """Whether two values differ by nothing but renamed words: a view that names a renamed column has not changed."""
    if not renamed:
        return False
    match before, after:
        case str(), str():
            # A name that stands alone is not written as SQL writes it.
            return renamed.get(quote_ident(before)) == quote_ident(after) or _same_words(
                tokens(before), tokens(after), renamed
            )
        case tuple(), tuple():
            # A sorted list is in another order under its new names.
            left = list(after)
            for old in before:
                now = next((new for new in left if old == new or explained(old, new, renamed)), None)
                if now is None:
                    return False
                left.remove(now)
            return not left
        case _:
            return False


def _same_words(before: Sequence[str], after: Sequence[str], renamed: Mapping[str, str]) -> bool:
    """Whether they are the same under the new names. What a view calls its column stays: `total`, or `sum AS total`."""
    old, new = 0, 0
    while old < len(before) and new < len(after):
        word, now = before[old], after[new]
        old, new = old + 1, new + 1
        if word == now:
            continue
        if renamed.get(word) != now:
            return False
        named_before, named_after = before[old : old + 1] == ("AS",), after[new : new + 1] == ("AS",)
        if named_after and not named_before and after[new + 1 : new + 2] == (word,):
            new += 2
        elif named_before and not named_after and before[old + 1 : old + 2] == (now,):
            old += 2
    return (old, new) == (len(before), len(after))
