"""The founding incident as a deployment: the code wants a column that the last migration brings, and it has not run."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.acceptance.gate import Gate, Verdict, dbmate_file
from tests.acceptance.support import Daemon, Json, Receiver, watched, webhook
from tests.servers.query import sql

START = "db/migrations/20251001000000_start.sql"
COLUMN = "db/migrations/20251117120000_token_group.sql"
QUERIES = "src/aggregator.sql"
ADDED = "ADD COLUMN IF NOT EXISTS token_group text DEFAULT 'MILO' NOT NULL"
BREAKS = {(QUERIES, 1): "sealed_epochs", (QUERIES, 2): "sealed_participants"}
REPOSITORY = {
    START: dbmate_file(
        """CREATE TABLE sealed_epochs (
  epoch bigint NOT NULL, channel text NOT NULL, root text NOT NULL, sealed_at bigint NOT NULL,
  PRIMARY KEY (epoch, channel));
CREATE TABLE sealed_participants (
  epoch bigint NOT NULL, channel text NOT NULL, idx integer NOT NULL, user_hash text NOT NULL,
  PRIMARY KEY (epoch, channel, idx));
GRANT SELECT ON sealed_epochs TO dashboards;"""
    ),
    COLUMN: dbmate_file(
        """ALTER TABLE sealed_epochs ADD COLUMN token_group text NOT NULL DEFAULT 'MILO';
ALTER TABLE sealed_participants ADD COLUMN token_group text NOT NULL DEFAULT 'MILO';"""
    ),
    QUERIES: """SELECT epoch, root FROM sealed_epochs WHERE token_group = $1;
