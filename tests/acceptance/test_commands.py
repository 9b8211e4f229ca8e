"""The commands as a person or a pipeline types them: what they print and how they exit."""

import asyncio
import json
import subprocess
import sys
from collections import ChainMap
from pathlib import Path
from typing import Any

import typer.main
import yaml

from tests.acceptance import milo
from tests.acceptance.support import Json, environment, free_port, watchdog, watched, watcher_of
from tests.servers.query import sql
from watchdog import __version__
from watchdog.cli.app import app
from watchdog.store.state import State

# The fields that others read; more may be added.
REPORT = {"version", "status", "database", "checked_at", "server", "findings", "coverage"}
FINDING = {
    "fingerprint", "kind", "identity", "change", "attribute", "expected", "actual", "severity", "state", "message",
    "components", "origin", "locations", "remedy", "accepted",
}  # fmt: skip
# Nobody listens there.
NOWHERE = "postgresql://u@127.0.0.1:1/db"
REMEDY = {"sql", "revert_sql", "verify_sql", "safety", "lock", "rewrites_table"}
COVERAGE = {"kinds", "unmodelled", "hidden", "stale", "not_in_baseline"}


def written(folder: Path, *databases: Json) -> str:
    """The path of a configuration of those databases."""
    path = folder / "watchdog.yaml"
    path.write_text(yaml.safe_dump({"databases": list(databases), "state": str(folder / "state")}))
    return str(path)


def test_every_command_has_help_that_names_what_it_takes() -> None:
    def walk(command: Any, name: str) -> dict[str, Any]:  # noqa: ANN401 typer brings its own click
        parts = command.list_commands(None) if hasattr(command, "list_commands") else ()
        below = [walk(command.get_command(None, part), f"{name} {part}") for part in parts]
        return {name: command} | dict(ChainMap(*below))

    commands = walk(typer.main.get_command(app), "schema-watchdog")
    assert set(commands) >= {
        f"schema-watchdog {name}"
        for name in (
            "run", "demo", "check", "diff", "plan", "rows", "baseline capture", "baseline accept", "baseline show",
            "baseline verify", "config check", "config schema",
        )
    }  # fmt: skip
    assert [name for name, command in commands.items() if not (command.help or "").strip()] == []


