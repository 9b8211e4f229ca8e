"""A primary that dies and a standby that takes its place, by each way to them: no false loss, no false drift."""

import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance import milo
from tests.acceptance.support import Daemon, watched
from tests.servers.pool import Pool
from tests.servers.query import rows, sql
from tests.servers.servers import Server

LOST = {("rows", "parts"), ("rows", "cut")}
LATER = {("rows", "sealed_participants"), ("column", "sealed_epochs")}


@pytest.fixture
def pair(servers: Pool, server: Server) -> Iterator[tuple[Server, Server]]:
    """A primary and its streaming standby."""
    primary = servers.private(server.major)
    standby = servers.standby(primary)
    yield primary, standby
    for each in (primary, standby):
        if each.is_running():
            each.stop()


def replayed(primary: Server, standby: Server) -> bool:
    [[written]] = rows(primary.dsn(), "SELECT pg_current_wal_insert_lsn()::text")
    [[there]] = rows(standby.dsn(), f"SELECT pg_last_wal_replay_lsn() >= '{written}'")
    return bool(there)


def test_a_standby_is_promoted_where_it_is_watched_and_where_two_hosts_lead_to_the_primary(
    tmp_path: Path, pair: tuple[Server, Server]
) -> None:
    primary, standby = pair
    watcher = milo.made(primary.dsn())
    sql(
        primary.dsn(),
        "CREATE TABLE parts (n int) PARTITION BY RANGE (n);"
        "CREATE TABLE low PARTITION OF parts FOR VALUES FROM (0) TO (1000);"
        "CREATE TABLE high PARTITION OF parts FOR VALUES FROM (1000) TO (2000);"
        "INSERT INTO parts SELECT generate_series(1, 1999); CREATE TABLE cut AS SELECT * FROM parts;"
        "GRANT SELECT ON parts, cut TO postgres_watcher;"
        "CREATE UNLOGGED TABLE cache (id serial PRIMARY KEY); INSERT INTO cache SELECT FROM generate_series(1, 500);"
        "CREATE SEQUENCE numbers; SELECT nextval('numbers'); ANALYZE; CHECKPOINT",
    )
    # All that could differ between two servers is compared.
    whole = {"roles": True, "settings": True, "privileges": True}
    here, there = f"127.0.0.1:{primary.port}", f"127.0.0.1:{standby.port}"
    both = watcher.replace(here, f"{here},{there}") + "?target_session_attrs=primary"
    names = ("moving", "standing")
    with Daemon(
        tmp_path,
        watched(both, tmp_path, "moving", compare=whole),
        watched(watcher.replace(here, there), tmp_path, "standing", compare=whole),
    ) as daemon:
        daemon.until("the standby to have caught up", lambda: replayed(primary, standby))
        daemon.start()
        for name in names:
            daemon.until_checked(name)
        assert sources(daemon, "moving") == {"exact"}
        # The standby does not know what an unlogged table holds, and has no statistics of any other.
        assert sources(daemon, "standing") == {"planner"}
        assert "cache" not in {key[-1] for key in daemon.metrics("table_rows", database="standing")}

        # What the catalogs tell of a loss they tell on a standby too, without statistics.
        sql(primary.dsn(), "DROP TABLE low")
        sql(primary.dsn(), "TRUNCATE cut")
        for name in names:
            daemon.until("what the catalogs tell", functools.partial(told, daemon, name, LOST))
        daemon.until("the standby to have it too", lambda: replayed(primary, standby))

        primary.kill9()
        daemon.until("the primary to be missed", lambda: daemon.metric("database_up", database="moving") == 0)
        daemon.until(
            "the reasons of both hosts",
            lambda: f"; {there} is none that target_session_attrs=primary takes" in said(daemon, "moving"),
        )
        assert f"{here}: " in said(daemon, "moving")
        sql(standby.dsn(), "SELECT pg_promote()")
        for name in names:
            daemon.until_checked(name, 2)
            assert found(daemon, name) == LOST
        # It had counted what the failover emptied; the standby never could.
        assert said(daemon, "moving").startswith("rows: the rows of public.cache are unknown: ")
        assert said(daemon, "standing") == "None"
        assert sources(daemon, "moving") == sources(daemon, "standing") == {"planner"}
        assert daemon.events() == ["firing"] * 2 * len(LOST)
        changed = {line["database"]: line["how"] for line in daemon.logged("server.changed")}
        assert changed == {
            "moving": "restored or failed over (timeline 1 -> 2)",
            "standing": "restored or failed over (timeline 1 -> 2); a primary answers now",
        }
        # What is lost after it is found, as soon as the new primary knows of it.
        sql(
            standby.dsn(), "DELETE FROM sealed_participants; ALTER TABLE sealed_epochs DROP COLUMN token_group; ANALYZE"
        )
        for name in names:
            daemon.until("loss and drift", functools.partial(told, daemon, name, LOST | LATER))
        # Nobody may count it, and the counters of another server prove nothing.
        cache = next(each for each in daemon.findings("moving") if each["identity"] == ["public", "cache"])
        assert cache["severity"] == "warning"
        assert "restored or failed over (timeline 1 -> 2); by live statistics, not confirmed" in cache["message"]
        assert len(daemon.logged("server.changed")) == 2


def sources(daemon: Daemon, database: str) -> set[str]:
    """From where the counts of the permanent tables are."""
    return {source for _, source, table in daemon.metrics("table_rows", database=database) if table != "cache"}


def found(daemon: Daemon, database: str) -> set[tuple[str, str]]:
    return {(each["kind"], each["identity"][1]) for each in daemon.findings(database)}


def told(daemon: Daemon, database: str, what: set[tuple[str, str]]) -> bool:
    return what <= found(daemon, database)


def said(daemon: Daemon, database: str) -> str:
    return str(daemon.report(database)["reason"])
