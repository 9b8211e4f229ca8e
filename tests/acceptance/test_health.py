"""What supervisors and balancers ask: does the process turn over, and is its verdict fresh."""

import signal
from pathlib import Path

import httpx

from tests.acceptance import milo
from tests.acceptance.support import Daemon, watched, watcher_of
from tests.faults.test_daemon_down import deaf_server


def test_a_stopped_process_is_not_healthy(tmp_path: Path, database: str) -> None:
    milo.make(database)
    with Daemon(tmp_path, watched(watcher_of(database), tmp_path)) as daemon:
        daemon.start()
        daemon.until("readiness", lambda: daemon.status("/readyz") == 200)
        daemon.process.send_signal(signal.SIGSTOP)
        try:
            httpx.get(f"http://127.0.0.1:{daemon.port}/healthz", timeout=1)
        except httpx.TimeoutException:
            pass
        else:
            raise AssertionError("a stopped process answered")
        daemon.process.send_signal(signal.SIGCONT)
        daemon.until("health", lambda: daemon.status("/healthz") == 200)
        assert daemon.stop() == 0


def test_it_is_ready_only_once_every_database_was_looked_at(tmp_path: Path, database: str) -> None:
    milo.make(database)
    known = watched(watcher_of(database), tmp_path)
    with deaf_server() as deaf, Daemon(tmp_path, known, watched(deaf, tmp_path, "deaf")) as daemon:
        daemon.start()
        daemon.until_checked("production")
        assert (daemon.status("/healthz"), daemon.status("/readyz")) == (200, 503)
        assert '"deaf"' in daemon.text("/readyz")
        assert '"production"' not in daemon.text("/readyz")  # the deaf one's address names it too
        daemon.config["databases"] = [known]
        daemon.write()
        daemon.process.send_signal(signal.SIGHUP)
        daemon.until("readiness without the deaf one", lambda: daemon.status("/readyz") == 200)


def test_a_baseline_that_is_damaged_or_gone_ends_the_verdict_and_not_the_alert(tmp_path: Path, database: str) -> None:
    milo.make(database)
    with Daemon(tmp_path, watched(watcher_of(database), tmp_path)) as daemon:
        daemon.start()
        daemon.until("a first verdict", lambda: daemon.report()["status"] == "ok")
        baseline = Path(daemon.config["databases"][0]["baseline"])
        whole = baseline.read_bytes()
        baseline.write_bytes(whole[:-100])
        daemon.until("the damage to be said", lambda: "not a baseline" in (daemon.report()["reason"] or ""))
        assert daemon.report()["status"] == "unverified"
        assert baseline.read_bytes() == whole[:-100]
        baseline.unlink()
        daemon.until("its absence to be said", lambda: "no baseline" in (daemon.report()["reason"] or ""))
        daemon.process.send_signal(signal.SIGHUP)
        daemon.until("the new configuration", lambda: daemon.logged("config.reloaded"))
        looks = daemon.metric("checks_total", check="schema") or 0
        daemon.until("two more looks", lambda: (daemon.metric("checks_total", check="schema") or 0) > looks + 1)
        assert daemon.stop() == 0
        daemon.start()
        daemon.until("its absence to be said after a restart", lambda: "no baseline" in str(daemon.report()["reason"]))
        assert not baseline.exists()
        baseline.write_bytes(whole)
        daemon.until("the verdict to be back", lambda: daemon.report()["status"] == "ok")
