"""The schema of a standby is that of its primary, but for what no standby can tell."""

from collections.abc import Iterator

import pytest

from tests.postgres.looks import changes, look, rich
from tests.servers.pool import Pool
from tests.servers.query import rows, sql
from tests.servers.servers import Server
from watchdog.schema.kinds import KINDS
from watchdog.schema.snapshot import ObjectId


@pytest.fixture
def pair(servers: Pool, server: Server) -> Iterator[tuple[Server, Server]]:
    primary = servers.private(server.major)
    standby = servers.standby(primary)
    yield primary, standby
    standby.stop()
    primary.stop()


@pytest.mark.majors(13, 18)
def test_a_capture_of_a_standby_equals_one_of_its_primary_but_for_the_values_of_unlogged_sequences(
    pair: tuple[Server, Server], major: int
) -> None:
    primary, standby = pair
    sql(primary.dsn(), rich(major))
    sql(primary.dsn(), "CREATE UNLOGGED TABLE cache (id serial PRIMARY KEY, other bigint GENERATED ALWAYS AS IDENTITY)")
    [[written]] = rows(primary.dsn(), "SELECT pg_current_wal_insert_lsn()::text")
    replayed = f"SELECT FROM pg_stat_wal_receiver WHERE pg_last_wal_replay_lsn() >= '{written}'"
    while not rows(standby.dsn(), replayed):
        sql(primary.dsn(), "SELECT pg_log_standby_snapshot()" if major >= 16 else "CHECKPOINT")

    there, here = (look(each.dsn(), kinds=tuple(KINDS)) for each in (primary, standby))

    assert here.server.in_recovery
    assert changes(there, here) == changes(here, there) == ()
    assert here.objects.keys() == there.objects.keys()
    assert (here.stale, here.broken, here.unmodelled) == (there.stale, there.broken, there.unmodelled)
    # Only from 15 on is a sequence of an unlogged table unlogged too.
    unlogged = {ObjectId("sequence", ("public", "cache_id_seq")), ObjectId("column", ("public", "cache", "other"))}
    assert here.hidden - there.hidden == (unlogged if major >= 15 else set())
    differ = {name for name, attributes in here.objects.items() if attributes != there.objects[name]}
    assert differ == here.hidden - there.hidden
