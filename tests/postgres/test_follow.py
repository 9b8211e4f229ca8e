"""What is followed equals what is read anew, whatever DDL came between: a random schema altered by random DDL.

The statements are those of test_random_ddl.py and more. A run is told by its seed: RANDOM_DDL_SEED makes it again,
RANDOM_DDL_STEPS makes it longer, RANDOM_DDL_FORMS=word takes only the forms in which that word stands.
"""
# ruff: noqa: E501, S311 a form is one line; chance is no secret

import asyncio
import os
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import asyncpg
import pytest

from tests.postgres.looks import OF_DATABASES, rich
from tests.postgres.test_random_ddl import ATTEMPTS, FORMS, PATIENT, Draft, NothingToPickError
from tests.servers.query import sql
from tests.servers.servers import Server
from watchdog.postgres.capture import capture
from watchdog.postgres.connection import Connection
from watchdog.postgres.follow import MOST_ROOTS, Follower
from watchdog.postgres.gate import Gate
from watchdog.schema.gate import FIRST_MAJOR_THAT_FLUSHES, Mark
from watchdog.schema.kind import USED
from watchdog.schema.kinds import KINDS
from watchdog.schema.roots import CLUSTER, READ_BY, ROOMS
from watchdog.schema.snapshot import Attributes, ObjectId, Snapshot
from watchdog.schema.snapshot import Server as Answering

SEED = int(os.environ.get("RANDOM_DDL_SEED", "1"))
STEPS = int(os.environ.get("RANDOM_DDL_STEPS", "8"))
WORD = os.environ.get("RANDOM_DDL_FORMS", "")

# What others name, what hangs on others, and what leaves no trace.
MORE = """
ALTER SCHEMA {schema} RENAME TO {new}
ALTER TYPE {made_type} RENAME TO {new}
ALTER TYPE {made_type} SET SCHEMA {schema}
ALTER TABLE {holder} RENAME {column} TO {new}
ALTER TABLE {table} RENAME TO {new}
ALTER TABLE {holder} DROP {column} CASCADE
ALTER TABLE {holder} RENAME CONSTRAINT {constraint} TO {new}
CREATE VIEW {schema}.{new} AS SELECT * FROM {view}
CREATE VIEW {schema}.{new} AS SELECT v.* FROM {view} v JOIN {table} t ON true
CREATE VIEW {schema}.{new} AS SELECT x.* FROM {routine} x
CREATE VIEW {schema}.{new} AS SELECT t FROM {table} t
CREATE FUNCTION {schema}.{new}() RETURNS SETOF {relation} LANGUAGE plpgsql AS 'BEGIN END'
CREATE FUNCTION {schema}.{new}(a {relation}, b {made_type}, c {made_type}[]) RETURNS {made_type} LANGUAGE plpgsql AS 'BEGIN END'
CREATE FUNCTION {schema}.{new}() RETURNS bigint BEGIN ATOMIC SELECT count({column}) FROM {holder}; END
CREATE TABLE {schema}.{new} (a {made_type}, b {made_type}[], c {relation})
CREATE TABLE {schema}.{new} (a integer REFERENCES app.accounts (id), id integer PRIMARY KEY)
ALTER TABLE {table} ADD CHECK (({column})::text <> {routine}::text)
ALTER TABLE app.accounts RENAME id TO {new}
ALTER TABLE {holder} RENAME {column} TO id
CREATE TABLE {schema}.{new} (LIKE {parent})
CREATE TRIGGER {name} AFTER INSERT ON {parent} FOR EACH ROW EXECUTE FUNCTION app.stamp()
ALTER TABLE {parent_of_partition} DETACH PARTITION {partition} CONCURRENTLY
ALTER TABLE {partition} DISABLE TRIGGER ALL
CREATE TEMP TABLE {new} (LIKE {table} INCLUDING ALL)
CREATE TEMP VIEW {new} AS SELECT * FROM {relation}
CREATE DOMAIN {schema}.{new} AS {domain}
CREATE DOMAIN {schema}.{new} AS {made_type} CHECK (VALUE IS NOT NULL)
CREATE SEQUENCE {schema}.{new} OWNED BY {holder}.{column}
ALTER SEQUENCE {sequence} RENAME TO {new}
ALTER TABLE {table} ADD {new} integer DEFAULT nextval('{sequence}')
CREATE POLICY {new} ON {table} USING (EXISTS (SELECT FROM {table}))
CREATE RULE {new} AS ON INSERT TO {table} DO ALSO DELETE FROM {table}
CREATE STATISTICS {schema}.{new} ON {column}, {column} FROM {holder}
TRUNCATE {table} CASCADE
VACUUM FULL {table}
VACUUM ANALYZE {table}
CLUSTER {holder} USING {index_name}
REINDEX TABLE {table}
REINDEX TABLE CONCURRENTLY {table}
DROP INDEX CONCURRENTLY {index}
CREATE UNIQUE INDEX CONCURRENTLY {new} ON {table} ({column})
DROP TABLE {table} CASCADE
DROP VIEW {view} CASCADE
DROP TYPE {made_type} CASCADE
DROP FUNCTION {routine} CASCADE
COMMENT ON {object} IS {text}
COMMENT ON {object} IS NULL
COMMENT ON COLUMN {holder}.{any_column} IS {text}
COMMENT ON COLUMN {holder}.{any_column} IS NULL
COMMENT ON INDEX {schema}.{name} IS {text|NULL}
ALTER TYPE {composite} RENAME ATTRIBUTE name TO {name} CASCADE
ALTER TYPE {composite} ADD ATTRIBUTE {new} {type} CASCADE
REASSIGN OWNED BY pg_monitor TO pg_read_all_stats
ALTER TABLE {partition} NO INHERIT {parent}
""".strip().splitlines()


