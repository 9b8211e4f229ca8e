"""A database's snapshots one after the other: the first is read whole, and then only what may have changed since."""

import asyncio
import math
import time
from collections.abc import Callable, Collection, Mapping, Sequence

import asyncpg
import msgspec

from watchdog.errors import CaptureError, UnreachableError
from watchdog.postgres.capture import RACES, capture, in_flight_of, shape
from watchdog.postgres.connection import Connection
from watchdog.postgres.found import Found, RacedError
from watchdog.postgres.gate import Gate
from watchdog.postgres.queries import query
from watchdog.postgres.touched import Horizon, blocked, changed, ended, holders_of, horizon, read, whole_roots
from watchdog.schema.faces import relabelled, renamed, shows_another_face
from watchdog.schema.gate import Mark
from watchdog.schema.kinds import KINDS
from watchdog.schema.roots import (
    CLUSTER,
    FOLLOWED,
    PUBLICATIONS,
    ROOMS,
    SCHEMA,
    DoubtError,
    Moved,
    Root,
    Roots,
    counted_only,
    followable,
)
from watchdog.schema.snapshot import ObjectId, Server, Snapshot

# With more to read anew, reading everything is hardly dearer.
MOST_ROOTS = 500
# Of the time after which everything is read. A look that comes of a change is not made to wait for all the rest, and
# one by the clock may come a little early.
SHORTEST, LONGEST = 0.8, 2.0
# A reading that raced is made once more before everything is read.
ATTEMPTS = 2


class _State(msgspec.Struct, frozen=True):
    """What is known.

    Attributes:
        mark: from before the snapshot, as all of this: what changes later is seen again.
        since: followed catalog -> the oldest transaction of which a row may not have been seen.
        at: the horizon of the last reading.
    """

    snapshot: Snapshot
    mark: Mark
    since: Mapping[str, str]
    at: Horizon


