"""What keeps the daemon from starting: it says so in words, with exit code 2, and touches nothing."""

import signal
import socket
from pathlib import Path

from tests.acceptance import milo
from tests.acceptance.support import Daemon, free_port, poll, watchdog, watched, watcher_of


def test_a_broken_configuration_is_refused_with_every_mistake_and_its_place(tmp_path: Path) -> None:
    path = tmp_path / "watchdog.yaml"
    path.write_text(
        "databases:\n"
        "  - name: production\n"
        "    dsn: ${NOT_SET_ANYWHERE}\n"
        "    baseline: baseline.json\n"
        "    every: {schema: often}\n"
        "  - name: production\n"
        "    dsn: mysql://root:open-sesame@db/x\n"
        "alerts:\n"
        "  channels:\n"
        "    ops: {type: pigeon, url: https://hooks.example/open-sesame}\n"
        "stat: ./state\n"
    )
    done = watchdog("run", "--config", str(path), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    for place, line in {
        "databases[0].dsn": 3,
        "databases[0].every.schema": 5,
        "databases[1].dsn": 7,
        "alerts.channels.ops": 10,
        "stat": 11,
    }.items():
        assert any(f"{path}: {place}" in said and f"[line {line}]" in said for said in done.stderr.splitlines()), (
            place,
            done.stderr,
        )
    assert "Traceback" not in done.stderr
    assert "open-sesame" not in done.stderr
    assert sorted(found.name for found in tmp_path.iterdir()) == ["watchdog.yaml"]


def test_a_missing_configuration_is_a_usage_error(tmp_path: Path) -> None:
    done = watchdog("run", "--config", "nowhere.yaml", cwd=tmp_path)
    assert (done.returncode, "nowhere.yaml: no such file" in done.stderr) == (2, True)
    assert "Traceback" not in done.stderr


def test_a_port_in_use_is_said_in_clear_words(tmp_path: Path) -> None:
    nobody = f"postgresql://nobody@127.0.0.1:{free_port()}/x"
    with (
        Daemon(tmp_path, watched(nobody, tmp_path)) as daemon,
        socket.create_server(("127.0.0.1", daemon.port)),
    ):
        assert daemon.launch().process.wait(30) == 2
        assert f"127.0.0.1:{daemon.port} cannot be listened on: Address already in use" in daemon.log()
        assert "Traceback" not in daemon.log()


def test_another_address_than_the_configured_one_may_be_given(tmp_path: Path) -> None:
    nobody = watched(f"postgresql://nobody@127.0.0.1:{free_port()}/x", tmp_path)
    with Daemon(tmp_path, nobody) as daemon, socket.create_server(("127.0.0.1", daemon.port)) as taken:
        daemon.write()
        refused = watchdog("run", "--config", str(daemon.path), "--listen", "localhost")
        assert (refused.returncode, "must be host:port, such as 127.0.0.1:9723" in refused.stderr) == (2, True), refused
        daemon.more = ("--listen", f"0.0.0.0:{free_port()}")
        https = {"cert": str(tmp_path / "no.crt"), "key": str(tmp_path / "no.key")}
        daemon.config["https"] = https
        daemon.write()
        refused = watchdog("run", "--config", str(daemon.path), *daemon.more)
        assert (refused.returncode, f"https.cert: {https['cert']} cannot be read" in refused.stderr) == (2, True), (
            refused
        )
        del daemon.config["https"]
        daemon.launch()
        assert taken.getsockname()[1] == daemon.port
        poll("it to listen", lambda: f"http://{daemon.more[1]}/" in daemon.log())
        # The configuration read again brings no other address with it.
        daemon.process.send_signal(signal.SIGHUP)
        poll("it to be read again", lambda: daemon.logged("config.reloaded"))
        assert daemon.logged("config.needs_restart") == []
        daemon.config |= {"state": "elsewhere", "https": https}
        daemon.write()
        for times in (1, 2):  # told as long as it is so, and not only when it becomes so
            daemon.process.send_signal(signal.SIGHUP)
            poll("it to be read", lambda: len(daemon.logged("config.reloaded")) == 1 + times)  # noqa: B023 asked at once
        assert [line["settings"] for line in daemon.logged("config.needs_restart")] == [["state", "https"]] * 2
        assert daemon.stop() == 0


def test_a_second_daemon_on_the_same_state_is_refused(tmp_path: Path, database: str) -> None:
    milo.make(database)
    dsn = watcher_of(database)
    (tmp_path / "second").mkdir()
    with (
        Daemon(tmp_path, watched(dsn, tmp_path)) as first,
        Daemon(tmp_path / "second", watched(dsn, tmp_path)) as second,
    ):
        first.start()
        second.config["state"] = first.config["state"]
        second.launch()
        assert second.process.wait(60) == 2
        assert f"held by another schema-watchdog, process {first.process.pid}" in second.log()
        assert "Traceback" not in second.log()
        assert first.status("/healthz") == 200
        first.kill9()
        second.start()
