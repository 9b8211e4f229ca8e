"""Rows that vanish, come back, or only seem to have gone, before the eyes of the real process."""

import getpass
import re
from pathlib import Path

import pytest

from tests.acceptance import milo
from tests.acceptance.support import Daemon, Receiver, watchdog, watched, watcher_of, webhook
from tests.servers.query import sql


@pytest.mark.parametrize("may_count", [True, False], ids=["with SELECT", "with pg_monitor alone"])
def test_a_delete_and_a_truncate_are_told_until_the_rows_are_back_and_a_reset_is_not(
    tmp_path: Path, database: str, may_count: bool
) -> None:
    dsn = milo.made(database, may_count=may_count)
    with (
        Receiver() as receiver,
        Daemon(tmp_path, watched(dsn, tmp_path), channels={"ops": webhook(receiver.url("/ops"))}) as daemon,
    ):
        daemon.start()
        daemon.until("a first verdict", lambda: daemon.report()["status"] == "ok")
        table = {"schema": "public", "table": "sealed_participants"}
        # Counted once a day by whoever may.
        assert daemon.metrics("table_rows", **table) == {("production", "exact" if may_count else "live"): 1200}
        assert daemon.metric("table_rows_unknown", database="production") == 0

        for loss, left in {
            "DELETE FROM sealed_participants WHERE idx <= 6": 480,
            "TRUNCATE sealed_participants": 0,
        }.items():
            sql(database, loss)
            [drop] = daemon.until("the drop", daemon.drops)
            assert (drop["identity"], drop["change"]) == (["public", "sealed_participants"], "changed")
            assert (drop["expected"], drop["actual"]) == ("1200", str(left))
            assert drop["severity"] == "critical"
            assert drop["message"].endswith(
                ("; by live statistics, confirmed by count", "; by count") if may_count else "borne out by the catalogs"
            )
            assert daemon.metric("findings", kind="rows") == 1
            assert daemon.metric("table_rows", **table) == left
            sql(database, milo.REFILL)
            daemon.until("the rows to be back", lambda: not daemon.drops())
            daemon.until_checked()
            assert daemon.metrics("table_rows", **table) == {("production", "live"): 1200}
        daemon.until("four messages", lambda: len(receiver.statuses("/ops")) == 4)

        sql(database, "SELECT pg_stat_reset()")
        daemon.until_checked(times=2)
        assert daemon.drops() == []
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
        daemon.until("the loss", daemon.drops)
        sql(database, "DROP TABLE kept")
        daemon.until("the table to be missed", lambda: len(daemon.findings()) > 1)
        daemon.until_checked()
        assert len(daemon.drops()) == 1
        assert "resolved" not in daemon.events()


def test_rows_prints_the_readings_and_accept_ends_a_drop(tmp_path: Path, database: str) -> None:
    dsn = milo.made(database, may_count=True)
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
        assert line.split()[:4] == ["public.sealed_participants", "1,200", "exact", "▄"]
        assert re.search(r"  [0-9: -]{16}$", line)

        sql(database, "DELETE FROM sealed_participants WHERE idx <= 6")
        daemon.until("the drop", daemon.drops)
        done = watchdog(*look)
        assert (done.returncode, "CRITICAL: " in done.stdout) == (1, True), done

        unknown = watchdog(*look, "--accept", "public.nowhere", "--reason", "the purge of May")
        assert (unknown.returncode, "public.nowhere" in unknown.stderr) == (2, True)
        silent = watchdog(*look, "--accept", "public.sealed_participants")
        assert (silent.returncode, "--accept needs --reason WHY" in silent.stderr) == (2, True), silent
        bare = watchdog(*look, "--accept", "sealed_participants")
        assert (bare.returncode, "say schema.table, such as public.sealed_participants" in bare.stderr) == (2, True)
        done = watchdog(*look, "--accept", "public.sealed_participants", "--reason", "the purge of May")
        assert (done.returncode, "CRITICAL" in done.stdout) == (0, False), done
        assert done.stdout.startswith("accepted in production: public.sealed_participants lost 720 of 1,200 rows (60")
        again = watchdog(*look, "--accept", "public.sealed_participants", "--reason", "the same")
        said = "accepted in production: public.sealed_participants as it is; no drop and no silence was open\n"
        assert (again.returncode, again.stdout.startswith(said)) == (0, True), again
        [accepted] = [event for event in daemon.api("events") if event["event"] == "accepted"]
        assert accepted["message"].startswith("public.sealed_participants lost 720 of 1,200 rows (60 %)")
        assert accepted["message"].endswith(f"(by {getpass.getuser()}: the purge of May)")
        daemon.until("the drop to be over", lambda: not daemon.drops())
        daemon.until("the end to be told", lambda: len(receiver.statuses("/ops")) == 2)
        daemon.until_checked()
        assert daemon.drops() == []
        assert receiver.statuses("/ops") == ["firing", "resolved"]


def test_why_a_silence_was_accepted_is_in_the_events(tmp_path: Path, database: str) -> None:
    dsn = milo.made(database)
    declared = {"tables": [{"match": ["public.sealed_epochs"], "growth": "1s"}]}
    with Daemon(tmp_path, watched(dsn, tmp_path, rows=declared)) as daemon:
        daemon.start()
        daemon.until("the silence", daemon.drops)
        watchdog(
            "rows", "--config", str(daemon.path), "--accept", "public.sealed_epochs", "--reason", "sealing is paused"
        )
        [accepted] = [event for event in daemon.api("events") if event["event"] == "accepted"]
        assert accepted["message"].startswith("public.sealed_epochs: no new row since ")
        assert accepted["message"].endswith(f"(by {getpass.getuser()}: sealing is paused)")


def test_what_was_refused_has_accepted_nothing(tmp_path: Path, database: str) -> None:
    dsn = milo.made(database, may_count=True)
    with Daemon(tmp_path, watched(dsn, tmp_path), watched(dsn, tmp_path, "staging")) as daemon:
        daemon.write()
        why = ("--reason", "it was meant")
        look = ("rows", "--config", str(daemon.path), *why, "--accept", "public.sealed_participants")
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
