"""Letters on a real disk: each is sent once, whatever restarts, and says what the board and the books know."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from structlog.testing import capture_logs

from tests.unit.alerts.samples import alert, finding
from watchdog.alerts.alert import SELF, Message
from watchdog.alerts.calendar import MADE_UP_FOR
from watchdog.alerts.hush import Acknowledgement
from watchdog.alerts.letters import Kind
from watchdog.alerts.notifying import Notifying
from watchdog.alerts.plan import Listener
from watchdog.config.load import parse
from watchdog.cron import Window, starts
from watchdog.errors import BaselineError, ConfigError, StateError
from watchdog.finding import Coverage, Finding, Severity
from watchdog.letters import Letters, Post
from watchdog.rows.reading import Reading
from watchdog.schema.rules import Acceptance
from watchdog.status import CheckName, CheckResult, Outcome, StatusBoard
from watchdog.store.state import State
from watchdog.wiring.alerts import notifying
from watchdog.wiring.letters import letters as wired

NINE = datetime(2025, 11, 17, 9, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EVERY: dict[CheckName, float] = {"probe": 5.0, "schema": 300.0, "rows": 60.0}


class World:
    """A state, a board that is in order, and letters at nine with a clock that moves by hand."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now = NINE - HOUR
        self.board = StatusBoard()
        self.filed: Sequence[Acceptance] | Exception = ()
        self.woken = 0
        self.board.watch("production", EVERY)

    def looked(self, check: CheckName, outcome: Outcome = "ok", *findings: Finding, reason: str | None = None) -> None:
        self.board.record(
            CheckResult(
                database="production",
                check=check,
                checked_at=self.now,
                duration_seconds=0.1,
                outcome=outcome,
                findings=findings,
                coverage=Coverage(kinds=("column",), compared=7),
                readings=(Reading(schema="public", table="t", rows=1, source="live"),) if check == "rows" else (),
                reason=reason,
            )
        )

    def all_look(self) -> None:
        for check in EVERY:
            self.looked(check)
        self.board.update("production", up=True)

    def letters(self, state: State, *kinds: Kind) -> Letters:
        """As a process that starts now has them."""
        times = Window(starts=starts("0 9 * * *"), lasts=MADE_UP_FOR)
        return Letters(
            [Post(kind=kind, times=times, channels=("ops", "team")) for kind in kinds or ("all_clear",)],
            state,
            Notifying(
                listeners=(Listener(name="ops"), Listener(name="team")),
                databases=frozenset({"production", SELF}),
                link="http://watchdog/",
            ),
            self.board.databases,
            acceptances={"production": self.read},
            clock=lambda: self.now,
            on_messages=self.wake,
        )

    def read(self) -> Sequence[Acceptance]:
        if isinstance(self.filed, Exception):
            raise self.filed
        return self.filed

    def wake(self) -> None:
        self.woken += 1

    def play(self, scene: Callable[[State], Awaitable[None]]) -> list[Message]:
        """Returns what waits for `ops`, which is what waits for `team`."""

        async def main() -> list[Message]:
            state = await State.open(self.path)
            try:
                await scene(state)
                ops, team = [await drained(state, channel) for channel in ("ops", "team")]
            finally:
                await state.close()
            assert ops == team
            return ops

        return asyncio.run(main())


async def drained(state: State, channel: str) -> list[Message]:
    found = []
    while entry := await state.due(channel, datetime(9999, 1, 1, tzinfo=UTC)):
        found.append(entry.message)
        await state.delivered(entry, None, entry.next_attempt_at)
    return found


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "watchdog.sqlite3")


def test_an_all_clear_is_sent_once_whatever_restarts_and_however_often_it_is_asked(world: World) -> None:
    async def scene(state: State) -> None:
        first = world.letters(state)
        await first.step()
        world.now = NINE + timedelta(seconds=3)
        world.all_look()
        # Two processes that think they are alone, and one that starts after them.
        await asyncio.gather(first.step(), world.letters(state).step())
        await world.letters(state).step()
        world.now += HOUR
        world.all_look()
        await world.letters(state).step()

    [message] = world.play(scene)
    assert (message.status, message.occasion, message.findings) == ("resolved", "all_clear", ())
    assert world.woken == 1


def test_a_letter_is_in_the_outbox_if_and_only_if_it_is_noted_as_sent(world: World) -> None:
    """What a process that is killed at any moment leaves: both or neither, for it is one transaction."""

    async def scene(state: State) -> None:
        await world.letters(state).step()
        world.now = NINE
        world.all_look()
        keep = state._put

        async def failing(channel: str, plan: object) -> None:
            if channel == "team":
                raise StateError("disk full")
            await keep(channel, plan)  # type: ignore[arg-type]

        state._put = failing  # type: ignore[method-assign]
        await world.letters(state).step()
        assert [queue.waiting for queue in (await state.queues(["ops", "team"])).values()] == [0, 0]
        state._put = keep  # type: ignore[method-assign]
        await world.letters(state).step()

    with capture_logs() as logs:
        assert len(world.play(scene)) == 1
    assert [log["reason"] for log in logs if log["event"] == "letter.state_failed"] == ["disk full"]


