import asyncio
from pathlib import Path

import pytest

from watchdog.cli.alerts.common import books_if_any, idle, opened
from watchdog.config.load import parse
from watchdog.config.settings import Config
from watchdog.errors import StateError
from watchdog.store.files import exclusive_lock


def config(state: str) -> Config:
    return parse(
        f"{{databases: [{{name: production, dsn: postgresql://h, baseline: b}}], state: {state}}}", "f.yaml", {}
    )


async def refusal(made: Config) -> str:
    with pytest.raises(StateError) as caught:
        async with opened(made):
            pass
    return str(caught.value)


def test_where_there_is_no_state_it_says_where_it_looked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert asyncio.run(refusal(config("./state"))) == (
        f"no state at {tmp_path}/state/watchdog.sqlite3: the watchdog has not run with this configuration from here"
        " (state: ./state is relative to the folder where the command runs)"
    )
    assert asyncio.run(refusal(config(f"{tmp_path}/x"))) == (
        f"no state at {tmp_path}/x/watchdog.sqlite3: the watchdog has not run with this configuration"
    )
    assert not asyncio.run(books_if_any(config("./state"))).standing
    assert list(tmp_path.iterdir()) == []


def test_it_says_of_when_the_state_is_only_while_no_daemon_works_on_it(tmp_path: Path) -> None:
    made = config(str(tmp_path / "state"))

    async def said() -> str:
        async with opened(made, made=True) as state:
            return await idle(made, state)

    assert asyncio.run(said()) == "the watchdog is not running, and never ran with this state"
    with exclusive_lock(made.state / "lock", 0):
        assert asyncio.run(said()) == ""
    assert asyncio.run(said()).startswith("the watchdog is not running; this is as of 20")
    with exclusive_lock(made.state / "lock", 0):  # to ask has kept nobody from it
        pass
