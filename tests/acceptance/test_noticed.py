"""What changes between two looks is noticed at once, and looks wait for what they may cost."""

from pathlib import Path

from tests.acceptance import milo
from tests.acceptance.support import Daemon, watched, watcher_of
from tests.servers.query import sql

SELDOM = {"probe": "200ms", "schema": "1h", "rows": "1h", "queries": "1h"}


def test_ddl_is_found_by_the_next_probe_and_its_statements_are_looked_at_too(tmp_path: Path, database: str) -> None:
    milo.make(database)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "epochs.sql").write_text("SELECT token_group FROM sealed_epochs;\n")
    one = watched(watcher_of(database), tmp_path, every=SELDOM, queries={"paths": [str(tmp_path / "src")]})
    with Daemon(tmp_path, one) as daemon:
        daemon.start()
        daemon.until("a first verdict", lambda: daemon.report()["status"] == "ok")
        sql(database, milo.DROP)
        daemon.until("the finding", lambda: {each["kind"] for each in daemon.findings()} >= {"column", "query"})
        assert daemon.metric("changes_noticed_total", database="production")
        sql(database, f"ALTER TABLE sealed_epochs ADD token_group {milo.SHOULD_BE}")
        sql(database, f"ALTER TABLE sealed_participants ADD token_group {milo.SHOULD_BE}")
        daemon.until("the all-clear", lambda: daemon.report()["status"] == "ok")


def test_looks_wait_for_what_they_may_cost_and_the_probe_does_not(tmp_path: Path, database: str) -> None:
    with Daemon(tmp_path, watched(watcher_of(database), tmp_path, cost_limit="1ms")) as daemon:
        daemon.start()
        daemon.until("a first look", lambda: daemon.metric("checks_total", check="schema"))
        daemon.until("a look to be put off", lambda: daemon.metric("checks_postponed_total", database="production"))
        looks, probes = (daemon.metric("checks_total", check=check) or 0 for check in ("schema", "probe"))
        daemon.until("five probes", lambda: (daemon.metric("checks_total", check="probe") or 0) > probes + 5)
        assert daemon.metric("checks_total", check="schema") == looks
        assert daemon.metric("cost_limit_seconds", database="production") == 0.001
