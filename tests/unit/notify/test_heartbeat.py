"""A sign of life is given while the watchdog works, kept back with a reason while it does not, and blocks nothing."""

import asyncio
import functools
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs

from tests.unit.alerts.samples import NOON
from watchdog.check import Watch
from watchdog.config.load import parse
from watchdog.errors import DeliveryError, StateError, UnverifiedError
from watchdog.look.seen import Look, Seen
from watchdog.notify import heartbeat as module
from watchdog.notify.by_http import knock
from watchdog.notify.heartbeat import AGAIN_SECONDS, Heartbeat
from watchdog.status import CheckName, CheckResult, StatusBoard
from watchdog.store.state import State
from watchdog.wiring import heartbeat as wiring

EVERY = 60.0
PATIENCE = 180.0
URL = "https://hc.example.com/T0KEN"


class World:
    """A heartbeat for one database with one check, with a clock that moves by hand."""

    def __init__(self) -> None:
        self.now = NOON
        self.board = StatusBoard()
        self.board.watch("production", {"rows": 60.0})
        self.board.expect_heartbeats(are_configured=True)
        self.answers: list[Exception] = []
        self.knocks = 0
        self.is_full = False
        self.heart = Heartbeat(
            self.knock,
            EVERY,
            databases=self.board.databases,
            patience={("production", "rows"): PATIENCE},
            note=self.note,
            clock=lambda: self.now,
            on_outcome=self.board.heartbeat,
        )

    async def knock(self) -> None:
        self.knocks += 1
        if self.answers:
            raise self.answers.pop(0)

    async def note(self, name: str, value: str) -> None:
        assert (name, datetime.fromisoformat(value)) == ("heartbeat", self.now)
        if self.is_full:
            raise StateError("/state/watchdog.sqlite3: cannot be written: disk full")

    def looked(self, ago: float, seconds: float = 0.5) -> None:
        """A look that began so many seconds ago could conclude nothing, after so many seconds."""
        self.board.record(
            CheckResult(
                database="production",
                check="rows",
                checked_at=self.now - timedelta(seconds=ago),
                duration_seconds=seconds,
                outcome="unverified",
                reason="connection refused",
            )
        )

    def step(self, later: float = 0) -> float:
        self.now += timedelta(seconds=later)
        return asyncio.run(self.heart.step())

    def counts(self) -> tuple[int, int, int]:
        assert self.board.heartbeats is not None
        return self.board.heartbeats["sent"], self.board.heartbeats["failed"], self.board.heartbeats["withheld"]


def test_it_is_sent_while_looks_end_though_none_of_them_can_conclude_anything() -> None:
    world = World()
    for _ in range(10):
        world.looked(ago=1)
        assert world.step(later=EVERY) == EVERY
    assert (world.knocks, world.counts()) == (10, (10, 0, 0))
    assert world.board.heartbeat_at == world.now


def test_a_check_without_a_look_that_ended_keeps_it_back_and_says_so_once_until_it_ends() -> None:
    world = World()
    world.looked(ago=0)
    with capture_logs() as logs:
        assert world.step(later=PATIENCE) == EVERY
        assert [world.step(later=5), world.step(later=5)] == [AGAIN_SECONDS] * 2
        world.looked(ago=5)
        assert world.step() == EVERY
    assert world.counts() == (2, 0, 2)
    said = [(log["event"], log.get("reason")) for log in logs if log["log_level"] in {"warning", "info"}]
    assert said == [
        ("heartbeat.withheld", "production: no look of the check rows has ended since 2025-11-17 12:00:00 UTC"),
        ("heartbeat.sent", None),
    ]


def test_a_look_that_takes_long_counts_from_its_end() -> None:
    world = World()
    world.looked(ago=PATIENCE + 60, seconds=90)
    world.step()
    assert world.counts() == (1, 0, 0)


def test_a_check_that_was_never_made_has_its_time_from_the_start() -> None:
    world = World()
    assert world.step(later=PATIENCE) == EVERY
    assert world.step(later=1) == AGAIN_SECONDS
    assert world.counts() == (1, 0, 1)


def test_a_clock_that_was_set_back_keeps_it_back_only_until_the_next_look() -> None:
    world = World()
    world.looked(ago=0)
    assert world.step(later=-86_400) == AGAIN_SECONDS
    world.looked(ago=0)
    assert world.step() == EVERY


def test_a_database_that_is_no_longer_watched_keeps_nothing_back() -> None:
    world = World()
    world.board.forget("production")
    assert world.step(later=10 * PATIENCE) == EVERY