def test_a_mistake_in_one_letter_keeps_no_other_back(world: World) -> None:
    async def scene(state: State) -> None:
        letters = world.letters(state, "all_clear", "digest")
        await letters.step()
        world.now = NINE
        world.all_look()

        async def mistake() -> None:
            raise RuntimeError

        state.books = mistake  # type: ignore[method-assign,assignment]
        await letters.step()

    with capture_logs() as logs:
        assert world.play(scene) == []
    assert [log["letter"] for log in logs if log["event"] == "letter.crashed"] == ["all_clear", "digest"]


def test_a_process_that_has_just_begun_looks_first_and_then_makes_up_for_what_was_missed(world: World) -> None:
    async def scene(state: State) -> None:
        await state.set_note("letter all_clear", (NINE - DAY).isoformat())
        world.now = NINE + 2 * HOUR
        late = world.letters(state)
        await late.step()
        world.looked("schema")
        await late.step()
        assert await state.note("letter all_clear") == (NINE - DAY).isoformat()
        world.now += timedelta(seconds=30)
        world.all_look()
        await late.step()

    [message] = world.play(scene)
    assert message.status == "resolved"


def test_one_whose_looks_do_not_end_is_not_waited_for_and_is_no_all_clear(world: World) -> None:
    async def scene(state: State) -> None:
        await state.set_note("letter all_clear", (NINE - DAY).isoformat())
        world.now = NINE
        late = world.letters(state)
        world.looked("schema")
        await late.step()
        world.now += timedelta(minutes=5)
        await late.step()

    [message] = world.play(scene)
    assert message.status == "firing"
    assert message.message.startswith("production: no all-clear: nothing is open, not verified: rows, probe,")
    assert message.notes[:2] == (
        "not verified: rows: not checked yet",
        "not verified: probe: the database was not asked yet",
    )


def test_what_was_missed_for_too_long_is_logged_and_not_sent(world: World) -> None:
    async def scene(state: State) -> None:
        await state.set_note("letter all_clear", (NINE - 3 * DAY).isoformat())
        world.now = NINE + MADE_UP_FOR + HOUR
        world.all_look()
        for _ in range(3):
            await world.letters(state).step()

    with capture_logs() as logs:
        assert world.play(scene) == []
    assert [(log["letter"], log["due"]) for log in logs if log["event"] == "letter.missed"] == [
        ("all_clear", NINE.isoformat())
    ]


def test_a_clock_that_is_set_back_after_it_sends_no_second(world: World) -> None:
    async def scene(state: State) -> None:
        letters = world.letters(state)
        await letters.step()
        for _ in range(3):
            world.now = NINE + timedelta(minutes=1)
            world.all_look()
            await letters.step()
            world.now -= HOUR
            await letters.step()

    assert len(world.play(scene)) == 1


@pytest.mark.parametrize(
    ("severity", "status"), [(Severity.CRITICAL, "firing"), (Severity.WARNING, "firing"), (Severity.INFO, "resolved")]
)
def test_only_what_is_below_the_severity_that_is_told_is_no_obstacle(
    world: World, severity: Severity, status: str
) -> None:
    async def scene(state: State) -> None:
        await world.letters(state).step()
        world.now = NINE
        world.all_look()
        one = finding(severity=severity)
        await state.commit("production", "schema", alerts=[alert(one)], fired=[one], at=world.now)
        await world.letters(state).step()

    [message] = world.play(scene)
    assert message.status == status
    assert [each.severity for each in message.findings] == ([] if status == "resolved" else [severity])


def test_an_acknowledged_finding_is_still_no_all_clear_and_a_database_that_is_down_neither(world: World) -> None:
    one = finding()
    word = Acknowledgement(fingerprint=one.fingerprint, by="ada", why="on it", at=NINE, severity=Severity.CRITICAL)

    async def scene(state: State) -> None:
        await world.letters(state).step()
        world.now = NINE
        world.all_look()
        await state.commit("production", "schema", alerts=[alert(one)], fired=[one], at=world.now)
        await state.acknowledge("production", one, word)
        await world.letters(state).step()
        await state.commit("production", "schema", alerts=[], resolved=[one], at=world.now)
        world.now += DAY
        world.all_look()
        world.looked("probe", "unverified", reason="connection refused")
        world.board.update("production", up=False)
        await world.letters(state).step()

    known, down = world.play(scene)
    assert known.status == down.status == "firing"
    assert known.notes[0] == f"acknowledged by ada: on it: {one.message}"
    assert down.notes[0] == "not verified: probe: the database does not answer: connection refused"


