import contextlib
import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.unit.alerts.samples import HOSTILE, NOON
from tests.unit.store import looks
from tests.unit.store.looks import with_state
from watchdog.errors import StateError
from watchdog.rows.history import DAY, FIVE_MINUTES, HOUR, KEPT, Point
from watchdog.store import history
from watchdog.store.layout import APPLICATION_ID, MIGRATIONS
from watchdog.store.state import State

Name = tuple[str, str]
A, B = ("public", "a"), ("public", "b")
MINUTE = timedelta(minutes=1)
EVER = datetime(1970, 1, 1, tzinfo=UTC)
ROOT = Path(__file__).parents[3]  # where a child process finds `tests`

COMMIT_EVERY_SECOND_LOOK = """
import asyncio, sys
from pathlib import Path
from tests.unit.store import looks
from watchdog.store.state import State

async def main():
    state = await State.open(Path(sys.argv[1]))
    for look in range(1, int(sys.argv[2]), 2):
        await looks.commit(state, look)
    await state.close()

asyncio.run(main())
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "watchdog.db"


def reading(at: datetime, rows: int, inserted: int = 0, deleted: int = 0) -> Point:
    return Point(at=at, rows=rows, low=rows, high=rows, inserted=inserted, deleted=deleted)


async def note(state: State, points: Mapping[Name, Point], database: str = "production") -> None:
    at = max(point.at for point in points.values())
    await state.commit(database, "rows", alerts=[], points=points, at=at)


async def everything(state: State) -> dict[timedelta, dict[Name, tuple[Point, ...]]]:
    return {span: await state.histories("production", span, EVER) for span in KEPT}


async def stored(state: State, sql: str) -> list[object]:
    return [value for (value,) in await state._sqlite.execute_fetchall(sql)]


def spans_of(readings: Iterable[tuple[Name, Point]], span: timedelta) -> dict[Name, tuple[Point, ...]]:
    """What is to be kept of them, said as plainly as can be."""
    found: dict[Name, dict[datetime, list[Point]]] = {}
    for name, point in readings:
        found.setdefault(name, {}).setdefault(EVER + (point.at - EVER) // span * span, []).append(point)
    return {
        name: tuple(
            Point(
                at=at,
                rows=points[-1].rows,
                low=min(point.low for point in points),
                high=max(point.high for point in points),
                inserted=sum(point.inserted for point in points),
                deleted=sum(point.deleted for point in points),
            )
            for at, points in sorted(spans.items())
        )
        for name, spans in found.items()
    }


def test_a_reading_goes_into_its_span_at_each_resolution(path: Path) -> None:
    async def work(state: State) -> list[tuple[Point, ...]]:
        for at, rows, inserted, deleted in [
            (NOON + MINUTE, 100, 5, 1),
            (NOON + 2 * MINUTE, 90, 0, 10),
            (NOON + 4.999 * MINUTE, 95, 5, 0),
            (NOON + 5 * MINUTE, 200, 105, 0),
            (NOON + HOUR, 300, 100, 0),
        ]:
            await note(state, {A: reading(at, rows, inserted, deleted)})
        return [await state.history("production", A, span, NOON - DAY) for span in (FIVE_MINUTES, HOUR, DAY)]

    first = Point(at=NOON, rows=95, low=90, high=100, inserted=10, deleted=11)
    second = reading(NOON + 5 * MINUTE, 200, 105)
    hour = Point(at=NOON, rows=200, low=90, high=200, inserted=115, deleted=11)
    next_hour = reading(NOON + HOUR, 300, 100)
    day = Point(at=NOON - 12 * HOUR, rows=300, low=90, high=300, inserted=215, deleted=11)
    assert with_state(path, work) == [(first, second, next_hour), (hour, next_hour), (day,)]


def test_the_history_begins_with_what_held_when_it_was_asked_for(path: Path) -> None:
    async def work(state: State) -> None:
        for minute in (0, 5, 20):
            await note(state, {A: reading(NOON + minute * MINUTE, minute)})

        async def rows(since: int) -> list[int]:
            one = await state.history("production", A, FIVE_MINUTES, NOON + since * MINUTE)
            all_of_them = await state.histories("production", FIVE_MINUTES, NOON + since * MINUTE)
            assert all_of_them == {A: one}
            return [point.rows for point in one]

        assert await rows(-1) == [0, 5, 20]
        assert await rows(5) == [0, 5, 20]
        assert await rows(6) == [5, 20]
        assert await rows(20) == [5, 20]
        assert await rows(500) == [20]
        assert await state.history("production", B, FIVE_MINUTES, NOON) == ()
        assert await state.history("staging", A, FIVE_MINUTES, NOON) == ()
        assert await state.histories("staging", FIVE_MINUTES, NOON) == {}

    with_state(path, work)


def test_tables_and_databases_have_each_their_own_history_whatever_their_names(path: Path) -> None:
    hostile = (HOSTILE, "'); DROP TABLE history; --")

    async def work(state: State) -> None:
        await note(state, {A: reading(NOON, 1), B: reading(NOON, 2), hostile: reading(NOON, 3)})
        await note(state, {A: reading(NOON, 4)}, HOSTILE)
        found = await state.histories("production", HOUR, NOON)
        assert {name: points[0].rows for name, points in found.items()} == {A: 1, B: 2, hostile: 3}
        assert [point.rows for point in await state.history("production", hostile, HOUR, NOON)] == [3]
        assert [point.rows for point in await state.history(HOSTILE, A, HOUR, NOON)] == [4]

    with_state(path, work)


def test_any_readings_come_back_as_a_plain_reckoning_has_them_also_when_the_clock_is_set_back(path: Path) -> None:
    chance = random.Random(5)  # noqa: S311 - any readings will do
    at, readings = NOON, []

    async def work(state: State) -> dict[timedelta, dict[Name, tuple[Point, ...]]]:
        nonlocal at
        for _ in range(80):
            at += timedelta(seconds=chance.choice([1, 20, 60, 299, 300, 900, -700]))
            for name in chance.sample([A, B], chance.randint(1, 2)):
                point = reading(at, chance.randrange(1 << 40), chance.randrange(99), chance.randrange(99))
                readings.append((name, point))
                await note(state, {name: point})
        return await everything(state)

    found = with_state(path, work)
    assert found == {span: spans_of(readings, span) for span in KEPT}
    assert with_state(path, everything) == found


def test_a_commit_that_fails_leaves_no_reading(path: Path) -> None:
    async def work(state: State) -> None:
        await note(state, {A: reading(NOON, 1)})
        await state._sqlite.execute(
            "CREATE TEMP TRIGGER t BEFORE INSERT ON history WHEN new.resolution = 86400"
            " BEGIN SELECT raise(ABORT, 'no'); END"
        )
        with pytest.raises(StateError, match="cannot be written: no"):
            await note(state, {A: reading(NOON, 2), B: reading(NOON, 3)})
        assert await everything(state) == {span: spans_of([(A, reading(NOON, 1))], span) for span in KEPT}

    with_state(path, work)


def test_each_resolution_forgets_what_is_older_than_it_keeps_and_a_table_without_points_is_forgotten(
    path: Path,
) -> None:
    ages = [FIVE_MINUTES, *(age for kept in KEPT.values() for age in (kept - DAY / 4, kept + 2 * DAY))]

    async def work(state: State) -> None:
        await note(state, {B: reading(NOON - max(ages), 0)})
        for age in sorted(ages, reverse=True):
            await note(state, {A: reading(NOON - age, 1)})
        await note(state, {A: reading(NOON, 1)})
        for span, kept in KEPT.items():
            found = await state.history("production", A, span, EVER)
            begins = {EVER + (NOON - age - EVER) // span * span for age in [*ages, timedelta(0)]}
            assert [point.at for point in found] == sorted(at for at in begins if at >= NOON - kept)
        assert await stored(state, "SELECT table_name FROM history_tables") == ["a"]
        assert await stored(state, "SELECT count(DISTINCT table_id) FROM history") == [1]

    with_state(path, work)


def test_thinning_is_done_by_the_hour_and_after_a_start(path: Path) -> None:
    async def rows(state: State) -> list[int]:
        return [point.rows for point in await state.history("production", A, FIVE_MINUTES, EVER)]

    async def before(state: State) -> list[list[int]]:
        found = []
        for hours in (0, 11.5, 12.4, 12.6):
            await note(state, {A: reading(NOON + hours * HOUR, int(hours * 10))})
            found.append(await rows(state))
        return found

    async def after(state: State) -> list[int]:
        await state.commit("production", "probe", alerts=[], at=NOON + 24 * HOUR)
        return await rows(state)

    assert with_state(path, before) == [[0], [0, 115], [0, 115, 124], [115, 124, 126]]
    assert with_state(path, after) == [124, 126]


def test_too_many_points_cost_the_largest_resolution_its_oldest_a_portion_in_each_commit(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = looks.names(20)
    readings = [reading(NOON + day * DAY, day) for day in range(30)]
    readings += [reading(NOON + 29 * DAY + number * HOUR / 3, 100 + number) for number in range(1, 30)]

    async def fill(state: State) -> None:
        for point in readings:
            await note(state, dict.fromkeys(tables, point))

    async def points(state: State) -> dict[timedelta, list[tuple[Point, ...]]]:
        return {span: list((await state.histories("production", span, EVER)).values()) for span in KEPT}

    async def amounts(state: State) -> dict[timedelta, int]:
        return {span: sum(map(len, found)) for span, found in (await points(state)).items()}

    async def thinned(state: State) -> list[dict[timedelta, int]]:
        found = [await amounts(state)]
        for _ in range(6):
            await state.commit("production", "probe", alerts=[], at=max(point.at for point in readings))
            found.append(await amounts(state))
        return found

    with_state(path, fill)
    before = with_state(path, points)
    monkeypatch.setattr(history, "MOST_POINTS", 1_000)
    monkeypatch.setattr(history, "PORTION", 300)
    assert [list(each.values()) for each in with_state(path, thinned)] == [
        [600, 780, 600],
        [600, 480, 600],
        [300, 480, 600],
        [300, 480, 300],
        [300, 400, 300],
        [300, 400, 300],
        [300, 400, 300],
    ]
    for span, found in with_state(path, points).items():
        assert found == [kept[-len(left) :] for kept, left in zip(before[span], found, strict=True)]


def test_a_clock_that_was_far_ahead_or_behind_costs_no_reading_of_the_present(path: Path) -> None:
    async def work(state: State) -> list[int]:
        await note(state, {A: reading(NOON, 1)})
        await note(state, {A: reading(EVER + HOUR, 2), B: reading(EVER + HOUR, 2)})
        await note(state, {A: reading(NOON + 3 * MINUTE, 3)})
        await note(state, {A: reading(NOON + HOUR, 4)})
        await note(state, {A: reading(NOON + 30 * MINUTE, 5)})
        return [point.rows for point in await state.history("production", A, FIVE_MINUTES, NOON)]

    assert with_state(path, work) == [3, 5, 4]


def test_thinning_goes_on_when_a_clock_that_was_ahead_is_set_back(path: Path) -> None:
    async def work(state: State) -> list[int]:
        await state.commit("production", "probe", alerts=[], at=NOON + 4000 * DAY)
        for hours in (0, 13):
            await note(state, {A: reading(NOON + hours * HOUR, hours)})
        return [point.rows for point in await state.history("production", A, FIVE_MINUTES, EVER)]

    assert with_state(path, work) == [13]


def test_a_file_of_the_layout_before_keeps_what_it_holds_and_takes_readings(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as old:
        old.executescript(
            "".join(MIGRATIONS[:2])
            + f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = 2;"
            + "INSERT INTO levels VALUES ('production', 'public', 'a', x'0102');"
            + "INSERT INTO baselines VALUES ('production');"
        )

    async def work(state: State) -> tuple[Point, ...]:
        assert await state.levels("production") == {A: b"\x01\x02"}
        assert await state.had_baseline("production")
        assert await state.history("production", A, HOUR, NOON) == ()
        await note(state, {A: reading(NOON, 1)})
        return await state.history("production", A, HOUR, NOON)

    assert with_state(path, work) == (reading(NOON, 1),)


def test_two_processes_may_note_readings_at_once(path: Path) -> None:
    count = 30

    async def even(state: State) -> None:
        for look in range(0, count, 2):
            await looks.commit(state, look)

    async def one_after_the_other(state: State) -> None:
        for look in range(count):
            await looks.commit(state, look)

    with_state(path, State.close)
    with subprocess.Popen([sys.executable, "-c", COMMIT_EVERY_SECOND_LOOK, path, str(count)], cwd=ROOT) as other:
        with_state(path, even)
        assert other.wait() == 0
    alone = path.with_name("alone.db")
    with_state(alone, one_after_the_other)
    found, expected = with_state(path, everything), with_state(alone, everything)

    def summed(histories: dict[Name, tuple[Point, ...]]) -> dict[Name, list[tuple[object, ...]]]:
        # Which of two processes is the last to write a span is for the two to settle.
        return {n: [(p.at, p.low, p.high, p.inserted, p.deleted) for p in points] for n, points in histories.items()}

    assert {span: summed(found[span]) for span in KEPT} == {span: summed(expected[span]) for span in KEPT}
