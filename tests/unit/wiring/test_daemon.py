import asyncio
from pathlib import Path

import pytest

from tests.unit.wiring.samples import TEXT
from watchdog.config.load import parse
from watchdog.errors import ConfigError
from watchdog.look.own import ChannelsLook
from watchdog.notify.by_http import http_client
from watchdog.postgres.connection import Connection
from watchdog.status import StatusBoard
from watchdog.store.state import State
from watchdog.wiring.daemon import Wired, agreed, wire


def test_connections_are_closed_side_by_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    both = asyncio.Barrier(2)

    async def close(_: Connection) -> None:
        await asyncio.wait_for(both.wait(), 5)

    async def run() -> None:
        state = await State.open(tmp_path / "state.db")
        made = wire(config := parse(TEXT.format(folder=tmp_path), "f.yaml", {}), agreed(config), state, StatusBoard())
        monkeypatch.setattr(Connection, "close", close)
        await made.close()
        await state.close()

    asyncio.run(run())


def wired(folder: Path, board: StatusBoard) -> Wired:
    config = parse(TEXT.format(folder=folder), "f.yaml", {})

    async def run() -> Wired:
        state = await State.open(folder / "state.db")
        try:
            made = wire(config, agreed(config), state, board)
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


@pytest.mark.parametrize(
    "variables",
    [{"SSL_CERT_FILE": "/nonexistent"}, {"HTTPS_PROXY": "socks5://u:hunter2@h:1"}, {"ALL_PROXY": "ftp://h"}],
)
def test_an_environment_that_no_http_client_can_be_made_in_is_a_mistake_of_the_configuration(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match=r"SSL_CERT_FILE.*PROXY") as caught:
        http_client()
    assert "hunter2" not in str(caught.value)


def test_people_are_told_at_once_of_what_any_look_finds(tmp_path: Path) -> None:
    made = wired(tmp_path, StatusBoard())
    wakes = {watch._wake for watch, _ in made.watches} | {own._wake for own in made.owns}
    assert wakes == {made.dispatch.wake}


def test_channels_are_looked_at_by_what_waits_for_them_and_an_alertmanager_by_what_it_took(tmp_path: Path) -> None:
    text = TEXT + '    shown: {{type: alertmanager, urls: ["http://127.0.0.1:1"]}}\n'
    config = parse(text.format(folder=tmp_path), "f.yaml", {})

    async def looks() -> list[ChannelsLook]:
        state = await State.open(tmp_path / "state.db")
        made = wire(config, agreed(config), state, StatusBoard())
        await made.close()
        await state.close()
        return [own._look for own in made.owns if isinstance(own._look, ChannelsLook)]

    [look] = asyncio.run(looks())
    assert (list(look._channels), list(look._mirrors)) == (["ops", "team"], ["shown"])
