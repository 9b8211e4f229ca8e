"""A real Prometheus scrapes the real watchdog: by HTTPS and with a token, and also while a check hangs."""

import shutil
import signal
import ssl
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx

from tests.acceptance import milo
from tests.acceptance.support import Daemon, poll, watched, watcher_of
from tests.faults.test_daemon_down import frozen
from tests.monitoring.prometheus import Prometheus, job, scraping
from tests.servers.certificates import self_signed
from tests.servers.servers import Server
from watchdog.web import probe

TOKEN = "hunter2-of-prometheus"
WRONG = "hunter2-of-nobody-at-all"


def test_prometheus_scrapes_by_https_with_a_token_also_while_a_check_hangs_and_asks_the_database_nothing(
    tmp_path: Path, certificate: tuple[Path, Path], private_server: Callable[[Mapping[str, str]], Server]
) -> None:
    server = private_server({})
    milo.make(server.dsn())
    cert, key = Path(shutil.copy(certificate[0], tmp_path)), Path(shutil.copy(certificate[1], tmp_path))
    patient = {"connect": "2s", "lock": "1m", "statement": "1m", "look": "2m"}
    encrypted = {"scheme": "https", "tls_config": {"ca_file": str(cert)}}
    with Daemon(tmp_path, watched(watcher_of(server.dsn()), tmp_path, timeouts=patient)) as daemon:
        daemon.secured((cert, key), TOKEN).start()
        daemon.until_checked()
        jobs = [
            job("right", daemon.port, **encrypted, authorization={"credentials": TOKEN}),
            job("browser", daemon.port, **encrypted, basic_auth={"username": "ada", "password": TOKEN}),
            job("wrong", daemon.port, **encrypted, authorization={"credentials": WRONG}),
            job("unknown", daemon.port, **encrypted),
            job("unencrypted", daemon.port, authorization={"credentials": TOKEN}),
            job("distrusting", daemon.port, scheme="https", authorization={"credentials": TOKEN}),
        ]
        with Prometheus(tmp_path, scraping("200ms", *jobs)) as prometheus:

            def scraped() -> bool:
                found = prometheus.targets()
                return len(found) == len(jobs) and all(health != "unknown" for health, _ in found.values())

            poll("the first scrapes", scraped)
            targets = prometheus.targets()
            assert {name for name, (health, _) in targets.items() if health == "up"} == {"right", "browser"}, targets
            assert "401" in targets["wrong"][1]
            assert "401" in targets["unknown"][1]
            assert "x509" in targets["distrusting"][1]
            up = 'schema_watchdog_database_up{job="right"}'
            poll("the database to be up in Prometheus", lambda: prometheus.value(up) == 1)
            with frozen(server):
                # A check that hangs is still at work when the next one is due.
                skipped = daemon.metric("check_misfires_total") or 0
                daemon.until("a check to hang", lambda: (daemon.metric("check_misfires_total") or 0) > skipped)
                asked = daemon.metric("queries_total")
                scrapes = 'count_over_time(up{job="right"}[1h])'
                before = prometheus.value(scrapes) or 0
                poll("twenty scrapes", lambda: (prometheus.value(scrapes) or 0) >= before + 20)
                assert prometheus.value('min_over_time(up{job="right"}[1h])') == 1
                assert daemon.metric("queries_total") == asked
                assert (daemon.status("/"), daemon.status("/api/v1/rows")) == (200, 200)
            assert probe.trouble(f"127.0.0.1:{daemon.port}") is None
            # Who renews a certificate writes one file after the other.
            (tmp_path / "new").mkdir()
            for new, old in zip(self_signed(tmp_path / "new"), (cert, key), strict=True):
                new.replace(old)
            daemon.until("the renewal", lambda: daemon.logged("https.renewed"))
            trusting = ssl.create_default_context(cafile=str(cert))
            with httpx.Client(verify=trusting, trust_env=False) as client:
                metrics = f"https://127.0.0.1:{daemon.port}/metrics"
                assert client.get(metrics).status_code == 401
                answer = client.get(metrics, headers={"Authorization": f"Bearer {TOKEN}", "Accept-Encoding": "gzip"})
                assert (answer.status_code, answer.headers["Content-Encoding"]) == (200, "gzip")
                daemon.config["api"]["read_token"] = f"{TOKEN}-the-second"
                daemon.write()
                daemon.process.send_signal(signal.SIGHUP)
                daemon.until(
                    "the new token",
                    lambda: client.get(metrics, headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 401,
                )
        assert TOKEN not in daemon.log()
        assert WRONG not in daemon.log()
        assert "Traceback" not in daemon.log()
        assert daemon.log().count("Invalid HTTP") == 0
