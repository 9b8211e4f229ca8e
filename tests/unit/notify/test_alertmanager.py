import asyncio
import base64
import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

import httpx
import msgspec
import pytest
from structlog.testing import capture_logs

from tests.unit.alerts.samples import HOSTILE, NOON, finding
from tests.unit.notify.messages import EPOCHS, ROWS
from watchdog.alerts.told import Told
from watchdog.config.channels import OURS
from watchdog.errors import StateError
from watchdog.finding import Finding, Severity
from watchdog.notify.alertmanager import Mirror, Replica, authorization
from watchdog.notify.alertmanager_alerts import ALIVE, Manner, Sent, alertname, alerts, alive, requests

MINUTE = timedelta(minutes=1)
Json = dict[str, Any]


def entry(one: Finding = EPOCHS, **more: object) -> Told:
    told = Told(finding=one, database="production", since=NOON, told_at=NOON)
    return msgspec.structs.replace(told, **more)


def shown(*told: Told, now: datetime = NOON, manner: Manner = Manner()) -> list[Sent]:  # noqa: B008 it is frozen
    return list(alerts(told, now, manner))


def test_what_stands_holds_for_five_beats_from_now() -> None:
    [sent] = shown(entry(), now=NOON + MINUTE, manner=Manner(resend=timedelta(seconds=20)))
    assert (sent.starts_at, sent.ends_at) == (NOON, NOON + MINUTE + timedelta(seconds=100))


def test_what_is_over_is_said_to_have_ended_for_a_quarter_of_an_hour() -> None:
    over = entry(closed_at=NOON + 5 * MINUTE, told_at=NOON + 6 * MINUTE, is_over=True)
    for minutes in (6, 20):
        [sent] = shown(over, now=NOON + minutes * MINUTE)
        assert (sent.starts_at, sent.ends_at) == (NOON, NOON + 5 * MINUTE)
    assert shown(over, now=NOON + 21 * MINUTE) == []


def test_what_flaps_stands_until_its_end_is_told() -> None:
    [sent] = shown(entry(closed_at=NOON + MINUTE), now=NOON + 10 * MINUTE)
    assert sent.ends_at > NOON + 10 * MINUTE


def test_a_clock_that_was_set_makes_no_alert_that_ends_before_it_begins() -> None:
    over = entry(since=NOON + MINUTE, closed_at=NOON, told_at=NOON, is_over=True)
    risen = entry(since=NOON + MINUTE, outgrown={Severity.WARNING: NOON - MINUTE})
    for sent in [*shown(over), *shown(risen), *shown(entry(since=NOON + MINUTE))]:
        assert sent.starts_at <= sent.ends_at


def test_an_alert_that_becomes_worse_is_one_alert_after_another_and_never_two() -> None:
    warning = msgspec.structs.replace(EPOCHS, severity=Severity.WARNING)
    later = NOON + 3 * MINUTE
    risen = entry(outgrown=entry(warning).outgrown_by(Severity.CRITICAL, later))
    [before] = shown(entry(warning), now=later)
    now, ended = shown(risen, now=later + MINUTE)
    assert ended.labels == before.labels
    assert ended.ends_at == later
    assert now.labels == {**before.labels, "severity": "critical"}
    assert now.ends_at > later + MINUTE
    assert len(shown(risen, now=later + 16 * MINUTE)) == 1


def test_a_severity_that_comes_back_is_not_outgrown() -> None:
    warning = msgspec.structs.replace(EPOCHS, severity=Severity.WARNING)
    risen = entry(outgrown=entry(warning).outgrown_by(Severity.CRITICAL, NOON), is_over=True, closed_at=NOON + MINUTE)
    assert risen.outgrown_by(Severity.WARNING, NOON + 2 * MINUTE) == {Severity.CRITICAL: NOON + MINUTE}


def test_labels_hold_what_stays_the_same_for_the_life_of_a_finding() -> None:
    changed = msgspec.structs.replace(
        EPOCHS, message="otherwise", expected="a", actual="b", components=("x",), locations=(), remedy=None
    )
    [before], [after] = shown(entry()), shown(entry(changed), now=NOON + MINUTE)
    assert before.labels == after.labels
    assert before.annotations != after.annotations
    assert set(before.labels) <= OURS


def test_configured_labels_are_added_and_replace_none_of_ours() -> None:
    labels = {"team": "platform", "severity": "none", "fingerprint": "x"}
    [sent] = shown(entry(), manner=Manner(labels=labels))
    assert sent.labels["team"] == "platform"
    assert (sent.labels["severity"], sent.labels["fingerprint"]) == ("critical", EPOCHS.fingerprint)


