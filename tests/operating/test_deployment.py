"""The files that install and supervise the watchdog agree with it, with each other and with the documents."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.acceptance.support import ROOT
from tests.conftest import required
from watchdog import daemon
from watchdog.cli.run import WAIT_FOR_PREDECESSOR_SECONDS
from watchdog.config.load import load
from watchdog.notify.delivery import PATIENT
from watchdog.postgres.connection import CLOSE_SECONDS
from watchdog.web.server import DRAIN_SECONDS

BIN = Path(sys.executable).parent
COMPOSE = ROOT / "config" / "compose"
UNIT = ROOT / "config" / "systemd" / "schema-watchdog.service"
INSTALLED = "/opt/schema-watchdog"
Settings = dict[str, Any]


def operating() -> str:
    return (ROOT / "docs" / "operating.md").read_text()


def image() -> str:
    """The last stage of the Dockerfile."""
    return (ROOT / "Dockerfile").read_text().rpartition("\nFROM ")[2]


def services() -> dict[str, Settings]:
    found: dict[str, Settings] = yaml.safe_load((COMPOSE / "compose.yaml").read_text())["services"]
    return found


def unit() -> dict[str, str]:
    return dict(re.findall(r"^(\w+)=(.*)$", UNIT.read_text(), flags=re.MULTILINE))


def pm2_app() -> Settings:
    node = required("node", "apt-get install nodejs")
    printed = subprocess.run(
        [node, "--print", "JSON.stringify(require('./pm2.config.js'))"], cwd=ROOT, check=True, capture_output=True
    )
    app: Settings
    [app] = json.loads(printed.stdout)["apps"]
    return app


def test_whoever_supervises_waits_longer_than_the_longest_end() -> None:
    # Looks end or are cancelled, which closes their connections; the attempt at a message has its grace; what is due is
    # sent, the last attempt again with its grace; connections are closed, and the page.
    looks = daemon.LOOKS_END_SECONDS + CLOSE_SECONDS
    deliveries = PATIENT.grace + daemon.LAST_DELIVERIES_SECONDS + PATIENT.grace
    longest = looks + deliveries + CLOSE_SECONDS + DRAIN_SECONDS
    assert f"{longest:g} s at most" in operating()
    assert pm2_app()["kill_timeout"] > longest * 1000
    assert int(services()["watchdog"]["stop_grace_period"].removesuffix("s")) > longest
    assert int(unit()["TimeoutStopSec"]) > longest
    assert all(int(seconds) > longest for seconds in re.findall(r"--stop-timeout (\d+)", operating()))
    assert longest < WAIT_FOR_PREDECESSOR_SECONDS


def test_a_mistake_in_the_configuration_ends_it_and_memory_has_the_same_bound_everywhere() -> None:
    app = pm2_app()
    assert (app["stop_exit_codes"], unit()["RestartPreventExitStatus"]) == ([2], "2")
    assert (app["max_memory_restart"], unit()["MemoryMax"], services()["watchdog"]["mem_limit"]) == ("1G", "1G", "1g")
    assert "--memory 1g" in operating()


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    done = subprocess.run([BIN / "hadolint", "--no-color", "Dockerfile"], cwd=ROOT, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, b"")


def test_the_image_runs_where_the_relative_paths_of_the_configuration_hold() -> None:
    """As in the project: `config/` and `state` are below the folder it works in, and the documents mount them there."""
    [folder] = re.findall(r"^WORKDIR (\S+)$", image(), flags=re.MULTILINE)
    [command] = re.findall(r"^CMD (\[.*\])$", image(), flags=re.MULTILINE)
    assert json.loads(command) == ["run", "--config", "config/watchdog.yaml", "--listen", "0.0.0.0:9723"]
    config = load(ROOT / "config" / "watchdog.yaml", {"DATABASE_URL": "postgresql://h/db"})
    assert [config.state, *(config.databases[0].baseline or Path()).parts[:1]] == [Path("state"), "config"]
    for words in (
        f'-v "$PWD/config":{folder}/config:ro',
        f"-v schema-watchdog-state:{folder}/state",
        "--env-file .env",
        "-p 127.0.0.1:9723:9723",
        "--read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges",
    ):
        assert words in operating()
    assert f"VOLUME {folder}/state" in image()
    assert services()["watchdog"]["image"].rpartition(":")[2] in image()


def mounts(service: Settings) -> Iterator[tuple[str, str]]:
    """What is mounted, and where; a volume by its name."""
    for volume in service["volumes"]:
        source, target, *_ = volume.split(":")
        yield source, target


@pytest.mark.parametrize("name", ["watchdog", "prometheus", "alertmanager", "grafana"])
def test_a_service_has_no_rights_and_no_port_beyond_this_machine_and_all_that_it_mounts(name: str) -> None:
    compose = yaml.safe_load((COMPOSE / "compose.yaml").read_text())
    service = compose["services"][name]
    assert (service["read_only"], service["cap_drop"], service["security_opt"]) == (
        True,
        ["ALL"],
        ["no-new-privileges:true"],
    )
    assert re.fullmatch(r"[\w/-]+:v?\d+\.\d+\.\d+", service["image"])
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    assert "healthcheck" in service or name == "watchdog"  # whose image has its own
    mounted = dict(mounts(service))
    volumes = {source for source in mounted if "/" not in source}
    assert volumes <= compose["volumes"].keys()
    paths = [COMPOSE / source for source in mounted if "/" in source]
    # Baselines are the user's own.
    assert [path for path in paths if path.name != "baselines" and not path.exists()] == []
    read = "".join(path.read_text() for path in paths if path.is_file()) + json.dumps(service.get("environment", {}))
    assert set(re.findall(r"/run/secrets/(\w+)", read)) == set(service.get("secrets", []))
    assert set(service.get("secrets", [])) <= compose["secrets"].keys()


def test_the_services_name_each_other_as_the_file_names_them() -> None:
    ports = {name: service["ports"][0].rpartition(":")[2] for name, service in services().items()}
    own = (COMPOSE / "prometheus.yml").read_text()
    assert load(COMPOSE / "watchdog.yaml", {}, secrets=False).databases[0].baseline
    told = (COMPOSE / "watchdog.yaml").read_text()
    named = re.findall(r"\b([a-z]+):(\d{4})\b", own + told + services()["grafana"]["environment"]["PROMETHEUS_URL"])
    assert set(named) == {(name, port) for name, port in ports.items() if name != "grafana"}
    # But for these names it is the file that the documents explain.
    shipped = (ROOT / "config" / "prometheus" / "prometheus.yml").read_text()
    assert yaml.safe_load(own) == yaml.safe_load(
        shipped.replace("127.0.0.1:9093", "alertmanager:9093").replace("127.0.0.1:9723", "watchdog:9723")
    )


def test_systemd_takes_the_unit_and_finds_it_hardened(tmp_path: Path) -> None:
    analyze = required("systemd-analyze", "apt-get install systemd")
    # Where the program stands is asked too.
    here = tmp_path / UNIT.name
    here.write_text(UNIT.read_text().replace(INSTALLED, str(ROOT)))
    verified = subprocess.run([analyze, "verify", str(here)], capture_output=True, text=True, check=False)
    assert (verified.returncode, verified.stdout + verified.stderr) == (0, "")
    # Of 0 to 10, in tenths: that it speaks to everybody, and what no service can do without.
    secure = [analyze, "security", "--offline=true", "--threshold=15", str(here)]
    judged = subprocess.run(secure, capture_output=True, text=True, check=False)
    assert judged.returncode == 0, judged.stdout


def test_the_configuration_finds_what_systemd_gives_it(tmp_path: Path) -> None:
    """By the two lines that the unit and the documents name."""
    [dsn] = re.findall(r"^#  +(dsn_file: .*)$", UNIT.read_text(), flags=re.MULTILINE)
    [state] = re.findall(r"^#  +(state: .*)$", UNIT.read_text(), flags=re.MULTILINE)
    assert dsn in operating()
    assert state in operating()
    shipped = (ROOT / "config" / "watchdog.yaml").read_text()
    written = shipped.replace("dsn: ${DATABASE_URL}", dsn).replace("state: ./state", state)
    (tmp_path / "watchdog.yaml").write_text(written)
    (tmp_path / "dsn").write_text("postgresql://watcher:hunter2@db/production\n")
    config = load(tmp_path / "watchdog.yaml", {"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert config.databases[0].dsn.get_secret_value() == "postgresql://watcher:hunter2@db/production"
    assert config.state == Path("/var/lib", unit()["StateDirectory"])
    assert unit()["LoadCredential"] == "dsn:/etc/schema-watchdog/dsn"
    assert (unit()["WorkingDirectory"], unit()["ExecStart"]) == (
        INSTALLED,
        f"{INSTALLED}/.venv/bin/schema-watchdog run --config config/watchdog.yaml",
    )
