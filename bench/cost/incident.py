"""The founding incident at its own volumes: counted before the fix, fixed, and counted again by `check`."""

import json
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.cost.place import CONSOLE, as_role, measured_server, new_database
from tests.acceptance import milo
from tests.acceptance.support import watchdog, watched
from tests.servers.query import rows, sql

VOLUMES = {"sealed_epochs": 1_230, "sealed_participants": 961_567, "channel_participation": 2_738_092}
FILL = f"""
TRUNCATE {", ".join(VOLUMES)};
INSERT INTO sealed_epochs (epoch, channel, root, sealed_at)
SELECT 3600 * n, 'main', md5(n::text), 3600 * n FROM generate_series(1, {VOLUMES["sealed_epochs"]}) n;
INSERT INTO sealed_participants (epoch, channel, idx, user_hash)
SELECT 3600 * (n % 1230 + 1), 'main', n / 1230, md5(n::text)
FROM generate_series(1, {VOLUMES["sealed_participants"]}) n;
INSERT INTO channel_participation (epoch, channel, user_hash, first_seen)
SELECT 3600 * (n % 1230 + 1), 'main', md5(n::text), n FROM generate_series(1, {VOLUMES["channel_participation"]}) n;
VACUUM ANALYZE
"""
FIX = "".join(
    f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS token_group varchar(10) DEFAULT 'milo';" for table in milo.TABLES
)


def incident() -> None:
    """Print what `check` says before and after the fix, how long each command took, and the counts themselves."""
    with measured_server() as server, TemporaryDirectory(prefix="schema-watchdog-") as folder:
        dsn = new_database(server, "cost")
        CONSOLE.print("loading the incident's volumes ...")
        milo.make(dsn)
        for statement in FILL.split(";"):
            sql(dsn, statement)
        settings = watched(as_role(dsn, "may_select"), Path(folder))
        del settings["timeouts"]  # those of tests: here the default ones
        file = Path(folder) / "watchdog.yaml"
        file.write_text(json.dumps({"databases": [settings], "state": str(Path(folder) / "state")}))
        config = ("--config", str(file))
        said("baseline", "capture", *config)
        sql(dsn, milo.DROP)
        before = counts(dsn)
        said("rows", *config, "--count", "public.*")
        said("check", *config)
        CONSOLE.print(f"the fix: {FIX}", highlight=False)
        sql(dsn, FIX)
        said("check", *config)
        CONSOLE.print(f"count(*) before the fix: {before}; after it: {counts(dsn)}", highlight=False)


def counts(dsn: str) -> dict[str, int]:
    return {table: int(str(rows(dsn, f"SELECT count(*) FROM {table}")[0][0])) for table in VOLUMES}


def said(*command: str) -> None:
    started = time.monotonic()
    done = watchdog(*command)
    seconds = time.monotonic() - started
    CONSOLE.print(f"$ {command[0]} ...: exit {done.returncode}, {seconds:.2f} s", markup=False, highlight=False)
    CONSOLE.print(done.stdout or done.stderr, markup=False, highlight=False, soft_wrap=True)
