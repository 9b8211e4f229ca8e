"""A real Prometheus on the shipped configuration, looking often, at targets of the test."""

import subprocess
from pathlib import Path
from typing import Any, Self

import httpx

from tests.acceptance.support import PATIENCE, free_port, poll
from tests.conftest import required
from tests.monitoring.shipped import PROMETHEUS, RULES


class Prometheus:
    """Runs from the beginning of a `with` block to its end, in a folder of its own.

    Args:
        folder: for its data; it is written to.
        watchdog: host and port that are scraped.
        alertmanager: host and port that are told.
    """

    def __init__(self, folder: Path, watchdog: str, alertmanager: str) -> None:
        self._folder = folder
        self._address = f"127.0.0.1:{free_port()}"
        text = PROMETHEUS.read_text()
        own = {
            "127.0.0.1:9723": watchdog,
            "127.0.0.1:9093": alertmanager,
            "[rules.yml]": f"[{RULES}]",
            "scrape_interval: 15s": "scrape_interval: 1s",
            "evaluation_interval: 15s": "evaluation_interval: 1s",
        }
        for theirs, ours in own.items():
            assert text.count(theirs) == 1, theirs
            text = text.replace(theirs, ours)
        (folder / "prometheus.yml").write_text(text)

    def __enter__(self) -> Self:
        program = required("prometheus", "apt-get install prometheus")
        with (self._folder / "prometheus.log").open("wb") as log:
            self._process = subprocess.Popen(
                [
                    program,
                    f"--config.file={self._folder / 'prometheus.yml'}",
                    f"--storage.tsdb.path={self._folder / 'prometheus'}",
                    f"--web.listen-address={self._address}",
                ],
                stdout=log,
                stderr=log,
            )
        poll("Prometheus to be ready", self._is_ready)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE)

    def _is_ready(self) -> bool:
        assert self._process.poll() is None, (self._folder / "prometheus.log").read_text()
        try:
            return httpx.get(f"http://{self._address}/-/ready").status_code == 200
        except httpx.TransportError:
            return False

    def rules(self) -> list[dict[str, Any]]:
        """Each rule with its state, health and last error."""
        groups = httpx.get(f"http://{self._address}/api/v1/rules").json()["data"]["groups"]
        return [rule for group in groups for rule in group["rules"]]
