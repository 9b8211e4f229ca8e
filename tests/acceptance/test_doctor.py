"""`doctor` as a person runs it: exit codes, both forms, configured or named, and no secret anywhere."""

import json
from pathlib import Path

import yaml

from tests.acceptance import milo
from tests.acceptance.support import WATCHER_PASSWORD, free_port, watchdog, watched, watcher_of
from tests.postgres.managed import ROLE_SQL
from tests.postgres.mending import psql
from tests.servers.query import sql


def test_what_is_configured_is_examined_as_it_is_needed_and_mended_by_what_is_printed(
    tmp_path: Path, database: str
) -> None:
    milo.make(database)
    sql(database, "CREATE TABLE schema_migrations (version text)")
    watcher = watcher_of(database)
    (tmp_path / "migrations").mkdir()
    sound = watched(watcher, tmp_path, migrations={"path": str(tmp_path / "migrations"), "format": "dbmate"})
    del sound["baseline"]
    dead = watched(f"postgresql://w:{WATCHER_PASSWORD}@127.0.0.1:{free_port()}/x", tmp_path, "dead")
    config = tmp_path / "watchdog.yaml"
    config.write_text(yaml.safe_dump({"databases": [sound, dead], "state": str(tmp_path / "state")}))
    command = ("doctor", "--config", str(config), "--database", "production")

    lacking = watchdog(*command)
    assert lacking.returncode == 1, lacking
    assert lacking.stdout.startswith("production: 1 thing to mend\n")
    assert "fault    migrations   public.schema_migrations cannot be read" in lacking.stdout
    found = json.loads(watchdog(*command, "--format", "json").stdout)
    assert (found["database"], found["exit_code"]) == ("production", 1)
    assert {line["check"] for line in found["lines"]} >= {
        "dsn",
        "tls",
        "pooler",
        "role",
        "rows",
        "connections",
        "clock",
    }
    block = lacking.stdout.partition("on the primary:\n\n")[2]
    assert block.strip() == found["sql"]

    psql(database, block)

    mended = watchdog(*command)
    assert (mended.returncode, mended.stdout.partition("\n")[0]) == (0, "production: nothing to mend")
    assert "To be run" not in mended.stdout
    both = watchdog("doctor", "--config", str(config))
    assert both.returncode == 3
    assert "\n\ndead: not verified\n" in both.stdout
    assert "fault    network     nobody takes connections at 127.0.0.1:" in both.stdout
    for done in (lacking, mended, both):
        assert WATCHER_PASSWORD not in done.stdout + done.stderr
        assert done.stderr == ""
    assert not (tmp_path / "state").exists()


def test_a_server_that_is_only_named_is_examined_too(database: str) -> None:
    owner = watchdog("doctor", "--dsn", database)
    assert (owner.returncode, "postgres is a superuser" in owner.stdout) == (1, True)
    assert "To be run" not in owner.stdout
    assert "psql -f config/role.sql" in owner.stdout
    assert ROLE_SQL.exists()
    secret = watchdog("doctor", "--dsn", "postgresql://u:hunter2@127.0.0.1:1/x?channel_binding=require")
    assert (secret.returncode, "channel_binding (in the DSN)" in secret.stdout) == (3, True)
    assert "hunter2" not in secret.stdout + secret.stderr


def test_a_mistake_in_the_command_is_told_with_2(tmp_path: Path) -> None:
    for arguments in (
        ("--dsn", "postgresql://h", "--database", "x"),
        ("--config", str(tmp_path / "none.yaml")),
        ("--dsn", "h"),
        ("--format", "xml"),
    ):
        assert watchdog("doctor", *arguments, cwd=tmp_path).returncode == 2
