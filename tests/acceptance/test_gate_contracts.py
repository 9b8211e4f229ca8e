"""A component's contract at the gate: what it needs and production lacks stops the deployment, and names it."""

from pathlib import Path

import pytest

from tests.acceptance.gate import Gate, Verdict
from tests.servers.query import sql

FILE = "contracts/milo.yaml"
CONTRACT = """component: milo
since: 2025-11-17
why: groups token families
tables:
  public.sealed_epochs:
    columns: {epoch: bigint, token_group: text, sealed_at: bigint}
    unique: [[epoch]]
"""
ROWS = """    min_rows: 1000
    freshness: {column: sealed_at, max_age: 2h, unit: s}
"""
NEW = """INSERT INTO sealed_epochs (epoch, sealed_at)
SELECT n, extract(epoch FROM now())::bigint FROM generate_series(1, 1500) n; ANALYZE sealed_epochs"""


@pytest.fixture
def gate(tmp_path: Path, database: str) -> Gate:
    gate = Gate(tmp_path, database)
    sql(
        database, "CREATE TABLE sealed_epochs (epoch bigint PRIMARY KEY, sealed_at bigint); CREATE TABLE other (id int)"
    )
    gate.write({FILE: CONTRACT})
    return gate


def checked(gate: Gate) -> Verdict:
    return gate.run("check", "--contract", FILE, "--format", "json")


def test_what_a_component_needs_and_is_not_there_stops_it_with_its_name_and_its_reason(gate: Gate) -> None:
    stopped = checked(gate)
    assert stopped.code == 1, stopped
    [column] = stopped.findings
    assert (column["identity"], column["severity"], column["components"]) == (
        ["public", "sealed_epochs", "token_group"],
        "critical",
        ["milo"],
    )
    assert "since 2025-11-17: groups token families" in column["message"]
    sql(gate.dsn, "ALTER TABLE sealed_epochs ADD COLUMN token_group text, ADD COLUMN extra text")
    verified = checked(gate)
    assert (verified.code, verified.findings) == (0, []), verified

    sql(gate.dsn, "ALTER TABLE sealed_epochs DROP CONSTRAINT sealed_epochs_pkey")
    keyless = checked(gate)
    assert (keyless.code, [each["components"] for each in keyless.findings]) == (1, [["milo"]]), keyless


def test_the_rows_that_a_component_needs_are_asked_for_too_and_of_no_other_table(gate: Gate) -> None:
    sql(gate.dsn, "ALTER TABLE sealed_epochs ADD COLUMN token_group text; CREATE INDEX ON sealed_epochs (sealed_at)")
    gate.write({FILE: CONTRACT + ROWS})
    empty = checked(gate)
    assert empty.code == 1, empty
    [few] = empty.findings
    assert (few["attribute"] or few["change"], few["components"]) == ("min_rows", ["milo"]), few

    sql(gate.dsn, NEW)
    blind = checked(gate)
    assert (blind.code, blind.findings) == (3, []), blind
    assert "no SELECT privilege on sealed_at" in blind.report["reason"]
    gate.grant("sealed_epochs")
    verified = checked(gate)
    assert (verified.code, verified.findings) == (0, []), verified
    assert verified.report["coverage"]["compared"] == 1

    sql(gate.dsn, "UPDATE sealed_epochs SET sealed_at = sealed_at - 86400")
    old = checked(gate)
    assert (old.code, [each["components"] for each in old.findings]) == (1, [["milo"]]), old
