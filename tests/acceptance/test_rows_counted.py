"""Counts by the real process: asked for, before and after a fix, on a replica, kept off by a lock or by the budget."""

import asyncio
import contextlib
import re
import sqlite3
from pathlib import Path

import asyncpg
import yaml

from tests.acceptance import milo
from tests.acceptance.support import Daemon, Json, watchdog, watched, watcher_of
from tests.servers.pool import Pool
from tests.servers.query import rows, sql
from tests.servers.servers import Server

NEVER_BY_ITSELF = {"exact": {"every": "never"}}
READ = "SELECT seq_scan, seq_tup_read FROM pg_stat_user_tables WHERE relname = $1"


def levels(folder: Path) -> dict[str, bytes]:
    with contextlib.closing(sqlite3.connect(folder / "state" / "watchdog.sqlite3")) as state:
        return dict(state.execute("SELECT table_name, body FROM levels"))


def written(folder: Path, *databases: Json) -> tuple[str, str]:
    path = folder / "watchdog.yaml"
    path.write_text(yaml.safe_dump({"databases": list(databases), "state": str(folder / "state")}))
    return ("--config", str(path))


def test_what_was_counted_before_a_fix_is_unchanged_after_it_and_check_says_so(tmp_path: Path, database: str) -> None:
    config = written(tmp_path, watched(milo.made(database), tmp_path))
    assert watchdog("baseline", "capture", *config).returncode == 0
    sql(database, milo.DROP)
    counted = watchdog("rows", *config, "--count", "public.*")
    assert counted.returncode == 0, counted
    [line] = [line for line in counted.stdout.splitlines() if "sealed_participants" in line]
    assert line.split()[:3] == ["public.sealed_participants", "1,200", "exact"]
    assert re.search(r"  [0-9: -]{16}$", line)

    sql(database, "".join(f"ALTER TABLE {table} ADD COLUMN token_group {milo.SHOULD_BE};" for table in milo.TABLES))
    done = watchdog("check", *config)
    assert done.returncode == 0, done
    since = r"unchanged since [0-9: -]{16} UTC"
    assert re.search(
        rf"^rows, counted to the end:\n(    public\.\w+: [0-9,]+ rows, {since}\n){{5}}", done.stdout, re.MULTILINE
    )
    for table, count in {"sealed_epochs": "120", "sealed_participants": "1,200", "user_mapping": "0"}.items():
        assert re.search(rf"^    public\.{table}: {count} rows, {since}$", done.stdout, re.MULTILINE), done.stdout

    sql(database, "DELETE FROM sealed_epochs WHERE epoch = 3600; INSERT INTO user_mapping VALUES ('a', 'b', 0)")
    done = watchdog("check", *config)
    assert "    public.sealed_epochs: 119 rows, 1 fewer than " in done.stdout
    assert "    public.user_mapping: 1 row, 1 more than " in done.stdout


def test_a_count_that_was_asked_for_is_remembered_by_the_daemon_and_of_no_other_table(
    tmp_path: Path, database: str
) -> None:
    dsn = milo.made(database)
    with Daemon(tmp_path, watched(dsn, tmp_path, rows={"counting": NEVER_BY_ITSELF})) as daemon:
        daemon.start()
        daemon.until("a first verdict", lambda: daemon.report()["status"] == "ok")
        look = ("rows", "--config", str(daemon.path))
        assert watchdog(*look).stdout.count("  never\n") == 5
        bare = watchdog(*look, "--count", "sealed_epochs")
        assert (bare.returncode, "say schema.table, such as public.sealed_epochs" in bare.stderr) == (2, True)
        wrong = watchdog(*look, "--count", "public.sealed_e*", "--count", "public.sealed_epoch")
        assert wrong.returncode == 2, wrong
        assert "--count public.sealed_epoch: no such table is watched in production" in wrong.stderr
        assert watchdog(*look, "--count", "public.sealed_e*").returncode == 0

        def counted() -> dict[str, tuple[int, int, str]]:
            [found] = daemon.api("rows")
            return {
                each["table"]: (each["counted"]["rows"], each["rows"], each["source"])
                for each in found["readings"]
                if each["counted"]
            }

        daemon.until("the count to be known", lambda: counted() == {"sealed_epochs": (120, 120, "exact")})
        sql(database, "DELETE FROM sealed_epochs WHERE epoch <= 36000")
        daemon.until("the count to be carried on", lambda: counted() == {"sealed_epochs": (120, 110, "live")})
        assert daemon.report()["status"] == "ok"

        daemon.kill9()
        before = levels(tmp_path)
        assert watchdog(*look, "--count", "public.user_mapping").returncode == 0
        assert {name for name, body in levels(tmp_path).items() if body != before[name]} == {"user_mapping"}