class Follower:
    """Reads a database's schema, each time as it is: whole, or what changed since the last time.

    What no catalog tells is as it was when all was read: how much of a sequence is used up and whether this role may
    ask, settings of the server, what the operating system provides (collations, versions of extensions), large objects.

    Attributes:
        whole: why everything has to be read the next time; empty when what changed will do.
        told: what the last reading read, in words.
    """

    def __init__(
        self,
        connection: Connection,
        gate: Gate,
        kinds: Sequence[str] = tuple(KINDS),
        every: float = math.inf,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Follow a database; nothing is read yet.

        Args:
            connection: to read on.
            gate: of the same database.
            kinds: to read.
            every: after so many seconds everything is read again, later while the catalogs keep moving.
            clock: in seconds.
        """
        self._connection = connection
        self._gate = gate
        self._kinds = kinds
        self._every = every
        self._clock = clock
        self._all_at = 0.0
        self._last: _State | None = None
        # Made when they are first needed, of the last snapshot.
        self._roots: Roots | None = None
        self.whole = "nothing is known yet"
        self.told = ""

    async def __call__(self) -> Snapshot:
        """The schema as it is.

        The connection is closed after everything was read, as by `capture_once`, and else left open.

        Raises:
            UnreachableError: no connection.
            CaptureError: the catalogs could not be read.
        """
        server, mark = await self._gate.read(at_any_price=True)
        try:
            for attempt in range(1, ATTEMPTS + 1):
                try:
                    return await self._followed(server, mark)
                except (*RACES, RacedError):
                    if attempt == ATTEMPTS:
                        raise
        except DoubtError as doubt:
            why = str(doubt)
        except RacedError as error:
            why = f"the schema changed meanwhile: {error}"
        except asyncpg.PostgresError as error:
            why = f"what changed could not be read: {error}"
        except UnreachableError:
            raise
        except Exception:
            # Nobody thought of this. Everything is read the next time, so that it does not go on for ever.
            self.whole = "of a mistake in the watchdog"
            raise
        return await self._all(mark, why)

    async def _all(self, mark: Mark, why: str) -> Snapshot:
        like = self._last.snapshot if self._last else None
        if self._last is not None:
            # A new session has the settings of the role and the database as they are now.
            await self._connection.close()
            # By it another server may answer than gave the mark.
            _, mark = await self._gate.read(at_any_price=True)
        self._last, self._roots, self.whole, self.told = None, None, why, f"everything, as {why}"
        try:
            async with self._connection.transaction() as transaction:
                at = await horizon(transaction)
            snapshot = await capture(self._connection, self._kinds, like)
        except asyncpg.PostgresError as error:
            raise CaptureError(f"the server refused a catalog query: {error}") from error
        finally:
            await self._connection.close()
        self._last, self._all_at = _State(snapshot, mark, dict.fromkeys(FOLLOWED, at.xmin), at), self._clock()
        self.whole = ""
        return snapshot

    async def _followed(self, server: Server, mark: Mark) -> Snapshot:
        """The last snapshot with what changed since. Raises DoubtError when it cannot be told what did."""
        last = self._last
        if self.whole or last is None:
            raise DoubtError(self.whole)
        if server != last.snapshot.server:
            raise DoubtError("it is another server")
        moved = followable(last.mark, mark)
        if isinstance(moved, str):
            raise DoubtError(moved)
        age = self._clock() - self._all_at
        if age >= (LONGEST if moved.catalogs or moved.rooms else SHORTEST) * self._every:
            raise DoubtError("that is due")
        if moved.deleted and counted_only(last.snapshot.unmodelled):
            raise DoubtError("what is only counted may have been dropped")
        roots = self._roots
        if roots is None:
            # In a thread, as it takes half a second for ten thousand tables.
            roots = self._roots = await asyncio.to_thread(Roots, last.snapshot)
        reading = _Reading(self._kinds, last, roots, moved)
        async with self._connection.transaction() as transaction:
            at = await horizon(transaction)
            if at.extensions != last.at.extensions:
                raise DoubtError("what belongs to an extension changed")
            if at.rights != last.at.rights:
                raise DoubtError("this role has other rights")
            await reading.make(transaction)
            before = await shape(transaction, reading.oids())
            in_flight = in_flight_of(await transaction.fetch(query("in_flight")), server.database)
        async with self._connection.transaction() as transaction:
            # As in a whole capture; of what these roots name it is seen by the mark that moves.
            if not before.items() <= (await shape(transaction, reading.oids())).items():
                raise RacedError("an object was changed or dropped")
        self._roots = None  # half altered, if this fails
        snapshot = msgspec.structs.replace(reading.snapshot(), in_flight=in_flight)
        self._roots = roots
        since = {**last.since, **dict.fromkeys(moved.catalogs, at.xmin)}
        self._last = _State(snapshot, mark, since, at)
        self.told = reading.told()
        return snapshot


class _Reading:
    """One reading of what changed."""

    def __init__(self, kinds: Sequence[str], last: _State, roots: Roots, moved: Moved) -> None:
        self._last = last.snapshot
        self._since = last.since
        self._roots = roots
        self._moved = moved
        major = self._last.server.major
        self._kinds = {name: KINDS[name] for name in kinds if KINDS[name].since <= major}
        self._read: dict[Root, str | None] = {}
        self._found = Found()

    async def make(self, transaction: asyncpg.Connection) -> None:
        """Read what changed, and what depends on it. Raises DoubtError, RacedError."""
        rows = await changed(transaction, sorted(self._moved.catalogs), self._since)
        of_publications = {row for row in rows if row.catalog == "pg_publication"}  # comments
        rows -= of_publications
        self._blocked = await blocked(transaction)
        first = await whole_roots(transaction, rows)
        others = await ended(transaction, self._last, self._roots, self._moved)
        others |= self._roots.restless(self._last) | self._moved.rooms
        others |= {PUBLICATIONS} if of_publications else set()
        held = holders_of(self._blocked)
        first |= await whole_roots(transaction, (others | held) - first.keys() - ROOMS.keys(), strict=False)
        # Also those that are not there any more.
        first |= dict.fromkeys(others - first.keys())
        found, touched = await self._take(transaction, first), rows | others | held
        deep = self._another_face(first, found, touched)
        if any(root.catalog == SCHEMA for root in deep):
            raise DoubtError("a schema has another name")
        if CLUSTER in first and renamed(self._last.addresses, found.addresses, "role"):
            raise DoubtError("a role has another name")
        while deep:
            more = await whole_roots(transaction, deep, spread=True)
            new = {root: sort for root, sort in more.items() if root not in self._read}
            # What was committed after the mark may have changed these too, and is not told of them again.
            deep = self._another_face(new, await self._take(transaction, new), touched)
        if self._read.keys() - ROOMS.keys() and self._roots.objects.get(PUBLICATIONS):
            await self._take(transaction, {PUBLICATIONS: None})

    async def _take(self, transaction: asyncpg.Connection, roots: Mapping[Root, str | None]) -> Found:
        self._read |= roots
        if len(self._read) > MOST_ROOTS:
            raise DoubtError(f"more than {MOST_ROOTS} objects may have changed")
        found = await read(transaction, roots, self._kinds, self._last.server.major, self._blocked)
        self._found.objects |= found.objects
        self._found.addresses |= found.addresses
        self._found.stale |= found.stale
        self._found.hidden |= found.hidden
        return found

    def _another_face(self, roots: Collection[Root], found: Found, touched: set[Root]) -> list[Root]:
        """Of these roots, and what is part of them, that whose dependents may read otherwise."""
        last = (subject for root in roots for subject in self._roots.objects.get(root, ()))
        now: dict[Root, list[ObjectId]] = {}
        for subject in found.addresses:
            if root := self._roots.of(subject, found.addresses):
                now.setdefault(root, []).append(subject)
        return [
            root
            for root in roots
            if root not in ROOMS
            and shows_another_face(
                self._roots.objects.get(root, ()),
                self._last.objects,
                now.get(root, ()),
                found.objects,
                is_touched=root in touched,
            )
        ] + relabelled(last, self._last.addresses, found.addresses)

    def oids(self) -> list[int]:
        """Of all that was read."""
        return sorted({root.oid for root in self._read if root.oid})

    def snapshot(self) -> Snapshot:
        """The last snapshot with what was read in its place. Raises DoubtError."""
        last, found = self._last, self._found
        if not self._read:
            return last
        addresses = dict(last.addresses)
        left = set(self._roots.replace(self._read, found.objects, found.addresses, addresses))
        objects = dict(last.objects)
        for subject in left - found.objects.keys():
            del objects[subject]
        for subject, attributes in found.objects.items():
            # What is the same stays the same, so that who compares can see it at once.
            if objects.get(subject) != attributes:
                objects[subject] = attributes
        return msgspec.structs.replace(
            last,
            objects=objects,
            addresses=addresses,
            stale=(last.stale - left) | found.stale,
            broken={subject: words for subject, words in last.broken.items() if subject not in left},
            hidden=(last.hidden - left) | found.hidden,
        )

    def told(self) -> str:
        return f"{len(self._read)} roots with {len(self._found.objects)} objects"
