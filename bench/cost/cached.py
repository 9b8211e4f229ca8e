"""The whole command against an expectation that was replayed before: from its start to its verdict."""

import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.cost.place import CONSOLE, as_role, measured_server, new_database
from tests.servers.query import sql

TABLES = 100
ROLE = "may_select"
UP = "CREATE TABLE t{n} (id bigint PRIMARY KEY, {columns}, UNIQUE (c0, c1));\nCREATE INDEX ON t{n} (c2);\n"
COLUMNS = ", ".join(f"c{number} text DEFAULT '' NOT NULL" for number in range(12))
STATEMENTS = """SELECT c3 FROM t{n} WHERE c4 = $1;
INSERT INTO t{n} (id, c0, c1) VALUES ($1, $2, $3) ON CONFLICT (c0, c1) DO NOTHING;
"""
NOTED = "CREATE TABLE schema_migrations (version text PRIMARY KEY)"


def cached(rounds: int) -> None:
    """Measure it."""
    with measured_server() as server, TemporaryDirectory() as folder:
        dsn = new_database(server, "cost")
        repository = Path(folder)
        (repository / "migrations").mkdir()
        sql(dsn, f"DROP EXTENSION pg_stat_statements; {NOTED}")
        for n in range(TABLES):
            up = UP.format(n=n, columns=COLUMNS)
            sql(dsn, f"{up} INSERT INTO schema_migrations VALUES ('{n:03}')")
            text = f"-- migrate:up\n{up}-- migrate:down\n"
            (repository / "migrations" / f"{n:03}_t{n}.sql").write_text(text)
        (repository / "queries.sql").write_text("".join(STATEMENTS.format(n=n) for n in range(TABLES)))
        asked = ["--dsn", as_role(dsn, ROLE), "--migrations", "migrations"]
        _run(repository, asked)
        for what, more in (("the schema", []), ("the schema and 200 statements", ["--queries", "queries.sql"])):
            seconds = [_run(repository, [*asked, *more]) for _ in range(rounds)]
            CONSOLE.print(
                f"{what}: {median(seconds):.2f} s ({min(seconds):.2f} to {max(seconds):.2f}), "
                f"load {os.getloadavg()[0]:.1f}",
                highlight=False,
            )


def _run(repository: Path, asked: list[str]) -> float:
    started = time.monotonic()
    environment = {
        **os.environ, "XDG_CACHE_HOME": str(repository / "cache"), "PYTHONPATH": str(Path(__file__).parents[2])
    }  # fmt: skip
    command = [sys.executable, "-m", "watchdog", "check", *asked]
    subprocess.run(command, cwd=repository, env=environment, check=True, capture_output=True)
    return time.monotonic() - started