@dataclass
class Run:
    """A database of its own, altered step by step in several ways, followed and beside it read anew."""

    server: Server
    dsn: str
    seed: int
    made: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)

    async def alter(self, steps: int) -> None:
        self.connection, self.fresh = Connection(self.dsn, PATIENT), Connection(self.dsn, PATIENT)
        self.sessions = [await asyncpg.connect(self.dsn, statement_cache_size=0) for _ in range(2)]
        for session in self.sessions:
            await session.execute(
                "SET statement_timeout = '5s'; SET lock_timeout = '300ms'; SET check_function_bodies = off"
            )
        chance = random.Random(self.seed)
        self.follower = Follower(self.connection, Gate(self.connection), OF_DATABASES)
        self.seen = await self.follower()
        forms = [form for form in (*FORMS, *MORE, *MORE) if WORD in form]
        try:
            while self.made.total() < steps:
                for form in chance.sample(forms, len(forms)):
                    if self.made.total() >= steps:
                        break
                    await self.step(chance, form)
        finally:
            # A subscription would keep the database.
            await self.sessions[0].execute(
                "DELETE FROM pg_subscription USING pg_database d WHERE subdbid = d.oid AND datname = current_database()"
            )
            for session in self.sessions:
                await session.close()
            await self.connection.close()
            await self.fresh.close()

    async def step(self, chance: random.Random, form: str) -> None:
        """One statement or a few, one of the ways in which they are committed, and both readings."""
        one, other = chance.sample(self.sessions, 2)
        way = chance.choices(("alone", "together", "undone", "prepared", "late"), (10, 3, 1, 1, 2))[0]
        await getattr(self, way)(chance, form, one, other)

    async def alone(self, chance: random.Random, form: str, one: asyncpg.Connection, _: asyncpg.Connection) -> None:
        if words := await self.altered(chance, form, one):
            await self.compare(words, one)

    async def together(
        self, chance: random.Random, form: str, one: asyncpg.Connection, other: asyncpg.Connection
    ) -> None:
        """In one transaction, with savepoints."""
        async with one.transaction():
            words = [await self.altered(chance, each, one) for each in (form, *chance.sample(MORE, 2))]
        words.append(await self.altered(chance, chance.choice(MORE), other))
        await self.compare("; ".join(filter(None, words)), one, other)

    async def undone(self, chance: random.Random, form: str, one: asyncpg.Connection, _: asyncpg.Connection) -> None:
        transaction = one.transaction()
        await transaction.start()
        words = await self.altered(chance, form, one)
        await self.compare(f"under way: {words}")
        await transaction.rollback()
        await self.compare(f"undone: {words}", one)

    async def prepared(
        self, chance: random.Random, form: str, one: asyncpg.Connection, other: asyncpg.Connection
    ) -> None:
        await one.execute("BEGIN")
        words = await self.altered(chance, form, one)
        try:
            await one.execute("PREPARE TRANSACTION 'of the test'")
        except asyncpg.PostgresError:
            await one.execute("ROLLBACK")
            return
        await self.compare(f"prepared: {words}", one)
        await other.execute("COMMIT PREPARED 'of the test'")
        await self.compare(f"committed after it was prepared: {words}", other)

    async def late(self, chance: random.Random, form: str, one: asyncpg.Connection, other: asyncpg.Connection) -> None:
        """What is committed but not yet counted is seen when it is, though others' changes were seen meanwhile."""
        words = [await self.altered(chance, form, one)]
        await one.execute("BEGIN; SELECT 1")
        words.append(await self.altered(chance, chance.choice(MORE), other))
        await self.flushed(other)
        self.seen = await self.follower()
        await one.execute("COMMIT")
        await self.compare(f"late: {'; '.join(filter(None, words))}", one, other)

    async def altered(self, chance: random.Random, form: str, session: asyncpg.Connection) -> str | None:
        """The statement that was made of a form; None when the schema had nothing for it or the server refused."""
        for _ in range(ATTEMPTS):
            try:
                statement = Draft(chance, self.seen, self.dsn.rpartition("/")[2]).statement(form)
                within = session.is_in_transaction()
                if within:
                    await session.execute("SAVEPOINT before")
                await session.execute(statement)
            except NothingToPickError:
                continue
            except asyncpg.PostgresError:
                if within:
                    await session.execute("ROLLBACK TO before")
                continue
            self.made[form] += 1
            return statement
        return None

    async def flushed(self, *sessions: asyncpg.Connection) -> None:
        """What they counted is with the server. Before 15 the gate does not count."""
        if self.server.major >= FIRST_MAJOR_THAT_FLUSHES:
            for session in sessions:
                await session.execute("SELECT pg_stat_force_next_flush()")

    async def compare(self, words: str, *sessions: asyncpg.Connection) -> None:
        await self.flushed(*sessions)
        followed = await self.follower()
        self.told[self.follower.told if self.follower.told.startswith("everything") else "followed"] += 1
        anew = await capture(self.fresh, OF_DATABASES)
        if found := difference(followed, anew):
            self.differences.append(
                f"seed {self.seed}, step {self.made.total()}: {words}\n{self.follower.told}\n{found}"
            )
            print(self.differences[-1], flush=True)  # noqa: T201 a long run is read while it goes on
            self.follower.whole = "it was wrong"
            await self.follower()
        self.seen = anew


