"""What of a database a change of its catalogs concerns, and that read anew."""

from collections.abc import Collection, Iterable, Mapping, Sequence

import asyncpg
import msgspec

from watchdog.postgres.capture import facet_of, in_turn, of_kind, rows_of
from watchdog.postgres.columns import COLUMN, Columns
from watchdog.postgres.found import Found
from watchdog.postgres.queries import query
from watchdog.schema.kind import USED, Kind
from watchdog.schema.roots import (
    READ_BY,
    RELATION,
    ROOMS,
    ROUTINE,
    SEQUENCE,
    DoubtError,
    Moved,
    Root,
    Roots,
)
from watchdog.schema.snapshot import Snapshot

# Of the oids in $1 those that are not in a catalog any more.
_GONE = (
    "select known.oid from unnest($1::oid[]) as known (oid)"
    " where not exists (select from pg_catalog.{catalog} c where c.oid = known.oid)"
)
# The places in $1 of relations that have not as many parents as $2 says.
_OTHER_PARENTS = (
    "select place from unnest($1::oid[], $2::int[]) with ordinality as known (oid, parents, place)"
    " where parents <> (select count(*) from pg_inherits i where i.inhrelid = known.oid)"
)
# The places in $1 of objects without a comment.
_WITHOUT_COMMENT = (
    "select place from unnest($1::oid[], $2::oid[], $3::int[]) with ordinality as known (class, oid, sub, place)"
    " where not exists ("
    "select from pg_description d where (d.classoid, d.objoid, d.objsubid) = (known.class, known.oid, known.sub))"
)


class Horizon(msgspec.Struct, frozen=True):
    """Where the next reading goes on; see sql/horizon.sql."""

    xmin: str
    extensions: int
    rights: int


async def horizon(transaction: asyncpg.Connection) -> Horizon:
    """The horizon of a transaction's snapshot."""
    row = await transaction.fetchrow(query("horizon"))
    return Horizon(row["xmin"], row["extensions"], row["rights"])


async def changed(transaction: asyncpg.Connection, catalogs: Collection[str], since: Mapping[str, str]) -> set[Root]:
    """What the rows of the catalogs speak of that are as young as the transaction in `since`: any objects."""
    if not catalogs:
        return set()
    rows = await transaction.fetch(query("changed"), list(catalogs), [since[catalog] for catalog in catalogs])
    return {Root(row["catalog"], row["oid"]) for row in rows}


async def ended(transaction: asyncpg.Connection, last: Snapshot, roots: Roots, moved: Moved) -> set[Root]:
    """The roots of which something is not there any more, though no row of theirs need be young.

    Raises:
        DoubtError: a comment is gone from what is read as a whole only.
    """
    found: set[Root] = set()
    for catalog in sorted(moved.deleted):
        if known := roots.rows(catalog):
            gone = await transaction.fetch(_GONE.format(catalog=catalog), known)
            found |= roots.in_rows(catalog, (row["oid"] for row in gone))
    found |= roots.traceless(moved.deleted)
    if "pg_inherits" in moved.deleted:
        found |= await _orphans(transaction, last, roots)
    if "pg_description" in moved.deleted:
        found |= await _silenced(transaction, last, roots)
    return found


async def _orphans(transaction: asyncpg.Connection, last: Snapshot, roots: Roots) -> set[Root]:
    heirs = roots.heirs(last)
    rows = await transaction.fetch(_OTHER_PARENTS, [root.oid for root in heirs], list(heirs.values()))
    known = list(heirs)
    return {known[row["place"] - 1] for row in rows}


async def _silenced(transaction: asyncpg.Connection, last: Snapshot, roots: Roots) -> set[Root]:
    known = roots.commented(last)
    places = [last.addresses[subject] for subject in known]
    rows = await transaction.fetch(
        _WITHOUT_COMMENT,
        [place.class_oid for place in places],
        [place.object_oid for place in places],
        [place.sub_id for place in places],
    )
    found = {roots.of(known[row["place"] - 1], last.addresses) for row in rows}
    if None in found:
        raise DoubtError("a comment is gone")
    return {root for root in found if root}


async def whole_roots(
    transaction: asyncpg.Connection, addresses: Collection[Root], *, spread: bool = False, strict: bool = True
) -> dict[Root, str | None]:
    """What has to be read anew for these objects, each with its sort; see sql/touched.sql.

    Raises:
        DoubtError: more may have changed than roots can tell.
    """
    if not addresses:
        return {}
    names, oids = [each.catalog for each in addresses], [each.oid for each in addresses]
    rows = await transaction.fetch(query("touched"), names, oids, spread)
    if strict and (odd := [row for row in rows if row["odd"]]):
        raise DoubtError(f"{odd[0]['catalog']} {odd[0]['oid']} is none that is followed")
    return {Root(row["catalog"], row["oid"]): row["sort"] for row in rows if not row["odd"]}


async def blocked(transaction: asyncpg.Connection) -> list[int]:
    """What cannot be rendered now; see sql/blocked.sql."""
    return [row["oid"] for row in await transaction.fetch(query("blocked"))]


def holders_of(oids: Iterable[int]) -> set[Root]:
    """Whatever such oids may be of that can be blocked."""
    return {Root(catalog, oid) for oid in oids for catalog in (RELATION, ROUTINE, "pg_policy")}


async def read(
    transaction: asyncpg.Connection,
    roots: Mapping[Root, str | None],
    kinds: Mapping[str, Kind],
    major: int,
    blocked: Sequence[int],
) -> Found:
    """All objects of these roots, of those kinds.

    Raises:
        RacedError: something vanished while it was read.
    """
    of_kinds: dict[str, list[int]] = {}
    for root, sort in roots.items():
        for name in READ_BY.get(root.catalog, {}).get(sort or "", ()):
            of_kinds.setdefault(name, []).append(root.oid)
    in_rooms = [name for room in ROOMS if room in roots for name in ROOMS[room][0]]
    read_of = [
        (kind, [row async for row in rows_of(transaction, of_kind(kind, major, blocked), of_kinds.get(kind.name))])
        for kind in in_turn(kinds[name] for name in [*of_kinds, *in_rooms] if name in kinds)
    ]
    with_columns = of_kinds.get(COLUMN, [])
    others = {row["object_oid"] for kind, rows in read_of if kind.name != COLUMN for row in rows}
    objects = sorted(others.union(with_columns))
    sequences = sorted(root.oid for root, sort in roots.items() if sort == SEQUENCE)
    facets = {
        facet: await facet_of(transaction, facet, major, sequences if facet == USED else objects)
        for facet in dict.fromkeys(facet for kind, rows in read_of if rows for facet in kind.facets)
        if facet.since <= major
    }
    columns = Columns(await transaction.fetch(query("holders"), with_columns))
    found = Found(columns=columns, facets=facets)
    for kind, rows in read_of:
        found.take(kind, rows, again=False)
    return found
