"""Today's statements on tomorrow's schema: each one that a pending migration breaks is told before it runs."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.acceptance.gate import Gate, Verdict, dbmate_file
from tests.servers.pool import Pool
from tests.servers.query import sql
from tests.servers.servers import Server

START = "db/migrations/20250101000001_start.sql"
BASE = dbmate_file(
    """CREATE TYPE mood AS ENUM ('well');
CREATE TABLE account (id bigint PRIMARY KEY, name text NOT NULL, mood mood);
CREATE TABLE bill (id bigint PRIMARY KEY, account bigint NOT NULL);
CREATE TABLE tag (name text NOT NULL, CONSTRAINT tag_name_key UNIQUE (name));"""
)
PENDING = {
    "db/migrations/20250101000002_label.sql": "ALTER TYPE mood ADD VALUE 'ill'",
    "db/migrations/20250101000003_harmless.sql": "ALTER TABLE account ADD COLUMN email text",
    "db/migrations/20250101000004_rename.sql": "ALTER TABLE account RENAME COLUMN name TO full_name",
    "db/migrations/20250101000005_drop.sql": "DROP TABLE bill",
    "db/migrations/20250101000006_key.sql": "ALTER TABLE tag DROP CONSTRAINT tag_name_key",
}
BY_RENAME, BY_DROP, BY_KEY = list(PENDING)[2:]
QUERIES = """SELECT name FROM account WHERE id = $1;
SELECT id FROM account WHERE mood = 'well';
UPDATE bill SET account = $2 WHERE id = $1;
INSERT INTO tag (name) VALUES ($1) ON CONFLICT (name) DO NOTHING;
SELECT name FROM tag;
SELECT gone FROM account;
"""


def made(gate: Gate) -> Gate:
    gate.write({START: BASE})
    gate.dbmate("up")
    gate.grant("schema_migrations")
    gate.write({file: dbmate_file(f"{up};") for file, up in PENDING.items()} | {"queries.sql": QUERIES})
    return gate


def tomorrow(gate: Gate, *more: str, form: str = "json") -> Verdict:
    return gate.run("queries", "check", "--migrations", "db/migrations", "--after-migrations", "--format", form, *more)


@pytest.mark.majors(16)
def test_each_break_names_the_query_and_the_migration_that_breaks_it(
    tmp_path: Path, database: str, servers: Pool
) -> None:
    gate = made(Gate(tmp_path, database, servers.get(18).dsn()))
    found = tomorrow(gate, "queries.sql")
    assert found.code == 1, found
    breaks = {each["locations"][0]["line"]: each for each in found.findings}
    assert {line: each["locations"][1]["file"] for line, each in breaks.items()} == {
        1: BY_RENAME,
        3: BY_DROP,
        4: BY_KEY,
    }, found
    for each in breaks.values():
        assert (each["kind"], each["severity"], each["origin"]) == ("query", "critical", "pending-migration")
        assert f"it plans today, and pending migration {each['locations'][1]['file']} breaks it" in each["message"]
    coverage = found.report["coverage"]
    assert any("queries.sql:6: does not plan today either" in said for said in coverage["queries"]["said"]), coverage
    assert any("5 pending migrations" in note for note in coverage["notes"])

    for file in (BY_RENAME, BY_DROP, BY_KEY):
        (gate.folder / file).unlink()
    harmless = tomorrow(gate, "queries.sql")
    assert (harmless.code, harmless.findings) == (0, []), harmless
    today = gate.run("queries", "check", "queries.sql", "--format", "json")
    assert [each["locations"][0]["line"] for each in today.findings] == [6]


def test_a_statement_that_the_server_recorded_counts_too(
    tmp_path: Path, servers: Pool, private_server: Callable[[Mapping[str, str]], Server]
) -> None:
    server = private_server({"shared_preload_libraries": "pg_stat_statements"})
    sql(server.dsn(), "CREATE DATABASE app")
    dsn = server.dsn("app")
    sql(dsn, "CREATE EXTENSION pg_stat_statements")
    gate = made(Gate(tmp_path, dsn, servers.get(17).dsn()))
    sql(dsn, "SELECT name FROM account WHERE id = 7")
    sql(dsn, "SELECT mood FROM account WHERE id = 7")
    found = tomorrow(gate, "--recorded", "100")
    assert found.code == 1, found
    [broken] = [each for each in found.findings if "account" in each["expected"]]
    assert broken["expected"] == "SELECT name FROM account WHERE id = $1"
    assert broken["locations"] == [{"file": BY_RENAME, "line": 1}]
    assert "1 calls" in broken["message"] or "1 call" in broken["message"]
    for file in (BY_RENAME, BY_DROP, BY_KEY):
        (gate.folder / file).unlink()
    harmless = tomorrow(gate, "--recorded", "100")
    assert (harmless.code, harmless.findings) == (0, []), harmless
