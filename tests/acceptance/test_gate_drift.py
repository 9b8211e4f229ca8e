"""What stands in production and in no migration, beside what is pending, on whatever major production is."""

import shutil
from pathlib import Path

import pytest

from tests.acceptance.gate import Gate, dbmate_file
from tests.acceptance.support import Json
from tests.servers.pool import Pool
from tests.servers.query import sql

RICH = Path(__file__).parent / "rich_migrations"
FIRST = "db/migrations/20250101000001_account.sql"
SECOND = "db/migrations/20250101000002_bill.sql"
FILES = {
    FIRST: dbmate_file("CREATE TABLE account (id bigint PRIMARY KEY, name text NOT NULL);"),
    SECOND: dbmate_file("CREATE TABLE bill (id bigint PRIMARY KEY);\nCREATE INDEX account_name ON account (name);"),
}


def named(findings: list[Json]) -> set[tuple[str, str, str, str]]:
    return {
        (each["kind"], ".".join(each["identity"]), each["change"], each["origin"])
        for each in findings
        if each["kind"] != "migration"
    }


def test_what_somebody_did_by_hand_is_drift_and_what_is_pending_beside_it_is_not(
    tmp_path: Path, database: str, servers: Pool
) -> None:
    gate = Gate(tmp_path, database, servers.get(17).dsn())
    gate.write({FIRST: FILES[FIRST]})
    gate.dbmate("up")
    gate.grant("schema_migrations")
    gate.write(FILES)
    sql(database, "ALTER TABLE account ADD COLUMN note text; CREATE INDEX by_hand ON account (note)")
    sql(database, "ALTER TABLE account ALTER name DROP NOT NULL")
    found = gate.check()
    assert found.code == 1, found
    assert found.migrations == {("20250101000002", "info", "missing")}
    assert named(found.findings) == {
        ("column", "public.account.note", "unexpected", "out-of-band"),
        ("column", "public.account.name", "changed", "out-of-band"),
        ("index", "public.account.by_hand", "unexpected", "out-of-band"),
    }
    pending = found.of("migration")[0]
    assert (pending["origin"], pending["severity"]) == ("pending-migration", "info")

    # Who applies by hand what a pending migration would do has drift until the tool has noted it.
    sql(database, "CREATE TABLE bill (id bigint PRIMARY KEY)")
    assert ("relation", "public.bill", "unexpected", "out-of-band") in named(gate.check().findings)


def test_of_plain_files_that_nothing_notes_all_are_expected_and_what_has_not_run_is_missing(
    tmp_path: Path, database: str, servers: Pool
) -> None:
    gate = Gate(tmp_path, database, servers.get(17).dsn())
    gate.write({"sql/a.sql": "CREATE TABLE account (id bigint);"})
    gate.write({"sql/b/c.sql": "CREATE TABLE bill (id bigint); GRANT SELECT ON bill TO PUBLIC;"})
    sql(database, "CREATE TABLE account (id bigint)")
    found = gate.check(migrations="sql")
    assert found.code == 1, found
    assert named(found.findings) == {("relation", "public.bill", "missing", "out-of-band")}
    [bill] = found.findings
    # With the grants that a migration makes, and without the owner, which on a throw-away server is its superuser.
    assert bill["remedy"]["sql"] == (
        "CREATE TABLE IF NOT EXISTS public.bill (\n  id bigint\n);\nGRANT SELECT ON public.bill TO PUBLIC;"
    )
    assert any("nothing notes which plain files have run" in note for note in found.report["coverage"]["notes"])
    sql(database, "CREATE TABLE bill (id bigint)")
    verified = gate.check(migrations="sql")
    assert (verified.code, verified.findings) == (0, []), verified


@pytest.mark.majors(13, 15)
def test_a_rich_schema_on_an_older_major_than_the_embedded_server_has_no_false_drift(
    tmp_path: Path, database: str
) -> None:
    gate = Gate(tmp_path, database)
    shutil.copytree(RICH, tmp_path / "db" / "migrations")
    gate.dbmate("up")
    gate.grant("schema_migrations")
    found = gate.check()
    assert (found.code, found.report["status"]) == (0, "ok"), found.drift
    [meant] = found.findings  # the migration itself says NOT VALID
    assert (meant["identity"][-1], meant["state"], meant["origin"]) == ("score_is_small", "accepted", "unknown")
    assert found.report["coverage"]["compared"] > 100
    assert found.report["coverage"]["stale"] == []
    sql(database, "DROP INDEX billing.bill_open; ALTER TABLE event_2025 ADD CHECK (kind <> '')")
    drifted = gate.check()  # of what was replayed before
    assert "replaying" not in drifted.stderr
    assert {tuple(each["identity"][:2]) for each in drifted.findings if each["state"] == "open"} == {
        ("billing", "bill"),
        ("public", "event_2025"),
    }, drifted.drift


def test_a_pending_migration_that_does_not_run_hides_neither_the_drift_nor_what_is_pending_before_it(
    tmp_path: Path, database: str, servers: Pool
) -> None:
    gate = Gate(tmp_path, database, servers.get(17).dsn())
    gate.write({FIRST: FILES[FIRST]})
    gate.dbmate("up")
    gate.grant("schema_migrations")
    third, last = "db/migrations/20250101000003_wrong.sql", "db/migrations/20250101000004_last.sql"
    gate.write({**FILES, third: dbmate_file("SELECT 1;\nDROP TABLE no_bill;"), last: dbmate_file("CREATE TABLE z ();")})
    sql(database, "ALTER TABLE account DROP COLUMN name")
    for found in (gate.check(), gate.check()):
        assert found.code == 1, found
        assert found.migrations == {
            ("20250101000002", "info", "missing"),
            ("20250101000003", "info", "missing"),
            ("20250101000003", "warning", "state"),
            ("20250101000004", "info", "missing"),
        }
        assert [each.partition(" is missing")[0] for each in found.drift] == ["column public.account.name"]
    [wrong] = [each for each in found.of("migration") if each["attribute"] == "state"]
    assert f'{third}:3: table "no_bill" does not exist' in wrong["message"]
    assert wrong["locations"] == [{"file": third, "line": 3}]
    [second] = [each for each in found.of("migration") if each["identity"] == ["20250101000002"]]
    assert "adds table public.bill" in second["message"]