def test_a_count_that_was_asked_for_and_not_made_is_not_called_verified(tmp_path: Path, database: str) -> None:
    config = written(tmp_path, watched(watcher_of(database), tmp_path, rows={"counting": NEVER_BY_ITSELF}))
    [[role]] = rows(database, "SELECT current_database() || '_watcher'")
    sql(database, f'CREATE TABLE "My t" (id int); CREATE TABLE kept (id int); GRANT SELECT ON "My t" TO {role}')
    look = ("rows", *config, "--count")
    # As it is stored, and as findings show it.
    for name in ("public.My t", 'public."My t"'):
        done = watchdog(*look, name)
        assert (done.returncode, "exact" in done.stdout) == (0, True), done

    refused = watchdog(*look, "public.*")
    assert refused.returncode == 3, refused
    assert "  not verified: 1 of 2 tables were not counted\n" in refused.stdout
    assert "not counted: no SELECT privilege\n" in refused.stdout
    nowhere = watchdog(*look, "publc.*", "--count", "public.My*")
    assert (nowhere.returncode, nowhere.stdout.count("exact")) == (2, 1)
    assert nowhere.stderr == "schema-watchdog: --count publc.*: no such table is watched in production\n"

    accepted = watchdog("rows", *config, "--accept", 'public."My t"', "--reason", "as it is shown")
    assert (accepted.returncode, accepted.stderr) == (0, "")
    alone = watchdog("rows", *config, "--reason", "of nothing")
    assert (alone.returncode, "--reason goes with --accept" in alone.stderr) == (2, True)


def test_a_loss_is_confirmed_on_a_replica_and_the_watched_server_reads_no_row(
    tmp_path: Path, servers: Pool, server: Server
) -> None:
    primary = servers.private(server.major, {"autovacuum": "off"})
    standby = servers.standby(primary)
    here, there = primary.dsn(), standby.dsn()
    sql(here, "CREATE TABLE t AS SELECT generate_series(1, 1000) AS id; CREATE INDEX i ON t (id); ANALYZE")
    counting = {**NEVER_BY_ITSELF, "dsn": there}
    with Daemon(tmp_path, watched(here, tmp_path, rows={"counting": counting})) as daemon:
        daemon.start()
        daemon.until("a first verdict", lambda: daemon.report()["status"] == "ok")
        sql(there, "SELECT pg_wal_replay_pause()")
        # The rest goes into another file, so that only a count can tell how much it is.
        sql(here, "BEGIN; DELETE FROM t WHERE id > 100; CLUSTER t USING i; COMMIT")
        doubt = "public.t may have lost rows, and is not counted yet: the replica lags "
        daemon.until("the doubt", lambda: doubt in str(daemon.report()["reason"]))
        assert daemon.drops() == []
        before = rows(here, READ, "t")
        sql(there, "SELECT pg_wal_replay_resume()")
        [drop] = daemon.until("the drop", daemon.drops)
        assert (drop["expected"], drop["actual"], drop["severity"]) == ("1000", "100", "critical")
        # As it was found; once it is counted, and nothing is written since, the count alone speaks.
        assert daemon.logged("finding.fired")[-1]["message"].endswith("confirmed by count")
        daemon.until_checked(times=2)
        assert rows(here, READ, "t") == before
        [(scans, read)] = rows(there, READ, "t")
        assert (scans, read) != (0, 0)
    standby.stop()
    primary.stop()