def test_a_state_that_cannot_be_written_keeps_it_back_for_nobody_would_be_told() -> None:
    world = World()
    world.looked(ago=0)
    world.is_full = True
    with capture_logs() as logs:
        assert world.step() == AGAIN_SECONDS
    assert (world.knocks, world.counts()) == (0, (0, 0, 1))
    assert [log["reason"] for log in logs] == ["/state/watchdog.sqlite3: cannot be written: disk full"]
    world.is_full = False
    assert world.step() == EVERY


def test_one_that_is_not_taken_is_tried_again_soon_and_never_later_than_the_next_is_due() -> None:
    world = World()
    world.answers = [DeliveryError("HTTP status 500") for _ in range(12)]
    world.answers[3] = DeliveryError("HTTP status 429", retry_after=3_600)
    with capture_logs() as logs:
        waits = [world.step() for _ in range(13)]
    assert 0.5 <= waits[0] <= 1
    assert waits[3] == EVERY
    assert all(0.5 <= wait <= EVERY for wait in waits)
    assert waits[12] == EVERY
    assert world.counts() == (1, 12, 0)
    assert logs[0]["reason"] == "HTTP status 500"
    assert [log["event"] for log in logs][-2:] == ["heartbeat.failed", "heartbeat.sent"]


def test_a_receiver_that_never_answers_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ATTEMPT_SECONDS", 0.02)
    world = World()
    monkeypatch.setattr(world.heart, "_knock", asyncio.Event().wait)
    with capture_logs() as logs:
        world.step()
    assert world.counts() == (0, 1, 0)
    assert logs[0]["reason"] == "no answer within 0.02 s"


def test_a_mistake_keeps_its_words_to_itself() -> None:
    world = World()
    world.answers = [KeyError(URL)]
    with capture_logs() as logs:
        world.step()
    assert "KeyError" in str(logs)
    assert "T0KEN" not in str(logs)


@pytest.mark.parametrize(("status", "words"), [(200, None), (204, None), (302, "302"), (404, "404"), (500, "500")])
def test_it_is_a_get_that_only_a_2xx_answers_and_its_url_stays_secret(status: int, words: str | None) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(status, headers={"Location": "https://elsewhere.example.com/"})

    async def main() -> str | None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
            try:
                await knock(client, URL)
            except DeliveryError as error:
                return str(error)
            return None

    said = asyncio.run(main())
    hint = ": redirects are not followed" if status == 302 else ""
    assert said == (words and f"HTTP status {words}{hint}")
    assert [(request.method, str(request.url)) for request in asked] == [("GET", URL)]


def test_a_look_that_hangs_keeps_it_back_and_a_database_that_is_down_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real parts as the daemon connects them, but for the looks, the clock and the wire."""
    config = parse(
        "databases: [{name: production, dsn: 'postgresql://h/d', baseline: b.json, timeouts: {look: 10s}}]\n"
        f"alerts: {{heartbeat: {{url: '{URL}', every: 60s}}}}",
        "test",
        {},
    )
    now = [NOON]
    monkeypatch.setattr(wiring, "utc_now", lambda: now[0])

    async def down(_: datetime) -> Seen:
        raise UnverifiedError("connection refused")

    async def hanging(_: datetime) -> Seen:
        await asyncio.Event().wait()
        raise AssertionError

    looks: dict[CheckName, Look] = {"probe": down, "rows": down}
    every: dict[CheckName, float] = {"probe": 5.0, "rows": 60.0}

    async def main() -> list[tuple[int, ...]]:
        state = await State.open(tmp_path / "watchdog.sqlite3")
        board = StatusBoard()
        watch = Watch("production", looks, state=state, board=board, clock=lambda: now[0], wake=lambda: None)
        board.watch("production", every)
        seen: list[tuple[int, ...]] = []
        async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200))) as client:
            heart = wiring.heartbeat(
                config, [(watch, every)], state=state, board=board, knock=functools.partial(knock, client)
            )
            assert heart is not None
            assert board.heartbeats is not None
            for _ in range(10):
                await watch.run("probe")
                await watch.run("rows")
                now[0] += timedelta(seconds=30)
                await heart.step()
                seen.append(tuple(board.heartbeats.values()))
            looks["rows"] = hanging
            stuck = asyncio.create_task(watch.run("rows"))
            for _ in range(10):
                await watch.run("probe")
                now[0] += timedelta(seconds=30)
                await heart.step()
                seen.append(tuple(board.heartbeats.values()))
            stuck.cancel()
            await asyncio.gather(stuck, return_exceptions=True)
        await state.close()
        return seen

    seen = asyncio.run(main())
    assert seen[9] == (10, 0, 0)
    # 2.5 intervals, 30 s and the longest look are 190 s; the last look has ended 30 s before the other began.
    assert seen[-1] == (15, 0, 5)
