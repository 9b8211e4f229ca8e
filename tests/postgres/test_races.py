"""Changes made while a capture reads: it is made again, whole, or fails; it is never half of one, half of another."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from tests.postgres.looks import BRISK, captured, look, rich
from tests.servers.query import sql
from watchdog.errors import CaptureError
from watchdog.postgres.capture import ATTEMPTS, shape, superseded
from watchdog.postgres.connection import Connection
from watchdog.schema.kinds import KINDS
from watchdog.schema.snapshot import ObjectId, Snapshot

# Made one after the other. Many of them make no rendering fail, only some others read differently.
CHANGES = (
    "ALTER TABLE app.accounts ALTER born SET DEFAULT '2021-03-04'",
    "ALTER TABLE app.accounts ALTER born DROP DEFAULT",
    "ALTER TABLE app.accounts RENAME born TO birthday",
    "ALTER TABLE app.accounts RENAME TO people",
    "ALTER TABLE app.people RENAME CONSTRAINT dated TO timed",
    "ALTER TYPE app.status RENAME TO state",
    "ALTER TYPE app.state RENAME VALUE 'new' TO 'fresh'",
    "ALTER TYPE app.place RENAME ATTRIBUTE at TO spot",
    "ALTER SCHEMA app RENAME TO application",
    "ALTER SCHEMA application RENAME TO app",
    "ALTER DOMAIN app.percent RENAME CONSTRAINT within TO inside",
    "ALTER DOMAIN app.percent SET DEFAULT 5",
    "ALTER FUNCTION app.twice(integer, integer) RENAME TO double",
    "ALTER INDEX app.orders_totals RENAME TO totals_of_orders",
    "ALTER INDEX app.totals_of_orders SET (fillfactor = 70)",
    "CREATE OR REPLACE VIEW app.of_view AS SELECT email, sum(id)::bigint AS orders FROM app.open_orders GROUP BY email",
    "CREATE OR REPLACE FUNCTION app.numbers() RETURNS SETOF integer LANGUAGE sql AS 'SELECT 1'",
    "DROP TABLE app.cache",
    "DROP TABLE app.child",
    "DROP TABLE app.events_2024",
    "DROP TABLE app.events",
    "DROP FOREIGN TABLE app.far",
    "DROP VIEW app.of_view",
    "DROP MATERIALIZED VIEW app.totals",
    "DROP FUNCTION app.numbers()",
    "DROP PROCEDURE app.nothing(integer)",
    "DROP POLICY own ON app.orders",
    "DROP TRIGGER stamp ON app.people",
    "ALTER TABLE app.orders DROP CONSTRAINT unchecked",
    "DROP INDEX app.totals_of_orders",
    "DROP TYPE app.state CASCADE",
    "DROP TYPE app.place CASCADE",
    "DROP DOMAIN app.percent CASCADE",
    "DROP SCHEMA app CASCADE",
)

# More of what a rendering may name, or is read in.
OF_OTHER_SORTS = (
    "DROP STATISTICS app.related",
    "ALTER PUBLICATION paying DROP TABLE app.accounts",
    "DROP OPERATOR app.%% (integer, integer)",
    "ALTER COLLATION app.plain RENAME TO simple",
    "CREATE OR REPLACE RULE silent AS ON DELETE TO app.cache WHERE false DO INSTEAD NOTHING",
    "DROP RULE silent ON app.cache",
)


class Raced(Connection):
    """Once a transaction's snapshot is taken, another session commits the next of the changes to come."""

    def __init__(self, dsn: str, changes: list[str]) -> None:
        super().__init__(dsn, BRISK)
        self.to_come = changes
        self._dsn_of_changes = dsn

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[asyncpg.Connection]:
        async with super().transaction() as transaction:
            await transaction.fetchval("SELECT 1")
            if self.to_come:
                await asyncio.to_thread(sql, self._dsn_of_changes, self.to_come.pop(0))
            yield transaction


def test_what_changes_under_a_capture_is_read_as_it_is_afterwards(database: str) -> None:
    sql(database, rich(18))

    async def take() -> list[str]:
        raced = Raced(database, [])
        halves = []
        for change in (*OF_OTHER_SORTS, *CHANGES):
            raced.to_come = [change]
            during, after = await captured(raced), await captured(raced)
            if (during.objects, during.unmodelled) != (after.objects, after.unmodelled):
                halves.append(change)
        await raced.close()
        return halves

    assert asyncio.run(take()) == []


def test_a_schema_that_never_stands_still_is_no_verdict(database: str) -> None:
    sql(database, "CREATE TABLE t (a int)")

    async def take() -> None:
        raced = Raced(database, ["ALTER TABLE t RENAME a TO b", "ALTER TABLE t RENAME b TO a"] * 5)
        try:
            with pytest.raises(CaptureError, match=f"{ATTEMPTS} times"):
                await captured(raced)
        finally:
            await raced.close()

    asyncio.run(take())


