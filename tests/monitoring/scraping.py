"""A real Prometheus that scrapes often."""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import yaml

from tests.acceptance.support import free_port, poll
from tests.conftest import required

EVERY = 1  # seconds


@contextlib.contextmanager
def scraping(folder: Path, *targets: str) -> Iterator[str]:
    """The address of a Prometheus that scrapes these hosts and ports, as job "schema-watchdog"."""
    program = required("prometheus", "apt-get install -y --no-install-recommends prometheus")
    address = f"127.0.0.1:{free_port()}"
    config = {
        "global": {"scrape_interval": f"{EVERY}s", "scrape_timeout": f"{EVERY}s"},
        "scrape_configs": [{"job_name": "schema-watchdog", "static_configs": [{"targets": list(targets)}]}],
    }
    file = folder / "prometheus.yml"
    file.write_text(yaml.safe_dump(config))
    log = folder / "prometheus.log"
    arguments = [f"--config.file={file}", f"--storage.tsdb.path={folder / 'tsdb'}", f"--web.listen-address={address}"]
    with log.open("wb") as output, subprocess.Popen([program, *arguments], stdout=output, stderr=output) as process:
        try:
            poll("Prometheus to be ready", lambda: _is_ready(address), log.read_text)
            yield f"http://{address}"
        finally:
            process.terminate()


def _is_ready(address: str) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(f"http://{address}/-/ready").status_code == 200
    return False