@pytest.mark.parametrize(
    ("kind", "attribute", "name"),
    [
        ("index", "definition", "SchemaDrift"),
        ("rows", "rows", "RowsLost"),
        ("rows", "min_rows", "RowsTooFew"),
        ("rows", "max_rows", "RowsTooMany"),
        ("rows", "growth", "RowsNotGrowing"),
        ("rows", "freshness", "RowsStale"),
        ("query", "plan", "QueryFailing"),
        ("migration", None, "MigrationPending"),
        ("check", None, "CheckFailing"),
        ("channel", None, "DeliveryFailing"),
        ("state", None, "StateFailing"),
    ],
)
def test_an_alert_is_called_by_its_kind(kind: str, attribute: str | None, name: str) -> None:
    assert alertname(msgspec.structs.replace(finding("public", "t", kind=kind), attribute=attribute)) == name


def test_hostile_names_are_one_line_and_no_label_is_empty() -> None:
    hostile = msgspec.structs.replace(finding(HOSTILE, "", HOSTILE * 50), message=HOSTILE, attribute="")
    [sent] = shown(entry(hostile))
    assert all(value.isprintable() and 0 < len(value) <= 200 for value in sent.labels.values())
    assert all(sent.annotations.values())


def test_ten_thousand_alerts_are_sent_in_requests_of_bounded_size() -> None:
    told = [entry(finding("public", f"t{number}"), is_over=False) for number in range(10_000)]
    bodies = list(requests(shown(*told)))
    read = [alert for body, _ in bodies for alert in json.loads(body)]
    assert len({json.dumps(alert["labels"], sort_keys=True) for alert in read}) == 10_000
    assert all(number <= 256 and len(body) <= 1_000_000 for body, number in bodies)
    assert list(requests([])) == []


def test_that_the_watchdog_lives_is_an_alert_that_always_fires() -> None:
    sent = alive(NOON, NOON + MINUTE, Manner(labels={"env": "prod", "alertname": "x"}))
    assert sent.labels == {"alertname": ALIVE, "severity": "none", "env": "prod"}
    assert (sent.starts_at, sent.ends_at) == (NOON, NOON + 6 * MINUTE)