def test_the_command_and_the_module_are_one_program() -> None:
    command = [str(Path(sys.executable).parent / "schema-watchdog"), "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment())
    assert watchdog("--version").stdout == done.stdout == f"schema-watchdog {__version__}\n"
    for words in (["frobnicate"], ["check", "--fail-on", "never"], ["diff", "only-one"]):
        done = watchdog(*words)
        assert (done.returncode, done.stdout, "Traceback" in done.stderr) == (2, "", False), words


def test_a_mistake_in_an_option_says_what_is_taken_and_echoes_no_address() -> None:
    secret = "mysql://u:hunter2@h/db"
    for words, told in (
        (["check", "--fail-on", "never"], "'--fail-on': 'never' is not one of info, warning, critical"),
        (["check", "--format", "xml"], "'--format': 'xml' is not one of text, json"),
        (["check", "--dsn", "", "--baseline", "b.json"], "'--dsn': must begin with postgresql://"),
        (["baseline", "capture", "--dsn", secret, "--output", "b.json"], "'--dsn': must begin with postgresql://"),
        (["plan", "--dsn", "postgresql://h/db", "--config", "c.yaml"], "--config and --dsn exclude each other"),
        (["plan", "--config", "c.yaml", "--dsn", "postgresql://h/db"], "--config and --dsn exclude each other"),
    ):
        done = watchdog(*words)
        assert (done.returncode, done.stdout, told in done.stderr, "hunter2" in done.stderr) == (2, "", True, False), (
            done
        )
    absent = watchdog("check", "--dsn", "postgresql://h/db", env={"SCHEMA_WATCHDOG_CONFIG": "c.yaml"})
    assert (absent.returncode, "--dsn needs something to compare with: --baseline FILE" in absent.stderr) == (
        2,
        True,
    )  # a default is no mistake


def test_check_tells_ok_drift_and_unverified_apart(tmp_path: Path, database: str) -> None:
    milo.make(database)
    production = watched(watcher_of(database), tmp_path)
    config = written(tmp_path, production)
    missing = watchdog("check", "--config", config)
    assert (missing.returncode, "no baseline" in missing.stdout) == (3, True), missing
    assert not Path(production["baseline"]).exists()

    assert watchdog("baseline", "capture", "--config", config).returncode == 0
    done = watchdog("check", "--config", config, "--format", "json")
    report = json.loads(done.stdout)
    assert (done.returncode, done.stderr, report["status"], report["findings"]) == (0, "", "ok", [])
    assert set(report) >= REPORT
    assert set(report["coverage"]) >= COVERAGE
    assert report["server"]["version_num"] // 10000 == 18

    sql(database, "ALTER TABLE sealed_epochs ALTER category SET DEFAULT 'other'")
    mild = watchdog("check", "--config", config, "--fail-on", "critical")
    assert (mild.returncode, "WARNING" in mild.stdout) == (0, True), mild
    sql(database, milo.DROP)
    done = watchdog("check", "--config", config, "--fail-on", "critical", "--format", "json")
    report = json.loads(done.stdout)
    assert (done.returncode, report["status"], len(report["findings"])) == (1, "drift", 3)
    for finding in report["findings"]:
        assert set(finding) == FINDING
        assert finding["remedy"] is None or set(finding["remedy"]) >= REMEDY
    assert [finding["severity"] for finding in report["findings"]] == ["critical", "critical", "warning"]
    text = watchdog("check", "--config", config, "--database", "production")
    assert text.returncode == 1
    assert text.stdout.splitlines()[0].startswith("production: drift, 3 findings (PostgreSQL 18.")
    assert all(finding["message"] in text.stdout for finding in report["findings"])

    damaged = Path(production["baseline"]).read_bytes()[:-20]
    Path(production["baseline"]).write_bytes(damaged)
    done = watchdog("check", "--config", config, "--format", "json")
    assert (done.returncode, json.loads(done.stdout)["status"]) == (3, "unverified")
    assert Path(production["baseline"]).read_bytes() == damaged


def test_a_look_that_takes_no_schema_is_not_verified_whatever_else_it_finds(tmp_path: Path, database: str) -> None:
    milo.make(database)
    production = watched(watcher_of(database), tmp_path)
    assert watchdog("baseline", "capture", "--config", written(tmp_path, production)).returncode == 0
    config = written(tmp_path, production | {"schemas": {"include": ["pulbic"]}})
    silent = watchdog("check", "--config", config)
    assert (silent.returncode, "pulbic takes no schema (there are public;" in silent.stdout) == (3, True), silent
    sql(database, "CREATE FOREIGN DATA WRAPPER more")  # lives in no schema
    drift = watchdog("check", "--config", config, "--fail-on", "critical")
    assert (drift.returncode, "drift, 1 finding " in drift.stdout, "pulbic" in drift.stdout) == (3, True, True), drift


def test_several_databases_are_a_list_and_one_unreachable_is_never_0(tmp_path: Path, database: str) -> None:
    milo.make(database)
    there = watched(watcher_of(database), tmp_path, "there")
    away = watched(f"postgresql://watcher:secret-away@127.0.0.1:{free_port()}/x", tmp_path, "away")
    config = written(tmp_path, there, away)
    assert watchdog("baseline", "capture", "--config", config, "--database", "there").returncode == 0
    done = watchdog("check", "--config", config, "--format", "json")
    reports = {report["database"]: report["status"] for report in json.loads(done.stdout)}
    assert (done.returncode, reports) == (3, {"there": "ok", "away": "unverified"})
    assert "secret-away" not in done.stdout + done.stderr
    assert watchdog("check", "--config", config, "--database", "there").returncode == 0
    sql(database, milo.DROP)
    assert watchdog("check", "--config", config).returncode == 1
    unknown = watchdog("check", "--config", config, "--database", "elsewhere")
    assert (unknown.returncode, "configured: there, away" in unknown.stderr) == (2, True)


def test_plan_prints_sql_that_brings_back_what_is_missing(tmp_path: Path, database: str) -> None:
    milo.make(database)
    target = ("--config", written(tmp_path, watched(watcher_of(database), tmp_path)))
    assert watchdog("plan", *target).returncode == 3
    sql(database, "CREATE TYPE mood AS ENUM ('well'); ALTER TABLE sealed_epochs ADD mood mood;")
    sql(database, "CREATE VIEW a_mapping AS SELECT user_hash FROM user_mapping")
    assert watchdog("baseline", "capture", *target).returncode == 0
    sql(database, milo.DROP + "DROP INDEX sealed_participants_user; DROP TABLE user_mapping CASCADE;")
    sql(database, "DROP TYPE mood CASCADE")
    done = watchdog("plan", *target)
    assert done.returncode == 0
    sql(database, done.stdout.replace(" CONCURRENTLY", ""))  # a script is one transaction here
    after = watchdog("check", *target)
    assert after.returncode == 0, after.stdout
    sql(database, "ALTER TABLE sealed_epochs ALTER root DROP NOT NULL")
    left = watchdog("plan", *target)
    assert (left.returncode, "no statement is written" in left.stdout) == (1, True)


def test_what_plan_prints_makes_nothing_else_and_json_has_what_it_cannot_print(tmp_path: Path, database: str) -> None:
    sql(database, 'CREATE TABLE t (i int, plain int, "a\u00a0b" int, "r\u202etl" int, "tab\tc" int, "new\nl" text)')
    target = ("--config", written(tmp_path, watched(watcher_of(database), tmp_path)))
    assert watchdog("baseline", "capture", *target).returncode == 0
    sql(database, "DROP TABLE t; CREATE TABLE t (i int)")
    done = watchdog("plan", *target)
    assert done.returncode == 1, done.stdout
    sql(database, done.stdout)
    left = json.loads(watchdog("check", "--format", "json", *target).stdout)["findings"]
    assert {finding["identity"][2] for finding in left} == {"a\u00a0b", "r\u202etl", "tab\tc"}
    assert {finding["change"] for finding in left} == {"missing"}
    for finding in left:
        sql(database, finding["remedy"]["sql"])
    assert watchdog("check", *target).returncode == 0


def test_config_check_names_every_mistake_and_schema_describes_the_file(tmp_path: Path) -> None:
    sound = written(tmp_path, watched("postgresql://watcher:open-sesame@db/x", tmp_path))
    done = watchdog("config", "check", "--config", sound)
    assert (done.returncode, "watches production" in done.stdout) == (0, True)
    (tmp_path / "broken.yaml").write_text("databases: [{name: a}]\nlisten: 1\n")
    done = watchdog("config", "check", "--config", str(tmp_path / "broken.yaml"))
    assert (done.returncode, done.stdout) == (2, "")
    for place in ("databases[0].dsn", "listen"):
        assert f"broken.yaml: {place}: " in done.stderr
    assert watchdog("config", "check", cwd=tmp_path).returncode == 2
    done = watchdog("config", "schema")
    assert set(json.loads(done.stdout)["properties"]) >= {"databases", "alerts", "state", "listen", "log"}


def test_a_mistake_between_contract_and_configuration_ends_the_command_also_where_there_is_a_state(
    tmp_path: Path,
) -> None:
    contract = tmp_path / "shop.yaml"
    contract.write_text("component: shop\ntables: {public.t: {freshness: {column: made_at, max_age: 2h}}}\n")
    agreed = {"match": ["public.t"], "freshness": {"column": "other", "max_age": "2h"}}
    config = written(tmp_path, watched(NOWHERE, tmp_path, contracts=[str(contract)], rows={"tables": [agreed]}))
    asyncio.run(_make_state(tmp_path / "state" / "watchdog.sqlite3"))
    done = watchdog("check", "--config", config)
    assert (done.returncode, done.stdout) == (2, "")
    assert "the contract of shop: public.t: freshness is wanted of made_at" in done.stderr


async def _make_state(path: Path) -> None:
    state = await State.open(path)
    await state.close()
