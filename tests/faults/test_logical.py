"""A logical replica is watched as any other database: its statistics and its subscription are its own."""

from collections.abc import Callable, Mapping
from pathlib import Path

from tests.acceptance import milo
from tests.acceptance.support import Daemon, watched, watcher_of
from tests.servers.query import rows, sql
from tests.servers.servers import Server


def test_what_a_logical_replica_loses_and_a_subscription_that_is_switched_off_are_found(
    tmp_path: Path, private_server: Callable[[Mapping[str, str]], Server]
) -> None:
    server = private_server({})
    sql(server.dsn(), "CREATE DATABASE publisher")
    publisher = server.dsn("publisher")
    milo.make(publisher)
    sql(publisher, "CREATE TABLE nameless (n int); CREATE PUBLICATION everything FOR ALL TABLES")
    sql(publisher, "SELECT pg_create_logical_replication_slot('everything', 'pgoutput')")
    watcher = milo.made(server.dsn())
    sql(
        server.dsn(),
        "TRUNCATE sealed_epochs, sealed_participants; CREATE TABLE nameless (n int);"
        f"CREATE SUBSCRIPTION everything CONNECTION 'host=127.0.0.1 port={server.port} user=postgres dbname=publisher'"
        " PUBLICATION everything WITH (create_slot = false, slot_name = 'everything')",
    )
    synchronised = "SELECT FROM pg_subscription_rel WHERE srsubstate <> 'r'"
    with Daemon(
        tmp_path, watched(watcher, tmp_path, "replica"), watched(watcher_of(publisher), tmp_path, "publisher")
    ) as daemon:
        daemon.until("the tables to be copied", lambda: not rows(server.dsn(), synchronised))
        daemon.start()
        for name in ("replica", "publisher"):
            daemon.until_checked(name)
        assert daemon.findings("replica") == []
        assert kinds(daemon, "publisher") == [("publication", "changed")]
        assert "on which UPDATE and DELETE fail: public.nameless" in daemon.findings("publisher")[0]["message"]
        assert daemon.metric("table_rows", database="replica", table="sealed_participants") == 1200

        sql(publisher, "DELETE FROM sealed_participants WHERE idx > 2")
        daemon.until("the loss on the replica", lambda: kinds(daemon, "replica") == [("rows", "changed")])
        assert "lost 960 of 1,200 rows" in daemon.findings("replica")[0]["message"]
        sql(server.dsn(), "ALTER SUBSCRIPTION everything DISABLE")
        sql(publisher, "DROP PUBLICATION everything")
        daemon.until("the subscription", lambda: ("subscription", "changed") in kinds(daemon, "replica"))
        daemon.until("the publication", lambda: ("publication", "missing") in kinds(daemon, "publisher"))


def kinds(daemon: Daemon, database: str) -> list[tuple[str, str]]:
    return [(each["kind"], each["change"]) for each in daemon.findings(database)]
