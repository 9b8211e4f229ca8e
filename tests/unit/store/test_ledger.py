import asyncio
import sqlite3
import threading
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from tests.unit.alerts.samples import HOSTILE, NOON, alert, finding, firing
from tests.unit.store.looks import waiting, with_state
from watchdog.alerts.books import Books
from watchdog.alerts.hush import Acknowledgement, Silence
from watchdog.alerts.notifying import Notifying, plans
from watchdog.alerts.plan import Listener, Plan
from watchdog.alerts.route import Route
from watchdog.alerts.told import Told
from watchdog.errors import StateError
from watchdog.finding import Severity
from watchdog.schema.rules import Acceptance
from watchdog.store import layout
from watchdog.store.state import State

SECOND = timedelta(seconds=1)
ONE = finding(HOSTILE)
WORD = Acknowledgement(fingerprint=ONE.fingerprint, by="ada", why=HOSTILE, at=NOON, severity=Severity.CRITICAL)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "watchdog.db"


def told_of(channel: str = "ops") -> dict[str, Plan]:
    known = Told(finding=ONE, database="production", since=NOON, told_at=NOON, thread="t")
    return {channel: Plan(messages=(firing(ONE),), told={ONE.fingerprint: known})}


def test_what_is_decided_is_noted_with_its_messages_or_not_at_all(path: Path) -> None:
    async def work(state: State) -> None:
        await state.commit("production", "schema", alerts=[alert(ONE)], at=NOON)
        await state._sqlite.execute("CREATE TEMP TRIGGER t BEFORE INSERT ON told BEGIN SELECT raise(ABORT, 'no'); END")
        with pytest.raises(StateError, match="cannot be written: no"):
            await state.dispatch(lambda _: told_of())
        assert await waiting(state, "ops") == {"ops": 0}
        await state._sqlite.execute("DROP TRIGGER t")
        await state.dispatch(lambda _: told_of())
        assert await waiting(state, "ops") == {"ops": 1}
        books = await state.books()
        assert books.told == {"ops": told_of()["ops"].told}
        assert list(books.standing) == [ONE.fingerprint]

    with_state(path, work)


def test_a_mistake_while_deciding_notes_nothing(path: Path) -> None:
    def fails(_: Books) -> Mapping[str, Plan]:
        raise KeyError

    async def work(state: State) -> None:
        with pytest.raises(KeyError):
            await state.dispatch(fails)
        await state.dispatch(lambda _: told_of())
        assert await waiting(state) == {"ops": 1}

    with_state(path, work)


def test_the_event_loop_turns_while_it_is_decided(path: Path) -> None:
    async def work(state: State) -> None:
        turned = threading.Event()
        asyncio.get_running_loop().call_later(0.1, turned.set)

        def decide(_: Books) -> Mapping[str, Plan]:
            assert turned.wait(10)
            return {}

        assert await state.dispatch(decide) == {}

    with_state(path, work)


def test_a_finding_that_is_over_is_closed_for_all_who_heard_of_it_as_it_ended(path: Path) -> None:
    async def work(state: State) -> Books:
        await state.dispatch(lambda _: {**told_of("ops"), **told_of("team")})
        ended = finding(HOSTILE, severity=Severity.INFO, state="accepted")
        await state.commit("production", "schema", alerts=[], resolved=[ended], at=NOON + SECOND)
        await state.commit("staging", "schema", alerts=[], resolved=[finding("other")], at=NOON + SECOND)
        return await state.books()

    for channel in with_state(path, work).told.values():
        [known] = channel.values()
        assert (known.closed_at, known.finding.state) == (NOON + SECOND, "accepted")
        assert known.finding.severity is Severity.CRITICAL  # as people heard of it


def test_words_are_kept_taken_back_and_in_the_history_with_who_and_why(path: Path) -> None:
    silence = Silence(
        id="s1", match={"kind": ("rows",)}, by="ada", why="import", at=NOON, until=NOON + timedelta(hours=2)
    )

    async def work(state: State) -> list[tuple[str, str]]:
        await state.commit("production", "schema", alerts=[alert(ONE)], at=NOON)
        await state.acknowledge("production", ONE, WORD)
        await state.silence(silence)
        books = await state.books()
        assert (books.acknowledgements, books.silences) == ({ONE.fingerprint: WORD}, (silence,))
        assert await state.unacknowledge("production", ONE, "bob", NOON)
        assert not await state.unacknowledge("production", ONE, "bob", NOON)
        assert await state.unsilence("s1", "bob", NOON)
        assert not await state.unsilence("s1", "bob", NOON)
        books = await state.books()
        assert (books.acknowledgements, books.silences) == ({}, ())
        return [(event.event, event.message) for event in await state.events(10)]

    asked = "silence for kind: rows until 2025-11-17 14:00 UTC"
    assert with_state(path, work) == [
        ("unsilenced", f"{asked} (by bob: import)"),
        ("unacknowledged", f"{ONE.message} (by bob)"),
        ("silenced", f"{asked} (by ada: import)"),
        ("acknowledged", f"{ONE.message} (by ada: {HOSTILE})"),
    ]