def difference(one: Snapshot, other: Snapshot) -> str:
    """Where two snapshots differ in anything but what is in flight, and what no catalog tells."""
    objects, others = _told(one), _told(other)
    found = [
        f"{subject}: {objects.get(subject)} but {others.get(subject)}"
        for subject in objects.keys() | others.keys()
        if objects.get(subject) != others.get(subject)
    ]
    found += [
        f"{name}: {getattr(one, name)} but {getattr(other, name)}"
        for name in ("server", "covers", "stale", "broken", "unmodelled", "addresses")
        if getattr(one, name) != getattr(other, name)
    ]
    if hidden := [subject for subject in one.hidden ^ other.hidden if USED not in KINDS[subject.kind].facets]:
        found.append(f"hidden: {hidden}")
    return "\n".join(found)


def _told(snapshot: Snapshot) -> Mapping[ObjectId, Attributes]:
    """All objects without how much of a sequence is used up: that moves with rows."""
    return {
        subject: {name: value for name, value in attributes.items() if name != USED.name}
        for subject, attributes in snapshot.objects.items()
    }


@pytest.mark.all_majors
@pytest.mark.timeout(60 + 5 * STEPS)
def test_what_is_followed_equals_what_is_read_anew(database: str, server: Server) -> None:
    sql(database, rich(server.major))
    run = Run(server, database, SEED)
    print(f"RANDOM_DDL_SEED={run.seed}")  # noqa: T201 shown when it fails

    asyncio.run(run.alter(STEPS))

    # Shown with -s, or when it fails.
    print(*run.told.most_common(), f"{run.made.total()} statements of {len(run.made)} forms", sep="\n")  # noqa: T201
    print(*(f"never made: {form}" for form in (*FORMS, *MORE) if form not in run.made), sep="\n")  # noqa: T201
    assert not run.differences, "\n\n".join(run.differences)


