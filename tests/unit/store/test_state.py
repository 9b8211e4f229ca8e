import asyncio
import contextlib
import stat
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from tests.unit.alerts.samples import HOSTILE, NOON, alert, finding, firing, resolved
from tests.unit.store.looks import waiting, with_state
from watchdog.alerts.alert import Message
from watchdog.alerts.plan import Plan
from watchdog.errors import StateError
from watchdog.finding import Severity
from watchdog.queries.memory import Known
from watchdog.store.ledger import EVENTS_KEPT
from watchdog.store.state import State

SECOND = timedelta(seconds=1)


async def put(state: State, *messages: tuple[str, Message]) -> None:
    """Into the outbox, in this order."""
    for channel, message in messages:
        await state.put(channel, Plan(messages=(message,)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "watchdog.db"


def test_the_file_and_its_folder_are_for_this_user_alone(path: Path) -> None:
    async def modes(state: State) -> set[int]:
        await state.commit("production", "schema", alerts=[alert(finding())], at=NOON)
        return {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}

    assert with_state(path, modes) == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_what_was_committed_is_there_after_a_restart(path: Path) -> None:
    alerts = (alert(finding(HOSTILE, "b", message=HOSTILE)), alert(finding("a", severity=Severity.INFO)))
    with_state(
        path,
        lambda state: state.commit(
            HOSTILE,
            "schema",
            alerts=alerts,
            levels={(HOSTILE, "t"): b"\x00\xff"},
            at=NOON,
        ),
    )
    assert with_state(path, lambda state: state.alerts(HOSTILE, "schema")) == alerts
    assert with_state(path, lambda state: state.levels(HOSTILE)) == {(HOSTILE, "t"): b"\x00\xff"}


def test_what_was_put_into_the_outbox_is_there_after_a_restart(path: Path) -> None:
    with_state(path, lambda state: put(state, ("ops", firing(finding(HOSTILE)))))
    entry = with_state(path, lambda state: state.due("ops", NOON))
    assert entry is not None
    assert (entry.channel, entry.attempts, entry.next_attempt_at) == ("ops", 0, NOON)
    assert entry.message == firing(finding(HOSTILE))


def test_a_commit_replaces_the_alerts_of_its_own_database_and_check_only(path: Path) -> None:
    async def work(state: State) -> list[int]:
        places = [("production", "schema"), ("production", "rows"), ("staging", "schema")]
        for database, check in places:
            await state.commit(database, check, alerts=[alert(finding())], at=NOON)
        await state.commit("production", "schema", alerts=[], at=NOON)
        return [len(await state.alerts(*place)) for place in places]

    assert with_state(path, work) == [0, 1, 1]


def test_levels_are_kept_replaced_and_forgotten_one_by_one(path: Path) -> None:
    async def work(state: State) -> dict[tuple[str, str], bytes]:
        levels = {("public", "a"): b"1", ("public", "b"): b"1", ("public", "c"): b"1"}
        await state.commit("production", "rows", alerts=[], levels=levels, at=NOON)
        await state.commit(
            "production", "rows", alerts=[], levels={("public", "b"): b"2", ("public", "c"): None}, at=NOON
        )
        await state.commit("production", "schema", alerts=[], at=NOON)
        await state.commit("staging", "rows", alerts=[], levels={("public", "a"): b"other"}, at=NOON)
        return await state.levels("production")

    assert with_state(path, work) == {("public", "a"): b"1", ("public", "b"): b"2"}


def test_a_level_that_a_person_accepted_during_a_look_is_not_overwritten_by_it(path: Path) -> None:
    table, other = ("public", "a"), ("public", "b")

    async def work(daemon: State) -> dict[tuple[str, str], bytes]:
        await daemon.commit("production", "rows", alerts=[], levels={table: b"drop", other: b"1"}, at=NOON)
        await daemon.levels("production")
        command = await State.open(path)
        await command.accept_levels("production", {table: b"accepted"}, [], "meant", NOON)
        await command.close()
        await daemon.commit("production", "rows", alerts=[], levels={table: b"drop", other: b"2"}, at=NOON)
        assert await daemon.levels("production") == {table: b"accepted", other: b"2"}
        await daemon.commit("production", "rows", alerts=[], levels={table: b"after"}, at=NOON)
        return await daemon.levels("production")

    assert with_state(path, work) == {table: b"after", other: b"2"}


def test_a_look_neither_changes_nor_forgets_nor_brings_back_a_level_that_somebody_else_wrote_meanwhile(
    path: Path,
) -> None:
    new, both, forgotten, gone = (("public", name) for name in ("new", "both", "forgotten", "gone"))

    async def work(daemon: State) -> dict[tuple[str, str], bytes]:
        await daemon.commit("production", "rows", alerts=[], levels={both: b"1", forgotten: b"1", gone: b"1"}, at=NOON)
        await daemon.levels("production")
        command = await State.open(path)
        await command.accept_levels("production", dict.fromkeys((new, both, forgotten), b"accepted"), [], "meant", NOON)
        await command.commit("production", "rows", alerts=[], levels={gone: None}, at=NOON)
        await command.close()
        levels = {new: b"look", both: b"look", forgotten: None, gone: b"look"}
        await daemon.commit("production", "rows", alerts=[], levels=levels, at=NOON)
        return await daemon.levels("production")

    assert with_state(path, work) == dict.fromkeys((new, both, forgotten), b"accepted")


def test_only_levels_that_a_look_changed_are_written(path: Path) -> None:
    async def work(state: State) -> tuple[int, dict[tuple[str, str], bytes]]:
        levels = every_level(f"table {number}" for number in range(100))
        await state.commit("production", "rows", alerts=[], levels=levels, at=NOON)
        await state.levels("production")
        before = state._sqlite.total_changes
        news = {("public", "table 7"): b"", ("public", "table 8"): None, ("public", "new"): b"1"}
        await state.commit("production", "rows", alerts=[], levels={**levels, **news}, at=NOON)
        return state._sqlite.total_changes - before, await state.levels("production")

    changes, found = with_state(path, work)
    assert changes == 3
    assert len(found) == 100
    assert (found["public", "table 7"], found["public", "table 9"], found["public", "new"]) == (b"", b"table 9", b"1")


def test_what_is_known_of_statements_is_kept_for_each_database_and_only_replaced_as_a_whole(path: Path) -> None:
    first = {"a1": Known(planned_at=NOON, calls=3, ran_at=NOON), "b2": Known()}
    other = {HOSTILE: Known(planned_at=NOON + SECOND, calls=2**62)}

    async def note(state: State) -> None:
        await state.commit("production", "queries", alerts=[], statements=first, at=NOON)
        await state.commit("staging", "queries", alerts=[], statements=other, at=NOON)

    with_state(path, note)
    assert with_state(path, lambda state: state.statements("production")) == first
    assert with_state(path, lambda state: state.statements("staging")) == other
    assert with_state(path, lambda state: state.statements("elsewhere")) == {}
    # A look at something else leaves them.
    with_state(path, lambda state: state.commit("production", "schema", alerts=[], at=NOON))
    assert with_state(path, lambda state: state.statements("production")) == first
    with_state(
        path, lambda state: state.commit("production", "queries", alerts=[], statements={"b2": Known()}, at=NOON)
    )
    assert with_state(path, lambda state: state.statements("production")) == {"b2": Known()}
    with_state(path, lambda state: state.commit("production", "queries", alerts=[], statements={}, at=NOON))
    assert with_state(path, lambda state: state.statements("production")) == {}
    assert with_state(path, lambda state: state.statements("staging")) == other


def test_a_baseline_that_was_seen_is_remembered_for_its_database_alone(path: Path) -> None:
    async def note(state: State) -> None:
        for _ in range(2):
            await state.note_baseline("production")

    async def had(state: State) -> tuple[bool, bool]:
        return await state.had_baseline("production"), await state.had_baseline("staging")

    with_state(path, note)
    assert with_state(path, had) == (True, False)


def test_history_tells_what_fired_was_resolved_and_was_accepted_newest_first(path: Path) -> None:
    async def work(state: State) -> list[tuple[str, str, str]]:
        await state.commit("production", "schema", alerts=[], fired=[finding(message=HOSTILE)], at=NOON)
        await state.commit("staging", "schema", alerts=[], fired=[finding()], at=NOON)
        over = [finding(), finding("x", state="accepted")]
        await state.commit("production", "schema", alerts=[], resolved=over, at=NOON + SECOND)
        assert len(await state.events(100)) == 4
        assert len(await state.events(2)) == 2
        events = await state.events(100, "production")
        assert [event.at for event in events] == [NOON + SECOND, NOON + SECOND, NOON]
        return [(event.event, event.fingerprint, event.message) for event in events]

    assert with_state(path, work) == [
        ("accepted", finding("x").fingerprint, "column x is missing"),
        ("resolved", finding().fingerprint, finding().message),
        ("firing", finding().fingerprint, HOSTILE),
    ]


def test_history_keeps_the_newest_10_000_events(path: Path) -> None:
    async def work(state: State) -> list[str]:
        many = [finding(str(number)) for number in range(EVENTS_KEPT)]
        await state.commit("production", "schema", alerts=[], fired=many, at=NOON)
        await state.commit("production", "schema", alerts=[], fired=[finding("newest")], at=NOON)
        events = await state.events(20_000)
        return [str(len(events)), events[0].message, events[-1].message]

    assert with_state(path, work) == ["10000", "column newest is missing", "column 1 is missing"]


def test_messages_leave_in_order_and_a_postponed_one_holds_back_its_channel_alone(path: Path) -> None:
    async def work(state: State) -> None:
        await put(state, ("ops", firing()), ("team", firing()), ("ops", resolved()))
        first = await state.due("ops", NOON)
        assert first is not None
        await state.postponed(first.id, NOON + 5 * SECOND, "HTTP status 500")
        assert await state.due("ops", NOON + 4 * SECOND) is None
        assert await state.next_attempt("ops") == NOON + 5 * SECOND
        assert await state.due("team", NOON) is not None
        again = await state.due("ops", NOON + 5 * SECOND)
        assert again is not None
        assert (again.id, again.attempts) == (first.id, 1)
        await state.delivered(again, None, NOON)
        after = await state.due("ops", NOON)
        assert after is not None
        assert after.message.status == "resolved"
        await state.delivered(after, None, NOON)
        assert await state.next_attempt("ops") is None

    with_state(path, work)


def test_a_message_of_the_future_is_due_once_the_outbox_is_told_to_hurry(path: Path) -> None:
    async def use(state: State) -> tuple[bool, bool]:
        await put(state, ("ops", msgspec.structs.replace(firing(), sent_at=NOON + timedelta(hours=1))))
        before = await state.due("ops", NOON)
        await state.hurry(NOON, timedelta(0))
        return before is None, await state.due("ops", NOON) is not None

    assert with_state(path, use) == (True, True)


def test_a_message_has_not_become_older_by_a_clock_that_was_set(path: Path) -> None:
    async def use(state: State) -> datetime | None:
        await put(state, ("ops", firing()))
        await state.hurry(NOON + timedelta(days=9), timedelta(days=9))
        return (await state.queues(["ops"]))["ops"].oldest_at

    assert with_state(path, use) == NOON + timedelta(days=9)


def test_a_message_that_waits_longer_than_any_does_was_put_off_by_a_wrong_clock_and_is_due(path: Path) -> None:
    async def use(state: State) -> bool:
        await put(state, ("ops", msgspec.structs.replace(firing(), sent_at=NOON + timedelta(days=3_650))))
        return await state.due("ops", NOON) is not None

    assert with_state(path, use)


def test_moments_are_compared_as_moments_whatever_their_fractions(path: Path) -> None:
    async def work(state: State) -> bool:
        await put(state, ("ops", firing()))
        return await state.due("ops", NOON + timedelta(microseconds=1)) is not None

    assert with_state(path, work)


def test_waiting_names_every_given_channel_and_those_that_only_the_outbox_knows(path: Path) -> None:
    async def work(state: State) -> dict[str, int]:
        await put(state, ("gone", firing()), ("ops", firing()), ("ops", resolved()))
        return await waiting(state, "ops", "team")

    assert with_state(path, work) == {"ops": 2, "team": 0, "gone": 1}


def test_a_commit_that_fails_half_way_leaves_all_as_it_was(path: Path) -> None:
    async def work(state: State) -> None:
        await state.commit("production", "schema", alerts=[alert(finding())], at=NOON)
        await state._sqlite.execute(
            "CREATE TEMP TRIGGER t BEFORE INSERT ON events BEGIN SELECT raise(ABORT, 'no'); END"
        )
        with pytest.raises(StateError, match="cannot be written: no"):
            await state.commit("production", "schema", alerts=[], resolved=[finding()], at=NOON)
        assert await state.alerts("production", "schema") == (alert(finding()),)

    with_state(path, work)


def test_a_full_disk_is_said_and_nothing_is_half_written(path: Path) -> None:
    async def work(state: State) -> None:
        await state.commit("production", "schema", alerts=[alert(finding())], at=NOON)
        await state._sqlite.execute("PRAGMA max_page_count = 1")
        many = [alert(finding(str(number), message="x" * 500)) for number in range(1_000)]
        with pytest.raises(StateError, match=r"watchdog\.db: cannot be written: database or disk is full \(see to"):
            await state.commit("production", "schema", alerts=many, at=NOON)
        assert await state.alerts("production", "schema") == (alert(finding()),)
        await state._sqlite.execute("PRAGMA max_page_count = 1000000")
        await state.commit("production", "schema", alerts=many, at=NOON)

    with_state(path, work)


def test_a_read_only_file_is_said(path: Path) -> None:
    async def work(state: State) -> None:
        await state._sqlite.execute("PRAGMA query_only = 1")
        with pytest.raises(StateError, match="attempt to write a readonly database"):
            await state.note_baseline("production")

    with_state(path, work)


def test_commits_of_several_tasks_do_not_mix(path: Path) -> None:
    async def work(state: State) -> list[int]:
        names = [f"database {number}" for number in range(20)]
        alerts = [alert(finding(str(number))) for number in range(5)]
        await asyncio.gather(*(state.commit(name, "schema", alerts=alerts, at=NOON) for name in names))
        return [len(await state.alerts(name, "schema")) for name in names]

    assert with_state(path, work) == [5] * 20


@pytest.mark.parametrize("turns", range(0, 24, 3))
def test_a_commit_cancelled_at_any_moment_is_whole_or_absent_and_the_next_one_works(path: Path, turns: int) -> None:
    async def work(state: State) -> tuple[int, int]:
        task = asyncio.create_task(state.commit("one", "schema", alerts=[alert(finding())], fired=[finding()], at=NOON))
        for _ in range(turns):
            await asyncio.sleep(0.0002)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await state.commit("two", "schema", alerts=[alert(finding())], at=NOON)
        assert len(await state.alerts("two", "schema")) == 1
        return len(await state.alerts("one", "schema")), len(await state.events(10, "one"))

    assert with_state(path, work) in {(0, 0), (1, 1)}


def test_closing_twice_does_no_harm(path: Path) -> None:
    with_state(path, State.close)


def every_level(names: Iterable[str]) -> dict[tuple[str, str], bytes]:
    return {("public", name): name.encode() for name in names}


def test_hostile_names_are_values_and_never_sql(path: Path) -> None:
    names = [HOSTILE, "'); DROP TABLE alerts; --", '"', "%s", "{}", "🦊"]
    with_state(path, lambda s: s.commit(HOSTILE, HOSTILE, alerts=[], levels=every_level(names), at=NOON))
    assert with_state(path, lambda state: state.levels(HOSTILE)) == every_level(names)
    assert with_state(path, lambda state: state.alerts(HOSTILE, HOSTILE)) == ()