def test_an_acknowledgement_ends_with_its_finding_once_nobody_is_to_hear_of_it(path: Path) -> None:
    async def work(state: State) -> list[int]:
        await state.commit("production", "schema", alerts=[alert(ONE)], at=NOON)
        await state.acknowledge("production", ONE, WORD)
        counts = []
        await state.dispatch(lambda _: told_of())
        counts.append(len((await state.books()).acknowledgements))
        await state.commit("production", "schema", alerts=[], resolved=[ONE], at=NOON)
        await state.dispatch(lambda _: {})
        counts.append(len((await state.books()).acknowledgements))
        over = Told(finding=ONE, database="production", since=NOON, told_at=NOON, closed_at=NOON, is_over=True)
        await state.dispatch(lambda _: {"ops": Plan(told={ONE.fingerprint: over})})
        await state.dispatch(lambda _: {})
        counts.append(len((await state.books()).acknowledgements))
        return counts

    assert with_state(path, work) == [1, 1, 0]


def test_acceptances_are_kept_by_database_until_they_are_taken_back(path: Path) -> None:
    word = Acceptance(fingerprint=ONE.fingerprint, actual=None, by="ada", reason=HOSTILE)

    async def work(state: State) -> None:
        await state.accept("production", ONE, word, NOON)
        assert (await state.acceptances("production"), await state.acceptances("staging")) == ((word,), ())
        [event] = await state.events(10)
        assert (event.event, event.at) == ("accepted", NOON)
        assert await state.unaccept("production", word)
        assert not await state.unaccept("production", word)
        assert await state.acceptances("production") == ()

    with_state(path, work)


def test_a_clock_that_was_set_moves_what_was_told_with_it(path: Path) -> None:
    async def work(state: State) -> Told:
        await state.dispatch(lambda _: told_of())
        await state.shift(timedelta(days=9))
        return (await state.books()).told["ops"][ONE.fingerprint]

    assert with_state(path, work).told_at == NOON + timedelta(days=9)


def test_silences_that_are_over_are_not_kept_for_ever(path: Path) -> None:
    async def work(state: State) -> list[str]:
        for day in range(5):
            at = NOON + timedelta(days=day)
            await state.silence(Silence(id=str(day), match={}, by="ada", why="w", at=at, until=at + timedelta(hours=1)))
        return [each.id for each in (await state.books()).silences]

    assert with_state(path, work) == ["3", "4"]


def test_what_channels_that_are_gone_were_told_is_forgotten(path: Path) -> None:
    async def work(state: State) -> Books:
        await state.dispatch(lambda _: {**told_of("ops"), **told_of("gone")})
        await state.only_channels(["ops", "new"])
        return await state.books()

    assert set(with_state(path, work).told) == {"ops"}
    with_state(path, lambda state: state.only_channels([]))
    assert with_state(path, State.books).told == {}


def test_an_upgrade_from_when_every_channel_was_told_of_every_alert_repeats_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr(layout, "MIGRATIONS", layout.MIGRATIONS[:4])
        with_state(path, State.close)
    body = (
        b'{"finding": {"fingerprint": "%s", "kind": "column", "identity": ["a"], "change": "missing",'
        b'"severity": "critical", "message": "quoted \\" \\u00e4"}, "since": "2025-11-17T12:00:00Z"}'
    )
    with sqlite3.connect(path) as old:
        for database, one in (("production", ONE), ("staging", finding("b"))):
            old.execute("INSERT INTO alerts VALUES (?, 'schema', 0, ?)", (database, body % one.fingerprint.encode()))
    notifying = Notifying(
        listeners=(Listener(name="ops"), Listener(name="team")),
        routes=(Route(name="r", channels=("ops", "team"), repeat=None),),
        databases=frozenset(("production", "staging")),
    )

    async def work(state: State) -> tuple[int, Mapping[str, Plan]]:
        await state.only_channels(["ops", "team"])

        def decide(books: Books) -> Mapping[str, Plan]:
            later = NOON + timedelta(hours=9)
            return plans(notifying, books, later)

        first = await state.dispatch(decide)
        await state.commit("production", "schema", alerts=[], at=NOON)
        await state.commit("staging", "schema", alerts=[], at=NOON)
        return sum(len(plan.messages) for plan in first.values()), await state.dispatch(decide)

    repeated, ends = with_state(path, work)
    told = [(each.database, each.status, len(each.findings)) for each in ends["ops"].messages]
    assert (repeated, sorted(told)) == (0, [("production", "resolved", 1), ("staging", "resolved", 1)])
    assert ends["team"].messages == ends["ops"].messages
    assert len({each.id for each in ends["ops"].messages}) == len(told)