# What chance seldom makes: names that stand far away, and what ends without a trace in the rows that are left.
FAR_AWAY = """
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TYPE place AS (x integer, note text);
CREATE DOMAIN low AS integer CONSTRAINT top CHECK (VALUE < 100);
CREATE TABLE t (id integer PRIMARY KEY, m mood, other text);
CREATE TABLE u (id integer, m mood[]);
CREATE FUNCTION all_rows() RETURNS SETOF t LANGUAGE sql AS 'SELECT * FROM t';
CREATE FUNCTION places() RETURNS SETOF place LANGUAGE sql AS 'SELECT NULL::place';
CREATE VIEW of_rows AS SELECT r.id FROM all_rows() r;
CREATE VIEW of_places AS SELECT r.x FROM places() r;
CREATE VIEW joined AS SELECT j.id FROM (t JOIN u USING (id)) j (id);
CREATE POLICY own ON u USING (EXISTS (SELECT FROM t WHERE t.m = 'ok'));
CREATE TABLE parts (k mood NOT NULL) PARTITION BY LIST (k);
CREATE TABLE part PARTITION OF parts FOR VALUES IN ('ok');
CREATE UNIQUE INDEX parts_k ON parts (k);
ALTER TABLE part REPLICA IDENTITY USING INDEX part_k_idx;
CREATE TABLE referred (id integer PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE referred_1 PARTITION OF referred FOR VALUES FROM (1) TO (9);
CREATE TABLE referring (id integer CONSTRAINT points REFERENCES referred);
ALTER TABLE referred_1 DISABLE TRIGGER ALL;
CREATE TABLE nothing ();
CREATE TABLE heir () INHERITS (nothing);
CREATE SEQUENCE numbers OWNED BY t.id;
COMMENT ON INDEX t_pkey IS 'of an index'; COMMENT ON COLUMN place.x IS 'of a field'; COMMENT ON TABLE t IS 'of a table';
CREATE TEMP TABLE passing (a integer);
CREATE FUNCTION with_passing(a passing) RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE TABLE keyed (id integer CONSTRAINT its_key PRIMARY KEY, v text);
CREATE INDEX keyed_v ON keyed (v);
CREATE TABLE fed (id integer);
CREATE RULE feed AS ON INSERT TO fed DO ALSO INSERT INTO keyed VALUES (NEW.id) ON CONFLICT ON CONSTRAINT its_key DO NOTHING;
CREATE VIEW size_of_index AS SELECT pg_relation_size('keyed_v'::regclass) AS size;
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER stamped AFTER INSERT ON parts FOR EACH ROW EXECUTE FUNCTION stamp();
CREATE TYPE mine;
CREATE FUNCTION mine_in(cstring) RETURNS mine LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION mine_out(mine) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE mine (INPUT = mine_in, OUTPUT = mine_out, STORAGE = extended);
CREATE DOMAIN of_mine AS mine;
CREATE TABLE has_mine (a mine, b of_mine);
"""
STEPS_AWAY = """
ALTER TABLE t ADD added integer
ALTER TABLE t RENAME other TO another
ALTER TYPE place RENAME ATTRIBUTE note TO noted
ALTER TYPE mood RENAME VALUE 'ok' TO 'fine'
ALTER TYPE mood RENAME TO feeling
ALTER DOMAIN low DROP CONSTRAINT top
COMMENT ON INDEX t_pkey IS NULL
COMMENT ON COLUMN place.x IS NULL
COMMENT ON TABLE t IS NULL
DROP INDEX parts_k
ALTER TABLE referring RENAME CONSTRAINT points TO points_there
ALTER TABLE referring DROP CONSTRAINT points_there
ALTER TABLE heir NO INHERIT nothing
ALTER SEQUENCE numbers OWNED BY NONE
ALTER TABLE passing RENAME TO passed
ALTER TABLE keyed RENAME CONSTRAINT its_key TO another_key
ALTER INDEX keyed_v RENAME TO keyed_w
ALTER TABLE ONLY parts DISABLE TRIGGER stamped
ALTER TYPE mine SET (STORAGE = external)
""".strip().splitlines()