def test_what_is_added_or_filled_meanwhile_does_not_hold_up_a_capture(database: str) -> None:
    sql(database, rich(18))
    busy = (
        "CREATE TEMP TABLE t (a int DEFAULT 1 CHECK (a > 0)); DROP TABLE t; TRUNCATE app.cache; ANALYZE app.orders;"
        "REFRESH MATERIALIZED VIEW app.totals; VACUUM app.cache; CREATE TABLE more (id serial PRIMARY KEY)"
    ).split(";")

    async def take() -> None:
        raced = Raced(database, busy[:1])
        for statement in busy:
            raced.to_come = [statement]
            await asyncio.wait_for(captured(raced), 10)
            assert raced.to_come == []
        await raced.close()

    asyncio.run(take())


@pytest.mark.majors(13, 18)
def test_captures_beside_a_session_that_makes_and_drops_things_are_whole_or_fail(database: str) -> None:
    sql(database, "CREATE TABLE stays (id int PRIMARY KEY)")
    make = """
      CREATE TYPE mood AS ENUM ('well', 'ill');
      CREATE TABLE comes (id serial PRIMARY KEY, mood mood DEFAULT 'well', CHECK (id > 0));
      CREATE INDEX by_mood ON comes (mood) WHERE mood = 'ill';
      CREATE VIEW ill AS SELECT c.id FROM comes c JOIN stays USING (id) WHERE mood = 'ill';
      CREATE FUNCTION worst(m mood DEFAULT 'ill') RETURNS mood LANGUAGE sql AS 'SELECT m';
      CREATE POLICY own ON comes USING (mood = 'well');
    """
    drop = "DROP FUNCTION worst; DROP VIEW ill; DROP TABLE comes; DROP TYPE mood"
    without = look(database).objects
    sql(database, make)
    whole = look(database).objects
    sql(database, drop)
    outcomes = {"without": 0, "whole": 0, "refused": 0}

    async def churn(over: asyncio.Event) -> None:
        session = await asyncpg.connect(database)
        while not over.is_set():
            await session.execute(make)
            await asyncio.sleep(0.03)
            await session.execute(drop)
            await asyncio.sleep(0.03)
        await session.close()

    async def watch() -> None:
        over = asyncio.Event()
        churning = asyncio.create_task(churn(over))
        connection = Connection(database, BRISK)
        deadline = time.monotonic() + 4
        while time.monotonic() < deadline:
            try:
                seen = await captured(connection)
            except CaptureError:
                outcomes["refused"] += 1
                continue
            # A lock that is held at that moment is a fact, not a race: what it hides is said.
            found = {subject: facts for subject, facts in seen.objects.items() if subject not in seen.stale}
            if seen.objects.keys() == without.keys():
                assert found.items() <= without.items()
                outcomes["without"] += 1
            else:
                assert seen.objects.keys() == whole.keys()
                assert found.items() <= whole.items()
                outcomes["whole"] += 1
        over.set()
        await churning
        await connection.close()

    asyncio.run(watch())

    assert outcomes["without"] + outcomes["whole"] > 3, outcomes
    assert {subject.kind for subject in whole} >= set(KINDS) & {"enum", "view", "index", "policy", "routine"}
    assert ObjectId("relation", ("public", "stays")) in without


@pytest.mark.majors(13, 18)
def test_what_is_looked_at_again_shows_every_change_that_a_look_at_everything_does(database: str, major: int) -> None:
    sql(database, rich(major))

    async def seen(change: str) -> tuple[bool, bool]:
        connection = Connection(database, BRISK)
        async with connection.transaction() as transaction:
            everything = await shape(transaction)
            await asyncio.to_thread(sql, database, change)
            roots = await superseded(transaction)
            few = await shape(transaction, roots)
        async with connection.transaction() as transaction:
            still = everything.items() <= (await shape(transaction)).items()
            as_few = few.items() <= (await shape(transaction, roots)).items()
        await connection.close()
        assert roots is not None
        return still, as_few

    kept = ("SELECT 1", "TRUNCATE app.cache", "ANALYZE app.orders", "BEGIN; DROP TABLE app.cache; ROLLBACK")
    told = {change: asyncio.run(seen(change)) for change in (*kept, *OF_OTHER_SORTS, *CHANGES)}

    assert told == dict.fromkeys(kept, (True, True)) | dict.fromkeys((*OF_OTHER_SORTS, *CHANGES), (False, False))


@pytest.mark.parametrize(
    "changes",
    [
        "ALTER TABLE a RENAME n TO m; ALTER TABLE b RENAME n TO m",
        "BEGIN; DROP TABLE a CASCADE; ROLLBACK; ALTER TABLE b RENAME n TO m",
    ],
)
def test_changes_of_more_objects_than_a_few_are_seen_too(
    database: str, monkeypatch: pytest.MonkeyPatch, changes: str
) -> None:
    monkeypatch.setattr("watchdog.postgres.capture.FEW", 1)
    sql(database, "CREATE TABLE a (n int); CREATE TABLE b (n int); CREATE VIEW v AS SELECT a.n FROM a JOIN b USING (n)")

    async def take() -> Snapshot:
        raced = Raced(database, [changes])
        found = await captured(raced)
        await raced.close()
        return found

    assert asyncio.run(take()).objects == look(database).objects
