import asyncio
from pathlib import Path

import pytest

from watchdog.config.load import parse
from watchdog.postgres.connection import Connection
from watchdog.status import StatusBoard
from watchdog.store.state import State
from watchdog.wiring import Wired, connect, selection, utc_now, wire

TEXT = """\
databases:
  - name: production
    dsn: postgresql://u:hunter2@127.0.0.1:1/db
    baseline: {folder}/production.json
    schemas: {{include: [public], exclude: [scratch]}}
    every: {{probe: 1s, schema: 2s, rows: 3s}}
  - name: staging
    dsn: postgresql://u:hunter2@127.0.0.1:1/db2
    baseline: {folder}/staging.json
alerts:
  channels:
    ops: {{type: webhook, url: "http://127.0.0.1:1/hunter2"}}
    team: {{type: slack, webhook_url: "http://127.0.0.1:1/hunter2"}}
"""


def test_connections_are_closed_side_by_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    both = asyncio.Barrier(2)

    async def close(_: Connection) -> None:
        await asyncio.wait_for(both.wait(), 5)

    async def run() -> None:
        state = await State.open(tmp_path / "state.db")
        made = wire(parse(TEXT.format(folder=tmp_path), "f.yaml", {}), state, StatusBoard())
        monkeypatch.setattr(Connection, "close", close)
        await made.close()
        await state.close()

    asyncio.run(run())


def wired(folder: Path, board: StatusBoard) -> Wired:
    config = parse(TEXT.format(folder=folder), "f.yaml", {})

    async def run() -> Wired:
        state = await State.open(folder / "state.db")
        try:
            made = wire(config, state, board)
            for watch, _ in made.watches:
                await watch.run("probe")
                await watch.run("schema")
                await watch.run("rows")
            await made.close()
            return made
        finally:
            await state.close()

    return asyncio.run(run())


def test_every_database_is_watched_by_each_check_as_often_as_said(tmp_path: Path) -> None:
    board = StatusBoard()
    made = wired(tmp_path, board)
    assert [(watch.database, dict(every)) for watch, every in made.watches] == [
        ("production", {"probe": 1.0, "schema": 2.0, "rows": 3.0}),
        ("staging", {"probe": 5.0, "schema": 300.0, "rows": 60.0}),
    ]
    assert all(set(watch.looks) == set(every) for watch, every in made.watches)
    assert set(board.databases) == {"production", "staging"}


def test_a_dead_server_is_said_and_makes_no_baseline_and_no_secret_is_shown(tmp_path: Path) -> None:
    board = StatusBoard()
    wired(tmp_path, board)
    for status in board.databases.values():
        assert not status.up
        assert {result.outcome for result in status.latest.values()} == {"unverified"}
        assert set(status.latest) == {"probe", "schema", "rows"}
        assert "hunter2" not in repr(status)
    assert list(tmp_path.glob("*.json")) == []


def test_a_database_that_is_no_longer_configured_is_forgotten(tmp_path: Path) -> None:
    board = StatusBoard()
    board.watch("gone", {"probe": 1.0})
    wired(tmp_path, board)
    assert "gone" not in board.databases


def test_a_connection_and_a_selection_are_as_configured(tmp_path: Path) -> None:
    database = parse(TEXT.format(folder=tmp_path), "f.yaml", {}).databases[0]
    assert selection(database).takes("public")
    assert not selection(database).takes("scratch")
    assert "hunter2" not in repr(connect(database))
    assert utc_now().utcoffset() is not None