# Only what the following tests are about: they read it often.
OF_ROOTS = tuple({kind: None for sorts in READ_BY.values() for kinds in sorts.values() for kind in kinds})
OF_CLUSTER = ("relation", "schema", "server_setting", *ROOMS[CLUSTER][0])


def test_what_is_named_far_away_and_what_ends_without_a_trace_is_followed(database: str) -> None:
    async def take() -> None:
        connection, fresh = Connection(database, PATIENT), Connection(database, PATIENT)
        follower = Follower(connection, Gate(connection), OF_ROOTS)
        session = await asyncpg.connect(database)
        try:
            await session.execute(FAR_AWAY)
            before = await follower()
            for statement in STEPS_AWAY:
                await session.execute(statement)
                await session.execute("SELECT pg_stat_force_next_flush()")
                followed = await follower()
                assert followed.objects != before.objects, statement
                assert not difference(followed, await capture(fresh, OF_ROOTS)), statement
                assert follower.told[0].isdigit(), f"{statement}: {follower.told}"
                before = followed
        finally:
            await session.close()
            await connection.close()
            await fresh.close()

    asyncio.run(take())


class Interrupted(Gate):
    """Somebody commits between what the gate tells and the snapshot."""

    then: Callable[[], Awaitable[object]] | None = None

    async def read(self, *, at_any_price: bool = False) -> tuple[Answering, Mark]:
        found = await super().read(at_any_price=at_any_price)
        then, self.then = self.then, None
        if then:
            await then()
        return found


def test_what_is_committed_while_one_reads_is_followed_with_all_that_names_it(database: str) -> None:
    async def take() -> None:
        connection, fresh = Connection(database, PATIENT), Connection(database, PATIENT)
        gate = Interrupted(connection)
        follower = Follower(connection, gate, OF_ROOTS)
        one, other = await asyncpg.connect(database), await asyncpg.connect(database)
        try:
            await one.execute(
                "CREATE TYPE mood AS ENUM ('a'); CREATE TABLE t (m mood, c int); CREATE VIEW v AS SELECT c FROM t"
            )
            await one.execute("SELECT pg_stat_force_next_flush()")
            await follower()
            await other.execute("ALTER TYPE mood RENAME TO feeling")
            await other.execute("SELECT pg_stat_force_next_flush()")
            gate.then = lambda: one.execute("ALTER TABLE t RENAME c TO d")
            await follower()
            await one.execute("SELECT pg_stat_force_next_flush()")
            assert not difference(await follower(), await capture(fresh, OF_ROOTS))
        finally:
            for each in (one, other, connection, fresh):
                await each.close()

    asyncio.run(take())


