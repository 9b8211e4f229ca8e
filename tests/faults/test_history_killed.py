"""kill -9 in the middle of noting readings: what a commit returned from is there, whole, and nothing is there twice."""

import contextlib
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from tests.unit.alerts.samples import NOON
from tests.unit.store import looks
from tests.unit.store.looks import with_state
from watchdog.rows.history import DAY, KEPT
from watchdog.store.state import State

ROOT = Path(__file__).parents[2]  # where a child process finds `tests`

COMMIT_FOR_EVER = """
import asyncio, itertools, sys
from pathlib import Path
from tests.unit.store import looks
from watchdog.store.state import State

async def main():
    state = await State.open(Path(sys.argv[1]))
    for look in itertools.count(int(sys.argv[2])):
        await looks.commit(state, look)
        print(look, flush=True)

asyncio.run(main())
"""


def killed(path: Path, first: int, count: int, seconds: float) -> int:
    """Commit looks in a process that dies so long after `count` commits returned; the last look it told of."""
    with subprocess.Popen(
        [sys.executable, "-c", COMMIT_FOR_EVER, path, str(first)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for _ in range(count):
            process.stdout.readline()
        time.sleep(seconds)
        process.kill()
        return max(map(int, process.stdout), default=first + count - 1)


async def kept(state: State) -> object:
    return [await state.histories("production", span, NOON - DAY) for span in KEPT], await state.levels("production")


def test_after_kill_9_the_history_is_that_of_a_run_without_it_up_to_the_last_commit(tmp_path: Path) -> None:
    path, alone = tmp_path / "killed.db", tmp_path / "alone.db"
    committed = -1
    # A commit takes some milliseconds, so these end in different parts of one.
    for seconds in (0.0, 0.002, 0.004, 0.007, 0.011):
        told = killed(path, committed + 1, 3, seconds)
        with contextlib.closing(sqlite3.connect(path)) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        # Death may come after a commit and before word of it.
        for look in range(committed + 1, told + 1):
            with_state(alone, lambda state, look=look: looks.commit(state, look))  # type: ignore[misc]
        found = with_state(path, kept)
        if found != with_state(alone, kept):
            told += 1
            with_state(alone, lambda state, look=told: looks.commit(state, look))  # type: ignore[misc]
            assert found == with_state(alone, kept)
        committed = told
    assert committed >= 14
