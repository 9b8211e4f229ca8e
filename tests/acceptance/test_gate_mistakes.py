"""Mistakes in options and folders: each says what, where and what to do, and none is taken for a verdict."""

from pathlib import Path

import pytest

from tests.acceptance.gate import Gate, dbmate_file
from tests.acceptance.support import WATCHER_PASSWORD, free_port, watchdog
from tests.servers.pool import Pool

GOOD = {
    "db/migrations/1_account.sql": dbmate_file("CREATE TABLE account (id bigint PRIMARY KEY);"),
    "queries.sql": "SELECT id FROM account;\n",
}
GIVEN = ("--migrations", "db/migrations")
SECRET = "hunter2-of-the-scratch"


@pytest.fixture
def gate(tmp_path: Path, database: str) -> Gate:
    gate = Gate(tmp_path, database)
    gate.write(GOOD)
    return gate


def test_options_that_do_not_go_together_are_refused_before_anything_is_looked_at(gate: Gate) -> None:
    for words, told in (
        (["check"], "--dsn needs something to compare with"),
        (["check", *GIVEN, "--baseline", "b.json"], "give baseline or migrations, not both"),
        (["check", *GIVEN, "--migrations-format", "rails"], "'alembic', 'dbmate', 'flyway'"),
        (["check", "--queries", "queries.sql", "--migrations-format", "dbmate"], "--migrations-format says how"),
        (["check", *GIVEN, "--search-path", "app"], "--search-path says how something is read that is not given"),
        (["check", *GIVEN, "--database", "production"], "--database and --dsn exclude each other"),
        (["check", *GIVEN, "--scratch-url", f"mysql://u:{SECRET}@h/d"], "scratch_url: must begin with postgresql://"),
        (["plan", *GIVEN, "--migrations-format", "rails"], "'alembic', 'dbmate', 'flyway'"),
        (["plan", *GIVEN, "--scratch-url", f"mysql://u:{SECRET}@h/d"], "scratch_url: must begin with postgresql://"),
        (["queries", "check", "queries.sql", "--after-migrations"], "needs both migrations and queries"),
        (["queries", "check", *GIVEN, "--after-migrations"], "needs both migrations and queries"),
        (["queries", "check", "absent.sql"], "absent.sql"),
        (["queries", "check", "queries.sql", *GIVEN], "--migrations is of use only with --after-migrations"),
    ):
        done = gate.run(*words)
        assert (done.code, done.stdout, told in done.stderr) == (2, "", True), (words, done)
        assert WATCHER_PASSWORD not in done.stderr
        assert SECRET not in done.stderr
    alone = watchdog("check", *GIVEN, cwd=gate.folder)
    assert (alone.returncode, "--migrations goes with --dsn" in alone.stderr) == (2, True), alone


FOLDERS = {
    "empty": ({}, "folder: the folder holds no .sql file: check the path"),
    "two tools": (
        {"1_x.sql": dbmate_file("SELECT 1;"), "V1__x.sql": "SELECT 1;"},
        "folder: the folder holds files of two tools, 1_x.sql of dbmate and V1__x.sql of flyway: keep each tool's",
    ),
    "ambiguous": (
        {"1_x.sql": "SELECT 1;"},
        "folder: 1_x.sql may be a migration of sqlx, supabase or plain: their files are named alike, so set `format` (",
    ),
    "a version twice": (
        {"1_x.sql": dbmate_file("SELECT 1;"), "1_y.sql": dbmate_file("SELECT 1;")},
        "folder: 1_y.sql: version 1 is also that of 1_x.sql",
    ),
    "no way up": (
        {"1_x.sql": "-- migrate:down\nSELECT 1;"},
        "folder: 1_x.sql: it has only `-- migrate:down`",
    ),
    "a statement above the mark": (
        {"1_x.sql": "\n\nSELECT 1;\n" + dbmate_file("SELECT 1;")},
        "folder: 1_x.sql, line 3: dbmate refuses statements above `-- migrate:up`",
    ),
    "code": ({"1763380800000_x.js": "exports.up = () => {}"}, "a migration in JavaScript or TypeScript cannot be read"),
    "a syntax error": (
        {"1_x.sql": "-- migrate:up\nSELECT 1;\n\nCREATE TABEL x (id int);\n-- migrate:down\n"},
        'folder/1_x.sql:4: syntax error at or near "TABEL"',
    ),
    "a command of psql": (
        {"1_x.sql": dbmate_file("\\! touch escaped")},
        "what begins with a backslash is psql's, and no migration tool runs it",
    ),
    "an extension that the embedded server lacks": (
        {"1_x.sql": dbmate_file("CREATE EXTENSION postgis;")},
        "the scratch server lacks it: name one that has it as scratch_url",
    ),
}


