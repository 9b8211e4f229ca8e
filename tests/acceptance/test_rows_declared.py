"""What a team has declared of its tables, before the eyes of the real process: jobs that delete, bounds, freshness."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.acceptance import milo
from tests.acceptance.support import Daemon, Json, watched
from tests.servers.query import sql


def table(name: str) -> dict[str, str]:
    return {"schema": "public", "table": name}


def of(daemon: Daemon, attribute: str) -> list[Json]:
    return [finding for finding in daemon.drops() if finding["attribute"] == attribute]


def test_what_was_declared_sets_the_level_and_more_than_that_is_told_with_its_reason(
    tmp_path: Path, database: str
) -> None:
    dsn = milo.made(database)
    sql(database, "INSERT INTO user_mapping SELECT i, i, 0 FROM generate_series(1, 1000) i")
    now = datetime.now(UTC)
    # Open now, whenever that is, and but once: a window that lasts until the next one opens allows it twice.
    window = {"schedule": f"{now - timedelta(hours=1):%M %H} * * *", "lasts": "12h"}
    retention = {"at_most": {"percent": 40}, "reason": "the nightly purge", **window}
    upgrade = {"from": now - timedelta(hours=1), "until": now + timedelta(hours=1), "reason": "the upgrade"}
    declared = {
        "retention": [{"tables": ["public.sealed_participants", "public.user_mapping"], **retention}],
        "maintenance": [{"tables": ["public.sealed_epochs"], **upgrade}],
    }
    with Daemon(tmp_path, watched(dsn, tmp_path, rows=declared)) as daemon:
        daemon.start()
        daemon.until("a first verdict", lambda: daemon.report()["status"] == "ok")
        sql(database, "DELETE FROM sealed_participants WHERE idx <= 3; TRUNCATE sealed_epochs")
        smaller = {"sealed_participants": 840, "sealed_epochs": 0}
        daemon.until(
            "the smaller tables",
            lambda: {name: daemon.metric("table_rows", **table(name)) for name in smaller} == smaller,
        )
        daemon.until_checked()
        assert daemon.report()["status"] == "ok"

        sql(database, "DELETE FROM user_mapping WHERE user_hash::int <= 300")
        daemon.until("the smaller table", lambda: daemon.metric("table_rows", **table("user_mapping")) == 700)
        sql(database, "DELETE FROM user_mapping WHERE user_hash::int <= 600")
        [drop] = daemon.until("the drop", daemon.drops)
        assert (drop["expected"], drop["actual"], drop["severity"]) == ("1000", "400", "critical")
        assert ": 600 rows deleted, more than the 40 % that may go by the nightly purge; " in drop["message"]

        # What was within bounds set the level: that is what holds on, when nothing is declared any more.
        daemon.kill9()
        daemon.config["databases"] = [watched(dsn, tmp_path)]
        daemon.start()
        daemon.until_checked()
        [still] = daemon.drops()
        assert still["message"].rpartition("; ")[0] == drop["message"].rpartition("; ")[0]
        sql(database, "DELETE FROM sealed_participants WHERE idx <= 5")
        found = daemon.until("one more drop", lambda: len(daemon.drops()) == 2 and daemon.drops())
        [other] = [finding for finding in found if finding["identity"] != drop["identity"]]
        assert (other["expected"], other["actual"], other["severity"]) == ("840", "600", "warning")
        assert daemon.events() == ["firing", "firing"]


def test_a_table_grows_old_and_is_new_again_and_what_no_index_leads_to_is_not_called_fresh(
    tmp_path: Path, database: str
) -> None:
    dsn = milo.made(database)
    tables = [
        {"match": ["public.sealed_epochs"], "freshness": {"column": "epoch", "max_age": "1h"}},
        {"match": ["public.user_signals"], "freshness": {"column": "timestamp", "max_age": "1h"}},
    ]
    with Daemon(tmp_path, watched(dsn, tmp_path, rows={"tables": tables})) as daemon:
        daemon.start()
        [stale] = daemon.until("the stale table", lambda: of(daemon, "freshness"))
        assert (stale["identity"], stale["severity"]) == (["public", "sealed_epochs"], "critical")
        assert "public.sealed_epochs.epoch: the newest value is of 1970-01-06 00:00 UTC, " in stale["message"]
        assert daemon.metrics("table_newest_row_timestamp_seconds") == {
            ("production", "public", "sealed_epochs"): 432_000
        }
        # A doubt that is said beside the findings, and outlives them.
        doubt = (
            "how new public.user_signals is could not be asked: no index begins with it: "
            'CREATE INDEX CONCURRENTLY ON public.user_signals ("timestamp")'
        )
        assert doubt in daemon.report()["reason"]

        newest = int(time.time()) - 1800
        sql(database, f"INSERT INTO sealed_epochs (epoch, channel, root, sealed_at) VALUES ({newest}, 'main', '', 0)")
        daemon.until("the fresh table", lambda: not daemon.drops())
        assert daemon.metric("table_newest_row_timestamp_seconds", **table("sealed_epochs")) == newest
        assert (daemon.report()["status"], daemon.events()) == ("unverified", ["firing", "resolved"])
        assert doubt in daemon.report()["reason"]

        sql(database, 'CREATE INDEX ON user_signals ("timestamp")')
        [empty] = daemon.until("the table without a value", lambda: of(daemon, "freshness"))
        assert "there is no value at all" in empty["message"]


def test_too_few_and_too_many_rows_are_told_as_long_as_it_is_so(tmp_path: Path, database: str) -> None:
    dsn = milo.made(database)
    sql(database, "INSERT INTO user_mapping SELECT i, i, 0 FROM generate_series(1, 500) i")
    tables = [
        {"match": ["public.sealed_participants"], "min_rows": 1000},
        {"match": ["public.user_mapping"], "max_rows": 500},
    ]
    with Daemon(tmp_path, watched(dsn, tmp_path, rows={"tables": tables})) as daemon:
        daemon.start()
        daemon.until("a first verdict", lambda: daemon.report()["status"] == "ok")
        # Too few to be a loss by themselves.
        sql(database, "DELETE FROM sealed_participants WHERE idx = 1 OR (idx = 2 AND epoch <= 3600 * 81)")
        sql(database, "INSERT INTO user_mapping VALUES ('501', '501', 0)")
        found = daemon.until("two findings", lambda: len(daemon.drops()) == 2 and daemon.drops())
        assert [(one["attribute"], one["severity"], one["expected"]) for one in found] == [
            ("min_rows", "critical", "at least 1000"),
            ("max_rows", "warning", "at most 500"),
        ]
        assert found[0]["message"].startswith("public.sealed_participants has 999 rows, at least 1,000 are needed")
        assert found[1]["message"].startswith("public.user_mapping has 501 rows, at most 500 are expected")
        sql(
            database,
            "INSERT INTO sealed_participants (epoch, channel, idx, user_hash) VALUES (1, 'main', 1, 'x');"
            "DELETE FROM user_mapping WHERE user_hash = '501'",
        )
        daemon.until("both to be over", lambda: daemon.report()["status"] == "ok")
        assert sorted(daemon.events()) == ["firing", "firing", "resolved", "resolved"]
