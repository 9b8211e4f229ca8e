"""The image, built by its Dockerfile's own steps and run as the documents say; there is no engine, so see image.py."""

import json
import os
import shutil
import signal
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
    # In memory where there is room: an overlay cannot stand above another one, as a container's own files are.
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


def test_what_the_dockerfile_makes_runs_read_only_and_without_rights_is_healthy_and_ends_with_0(
    layers: Layers, tmp_path: Path, database: str
) -> None:
    files, config, state = (tmp_path / name for name in ("context", "config", "state"))
    files.mkdir()
    context(ROOT, files)
    image = Image((ROOT / "Dockerfile").read_text(), files, layers)

    milo.make(database)
    shutil.copytree(ROOT / "config", config)
    # A volume begins as a copy of what the image has there.
    state.mkdir()
    shutil.copystat(image.root / "srv/state", state)
    os.chown(state, image.user, image.user)
    for source, target in ((config, "srv/config"), (state, "srv/state")):
        (image.root / target).mkdir(exist_ok=True)
        layers.mount("--bind", str(source), to=image.root / target)
    layers.mount("-t", "tmpfs", "tmpfs", to=image.root / "tmp")
    subprocess.run(["mount", "-o", "remount,ro", str(image.root)], check=True)

    env = {**image.env, "HOME": "/srv", "DATABASE_URL": watcher_of(database)}
    port = free_port()
    entrypoint = command(image.said["ENTRYPOINT"])
    default = [word.replace(":9723", f":{port}") for word in command(image.said["CMD"])]

    def in_it(*arguments: str, user: int = image.user) -> subprocess.CompletedProcess[str]:
        told = entered(image.root, arguments, env, image.folder, user)
        return subprocess.run(told, capture_output=True, text=True, check=False)

    version = in_it(*entrypoint, "--version").stdout.split()[-1]
    assert f'org.opencontainers.image.version="{version}"' in image.said["LABEL"]
    assert in_it("sh", "-c", "touch config/x /srv/x /opt/schema-watchdog/x").stderr.count("cannot touch") == 3

    # As the documents say: by whoever has the project's folder.
    captured = in_it(*entrypoint, "baseline", "capture", user=0)
    assert captured.returncode == 0, captured.stderr
    subprocess.run(["mount", "-o", "remount,ro,bind", str(image.root / "srv/config")], check=True)

    # The first of its own processes, as in a container: what it does not handle does not reach it.
    first = ["unshare", "--pid", "--fork", "--mount", f"--mount-proc={image.root / 'proc'}", "--kill-child"]
    told = entered(image.root, [*entrypoint, *default], env, image.folder, image.user)
    with (tmp_path / "log").open("wb") as log, subprocess.Popen([*first, *told], stdout=log, stderr=log) as outer:
        try:
            url = f"http://127.0.0.1:{port}"

            def answers() -> bool:
                assert outer.poll() is None, (tmp_path / "log").read_text()
                try:
                    return httpx.get(f"{url}/readyz").status_code == 200
                except httpx.TransportError:
                    return False

            poll("it to watch", answers, (tmp_path / "log").read_text)
            [verdict] = httpx.get(f"{url}/api/v1/findings").json()["databases"]
            assert verdict["status"] == "ok"
            health = command(image.said["HEALTHCHECK"].partition(" CMD ")[2].strip())
            health = [word.replace(":9723", f":{port}") for word in health]
            assert in_it(*health).returncode == 0
            [inner] = Path(f"/proc/{outer.pid}/task/{outer.pid}/children").read_text().split()
            os.kill(int(inner), signal.Signals[image.said["STOPSIGNAL"]])
            assert outer.wait(30) == 0, (tmp_path / "log").read_text()
        finally:
            outer.kill()
    assert in_it(*health).returncode != 0
    assert {path.stat().st_uid for path in state.iterdir()} == {image.user}
    assert [json.loads(line)["event"] for line in (tmp_path / "log").read_text().splitlines()][-1] == "daemon.stopped"
    assert in_it(*entrypoint, "run", "--config", "config/none.yaml").returncode == 2
