"""A tool's table that the gate may not read, does not find, finds elsewhere, or finds to be another tool's."""

from pathlib import Path

import pytest
import yaml

from tests.acceptance.gate import Gate, dbmate_file
from tests.acceptance.histories import GOLANG_MIGRATE
from tests.acceptance.support import WATCHER_PASSWORD, watchdog
from tests.servers.pool import Pool
from tests.servers.query import sql

pytestmark = pytest.mark.majors(16)

FIRST = "db/migrations/20250101000001_account.sql"
SECOND = "db/migrations/20250101000002_bill.sql"
FILES = {
    FIRST: dbmate_file("CREATE TABLE account (id bigint PRIMARY KEY);"),
    SECOND: dbmate_file("CREATE TABLE bill (id bigint PRIMARY KEY);"),
}


@pytest.fixture
def gate(tmp_path: Path, database: str, servers: Pool) -> Gate:
    gate = Gate(tmp_path, database, servers.get(18).dsn())
    gate.write(FILES)
    return gate


def configured(gate: Gate, **migrations: str) -> str:
    """The path of a configuration whose migrations are described so."""
    described = {"path": "db/migrations", "scratch_url": gate.scratch, **migrations}
    path = gate.folder / "watchdog.yaml"
    production = {"name": "production", "dsn": gate.watcher, "migrations": described}
    path.write_text(yaml.safe_dump({"databases": [production], "state": str(gate.folder / "state")}))
    return str(path)


def printed(words: str) -> str:
    """The statements that a message advises."""
    return words[words.index("GRANT ") : words.rindex(";")]


def test_a_table_that_the_role_may_not_read_is_no_verdict_and_the_grant_that_is_printed_mends_it(gate: Gate) -> None:
    gate.dbmate("up")
    blind = gate.check()
    assert (blind.code, blind.report["status"], blind.findings) == (3, "unverified", []), blind
    reason = blind.report["reason"]
    assert "permission denied for table schema_migrations" in reason
    sql(gate.dsn, printed(reason))
    seeing = gate.check()
    assert (seeing.code, seeing.findings) == (0, []), seeing


def test_a_schema_that_the_role_may_not_enter_is_no_verdict_and_the_grant_that_is_printed_mends_it(gate: Gate) -> None:
    gate.dbmate("--migrations-table", "ops.history", "up")
    config = configured(gate, table="ops.history")
    blind = watchdog("check", "--config", config, cwd=gate.folder)
    assert blind.returncode == 3, blind
    assert "permission denied for schema ops" in blind.stdout
    sql(gate.dsn, printed(blind.stdout))
    seeing = watchdog("check", "--config", config, cwd=gate.folder)
    assert seeing.returncode == 0, seeing


def test_a_table_whose_rows_are_hidden_is_no_verdict_and_the_policy_that_is_printed_mends_it(gate: Gate) -> None:
    gate.dbmate("up")
    gate.grant("schema_migrations")
    sql(gate.dsn, "ALTER TABLE schema_migrations ENABLE ROW LEVEL SECURITY")
    sql(gate.dsn, "CREATE POLICY fewer ON schema_migrations USING (version < '20250101000002')")
    blind = gate.check()
    assert (blind.code, blind.findings) == (3, []), blind
    reason = blind.report["reason"]
    assert "cannot be read whole, as row level security is enabled" in reason
    sql(gate.dsn, reason[reason.index("CREATE POLICY") : reason.rindex(";")])
    seeing = gate.check()
    assert (seeing.code, seeing.findings) == (0, []), seeing
    sql(gate.dsn, "CREATE POLICY less ON schema_migrations AS RESTRICTIVE USING (version < '20250101000002')")
    assert gate.check().code == 3


def test_a_view_in_the_place_of_the_table_is_no_verdict(gate: Gate) -> None:
    sql(gate.dsn, "CREATE VIEW schema_migrations AS SELECT '20250101000001'::text AS version")
    found = gate.check()
    assert (found.code, found.findings) == (3, []), found
    assert "public.schema_migrations is no table, and no migration tool's" in found.report["reason"]


