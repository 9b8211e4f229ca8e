"""The whole daemon behind PgBouncer: it sees all, leaves nothing behind, and outlives a pause and a restart of it."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

from tests.acceptance import milo
from tests.acceptance.support import Daemon, watched
from tests.servers.pooler import Pooler
from tests.servers.query import sql


def left_behind(dsn: str) -> dict[str, str]:
    """What a client meets that takes whatever session the pooler has."""

    async def meet() -> dict[str, str]:
        client = await asyncpg.connect(dsn, statement_cache_size=0)
        found = await client.fetch("SELECT name, setting FROM pg_settings WHERE source = 'session'")
        prepared = await client.fetch("SELECT name FROM pg_prepared_statements WHERE name <> ''")
        await client.close()
        return dict(found) | {row["name"]: "prepared" for row in prepared}

    return asyncio.run(meet())


@pytest.mark.parametrize("mode", ["transaction", "session"])
def test_behind_pgbouncer_all_is_seen_and_nothing_left_and_a_pause_and_a_restart_are_outlived(
    tmp_path: Path, database: str, pooler: Callable[[str, str], Pooler], mode: str
) -> None:
    role = milo.made(database).partition("//")[2].partition(":")[0]
    # Without the query that would tidy up after us.
    between = pooler(database, f"pool_mode = {mode}\nserver_reset_query =\nquery_wait_timeout = 2").start()
    (tmp_path / "queries.sql").write_text(
        "SELECT token_group FROM sealed_epochs;\nSELECT nothing FROM sealed_epochs;\n"
    )
    one = watched(between.dsn(role), tmp_path, queries={"paths": [str(tmp_path / "queries.sql")]})
    one["every"]["queries"] = "500ms"
    with Daemon(tmp_path, one) as daemon:
        daemon.start()
        daemon.until_checked()
        daemon.until(
            "the statement that does not plan", lambda: [each["kind"] for each in daemon.findings()] == ["query"]
        )
        sql(database, "DELETE FROM sealed_participants WHERE idx > 2; ALTER TABLE sealed_epochs DROP COLUMN category")
        daemon.until(
            "loss and drift", lambda: sorted(each["kind"] for each in daemon.findings()) == ["column", "query", "rows"]
        )
        daemon.until("the loss to be counted", lambda: "by count" in daemon.drops()[0]["message"])

        between.pause()
        daemon.until("the pause to be noticed", lambda: daemon.metric("database_up") == 0)
        between.resume()
        daemon.until("it to be over", lambda: daemon.metric("database_up") == 1)
        daemon.until_checked()
        between.stop()
        daemon.until("the pooler to be missed", lambda: daemon.metric("database_up") == 0)
        between.start()
        daemon.until("the pooler to be back", lambda: daemon.metric("database_up") == 1)
        daemon.until_checked()

        assert sorted(each["kind"] for each in daemon.findings()) == ["column", "query", "rows"]
        assert daemon.events() == ["firing"] * 3
        assert "Traceback" not in daemon.log()
        for _ in range(3):
            assert left_behind(between.dsn(role)) == {"client_encoding": "UTF8"}
