"""The founding incident, replayed against the real process: found, told once, mended as printed, told once more."""

from pathlib import Path

from tests.acceptance import milo
from tests.acceptance.support import Daemon, Json, Receiver, slack, watched, watcher_of, webhook
from tests.servers.query import rows, sql

COLUMNS = [("public", table, "token_group") for table in milo.TABLES]


def assert_is_block_kit(payload: Json) -> None:
    """Slack's documented limits: 50 blocks, 3,000 characters a section, a text beside them for notifications."""
    assert set(payload) == {"text", "blocks"}
    assert 0 < len(payload["text"]) <= 40_000
    assert 1 <= len(payload["blocks"]) <= 50
    for block in payload["blocks"]:
        assert (block["type"], block["text"]["type"]) == ("section", "mrkdwn")
        assert 1 <= len(block["text"]["text"]) <= 3000


def mended_as_printed(dsn: str, findings: list[Json]) -> None:
    for finding in findings:
        sql(dsn, f"{finding['remedy']['before_sql']}\n{finding['remedy']['sql']}")


def test_the_incident_is_found_told_once_and_over_once_its_remedy_is_applied(tmp_path: Path, database: str) -> None:
    milo.make(database)
    before = rows(database, "SELECT epoch, channel, token_group FROM sealed_epochs ORDER BY epoch")
    with (
        Receiver() as receiver,
        Daemon(
            tmp_path,
            watched(watcher_of(database), tmp_path),
            channels={"ops": webhook(receiver.url("/ops")), "team": slack(receiver.url("/slack"))},
        ) as daemon,
    ):
        daemon.start()
        daemon.until("a first verdict", lambda: daemon.report()["status"] == "ok")
        assert daemon.metric("findings", kind="column") == 0

        sql(database, milo.DROP)
        found = daemon.until("both columns to be missed", lambda: len(daemon.findings()) == 2 and daemon.findings())
        assert daemon.metric("findings", database="production", kind="column", severity="critical", state="open") == 2
        assert [tuple(finding["identity"]) for finding in found] == COLUMNS
        for finding in found:
            assert (finding["kind"], finding["change"], finding["severity"]) == ("column", "missing", "critical")
            assert finding["expected"] == "character varying(10) DEFAULT 'milo'::character varying"
        daemon.until("both receivers to be told", lambda: len(receiver.received) == 2)
        logged = daemon.logged("finding.fired")
        assert [line["message"] for line in logged] == [finding["message"] for finding in found]
        assert {line["database"] for line in logged} == {"production"}

        [firing] = receiver.received["/ops"]
        assert (firing["version"], firing["status"], firing["database"]) == (1, "firing", "production")
        assert firing["findings"] == found
        assert "\n" not in firing["message"]
        [told] = receiver.received["/slack"]
        assert_is_block_kit(told)
        assert "ADD COLUMN IF NOT EXISTS" in str(told["blocks"])

        mended_as_printed(database, firing["findings"])
        daemon.until("the all-clear", lambda: daemon.report()["status"] == "ok")
        assert daemon.metric("findings", kind="column") == 0
        daemon.until("both receivers to hear the end", lambda: len(receiver.received["/slack"]) == 2)
        daemon.until("both receivers to hear the end", lambda: len(receiver.received["/ops"]) == 2)
        daemon.until_checked(times=2)
        assert receiver.statuses("/ops") == ["firing", "resolved"]
        assert [body["findings"] for body in receiver.received["/ops"]] == [found, found]
        assert len(receiver.received["/slack"]) == 2
        assert_is_block_kit(receiver.received["/slack"][1])
        assert daemon.events() == ["firing", "firing", "resolved", "resolved"]
        assert len(daemon.logged("finding.resolved")) == 2
        assert daemon.metric("deliveries_total", outcome="delivered") == 4
        assert daemon.metric("outbox_messages") == 0
    assert rows(database, "SELECT epoch, channel, token_group FROM sealed_epochs ORDER BY epoch") == before


def test_a_fix_that_differs_is_three_findings_a_table(tmp_path: Path, database: str) -> None:
    milo.make(database, "text DEFAULT 'MILO' NOT NULL")
    with (
        Receiver() as receiver,
        Daemon(
            tmp_path, watched(watcher_of(database), tmp_path), channels={"ops": webhook(receiver.url("/ops"))}
        ) as daemon,
    ):
        daemon.start()
        daemon.until("a first verdict", lambda: daemon.report()["status"] == "ok")
        quick_fix = [f"ALTER TABLE {table} ADD COLUMN token_group {milo.SHOULD_BE};" for table in milo.TABLES]
        sql(database, milo.DROP + "".join(quick_fix))
        found = daemon.until("the differences", lambda: len(daemon.findings()) == 6 and daemon.findings())
        told = {
            (finding["identity"][1], finding["attribute"]): (finding["expected"], finding["actual"], finding["change"])
            for finding in found
        }
        assert told == {
            (table, attribute): (*values, "changed")
            for table in milo.TABLES
            for attribute, values in {
                "data_type": ("text", "character varying(10)"),
                "default": ("'MILO'::text", "'milo'::character varying"),
                "not_null": ("NOT NULL", "nullable"),
            }.items()
        }
        daemon.until("the receiver to be told", lambda: receiver.received.get("/ops"))
        daemon.until_checked()
        [firing] = receiver.received["/ops"]
        assert firing["findings"] == found
        assert daemon.metric("findings", kind="column") == 6