INSERT INTO sealed_participants (epoch, channel, idx, user_hash, token_group) VALUES ($1, $2, $3, $4, $5);
SELECT epoch FROM sealed_epochs;
INSERT INTO sealed_epochs (epoch, channel, root, sealed_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (epoch, channel) DO NOTHING;
""",
}
ROLE = "DO $$BEGIN CREATE ROLE dashboards; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END$$"


@pytest.fixture
def gate(tmp_path: Path, database: str) -> Gate:
    """Production with all migrations but the one that brings the column."""
    gate = Gate(tmp_path, database)
    sql(database, ROLE)
    gate.write({START: REPOSITORY[START]})
    gate.dbmate("up")
    gate.grant("schema_migrations")
    gate.write(REPOSITORY)
    return gate


def checked(gate: Gate, form: str = "json", *more: str) -> Verdict:
    return gate.check("--queries", QUERIES, *more, form=form)


def assert_names_the_breaks(findings: list[Json]) -> None:
    assert [finding["severity"] for finding in findings] == ["critical", "critical", "info"]
    places = {(each["locations"][0]["file"], each["locations"][0]["line"]): each for each in findings[:2]}
    assert set(places) == set(BREAKS)
    for at, table in BREAKS.items():
        finding = places[at]
        assert (finding["kind"], finding["origin"]) == ("query", "pending-migration")
        assert f"it lacks public.{table}.token_group" in finding["message"]
        assert f"pending migration {COLUMN} brings it" in finding["message"]
        assert f"ALTER TABLE public.{table}\n  {ADDED}" in finding["remedy"]["sql"]
        assert finding["remedy"]["safety"].startswith("additive; apply the pending migration instead")
        assert finding["remedy"]["rewrites_table"] is False
        assert "lock_timeout" in finding["remedy"]["before_sql"]
    pending = findings[2]
    assert pending["locations"] == [{"file": COLUMN, "line": 1}]
    assert "`dbmate migrate` applies it" in pending["message"]
    assert "adds column public.sealed_epochs.token_group" in pending["message"]
    assert "adds column public.sealed_participants.token_group" in pending["message"]


def test_a_deployment_before_its_migration_is_stopped_with_what_breaks_where_and_what_mends_it(gate: Gate) -> None:
    stopped = checked(gate)
    assert stopped.code == 1, stopped
    assert_names_the_breaks(stopped.findings)
    assert stopped.report["coverage"]["queries"]["checked"] == 4
    gate.dbmate("up")
    verified = checked(gate)
    assert (verified.code, verified.findings, verified.report["status"]) == (0, [], "ok"), verified

    sql(gate.dsn, "ALTER TABLE sealed_epochs DROP CONSTRAINT sealed_epochs_pkey")
    broken = checked(gate)  # by a role that may neither read nor write the table
    assert broken.code == 1
    [key, query] = [each for each in broken.findings if each["severity"] == "critical"]
    assert (key["kind"], key["identity"][-1], key["origin"]) == ("constraint", "sealed_epochs_pkey", "out-of-band")
    assert (query["kind"], query["locations"], query["origin"]) == (
        "query",
        [{"file": QUERIES, "line": 4}],
        "out-of-band",
    )
    assert "ON CONFLICT" in query["message"]
    assert "CREATE UNIQUE INDEX CONCURRENTLY" in query["remedy"]["sql"]


def test_every_format_names_both_tables_the_queries_the_migration_and_the_sql(gate: Gate) -> None:
    forms = ("json", "markdown", "junit", "sarif", "github")
    outputs = [word for form in forms for word in ("--output", f"{form}=report.{form}")]
    text = checked(gate, "text", *outputs)
    assert text.code == 1, text
    documents = {form: (gate.folder / f"report.{form}").read_text() for form in forms} | {"text": text.stdout}
    for form, document in documents.items():
        for table in ("sealed_epochs", "sealed_participants"):
            assert f"public.{table}.token_group" in document, form
            assert f"ALTER TABLE public.{table}" in document, form
        assert ADDED in document.replace("&apos;", "'").replace("&#39;", "'"), form
        assert COLUMN in document, form

    assert_names_the_breaks(json.loads(documents["json"])["findings"])
    for file, line in BREAKS:
        assert f"{file}:{line} does not plan" in documents["text"]
        assert f"::error file={file},line={line}," in documents["github"]
        assert f"{file}:{line}" in documents["markdown"]
    assert f"::notice file={COLUMN},line=1," in documents["github"]
    junit = ET.fromstring(documents["junit"])  # noqa: S314 our own document
    assert (junit.get("failures"), junit.get("errors")) == ("2", "0")
    [run] = json.loads(documents["sarif"])["runs"]
    assert sorted(map(_place_and_level, run["results"])) == [
        (COLUMN, 1, "note"),
        *((file, line, "error") for file, line in sorted(BREAKS)),
    ]


def _place_and_level(result: Any) -> tuple[str, int, str]:  # noqa: ANN401 of JSON
    place = result["locations"][0]["physicalLocation"]
    return (place["artifactLocation"]["uri"], place["region"]["startLine"], result["level"])


def test_the_daemon_fires_before_the_migration_and_resolves_after_it(gate: Gate) -> None:
    production = watched(gate.watcher, gate.folder)
    del production["baseline"]
    production |= {
        "migrations": "db/migrations",
        "queries": {"paths": [QUERIES]},
        "every": {"probe": "1s", "schema": "2s", "rows": "5s", "queries": "2s"},
        "timeouts": {"look": "20s", "statement": "10s"},
    }
    with (
        Receiver() as receiver,
        Daemon(gate.folder, production, channels={"ops": webhook(receiver.url("/ops"))}) as daemon,
    ):
        daemon.start()
        found = daemon.until("the breaks", lambda: len(daemon.findings()) == 3 and daemon.findings(), seconds=90)
        assert_names_the_breaks(found)
        daemon.until("the receiver to be told", lambda: receiver.received.get("/ops"))
        told = [each for body in receiver.received["/ops"] for each in body["findings"]]
        assert {each["kind"] for each in told} == {"query"}  # what is pending is no news
        assert {each["fingerprint"] for each in told} == {each["fingerprint"] for each in found[:2]}

        gate.dbmate("up")
        daemon.until("the all-clear", lambda: daemon.report()["status"] == "ok", seconds=90)
        daemon.until("the receiver to hear the end", lambda: receiver.statuses("/ops")[-1] == "resolved")
        # The statements may be looked at before the migrations are.
        daemon.until("nothing to be pending", lambda: daemon.findings() == [])
        assert set(daemon.events()) == {"firing", "resolved"}