@pytest.mark.parametrize("case", FOLDERS)
def test_a_folder_that_cannot_be_read_or_run_is_no_verdict_and_says_where_and_what_to_do(case: str, gate: Gate) -> None:
    files, told = FOLDERS[case]
    (gate.folder / "folder").mkdir()
    gate.write({f"folder/{name}": text for name, text in files.items()})
    found = gate.check(migrations="folder")
    assert (found.code, found.report["status"], found.findings) == (3, "unverified", []), found
    assert told in found.report["reason"], found.report["reason"]
    assert not (gate.folder / "escaped").exists()


def test_a_folder_that_is_not_there_or_holds_no_text_is_no_verdict_and_is_named_whole(gate: Gate) -> None:
    absent = gate.check(migrations="db/migration")
    assert absent.code == 3
    assert f"{gate.folder / 'db' / 'migration'}: no such folder or file of migrations" in absent.report["reason"]
    (gate.folder / "db" / "migrations" / "2_latin.sql").write_bytes(b"-- migrate:up\nSELECT '\xe9';\n-- migrate:down\n")
    latin = gate.check()
    assert latin.code == 3
    assert "db/migrations/2_latin.sql: is not UTF-8 text" in latin.report["reason"]


def test_what_is_no_migration_in_the_folder_may_be_anything(gate: Gate) -> None:
    (gate.folder / "db" / "migrations" / "__pycache__").mkdir()
    (gate.folder / "db" / "migrations" / "__pycache__" / "env.pyc").write_bytes(b"\xa7\r\r\n\0")
    (gate.folder / "db" / "migrations" / "diagram.png").write_bytes(b"\x89PNG\xff")
    gate.dbmate("up")
    gate.grant("schema_migrations")
    assert gate.check().findings == []


def test_a_role_that_a_scratch_server_lacks_is_named_with_both_ways_out(gate: Gate, servers: Pool) -> None:
    gate.write({"db/migrations/2_grant.sql": dbmate_file("GRANT SELECT ON account TO nobody_at_all;")})
    lacking = gate.check("--scratch-url", servers.get(17).dsn())
    assert lacking.code == 3
    assert (
        'db/migrations/2_grant.sql:2: role "nobody_at_all" does not exist (make it on the scratch server; the'
        in str(lacking.report["reason"])
    )
    assert gate.check().report["reason"] is None  # the embedded server was given the role


def test_a_scratch_server_that_is_production_or_away_is_no_verdict_and_nothing_is_run_on_it(
    gate: Gate, servers: Pool
) -> None:
    itself = gate.check("--scratch-url", gate.dsn)
    assert itself.code == 3, itself
    assert "scratch_url leads to the watched server itself, on which nothing is ever run" in itself.report["reason"]
    away = gate.check("--scratch-url", f"postgresql://u:{SECRET}@127.0.0.1:{free_port()}/x")
    assert away.code == 3
    assert "the scratch server: ConnectionRefusedError" in away.report["reason"]
    assert SECRET not in away.stdout + away.stderr
    other = gate.check("--scratch-url", servers.get(17).dsn())
    assert other.code == 1, other  # dbmate has never run there
    assert other.report["reason"] is None