def test_without_a_table_all_of_the_folder_is_expected_and_one_warning_says_so(gate: Gate) -> None:
    sql(gate.dsn, "CREATE TABLE account (id bigint PRIMARY KEY)")
    found = gate.check()
    assert found.code == 1, found
    [warning] = found.of("migration")
    assert (warning["severity"], warning["change"], warning["expected"]) == ("warning", "missing", "schema_migrations")
    assert warning["message"].startswith("dbmate has never run there: the table schema_migrations does not exist")
    assert [(each["identity"], each["change"]) for each in found.of("relation")] == [(["public", "bill"], "missing")]
    sql(gate.dsn, "CREATE TABLE bill (id bigint PRIMARY KEY)")
    assert [each["severity"] for each in gate.check().findings] == ["warning"]


def test_a_table_in_another_schema_is_found_and_neither_it_nor_its_schema_is_drift(gate: Gate) -> None:
    gate.dbmate("--migrations-table", "ops.schema_migrations", "up")
    gate.grant("ops.schema_migrations")
    found = gate.check()
    assert (found.code, found.findings) == (0, []), found
    sql(gate.dsn, "CREATE TABLE ops.by_hand (id int)")
    beside = gate.check()
    assert {tuple(each["identity"][:2]) for each in beside.findings} == {("ops", "by_hand")}, beside


def test_two_tables_of_that_name_are_no_verdict_until_it_is_said_which_is_meant(gate: Gate) -> None:
    gate.dbmate("--migrations-table", "one.schema_migrations", "up")
    sql(gate.dsn, "CREATE SCHEMA two; CREATE TABLE two.schema_migrations (version text)")
    gate.grant("one.schema_migrations")
    either = gate.check()
    assert either.code == 3, either
    assert "there is a table schema_migrations in one, two: say which is meant (migrations.table)" in str(
        either.report["reason"]
    )
    said = watchdog("check", "--config", configured(gate, table="one.schema_migrations"), cwd=gate.folder)
    assert said.returncode == 1, said  # by hand
    assert "schema two is not expected" in said.stdout
    assert "schema_migrations is not expected" not in said.stdout


def test_a_table_of_another_tool_is_no_verdict_and_names_the_settings(gate: Gate) -> None:
    sql(gate.dsn, GOLANG_MIGRATE.ddl)
    gate.grant("schema_migrations")
    gate.write({"go/000001_account.up.sql": "CREATE TABLE account (id bigint PRIMARY KEY);"})
    sql(gate.dsn, "DROP TABLE schema_migrations; CREATE TABLE schema_migrations (version text PRIMARY KEY)")
    gate.grant("schema_migrations")  # dbmate's, read as golang-migrate's
    foreign = gate.check("--migrations-format", "golang-migrate", migrations="go")
    assert foreign.code == 3, foreign
    assert 'column "dirty" does not exist' in foreign.report["reason"]
    assert "see migrations.format and migrations.table" in foreign.report["reason"]


def test_a_table_of_another_tool_that_has_the_same_columns_holds_versions_without_a_file(gate: Gate) -> None:
    sql(gate.dsn, GOLANG_MIGRATE.ddl + "INSERT INTO schema_migrations VALUES (7, false)")
    gate.grant("schema_migrations")
    found = gate.check()  # golang-migrate's, read as dbmate's
    assert found.code == 1, found
    assert found.migrations == {
        ("7", "warning", "unexpected"),
        ("20250101000001", "info", "missing"),
        ("20250101000002", "info", "missing"),
    }
    assert WATCHER_PASSWORD not in found.stdout + found.stderr


def test_a_table_whose_rows_hold_what_the_tool_never_writes_is_no_verdict_without_a_traceback(gate: Gate) -> None:
    sql(
        gate.dsn,
        "CREATE TABLE _sqlx_migrations (version text, description text, installed_on timestamptz, success boolean,"
        " checksum text); INSERT INTO _sqlx_migrations VALUES ('x1', 'account', now(), true, 'y')",
    )
    gate.grant("_sqlx_migrations")
    gate.write({"sqlx/1_account.sql": "CREATE TABLE account (id bigint PRIMARY KEY);"})
    odd = gate.check("--migrations-format", "sqlx", migrations="sqlx")
    assert odd.code == 3, odd
    assert "public._sqlx_migrations holds what sqlx never writes" in odd.report["reason"]
    assert "(see migrations.format and migrations.table)" in odd.report["reason"]
    assert odd.stderr == ""
