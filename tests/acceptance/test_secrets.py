"""No secret of the configuration leaves the process, in a whole run with everything that may go wrong."""

from pathlib import Path

import pytest

from tests.acceptance import milo
from tests.acceptance.support import (
    WATCHER_PASSWORD,
    Daemon,
    Receiver,
    free_port,
    slack,
    watchdog,
    watched,
    watcher_of,
    webhook,
)
from tests.servers.query import sql

SECRETS = (WATCHER_PASSWORD, "s3cret-hook", "s3cret-slack", "p4ss-of-the-dead", "p4ss%2Fquery", "p4ss/query")


ADDRESS = "postgresql://watcher:hunter2@127.0.0.1:1/x"


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", ADDRESS),
        (ADDRESS,),
        ("check", "--config", ADDRESS),
        ("check", f"--config={ADDRESS}"),
        ("check", "--dsn", "postgresql://watcher@127.0.0.1:1/x", "--baseline", ADDRESS),
        ("check", "--fail-on", ADDRESS),
        ("check", "--database", ADDRESS),
        ("baseline", "show", ADDRESS),
        ("baseline", "capture", "--dsn", "postgresql://watcher@127.0.0.1:1/x", "--output", ADDRESS),
        ("diff", "postgresql:/watcher:hunter2@127.0.0.1:1/x", "x"),
        ("diff", "x", "host=127.0.0.1 password=hunter2"),
        ("diff", "watcher:hunter2@127.0.0.1/x", "x"),
        ("diff", "x", "y", ADDRESS.replace("//", "/")),
    ],
)
def test_an_address_where_none_belongs_is_refused_unseen(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = watchdog(*arguments, cwd=tmp_path)
    assert (done.returncode, "address" in done.stderr, "hunter2" in done.stdout + done.stderr) == (2, True, False), done
    assert list(tmp_path.iterdir()) == []


def test_an_address_in_the_variable_of_the_configurations_path_is_refused_unseen() -> None:
    done = watchdog("check", env={"SCHEMA_WATCHDOG_CONFIG": ADDRESS})
    assert (done.returncode, "address" in done.stderr, "hunter2" in done.stdout + done.stderr) == (2, True, False), done


def test_an_address_where_one_belongs_is_taken(tmp_path: Path) -> None:
    for arguments in (("diff", ADDRESS, ADDRESS), ("check", f"--dsn={ADDRESS}", "--baseline", str(tmp_path / "b"))):
        done = watchdog(*arguments)
        assert (done.returncode, "cannot connect" in done.stdout + done.stderr) == (3, True), done


@pytest.mark.parametrize("form", ["json", "console"])
def test_no_secret_is_in_a_log_a_page_a_metric_an_output_or_the_state(tmp_path: Path, database: str, form: str) -> None:
    milo.make(database)
    nowhere = f"127.0.0.1:{free_port()}"
    with (
        Receiver() as receiver,
        Daemon(
            tmp_path,
            watched(watcher_of(database), tmp_path),
            watched(f"postgresql://watcher:p4ss-of-the-dead@{nowhere}/x", tmp_path, "dead"),
            watched(f"postgresql://watcher@{nowhere}/x?password=p4ss%2Fquery&sslcert=/no/such.crt", tmp_path, "wrong"),
            channels={
                "ops": webhook(receiver.url("/s3cret-hook")),
                "team": slack(f"http://{nowhere}/s3cret-slack"),
                "unspeakable": webhook("http://[s3cret-hook/"),
            },
        ) as daemon,
    ):
        daemon.config["log"] = {"format": form, "level": "debug"}
        receiver.answer = 500
        daemon.start()
        daemon.until("a first verdict", lambda: daemon.report()["status"] == "ok")
        sql(database, milo.DROP)
        daemon.until(
            "all deliveries to fail",
            lambda: all(daemon.metrics("deliveries_total", outcome="failed").values()),
        )
        shown = [
            daemon.text(path)
            for path in (
                "/", "/metrics", "/healthz", "/readyz", "/api/v1/findings", "/api/v1/rows", "/api/v1/events",
                "/api/v1/databases",
            )
        ]  # fmt: skip
        receiver.answer = 200
        daemon.until("a delivery", lambda: daemon.metric("deliveries_total", outcome="delivered"))
        config = ("--config", str(daemon.path))
        for command in (["check", *config], ["check", *config, "--format", "json"], ["rows", *config]):
            done = watchdog(*command)
            assert done.returncode == (1 if command[0] == "check" else 3), done
            shown += [done.stdout, done.stderr]
        assert daemon.stop() == 0
        shown += [daemon.log(), daemon.stdout.read_text(), str(list(receiver.received.values()))]
        assert "delivery.failed" in daemon.log()
        kept = b"".join(file.read_bytes() for file in (tmp_path / "state").iterdir())
    kept += Path(daemon.config["databases"][0]["baseline"]).read_bytes()
    assert [secret for secret in SECRETS if any(secret in text for text in shown)] == []
    assert [secret for secret in SECRETS if secret.encode() in kept] == []
