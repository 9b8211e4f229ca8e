"""Ten thousand findings at once: one readable message a route, and a daemon that stays small and answers."""

import json
from pathlib import Path

from tests.acceptance.support import Daemon, Receiver, slack, watched, watcher_of, webhook
from tests.servers.query import sql

TABLES, COLUMNS = 50, 200
FINDINGS = TABLES * COLUMNS
MOST_BYTES = 700 * 1024 * 1024


def altered(how: str) -> str:
    """Every column of every table."""
    return "".join(
        f"ALTER TABLE t{table} {', '.join(how.format(f'c{column}') for column in range(COLUMNS))};"
        for table in range(TABLES)
    )


def test_ten_thousand_findings_are_one_message_a_channel_and_so_is_their_end(tmp_path: Path, database: str) -> None:
    sql(database, "".join(f"CREATE TABLE t{table} (id int);" for table in range(TABLES)) + altered("ADD COLUMN {} int"))
    patient = {"connect": "5s", "lock": "1s", "statement": "30s", "look": "60s"}
    with (
        Receiver() as receiver,
        Daemon(
            tmp_path,
            watched(
                watcher_of(database), tmp_path, timeouts=patient, every={"probe": "1s", "schema": "3s", "rows": "1h"}
            ),
            channels={"ops": webhook(receiver.url("/ops")), "team": slack(receiver.url("/team"))},
        ) as daemon,
    ):
        daemon.config["alerts"]["routes"] = [
            {"match": {"severity": "critical"}, "channels": ["ops"], "continue": True, "group_wait": "1s"},
            {"channels": ["team"], "group_wait": "1s"},
        ]
        daemon.config["alerts"]["routes"][1]["group_interval"] = "1s"
        daemon.config["alerts"]["routes"][0]["group_interval"] = "1s"
        daemon.start()
        daemon.until("a first verdict", lambda: daemon.report()["status"] == "ok", seconds=90)
        sql(database, altered("DROP COLUMN {}"))
        daemon.until("both messages", lambda: {"/ops", "/team"} <= set(receiver.received), seconds=90)
        [body] = receiver.received["/ops"]
        assert body["message"].startswith(f"production: {FINDINGS:,} critical: column public.t0.c0 is missing")
        assert body["message"].endswith(f"(and {FINDINGS - 1:,} more)")
        assert (len(body["findings"]), body["more"]) == (100, FINDINGS - 100)
        assert body["standing"] == {"critical": FINDINGS}
        [chat] = receiver.received["/team"]
        assert f"{FINDINGS:,} critical" in json.dumps(chat)
        assert len(json.dumps(chat)) < 20_000
        assert daemon.status("/") == daemon.status("/metrics") == daemon.status("/api/v1/findings") == 200
        assert daemon.metric("findings", kind="column", severity="critical") == FINDINGS
        peak = next(
            int(line.split()[1]) * 1024
            for line in Path(f"/proc/{daemon.process.pid}/status").read_text().splitlines()
            if line.startswith("VmHWM")
        )
        print(f"peak {peak / 2**20:.0f} MB")  # noqa: T201 for the record
        assert peak < MOST_BYTES
        sql(database, altered("ADD COLUMN {} int"))
        daemon.until("their end", lambda: receiver.statuses("/ops") == ["firing", "resolved"], seconds=90)
        assert receiver.received["/ops"][1]["standing"] == {}
        assert daemon.stop() == 0
