"""dbmate, the real one: what it has applied, what it has not, and what its table cannot tell."""

from pathlib import Path

import pytest

from tests.acceptance.gate import Gate, dbmate_file
from tests.servers.pool import Pool

pytestmark = pytest.mark.majors(16)

FIRST = "db/migrations/20250101000001_account.sql"
SECOND = "db/migrations/20250101000002_bill.sql"
THIRD = "db/migrations/20250101000003_email.sql"
FILES = {
    FIRST: dbmate_file("CREATE TABLE account (id bigint PRIMARY KEY, name text NOT NULL);", "DROP TABLE account;"),
    SECOND: dbmate_file("CREATE TABLE bill (id bigint PRIMARY KEY);", "DROP TABLE bill;"),
    THIRD: "-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY account_name ON account (name);\n"
    "-- migrate:down\nDROP INDEX account_name;\n",
}


@pytest.fixture
def gate(tmp_path: Path, database: str, servers: Pool) -> Gate:
    return Gate(tmp_path, database, servers.get(18).dsn())


def test_what_dbmate_has_not_applied_is_pending_and_what_it_has_is_verified(gate: Gate) -> None:
    gate.write({FIRST: FILES[FIRST], THIRD: FILES[THIRD]})
    gate.dbmate("up")
    gate.grant("schema_migrations")
    gate.write(FILES)
    late = gate.check()
    assert (late.code, late.drift) == (1, []), late
    assert late.migrations == {("20250101000002", "info", "missing"), ("20250101000002", "warning", "order")}
    [order] = [each["message"] for each in late.findings if each["attribute"] == "order"]
    assert "20250101000003_email.sql, which comes after it, has: `dbmate migrate` applies it all the same" in order
    gate.dbmate("up")
    verified = gate.check()
    assert (verified.code, verified.findings) == (0, []), verified

    gate.dbmate("down")  # the newest of the versions: it was applied first
    pending = gate.check()
    assert (pending.code, pending.drift) == (0, []), pending
    [message] = [each["message"] for each in pending.findings]
    assert "20250101000003_email.sql is pending: adds index public.account.account_name; `dbmate migrate`" in message


def test_what_an_edit_of_an_applied_file_changes_shows_as_drift_and_the_verdict_says_why(gate: Gate) -> None:
    gate.write(FILES)
    gate.dbmate("up")
    gate.grant("schema_migrations")
    gate.write({FIRST: FILES[FIRST].replace("name text NOT NULL", "name text NOT NULL, email text")})
    found = gate.check()
    assert (found.code, found.migrations) == (1, set()), found
    [email] = found.findings
    assert (email["identity"], email["change"], email["severity"]) == (
        ["public", "account", "email"],
        "missing",
        "critical",
    )
    assert email["origin"] == "out-of-band"
    assert any("dbmate notes no checksums" in note for note in found.report["coverage"]["notes"])


def test_a_version_without_a_file_is_named_with_what_to_do(gate: Gate) -> None:
    gate.write(FILES)
    gate.dbmate("up")
    gate.grant("schema_migrations")
    (gate.folder / SECOND).unlink()
    found = gate.check()
    assert found.code == 1
    assert found.migrations == {("20250101000002", "warning", "unexpected")}
    [message] = [each["message"] for each in found.of("migration")]
    assert "bring its file back, or delete its row" in message
    # What it made is there and in no file: that is told too, and blamed on nobody.
    assert {(each["identity"][1], each["origin"]) for each in found.findings[1:]} == {("bill", "unknown")}, found


def test_a_pending_migration_that_no_server_takes_is_found_before_dbmate_runs_it(gate: Gate) -> None:
    gate.write(FILES)
    gate.dbmate("up")
    gate.grant("schema_migrations")
    broken = "db/migrations/20250101000004_broken.sql"
    gate.write({broken: dbmate_file("CREATE TABLE half (id bigint);\nCREATE INDEX ON half (lacking);")})
    found = gate.check()
    assert (found.code, found.report["status"]) == (1, "drift"), found
    [state] = [each for each in found.findings if each["attribute"] == "state"]
    assert f'{broken}:3: column "lacking" does not exist' in state["message"]
    assert (state["severity"], state["origin"]) == ("warning", "pending-migration")
    with pytest.raises(AssertionError, match="lacking"):
        gate.dbmate("up")
    gate.write({broken: dbmate_file("CREATE TABLE half (id bigint);\nCREATE INDEX ON half (id);")})
    mended = gate.check()
    assert (mended.code, mended.migrations) == (0, {("20250101000004", "info", "missing")}), mended
