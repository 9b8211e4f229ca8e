"""The gate on real servers: what moves it, what does not, and what it says of itself."""

import asyncio
import os
import signal
from collections.abc import Callable, Mapping

import asyncpg
import pytest

from tests.servers.pool import Pool
from tests.servers.query import sql
from tests.servers.servers import Server
from watchdog.errors import UnreachableError
from watchdog.postgres.connection import Connection, Timeouts
from watchdog.postgres.gate import Gate
from watchdog.schema.gate import Mark, moved

Servers = Callable[[Mapping[str, str]], Server]

# A statement, and a catalog that it changes; local and shared ones.
DDL = (
    ("CREATE SCHEMA s", "pg_namespace"),
    ("CREATE TABLE s.t (id int PRIMARY KEY, name text)", "pg_class"),
    ("ALTER TABLE s.t ADD token_group text", "pg_attribute"),
    ("ALTER TABLE s.t ALTER name SET DEFAULT 'x'", "pg_attrdef"),
    ("CREATE INDEX ON s.t (name)", "pg_index"),
    ("CREATE FUNCTION s.f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "pg_proc"),
    ("CREATE OR REPLACE FUNCTION s.f() RETURNS int LANGUAGE sql AS 'SELECT 2'", "pg_proc"),
    ("CREATE VIEW s.v AS SELECT * FROM s.t", "pg_rewrite"),
    ("COMMENT ON TABLE s.t IS 'rows'", "pg_description"),
    ("GRANT SELECT ON s.t TO PUBLIC", "pg_class"),
    ("CREATE TYPE s.mood AS ENUM ('sad')", "pg_enum"),
    ("ALTER TYPE s.mood ADD VALUE 'happy'", "pg_enum"),
    ("CREATE ROLE gate_role", "pg_authid"),
    ("GRANT pg_monitor TO gate_role", "pg_auth_members"),
    ("ALTER ROLE gate_role SET work_mem = '1MB'", "pg_db_role_setting"),
    ("ALTER DATABASE postgres SET work_mem = '1MB'", "pg_db_role_setting"),
    ("DROP VIEW s.v", "pg_class"),
    ("ALTER TABLE s.t DROP COLUMN token_group", "pg_attribute"),
    ("DROP ROLE gate_role", "pg_authid"),
)
QUIET = (
    "SELECT count(*) FROM s.t",
    "INSERT INTO s.t SELECT i, 'row' FROM generate_series(1, 1000) i",
    "DELETE FROM s.t",
    "VACUUM s.t",
    "ANALYZE s.t",
    "CHECKPOINT",
)


async def marks(dsn: str, major: int) -> None:
    gate, session = Gate(connection := Connection(dsn)), await asyncpg.connect(dsn)

    async def mark_after(statement: str) -> Mark:
        await session.execute(statement)
        if major >= 15:
            await session.execute("SELECT pg_stat_force_next_flush()")
        _, mark = await gate.read()
        return mark

    try:
        before = await mark_after("SELECT 1")
        for statement, catalog in DDL:
            now = await mark_after(statement)
            assert catalog in (moved(before, now) or ()), statement
            before = now
        for statement in QUIET:
            assert moved(before, await mark_after(statement)) == frozenset(), statement
        server, mark = await gate.read()
        assert server.major == major
        assert ("idle session" in mark.distrust) is (major < 15)
    finally:
        await session.close()
        await connection.close()


@pytest.mark.majors(13, 14, 15, 18)
def test_it_moves_with_every_change_of_the_catalogs_and_with_nothing_else(private_server: Servers, major: int) -> None:
    asyncio.run(marks(private_server({"autovacuum": "off"}).dsn(), major))


@pytest.mark.majors(13, 18)
def test_after_a_crash_a_restart_and_a_reset_anything_may_have_changed(private_server: Servers, major: int) -> None:
    server = private_server({"restart_after_crash": "on"})

    async def again(gate: Gate) -> Mark:
        for _ in range(100):
            try:
                return (await gate.read())[1]
            except UnreachableError:
                await asyncio.sleep(0.1)
        raise AssertionError("it does not come back")

    async def story() -> None:
        gate = Gate(connection := Connection(server.dsn()))
        before = await again(gate)
        session = await asyncpg.connect(server.dsn())
        if major >= 15:
            await session.execute("SELECT pg_stat_reset()")
            reset = await again(gate)
            assert moved(before, reset) is None
            before = reset
        # Its counters die with it, and the server's with the crash.
        await session.execute("SET synchronous_commit = on")
        await session.execute("CREATE TABLE unseen (id int)")
        os.kill(session.get_server_pid(), signal.SIGKILL)
        session.terminate()
        await asyncio.sleep(1)
        crashed = await again(gate)
        assert "pg_class" in (moved(before, crashed) or ("pg_class",))
        server.stop()
        server.start()
        assert moved(crashed, await again(gate)) is None
        await connection.close()

    asyncio.run(story())


@pytest.mark.majors(13, 18)
def test_a_standby_and_a_server_that_does_not_count_are_read_by_their_rows(servers: Pool, major: int) -> None:
    primary = servers.private(major, {"track_counts": "off"})
    standby = servers.standby(primary)

    async def story() -> None:
        session = await asyncpg.connect(primary.dsn())
        there, here = Gate(one := Connection(primary.dsn())), Gate(two := Connection(standby.dsn()))
        (_, before), (server, replayed) = await there.read(), await here.read()
        assert server.in_recovery
        assert "standby" in replayed.distrust
        await session.execute("CREATE TABLE t (id int)")
        assert "pg_class" in (moved(before, (await there.read())[1]) or ())
        for _ in range(100):
            if "pg_class" in (moved(replayed, (await here.read())[1]) or ()):
                break
            await asyncio.sleep(0.1)
        else:
            raise AssertionError("the standby never moved")
        await session.close()
        await one.close()
        await two.close()

    asyncio.run(story())
    standby.stop()
    primary.stop()


def test_a_catalog_that_is_locked_makes_the_mark_unknown_and_the_server_no_less_there(
    private_server: Servers,
) -> None:
    dsn = private_server({"track_counts": "off"}).dsn()

    async def story() -> None:
        gate = Gate(connection := Connection(dsn, Timeouts(lock=0.1)))
        _, before = await gate.read()
        holder = await asyncpg.connect(dsn)
        await holder.execute("CREATE TABLE t (id int)")
        await holder.execute("BEGIN; LOCK pg_catalog.pg_policy IN ACCESS EXCLUSIVE MODE")
        server, held = await gate.read()
        assert server.major >= 13
        assert "lock timeout" in held.distrust
        assert moved(before, held) is None
        await holder.close()
        assert "pg_class" in (moved(before, (await gate.read())[1]) or ())
        await connection.close()

    asyncio.run(story())


def test_a_role_that_may_not_ask_for_the_counters_reads_the_rows(private_server: Servers) -> None:
    server = private_server({})
    sql(server.dsn(), "CREATE ROLE poor LOGIN")

    async def story() -> None:
        gate = Gate(connection := Connection(server.dsn("postgres", "poor")))
        assert (await gate.read())[1].distrust == ""
        refuse = "REVOKE EXECUTE ON FUNCTION pg_stat_get_tuples_deleted(oid) FROM PUBLIC"
        await asyncio.to_thread(sql, server.dsn(), refuse)
        with pytest.raises(UnreachableError):
            await gate.read()
        _, before = await gate.read()
        assert "may not execute" in before.distrust
        await asyncio.to_thread(sql, server.dsn(), "CREATE TABLE t (id int)")
        assert "pg_class" in (moved(before, (await gate.read())[1]) or ())
        await connection.close()

    asyncio.run(story())