class World:
    """A mirror of two replicas in front of a state in memory; `answers` says what a replica's host answers."""

    def __init__(self, answers: Mapping[str, Callable[[], Awaitable[httpx.Response]]] | None = None) -> None:
        self.told: tuple[Told, ...] = ()
        self.is_broken = False
        self.posted: dict[str, list[list[Json]]] = {"a": [], "b": []}
        self.outcomes: list[str] = []
        self.answers = dict(answers or {})
        self.news = asyncio.Event()
        self.client = httpx.AsyncClient(transport=httpx.MockTransport(self._handle))
        self.mirror = Mirror(
            "am",
            [Replica(number, f"http://{host}:9093/", {}) for number, host in enumerate("ab", start=1)],
            Manner(resend=timedelta(hours=1)),
            self._read,
            self.client,
            lambda: NOON,
            self._outcome,
            attempt=0.2,
        )

    def _outcome(self, name: str, outcome: Literal["delivered", "failed", "given_up"]) -> None:
        assert name == "am"
        self.outcomes.append(outcome)

    async def _read(self, channel: str) -> tuple[Told, ...]:
        assert channel == "am"
        if self.is_broken:
            raise StateError("disk full")
        return self.told

    async def _handle(self, request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/api/v2/alerts"
        self.posted[request.url.host].append(json.loads(request.read()))
        self.news.set()
        if request.url.host in self.answers:
            return await self.answers[request.url.host]()
        return httpx.Response(200)

    def names(self, host: str) -> list[list[str]]:
        return [[alert["labels"]["alertname"] for alert in request] for request in self.posted[host]]

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not holds():
                self.news.clear()
                await self.news.wait()


def play(story: Callable[[World], Awaitable[None]], world: World) -> list[Any]:
    async def main() -> None:
        running = asyncio.create_task(world.mirror.run())
        await story(world)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await world.client.aclose()

    with capture_logs() as logs:
        asyncio.run(main())
    return logs


def test_every_replica_is_sent_all_at_the_start_and_what_changed_when_woken() -> None:
    async def story(world: World) -> None:
        world.told = (entry(),)
        await world.until(lambda: all(len(each) == 1 for each in world.posted.values()))
        world.told = (*world.told, entry(ROWS))
        world.mirror.wake()
        await world.until(lambda: all(len(each) == 2 for each in world.posted.values()))
        world.told = (entry(is_over=True, closed_at=NOON), world.told[1])
        world.mirror.wake()
        await world.until(lambda: all(len(each) == 3 for each in world.posted.values()))

    world = World()
    play(story, world)
    assert world.names("a") == world.names("b") == [[ALIVE, "SchemaDrift"], ["RowsLost"], ["SchemaDrift"]]
    assert world.posted["a"][2][0]["endsAt"] == "2025-11-17T12:00:00Z"
    assert set(world.outcomes) == {"delivered"}


def test_a_dead_and_a_silent_replica_delay_no_other() -> None:
    async def silence() -> httpx.Response:
        await asyncio.sleep(60)
        return httpx.Response(200)

    async def story(world: World) -> None:
        await world.until(lambda: bool(world.posted["b"]))
        world.told = (entry(),)
        world.mirror.wake()
        await world.until(lambda: len(world.posted["b"]) == 2)
        await world.until(lambda: len(world.posted["a"]) == 2)

    world = World({"a": silence})
    logs = play(story, world)
    assert world.names("b") == [[ALIVE], ["SchemaDrift"]]
    # What was new meanwhile comes with the next attempt, which says all.
    assert world.names("a")[1] == [ALIVE, "SchemaDrift"]
    failed = next(log for log in logs if log["event"] == "mirror.failed")
    assert (failed["replica"], failed["reason"]) == (1, "no answer within 0.2 s")


def test_a_replica_that_recovers_is_said_to_and_counted() -> None:
    async def refused() -> httpx.Response:
        raise httpx.ConnectError("http://secret")

    async def story(world: World) -> None:
        await world.until(lambda: bool(world.posted["a"]))
        world.answers.clear()
        await world.until(lambda: len(world.posted["a"]) == 2)

    world = World({"a": refused})
    logs = play(story, world)
    assert sorted(world.outcomes) == ["delivered", "delivered", "failed"]
    assert [log["event"] for log in logs] == ["mirror.failed", "mirror.recovered"]
    assert "secret" not in str(logs)


def test_a_mistake_of_ours_with_one_replica_ends_nothing_else() -> None:
    async def mistake() -> httpx.Response:
        raise RuntimeError("http://secret")

    async def story(world: World) -> None:
        await world.until(lambda: all(world.posted.values()))
        world.told = (entry(),)
        world.mirror.wake()
        await world.until(lambda: len(world.posted["b"]) == 2)
        await world.until(lambda: len(world.posted["a"]) == 2)

    world = World({"a": mistake})
    logs = play(story, world)
    assert world.names("a")[1] == [ALIVE, "SchemaDrift"]
    assert logs[0]["reason"] == "a mistake in the watchdog: RuntimeError"
    assert "secret" not in str(logs)


def test_one_request_that_is_refused_keeps_no_other_back() -> None:
    async def bad() -> httpx.Response:
        return httpx.Response(400)

    async def story(world: World) -> None:
        world.told = tuple(entry(finding("public", f"t{number}")) for number in range(300))
        await world.until(lambda: len(world.posted["a"]) >= 2)

    world = World({"a": bad})
    play(story, world)
    assert [len(each) for each in world.posted["a"][:2]] == [256, 45]


def test_what_was_read_last_still_holds_while_the_disk_cannot_be_read() -> None:
    """Else Alertmanager would take it for resolved."""

    async def story(world: World) -> None:
        world.told = (entry(),)
        await world.until(lambda: bool(world.posted["a"]))
        world.is_broken = True
        replica = world.mirror._replicas[0]
        replica.beat_at = 0.0
        await world.mirror.step(replica)

    world = World()
    logs = play(story, world)
    assert world.names("a")[1] == [ALIVE, "SchemaDrift"]
    assert any(log["event"] == "mirror.state_failed" for log in logs)


def test_what_changed_last_is_sent_before_the_end() -> None:
    async def story(world: World) -> None:
        await world.until(lambda: all(world.posted.values()))
        world.told = (entry(),)
        await world.mirror.drain(5)

    world = World()
    play(story, world)
    assert world.names("a")[-1] == world.names("b")[-1] == ["SchemaDrift"]


def test_the_end_waits_no_longer_than_it_may() -> None:
    async def silence() -> httpx.Response:
        await asyncio.sleep(60)
        return httpx.Response(200)

    async def main() -> None:
        world = World({"a": silence, "b": silence})
        async with asyncio.timeout(20):
            await world.mirror.drain(0.05)
        await world.client.aclose()

    asyncio.run(main())


def test_who_asks_is_said_as_configured() -> None:
    assert authorization(None, None, None) == {}
    assert authorization(None, None, "t0ken") == {"Authorization": "Bearer t0ken"}
    basic = authorization("ada", "pässword", None)["Authorization"]
    assert base64.b64decode(basic.removeprefix("Basic ")).decode() == "ada:pässword"
