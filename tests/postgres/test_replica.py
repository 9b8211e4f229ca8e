"""Counts on a real streaming standby: only of what the primary knows too, and never in the primary's stead."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import TypeVar

import asyncpg
import pytest

from tests.servers.pool import Pool
from tests.servers.query import rows, sql
from tests.servers.servers import Server
from watchdog.postgres.connection import Connection, Timeouts
from watchdog.postgres.counter import Counter
from watchdog.rows.facts import EVERYTHING, Confirmation, Newest, ServerFacts

Answer = TypeVar("Answer")


@pytest.fixture(scope="module")
def primary(servers: Pool, server: Server) -> Iterator[Server]:
    made = servers.private(server.major, {"autovacuum": "off"})
    yield made
    made.stop()


@pytest.fixture(scope="module")
def standby(servers: Pool, primary: Server) -> Iterator[Server]:
    """Streams from `primary`, until the last test promotes it. Whoever is in the way of its replay is ended at once."""
    made = servers.standby(primary, {"max_standby_streaming_delay": "0"})
    yield made
    made.stop()


def asked(primary: str, replica: str, ask: Callable[[Counter], Awaitable[Answer]]) -> Answer:
    """The answer of a counter between the two, with locks waited for as long as a statement may take."""

    async def run() -> Answer:
        connections = [Connection(dsn, Timeouts(connect=2, lock=20, statement=20)) for dsn in (primary, replica)]
        try:
            return await ask(Counter(*connections))
        finally:
            for connection in connections:
                await connection.close()

    return asyncio.run(run())


def everything(table: str, seconds: float = 20) -> Callable[[Counter], Awaitable[Confirmation]]:
    return lambda counter: counter.confirm("public", table, EVERYTHING, seconds)


def newest(table: str) -> Callable[[Counter], Awaitable[Newest]]:
    return lambda counter: counter.newest("public", table, "id", "s", datetime.now(UTC))


@pytest.mark.majors(13, 18)
def test_a_replica_is_believed_once_it_has_replayed_what_the_primary_committed(
    primary: Server, standby: Server
) -> None:
    here, there = primary.dsn(), standby.dsn()
    sql(
        here,
        """
        CREATE TABLE t AS SELECT generate_series(1, 100) AS id; CREATE INDEX ON t (id);
        CREATE UNLOGGED TABLE u (id int PRIMARY KEY)
        """,
    )
    assert asked(here, there, everything("t")).exact == 100
    # Of which nothing follows but the header of a segment, on which nothing is replayed.
    sql(here, "SELECT pg_switch_wal()")
    assert asked(here, there, everything("t")).exact == 100
    for refused in (asked(here, there, everything("u")), asked(here, there, newest("u"))):
        assert (refused.again, refused.reason.startswith("the server refuses: ")) == (False, True)
    sql(there, "SELECT pg_wal_replay_pause()")
    sql(here, "DELETE FROM t WHERE id > 1")
    lagging = asked(here, there, everything("t", seconds=0.3))
    assert (lagging.counted, lagging.again) == (None, True)
    assert lagging.reason.startswith("the replica lags ")
    stale = asked(here, there, newest("t"))
    assert (stale.at, stale.empty, stale.again) == (None, False, True)
    sql(there, "SELECT pg_wal_replay_resume()")
    assert asked(here, there, everything("t")).exact == 1
    assert asked(here, there, newest("t")) == Newest(at=datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    standby.stop()
    down = asked(here, there, everything("t"))
    assert (down.counted, down.again) == (None, True)
    assert down.reason.startswith("the replica does not answer: cannot connect")
    standby.start()


@pytest.mark.majors(13, 18)
def test_a_replica_that_cannot_speak_for_the_database_is_refused(
    primary: Server, standby: Server, database: str
) -> None:
    reasons = [
        asked(here, there, everything("t"))
        for here, there in [
            (primary.dsn(), primary.dsn()),
            (database, standby.dsn()),
            (primary.dsn("template1"), standby.dsn()),
        ]
    ]
    assert [(one.counted, one.again) for one in reasons] == [(None, False)] * 3
    assert [one.reason for one in reasons] == [
        "the replica is no standby (see its address: is it a primary since a failover?)",
        "the replica is of another cluster (see its address)",
        "the replica's database is postgres, not template1 (see its address)",
    ]


@pytest.mark.majors(13, 18)
def test_a_count_in_the_way_of_the_replay_is_asked_again(primary: Server, standby: Server) -> None:
    here, there = primary.dsn(), standby.dsn()
    sql(
        here,
        """
        CREATE TABLE events (id int) PARTITION BY LIST (id);
        CREATE TABLE events_1 PARTITION OF events FOR VALUES IN (1);
        CREATE TABLE events_2 PARTITION OF events FOR VALUES IN (2);
        """,
    )

    async def interrupted(counter: Counter) -> Confirmation:
        holder = await asyncpg.connect(here)
        async with holder.transaction():
            await holder.execute("LOCK TABLE events_2 IN ACCESS EXCLUSIVE MODE; SELECT pg_switch_wal()")
            count = asyncio.create_task(counter.confirm("public", "events", EVERYTHING, 20))
            waiting = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'SELECT count%'"
            while not await asyncio.to_thread(rows, there, waiting):
                assert not count.done(), count
            # It holds the first partition, and waits for the second.
            await asyncio.to_thread(sql, here, "TRUNCATE events_1")
            answer = await count
        await holder.close()
        return answer

    answer = asked(here, there, interrupted)
    assert (answer.counted, answer.again) == (None, True)
    assert answer.reason == "the standby's recovery cancelled the count"


@pytest.mark.majors(13, 18)
def test_a_promotion_shows_as_another_timeline(primary: Server, standby: Server) -> None:
    def read(server: Server) -> ServerFacts:
        return asked(server.dsn(), server.dsn(), Counter.facts)[0]

    before, followed = read(primary), read(standby)
    assert (before.timeline, followed.timeline, followed.in_recovery) == (1, 1, True)
    sql(standby.dsn(), "SELECT pg_promote()")
    promoted = read(standby)
    assert (promoted.timeline, promoted.in_recovery) == (2, False)
    assert before.wal_position is not None
    assert followed.wal_position is not None
    assert promoted.wal_position is not None
    assert promoted.wal_position > followed.wal_position
