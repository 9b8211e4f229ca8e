"""The shipped Prometheus and Alertmanager together: what is scraped becomes an alert with all that people need."""

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.acceptance.alertmanager import Alertmanager
from tests.acceptance.support import poll
from tests.monitoring.prometheus import Prometheus, shipped
from tests.monitoring.shipped import ALERTMANAGER, GOLDEN
from watchdog.metrics import exported, render
from watchdog.status import StatusBoard
from watchdog.wiring.database import utc_now

# Of what the golden text says, without any patience.
FIRING = {
    "SchemaWatchdogCriticalDrift": {"database": "production", "severity": "critical"},
    "SchemaWatchdogSequenceNearEnd": {"database": "production", "severity": "warning"},
}


@contextlib.contextmanager
def scraped(body: bytes, content_type: str) -> Iterator[str]:
    """Host and port where /metrics answers with this."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/metrics" else 404)
            self.send_header("Content-Type", content_type)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_what_is_scraped_fires_with_its_runbook_and_no_rule_fails(tmp_path: Path) -> None:
    process, content_type = render(exported(StatusBoard(), (), utc_now), None)
    own = [line for line in process.splitlines() if line.startswith((b"process_", b"# TYPE process_"))]
    body = GOLDEN.read_bytes() + b"\n".join(own) + b"\n"
    receiver = Alertmanager(tmp_path, ALERTMANAGER.read_text().replace("/run/secrets/", f"{tmp_path}/"))
    (tmp_path / "slack_webhook_url").write_text("http://127.0.0.1:9/")

    def ours() -> dict[str, Any]:
        return {name: each for each in receiver.alerts() if (name := each["labels"]["alertname"]) in FIRING}

    with (
        receiver,
        scraped(body, content_type) as watchdog,
        Prometheus(tmp_path, shipped(watchdog, f"127.0.0.1:{receiver.port}")) as prometheus,
    ):
        fired = poll("what fires at once", lambda: len(found := ours()) == len(FIRING) and found)
        poll("all to be evaluated", lambda: "unknown" not in {rule["health"] for rule in prometheus.rules()})
        evaluated = prometheus.rules()

    assert [(rule["name"], rule["lastError"]) for rule in evaluated if rule["health"] != "ok"] == []
    for name, labels in FIRING.items():
        told = fired[name]
        at_scrape = {"job": "schema-watchdog", "instance": watchdog}
        assert told["labels"] == {"alertname": name, **labels, **at_scrape}
        base, _, anchor = told["annotations"]["runbook_url"].partition("#")
        assert base.startswith("https://")
        assert base.endswith("docs/runbooks.md")
        assert anchor == name.lower()
