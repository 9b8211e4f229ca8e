"""A real Prometheus, and the shipped configuration for one that looks often at what a test has."""

import contextlib
import subprocess
from pathlib import Path
from typing import Any, Self

import httpx
import yaml

from tests.acceptance.support import PATIENCE, free_port, poll
from tests.conftest import required
from tests.monitoring.shipped import PROMETHEUS, RULES, Json


class Prometheus:
    """Runs from the beginning of a `with` block to its end, in a folder of its own, on this configuration."""

    def __init__(self, folder: Path, config: Json | str) -> None:
        self._program = required("prometheus", "apt-get install --no-install-recommends prometheus")
        self._folder = folder
        self._log = folder / "prometheus.log"
        self._address = f"127.0.0.1:{free_port()}"
        self.url = f"http://{self._address}"
        text = config if isinstance(config, str) else yaml.safe_dump(config)
        (folder / "prometheus.yml").write_text(text)

    def __enter__(self) -> Self:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    self._program,
                    f"--config.file={self._folder / 'prometheus.yml'}",
                    f"--storage.tsdb.path={self._folder / 'tsdb'}",
                    f"--web.listen-address={self._address}",
                ],
                stdout=log,
                stderr=log,
            )
        poll("Prometheus to be ready", self._is_ready, self._log.read_text)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE)

    def _is_ready(self) -> bool:
        assert self._process.poll() is None, self._log.read_text()
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(f"{self.url}/-/ready", trust_env=False).is_success
        return False

    def ask(self, what: str, **parameters: str) -> Any:  # noqa: ANN401 whatever it answers
        answer = httpx.get(f"{self.url}/api/v1/{what}", params=parameters, timeout=5, trust_env=False)
        return answer.json()["data"]

    def rules(self) -> list[Json]:
        """Each rule with its state, health and last error."""
        return [rule for group in self.ask("rules")["groups"] for rule in group["rules"]]

    def targets(self) -> dict[str, tuple[str, str]]:
        """The job -> its health, and why."""
        active = self.ask("targets")["activeTargets"]
        return {each["labels"]["job"]: (each["health"], each["lastError"]) for each in active}

    def value(self, query: str) -> float | None:
        found = self.ask("query", query=query)["result"]
        return float(found[0]["value"][1]) if found else None


def job(name: str, port: int, **more: object) -> Json:
    """One that scrapes a port of this machine."""
    return {"job_name": name, "static_configs": [{"targets": [f"127.0.0.1:{port}"]}], **more}


def scraping(every: str, *jobs: Json) -> Json:
    """The configuration that scrapes these jobs, and does nothing else."""
    return {"global": {"scrape_interval": every, "scrape_timeout": every}, "scrape_configs": list(jobs)}


def shipped(watchdog: str, *alertmanagers: str, quick: bool = True) -> str:
    """The shipped configuration for a watchdog and Alertmanagers at these hosts and ports; `quick`: each second."""
    own = {
        "127.0.0.1:9723": watchdog,
        "127.0.0.1:9093": '", "'.join(alertmanagers),
        "[rules.yml]": f"[{RULES}]",
        **({f"{what}_interval: 15s": f"{what}_interval: 1s" for what in ("scrape", "evaluation")} if quick else {}),
    }
    text = PROMETHEUS.read_text()
    for theirs, ours in own.items():
        assert text.count(theirs) == 1, theirs
        text = text.replace(theirs, ours)
    return text