async def assert_doubted_under_lock(dsn: str, daemon: Daemon) -> None:
    """Delete so that only a count can tell, with the table locked from then on until the doubt is said."""
    loser, holder = await asyncpg.connect(dsn), await asyncpg.connect(dsn)
    await loser.execute("BEGIN; DELETE FROM t WHERE id > 400; CLUSTER t USING t_pkey")
    await holder.execute("BEGIN")
    lock = asyncio.create_task(holder.execute("LOCK TABLE t IN ACCESS EXCLUSIVE MODE"))
    waits = "SELECT FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'"
    while not await loser.fetch(waits):
        assert not lock.done()
    await loser.execute("COMMIT")
    await loser.close()
    await lock
    doubt = "public.t may have lost rows, and is not counted yet: the table is locked"
    await asyncio.to_thread(daemon.until, "the doubt", lambda: doubt in str(daemon.report()["reason"]))
    assert daemon.drops() == []
    await holder.close()


def test_a_locked_table_is_a_doubt_until_it_is_counted_and_what_is_over_budget_is_told_uncounted(
    tmp_path: Path, database: str
) -> None:
    dsn = watcher_of(database)
    sql(
        database,
        f"""
        CREATE TABLE t AS SELECT i AS id, 'row ' || i AS note FROM generate_series(1, 1000) i;
        ALTER TABLE t ADD PRIMARY KEY (id); ALTER TABLE t SET (autovacuum_enabled = off);
        CREATE TABLE large (LIKE t INCLUDING ALL); INSERT INTO large SELECT * FROM t;
        CREATE TABLE larger (LIKE t INCLUDING ALL); INSERT INTO larger SELECT * FROM t;
        GRANT SELECT ON t, large, larger TO {dsn.partition("//")[2].partition(":")[0]}; ANALYZE
        """,
    )
    with Daemon(tmp_path, watched(dsn, tmp_path, rows={"counting": NEVER_BY_ITSELF})) as daemon:
        daemon.start()
        daemon.until("a first verdict", lambda: daemon.report()["status"] == "ok")
        asyncio.run(assert_doubted_under_lock(database, daemon))
        [drop] = daemon.until("the drop", daemon.drops)
        assert (drop["expected"], drop["actual"], drop["severity"]) == ("1000", "400", "critical")
        assert drop["message"].endswith("confirmed by count")
        daemon.until("no more doubt", lambda: "t may have lost rows" not in str(daemon.report()["reason"]))

        daemon.kill9()
        daemon.config["databases"][0]["rows"] = {"counting": {**NEVER_BY_ITSELF, "pages": 1}}
        daemon.start()
        # A look that has begun could see the rows gone in the file of before.
        daemon.until_checked()
        sql(database, "DELETE FROM large WHERE id > 400")
        sql(database, "BEGIN; DELETE FROM larger WHERE id > 100; CLUSTER larger USING larger_pkey; COMMIT")
        found = daemon.until("two more drops", lambda: len(daemon.drops()) == 3 and daemon.drops())
        told = {one["identity"][1]: (one["severity"], one["message"]) for one in found}
        severity, message = told["large"]
        assert (severity, message.partition(" since ")[0]) == ("critical", "public.large lost 600 of 1,000 rows (60 %)")
        assert message.endswith(": 600 rows deleted; by live statistics, borne out by the catalogs")
        severity, message = told["larger"]
        # Nobody has counted, and all that is known is another file.
        assert (severity, message.partition(" since ")[0]) == ("warning", "public.larger lost 900 of 1,000 rows (90 %)")
        assert re.search(r"not confirmed: a count may read \d pages, and counting.pages allows 1$", message)