def test_a_digest_joins_what_the_books_the_file_and_the_board_know(world: World) -> None:
    one, gone = finding(), finding("public", "orders")
    old = finding("public", "old", message="column old is unexpected", state="accepted")
    ends = Acceptance(
        fingerprint=old.fingerprint, actual=None, by="ada", reason="legacy", until=(NINE + 3 * DAY).date()
    )
    over = msgspec.structs.replace(ends, fingerprint="over", until=(NINE - DAY).date())
    fresh = Acceptance(fingerprint="fresh", actual=None, by="bob", reason="soon in git")

    async def scene(state: State) -> None:
        await world.letters(state, "digest").step()
        await state.commit("production", "rows", alerts=[], fired=[gone], at=NINE - 8 * DAY)
        await state.commit("production", "rows", alerts=[], resolved=[gone], at=NINE - DAY)
        await state.commit("production", "schema", alerts=[alert(one, NINE - DAY)], fired=[one], at=NINE - DAY)
        await state.accept("production", old, fresh, NINE - DAY)
        world.now = NINE
        world.all_look()
        world.looked("schema", "drift", one, old)
        world.filed = (ends, over)
        await world.letters(state, "digest").step()

    [message] = world.play(scene)
    assert (message.database, message.status, message.occasion) == (SELF, "firing", "digest")
    assert message.message == (f"{SELF}: digest: 1 critical open, 2 accepted, of these 1 to end within 14 d")
    assert message.notes == (
        "production: in the last 7 d 1 accepted, 1 found, 1 over",
        f"production: critical for 1 d: {one.message}",
        "production: accepted until 2025-11-20 by ada: column old is unexpected (legacy)",
        "production: accepted by bob, in no file yet: finding fresh (soon in git)",
    )


def test_a_digest_is_sent_though_a_file_of_acceptances_cannot_be_read(world: World) -> None:
    async def scene(state: State) -> None:
        await world.letters(state, "digest").step()
        world.now = NINE
        world.all_look()
        world.filed = BaselineError("accepted.yaml: not YAML")
        await world.letters(state, "digest").step()

    [message] = world.play(scene)
    assert message.notes[-1] == "acceptances: accepted.yaml: not YAML"


CONFIG = """
databases: [{{name: production, dsn: "postgresql://h/d", baseline: b.json}}]
alerts:
  channels:
    hook: {{type: webhook, url: "https://h/"}}
    pages: {{type: pagerduty, routing_key: secret}}
    mirror: {{type: alertmanager, urls: ["https://a/"]}}
  {letters}
"""


def test_letters_go_to_the_channels_that_people_read_unless_others_are_named(tmp_path: Path) -> None:
    text = CONFIG.format(
        letters='all_clear: {schedule: "0 9 * * *", timezone: Europe/Berlin}\n'
        '  digest: {schedule: "0 9 * * 1", channels: [hook]}'
    )
    config = parse(text, "test", {})

    async def main() -> Letters | None:
        state = await State.open(tmp_path / "watchdog.sqlite3")
        await state.close()
        return wired(config, notifying(config), state=state, board=StatusBoard(), on_messages=lambda: None)

    made = asyncio.run(main())
    assert made is not None
    assert [(post.kind, post.channels, str(post.zone)) for post in made._posts] == [
        ("all_clear", ("hook",), "Europe/Berlin"),
        ("digest", ("hook",), "UTC"),
    ]


@pytest.mark.parametrize(
    ("letters", "mistake"),
    [
        (
            'digest: {schedule: "0 9 * * 1", channels: [hook, pages]}',
            "digest: channel pages is of the type pagerduty, which takes alerts and no text",
        ),
        (
            'all_clear: {schedule: "0 9 * * *", channels: [mirror]}',
            "all_clear: channel mirror is of the type alertmanager, which takes alerts and no text",
        ),
        ('all_clear: {schedule: "0 9 * * *", channels: []}', "all_clear: there is no channel that it could be sent to"),
        ('all_clear: {schedule: "0 9 * * *", channels: [ops]}', "all_clear.channels[0]: there is no channel ops"),
    ],
)
def test_a_letter_that_nobody_would_read_is_a_mistake_of_the_configuration(letters: str, mistake: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(CONFIG.format(letters=letters), "test", {})
    assert mistake in str(caught.value)


def test_a_mistake_in_one_letter_is_logged_and_keeps_no_other_back(world: World) -> None:
    async def scene(state: State) -> None:
        letters = world.letters(state, "digest", "all_clear")
        await letters.step()
        world.now = NINE + timedelta(seconds=3)
        world.all_look()
        world.filed = RuntimeError("nobody thought of this")
        await letters.step()

    with capture_logs() as logs:
        [message] = world.play(scene)
    assert message.occasion == "all_clear"
    assert [log["letter"] for log in logs if log["event"] == "letter.crashed"] == ["digest"]