@pytest.mark.majors(14)
def test_a_look_that_is_made_goes_through_the_rows_whatever_was_spent_before(database: str) -> None:
    async def take() -> None:
        connection = Connection(database, PATIENT)
        is_left = True
        follower = Follower(connection, Gate(connection, lambda: is_left), OF_ROOTS)
        session = await asyncpg.connect(database)
        try:
            await session.execute("CREATE TABLE t ()")
            assert ObjectId("relation", ("public", "t")) in (await follower()).objects
            is_left = False
            await session.execute("DROP TABLE t")
            assert ObjectId("relation", ("public", "t")) not in (await follower()).objects
        finally:
            await session.close()
            await connection.close()

    asyncio.run(take())


def test_everything_is_read_again_by_the_clock_and_where_much_changed(database: str) -> None:
    many = ";".join(f"CREATE SEQUENCE s{number}" for number in range(MOST_ROOTS + 1))

    async def take() -> None:
        now = 0.0
        connection = Connection(database, PATIENT)
        follower = Follower(connection, Gate(connection), every=100.0, clock=lambda: now)
        session = await asyncpg.connect(database)

        async def told(seconds: float, statement: str = "SELECT 1") -> str:
            nonlocal now
            now = seconds
            await session.execute(statement)
            await session.execute("SELECT pg_stat_force_next_flush()")
            await follower()
            return follower.told

        try:
            assert await told(0) == "everything, as nothing is known yet"
            assert await told(50) == "0 roots with 0 objects"
            assert await told(95) == "everything, as that is due"
            assert (await told(250, "CREATE TABLE t ()"))[0].isdigit()
            assert await told(300, "CREATE TABLE u ()") == "everything, as that is due"
            assert await told(310, many) == f"everything, as more than {MOST_ROOTS} objects may have changed"
        finally:
            await session.close()
            await connection.close()

    asyncio.run(take())


# What all databases share, and whether everything has to be read after it.
SHARED = (
    ("CREATE ROLE milo LOGIN", ""),
    ("CREATE ROLE otto IN ROLE milo", ""),
    ("ALTER ROLE milo CREATEDB CONNECTION LIMIT 3", ""),
    ("COMMENT ON ROLE milo IS 'a role'; COMMENT ON DATABASE postgres IS 'a database'", ""),
    ("COMMENT ON ROLE milo IS NULL", ""),
    ("ALTER DATABASE postgres CONNECTION LIMIT 90; GRANT CREATE ON DATABASE postgres TO milo", ""),
    ("CREATE TABLE t (id integer); ALTER TABLE t OWNER TO milo; GRANT SELECT ON t TO otto", ""),
    ("REVOKE milo FROM otto", ""),
    ("ALTER ROLE otto RENAME TO otto_the_second", "a role has another name"),
    ("REASSIGN OWNED BY milo TO otto_the_second; DROP OWNED BY milo; DROP ROLE milo", ""),
    ("ALTER DATABASE postgres SET work_mem = '5MB'", "pg_db_role_setting changed"),
)


def test_what_is_shared_by_all_databases_is_followed_too(private_database: str) -> None:
    async def take() -> None:
        connection, fresh = Connection(private_database, PATIENT), Connection(private_database, PATIENT)
        follower = Follower(connection, Gate(connection), OF_CLUSTER)
        session = await asyncpg.connect(private_database)
        try:
            await follower()
            for statement, why in SHARED:
                await session.execute(statement)
                await session.execute("SELECT pg_stat_force_next_flush()")
                followed = await follower()
                assert not difference(followed, await capture(fresh, OF_CLUSTER)), statement
                assert follower.told == f"everything, as {why}" if why else follower.told[0].isdigit(), statement
        finally:
            await session.close()
            await connection.close()
            await fresh.close()

    asyncio.run(take())
