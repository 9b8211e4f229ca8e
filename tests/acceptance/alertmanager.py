"""A real Alertmanager."""

import signal
import subprocess
from pathlib import Path
from typing import Any, Self

import httpx

from tests.acceptance.support import PATIENCE, free_port, poll
from tests.conftest import required

Json = dict[str, Any]


class Alertmanager:
    """One replica with a folder of its own, which also holds its configuration, given as YAML."""

    def __init__(self, folder: Path, config: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        self._program = required("prometheus-alertmanager", "apt-get install prometheus-alertmanager")
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(exist_ok=True)
        (folder / "alertmanager.yml").write_text(config)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> Self:
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    self._program,
                    f"--config.file={self._folder / 'alertmanager.yml'}",
                    f"--storage.path={self._folder / 'data'}",
                    f"--web.listen-address=127.0.0.1:{self.port}",
                    "--cluster.listen-address=",
                ],
                stdout=log,
                stderr=log,
            )
        poll("Alertmanager to be ready", self._is_ready)
        return self

    def _is_ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self._folder / "log").read_text()
        try:
            return httpx.get(f"{self.url}/-/ready").status_code == 200
        except httpx.TransportError:
            return False

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)
            self._process.wait(PATIENCE)

    def alerts(self, name: str = "") -> list[Json]:
        """Those that fire."""
        found: list[Json] = httpx.get(f"{self.url}/api/v2/alerts").json()
        return [alert for alert in found if alert["labels"]["alertname"] == name or not name]
