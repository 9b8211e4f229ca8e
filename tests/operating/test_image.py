"""The image, built by its Dockerfile's own steps and run as the documents say; there is no engine, so see image.py."""

import contextlib
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.acceptance import milo
from tests.acceptance.support import ROOT, free_port, poll, watcher_of
from tests.conftest import required
from tests.operating.image import Image, Layers, command, context, entered


@pytest.fixture
def layers() -> Iterator[Layers]:
    for program in ("setpriv", "unshare"):
        required(program, "apt-get install util-linux")
    folder = Path(tempfile.mkdtemp(prefix="image-"))
    folder.chmod(0o755)
    made: list[Layers] = []
    try:
        made.append(Layers(folder))
        yield made[0]
    finally:
        for each in made:
            each.unmount()
        shutil.rmtree(folder)


class Container:
    """The image, read-only, with the project's `config/` and a volume at `state/`, on a port of its own."""

    def __init__(self, image: Image, layers: Layers, folder: Path, dsn: str) -> None:
        self.state, config = folder / "state", folder / "config"
        shutil.copytree(ROOT / "config", config)
        # A volume begins as a copy of what the image has there.
        shutil.copytree(image.root / "srv/state", self.state)
        owner = (image.root / "srv/state").stat()
        os.chown(self.state, owner.st_uid, owner.st_gid)
        (image.root / "srv/config").mkdir()
        layers.mount("--bind", str(config), to=image.root / "srv/config")
        layers.mount("--bind", str(self.state), to=image.root / "srv/state")
        layers.mount("-t", "tmpfs", "tmpfs", to=image.root / "tmp")
        subprocess.run(["mount", "-o", "remount,ro", str(image.root)], check=True)
        self._image = image
        self._log = folder / "log"
        self._env = {**image.env, "HOME": "/srv", "DATABASE_URL": dsn}
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.entrypoint, self.default, self.health = (
            [word.replace(":9723", f":{port}") for word in command(rest)]
            for rest in (image.said["ENTRYPOINT"], image.said["CMD"], image.said["HEALTHCHECK"].partition(" CMD ")[2])
        )

    def __call__(self, *arguments: str, user: int | None = None) -> subprocess.CompletedProcess[str]:
        """One command in it, to its end."""
        told = self._entered(arguments, self._image.user if user is None else user)
        return subprocess.run(told, capture_output=True, text=True, check=False)

    def _entered(self, arguments: list[str] | tuple[str, ...], user: int) -> list[str]:
        return entered(self._image.root, arguments, self._env, self._image.folder, user)

    def lock_config(self) -> None:
        """From here on as with `:ro`."""
        subprocess.run(["mount", "-o", "remount,ro,bind", str(self._image.root / "srv/config")], check=True)

    @contextlib.contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        """What the image runs by itself, as the first of its own processes: what it does not handle is lost."""
        apart = ["unshare", "--pid", "--fork", "--kill-child", "--mount", f"--mount-proc={self._image.root / 'proc'}"]
        told = self._entered([*self.entrypoint, *self.default], self._image.user)
        with self._log.open("wb") as log, subprocess.Popen([*apart, *told], stdout=log, stderr=log) as outer:
            try:
                yield outer
            finally:
                # By itself: what becomes another user is not killed with its parent, as unshare would have it.
                for first in self._first(outer):
                    os.kill(first, signal.SIGKILL)
                outer.kill()

    def _first(self, outer: subprocess.Popen[bytes]) -> list[int]:
        """The first process of its own; none once it has ended."""
        with contextlib.suppress(FileNotFoundError):
            return list(map(int, Path(f"/proc/{outer.pid}/task/{outer.pid}/children").read_text().split()))
        return []

    def stop(self, outer: subprocess.Popen[bytes]) -> int:
        """The exit code after the image's own signal."""
        [first] = self._first(outer)
        os.kill(first, signal.Signals[self._image.said["STOPSIGNAL"]])
        return outer.wait(30)

    def log(self) -> str:
        return self._log.read_text()

    def answers(self) -> bool:
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(f"{self.url}/readyz").status_code == 200
        return False


def saved_as_documented(container: Container) -> Path:
    """A copy of the state, made beside the daemon that writes it."""
    [copying] = re.findall(r'python -c "(.*)"$', (ROOT / "docs/operating.md").read_text(), flags=re.MULTILINE)
    saved = container("python", "-c", copying.replace('\\"', '"'))
    assert saved.returncode == 0, saved.stderr
    return container.state / "backup.sqlite3"


def test_what_the_dockerfile_makes_runs_read_only_and_without_rights_is_healthy_and_ends_with_0(
    layers: Layers, tmp_path: Path, private_database: str
) -> None:
    files = tmp_path / "context"
    context(ROOT, files)
    image = Image((ROOT / "Dockerfile").read_text(), files, layers)
    # As shipped the roles are compared too, and on a shared server those of other tests come and go.
    milo.make(private_database)
    container = Container(image, layers, tmp_path, watcher_of(private_database))
    command = container.entrypoint

    version = container(*command, "--version").stdout.split()[-1]
    assert f'org.opencontainers.image.version="{version}"' in image.said["LABEL"]
    assert image.user != 0
    refused = container("touch", "/srv/config/x", "/srv/x", "/opt/schema-watchdog/x")
    assert refused.stderr.count("cannot touch") == 3
    # As the documents say: by whoever owns the project's folder.
    captured = container(*command, "baseline", "capture", user=0)
    assert captured.returncode == 0, captured.stderr
    container.lock_config()

    with container.running() as outer:
        poll("it to watch", container.answers, container.log)
        [verdict] = httpx.get(f"{container.url}/api/v1/findings").json()["databases"]
        assert verdict["status"] == "ok"
        assert container(*container.health).returncode == 0
        copy = saved_as_documented(container)
        assert container.stop(outer) == 0, container.log()
    assert container(*container.health).returncode != 0
    assert [json.loads(line)["event"] for line in container.log().splitlines()][-1] == "daemon.stopped"
    assert {path.stat().st_uid for path in container.state.iterdir()} == {image.user}
    with contextlib.closing(sqlite3.connect(copy)) as state:
        for fact in ("PRAGMA application_id", "PRAGMA user_version", "SELECT count(*) FROM levels"):
            assert state.execute(fact).fetchone() > (0,), fact
    assert container(*command, "run", "--config", "config/none.yaml").returncode == 2
