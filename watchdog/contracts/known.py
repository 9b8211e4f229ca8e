"""A snapshot with what contracts look up in it many times, found in one pass over its objects."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from watchdog.schema.kinds import sql_name
from watchdog.schema.snapshot import Attributes, ObjectId, Snapshot

_NAMED_LIKE_INDEXES = ("relation", "constraint", "index")


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What is there.

    Attributes:
        columns: (schema, relation) -> its columns.
        keys: (schema, relation) -> its constraints and indexes, which may be keys.
        groups: role -> the roles that it is a member of, each with how.
        strict_domains: the domains that refuse NULL, as a column's type names them.
        taken: (schema, name) that an index cannot have, as something has it.
        schemas: those that have relations.
    """

    actual: Snapshot
    columns: Mapping[tuple[str, ...], Sequence[ObjectId]]
    keys: Mapping[tuple[str, ...], Sequence[ObjectId]]
    groups: Mapping[str, Sequence[tuple[str, Attributes]]]
    strict_domains: frozenset[str]
    taken: frozenset[tuple[str, str]]
    schemas: frozenset[str]


def known(actual: Snapshot) -> Known:
    """The snapshot, looked through."""
    columns: dict[tuple[str, ...], list[ObjectId]] = defaultdict(list)
    keys: dict[tuple[str, ...], list[ObjectId]] = defaultdict(list)
    groups: dict[str, list[tuple[str, Attributes]]] = defaultdict(list)
    domains, taken, schemas = set(), set(), set()
    for subject, facts in actual.objects.items():
        kind, name = subject.kind, subject.name
        if kind == "column":
            columns[name[:2]].append(subject)
        elif kind == "membership":
            groups[name[1]].append((name[0], facts))
        elif kind == "domain" and facts.get("not_null") is True:
            domains.add(sql_name(subject))
        elif kind in _NAMED_LIKE_INDEXES:
            taken.add((name[0], name[-1]))
            if kind == "relation":
                schemas.add(name[0])
            else:
                keys[name[:2]].append(subject)
    return Known(
        actual=actual,
        columns=dict(columns),
        keys=dict(keys),
        groups=dict(groups),
        strict_domains=frozenset(domains),
        taken=frozenset(taken),
        schemas=frozenset(schemas),
    )
