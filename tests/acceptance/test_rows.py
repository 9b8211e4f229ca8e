"""Rows that vanish, come back, or only seem to have gone, before the eyes of the real process."""

from pathlib import Path

import pytest

from tests.acceptance import milo
from tests.acceptance.support import Daemon, Json, Receiver, watchdog, watched, watcher_of, webhook
from tests.servers.query import rows, sql

REFILL = """
INSERT INTO sealed_participants (epoch, channel, idx, user_hash)
SELECT 3600 * n, 'main', i, md5(i::text) FROM generate_series(1, 120) n, generate_series(1, 10) i
ON CONFLICT DO NOTHING
"""


def drops(daemon: Daemon) -> list[Json]:
    return [finding for finding in daemon.findings() if finding["kind"] == "rows"]


def made(database: str, *, may_count: bool) -> str:
    """The aggregator's database, its statistics settled; returns the watcher's connection string."""
    milo.make(database)
    dsn = watcher_of(database)
    if may_count:
        [[role]] = rows(database, "SELECT current_database() || '_watcher'")
        sql(database, f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
    sql(database, "ANALYZE")
    return dsn


@pytest.mark.parametrize("may_count", [True, False], ids=["with SELECT", "with pg_monitor alone"])
def test_a_delete_and_a_truncate_are_told_until_the_rows_are_back_and_a_reset_is_not(
    tmp_path: Path, database: str, may_count: bool
) -> None:
    dsn = made(database, may_count=may_count)
    with (
        Receiver() as receiver,
        Daemon(tmp_path, watched(dsn, tmp_path), channels={"ops": webhook(receiver.url("/ops"))}) as daemon,
    ):
        daemon.start()
        daemon.until("a first verdict", lambda: daemon.report()["status"] == "ok")
        table = {"schema": "public", "table": "sealed_participants"}
        assert daemon.metrics("table_rows", **table) == {("production", "live"): 1200}
        assert daemon.metric("table_rows_unknown", database="production") == 0

        for loss, left in {
            "DELETE FROM sealed_participants WHERE idx <= 6": 480,
            "TRUNCATE sealed_participants": 0,
        }.items():
            sql(database, loss)
            [drop] = daemon.until("the drop", lambda: drops(daemon))
            assert (drop["identity"], drop["change"]) == (["public", "sealed_participants"], "changed")
            assert (drop["expected"], drop["actual"]) == ("1200", str(left))
            if may_count:
                assert (drop["severity"], "confirmed by count" in drop["message"]) == ("critical", True)
            assert daemon.metric("findings", kind="rows") == 1
            assert daemon.metric("table_rows", **table) == left
            sql(database, REFILL)
            daemon.until("the rows to be back", lambda: not drops(daemon))
            daemon.until_checked()
            assert daemon.metric("table_rows", **table) == 1200
        daemon.until("four messages", lambda: len(receiver.statuses("/ops")) == 4)

        sql(database, "SELECT pg_stat_reset()")
        daemon.until_checked(times=2)
        assert drops(daemon) == []
        assert receiver.statuses("/ops") == ["firing", "resolved"] * 2
        assert daemon.events() == ["firing", "resolved"] * 2


def test_rows_that_nobody_can_vouch_for_are_not_called_in_order(tmp_path: Path, database: str) -> None:
    dsn = watcher_of(database)
    sql(database, "CREATE TABLE kept (i int) WITH (autovacuum_enabled = off)")
    sql(database, "INSERT INTO kept SELECT generate_series(1, 1000)")
    with Daemon(tmp_path, watched(dsn, tmp_path)) as daemon:
        daemon.start()
        daemon.until("the level", lambda: daemon.metric("table_rows", schema="public", table="kept") == 1000)
        daemon.until_checked()
        sql(database, "SELECT pg_stat_reset()")
        daemon.until("the doubt", lambda: "rows of public.kept are unknown" in str(daemon.report()["reason"]))
        assert daemon.report()["status"] == "unverified"
        assert daemon.status("/readyz") == 200
        look = ("rows", "--config", str(daemon.path))
        done = watchdog(*look)
        assert (done.returncode, "rows of public.kept are unknown" in done.stdout) == (3, True), done

        sql(database, f"GRANT SELECT ON kept TO {dsn.partition('//')[2].partition(':')[0]}")
        daemon.until("a count to end it", lambda: daemon.report()["status"] == "ok")
        assert watchdog(*look).returncode == 0
        sql(database, "TRUNCATE kept")
        daemon.until("the loss", lambda: drops(daemon))
        sql(database, "DROP TABLE kept")
        daemon.until("the table to be missed", lambda: len(daemon.findings()) > 1)
        daemon.until_checked()
        assert len(drops(daemon)) == 1
        assert "resolved" not in daemon.events()


def test_rows_prints_the_readings_and_accept_ends_a_drop(tmp_path: Path, database: str) -> None:
    dsn = made(database, may_count=True)
    with (
        Receiver() as receiver,
        Daemon(tmp_path, watched(dsn, tmp_path), channels={"ops": webhook(receiver.url("/ops"))}) as daemon,
    ):
        daemon.start()
        daemon.until("a first verdict", lambda: daemon.report()["status"] == "ok")
        look = ("rows", "--config", str(daemon.path))
        done = watchdog(*look)
        assert (done.returncode, "production: 5 tables" in done.stdout) == (0, True), done
        [line] = [line for line in done.stdout.splitlines() if "sealed_participants" in line]
        assert line.split()[:3] == ["public.sealed_participants", "1,200", "live"]

        sql(database, "DELETE FROM sealed_participants WHERE idx <= 6")
        daemon.until("the drop", lambda: drops(daemon))
        done = watchdog(*look)
        assert (done.returncode, "CRITICAL: " in done.stdout) == (1, True), done

        unknown = watchdog(*look, "--accept", "public.nowhere")
        assert (unknown.returncode, "public.nowhere" in unknown.stderr) == (2, True)
        bare = watchdog(*look, "--accept", "sealed_participants")
        assert (bare.returncode, "say schema.table, such as public.sealed_participants" in bare.stderr) == (2, True)
        done = watchdog(*look, "--accept", "public.sealed_participants")
        assert (done.returncode, "CRITICAL" in done.stdout) == (0, False), done
        daemon.until("the drop to be over", lambda: not drops(daemon))
        daemon.until("the end to be told", lambda: len(receiver.statuses("/ops")) == 2)
        daemon.until_checked()
        assert drops(daemon) == []
        assert receiver.statuses("/ops") == ["firing", "resolved"]


def test_what_was_refused_has_accepted_nothing(tmp_path: Path, database: str) -> None:
    dsn = made(database, may_count=True)
    with Daemon(tmp_path, watched(dsn, tmp_path), watched(dsn, tmp_path, "staging")) as daemon:
        daemon.write()
        look = ("rows", "--config", str(daemon.path), "--accept", "public.sealed_participants")
        early = watchdog(*look)
        assert (early.returncode, "holds no levels yet" in early.stderr) == (2, True), early
        assert not (tmp_path / "state").exists()
        daemon.start()
        daemon.until("two first verdicts", lambda: [each["status"] for each in daemon.api("findings")] == ["ok"] * 2)
        sql(database, "DELETE FROM sealed_participants WHERE idx <= 6")
        daemon.until("two drops", lambda: daemon.metric("findings", kind="rows", severity="critical") == 2)
        refused = watchdog(*look, "--accept", "public.nowhere")
        assert (refused.returncode, "public.nowhere: no such table" in refused.stderr) == (2, True), refused
        daemon.until_checked("production")
        assert daemon.metric("findings", kind="rows", severity="critical") == 2
        assert watchdog(*look).returncode == 0
        daemon.until("both to be over", lambda: not daemon.metric("findings", kind="rows", severity="critical"))
