"""Which objects carry another name than they did, known by where they stand in the catalogs of one cluster.

An oid, and with it a column's number, belongs to an object for life and survives a rename. In another cluster, or in
another database of this one, the same number says nothing.
"""

from collections.abc import Collection

import msgspec

from watchdog.schema.following import Following, Renames
from watchdog.schema.kinds import KINDS, parent_of
from watchdog.schema.snapshot import ObjectId, Snapshot


def renames(expected: Snapshot, actual: Snapshot) -> Renames:
    """Old name -> new name of every object that is there under another one, be it for its parent's sake.

    An object that took over a name which is still expected is not renamed: two tables that changed places are compared
    by their names, as those who use them do.
    """
    if not same_database(expected, actual):
        return {}
    gone = [subject for subject in beyond(expected, actual) if subject in expected.addresses]
    if not gone:
        return {}
    there = {
        (subject.kind, address): subject
        for subject, address in actual.addresses.items()
        if address.object_oid and subject not in expected.objects
    }
    places = {subject: (subject.kind, expected.addresses[subject]) for subject in gone}
    return {subject: there[place] for subject, place in places.items() if place in there}


def beyond(one: Snapshot, other: Snapshot) -> Collection[ObjectId]:
    """What one has and the other has not."""
    # Nothing, nearly always, which is told faster so.
    if one.objects is other.objects or one.objects.keys() <= other.objects.keys():
        return ()
    return [subject for subject in one.objects if subject not in other.objects]


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
    following = Following({old: new for old, new in own.items() if not KINDS[old.kind].composed}, ())
    return {old: new for old, new in own.items() if not (KINDS[old.kind].composed and following.names(old, new))}


def under_new_names(snapshot: Snapshot, moved: Renames) -> Snapshot:
    """The same objects, each under the name that it has now."""
    if not moved:
        return snapshot
    return msgspec.structs.replace(
        snapshot,
        objects={moved.get(subject, subject): attributes for subject, attributes in snapshot.objects.items()},
        addresses={moved.get(subject, subject): address for subject, address in snapshot.addresses.items()},
    )
