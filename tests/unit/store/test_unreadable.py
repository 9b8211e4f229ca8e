"""Rows that nobody can read: they are put aside and said, and keep nobody from hearing of what can be read."""

from pathlib import Path

import pytest

from tests.unit.alerts.samples import NOON, alert, finding, firing
from tests.unit.store.looks import with_state
from watchdog.alerts.hush import Acknowledgement, Silence
from watchdog.alerts.plan import Plan
from watchdog.alerts.told import Told
from watchdog.finding import Severity
from watchdog.store.file import Unreadable
from watchdog.store.state import State

BAD, GOOD = finding("public", "bad"), finding("public", "good")
GARBAGE = [
    b"{garbage",
    b"",
    b"\xff\xfe",
    b"[1]",
    b'{"match": {"name": ["*"], "moon": ["full"]}, "id": "1", "by": "a", "why": "w", "at": "%s", "until": "%s"}'
    % (2 * (NOON.isoformat().encode(),)),
    b'{"finding": null, "since": "2025-11-17T12:00:00", "sent_at": "noon"}',
    7,
]


def told(one: str) -> Told:
    return Told(finding=GOOD if one == "good" else BAD, database="production", since=NOON, told_at=NOON)


async def filled(state: State) -> None:
    """Two rows in each table, of which the first is to be spoilt."""
    await state.commit("production", "schema", alerts=[alert(BAD), alert(GOOD)], at=NOON)
    await state.put(
        "ops",
        Plan(
            messages=(firing(BAD), firing(GOOD)),
            told={BAD.fingerprint: told("bad"), GOOD.fingerprint: told("good")},
        ),
    )
    for one in (BAD, GOOD):
        await state.acknowledge(
            "production",
            one,
            Acknowledgement(fingerprint=one.fingerprint, by="ada", why="w", at=NOON, severity=Severity.CRITICAL),
        )
    for number in "12":
        await state.silence(Silence(id=number, match={"name": (number,)}, by="ada", why="w", at=NOON, until=NOON))


SPOILT = {
    "alerts": "position = 0",
    "told": f"fingerprint = '{BAD.fingerprint}'",
    "outbox": "id = 1",
    "acknowledgements": f"fingerprint = '{BAD.fingerprint}'",
    "silences": "id = '1'",
}


@pytest.mark.parametrize("garbage", GARBAGE, ids=repr)
@pytest.mark.parametrize("table", SPOILT)
def test_one_row_that_cannot_be_read_silences_no_other_and_is_put_aside(
    tmp_path: Path, table: str, garbage: bytes | int
) -> None:
    async def work(state: State) -> None:
        await filled(state)
        await state._sqlite.execute(f"UPDATE {table} SET body = ? WHERE {SPOILT[table]}", (garbage,))
        assert (await state.queues(["ops"])).keys() == {"ops"}
        seen = []
        await state.dispatch(lambda books: seen.append(books) or {})  # type: ignore[func-returns-value]
        [books] = seen
        assert GOOD.fingerprint in books.standing
        assert GOOD.fingerprint in books.told["ops"]
        assert GOOD.fingerprint in books.acknowledgements
        assert [each.id for each in books.silences][-1] == "2"
        assert (BAD.fingerprint in books.standing) == (table != "alerts")
        assert alert(GOOD) in await state.alerts("production", "schema")
        entry = await state.due("ops", NOON)
        assert entry is not None
        assert entry.message == firing(GOOD if table == "outbox" else BAD)
        assert len(await state.heads()) == 1
        aside = await state.unreadable()
        assert (aside.rows, aside.tables) == (1, (table,))
        assert aside.error
        [[kept]] = await state._read("SELECT body FROM unreadable", ())
        assert kept == garbage
        # It is out of the way, and what is noted from now on has its place again.
        await state.commit("production", "schema", alerts=[alert(BAD)], resolved=[GOOD], at=NOON)
        assert await state.alerts("production", "schema") == (alert(BAD),)
        await state.dispatch(lambda _: {})
        assert (await state.unreadable()).rows == 1

    with_state(tmp_path / "watchdog.sqlite3", work)


def test_what_was_put_aside_is_said_for_a_week(tmp_path: Path) -> None:
    async def work(state: State) -> None:
        assert await state.unreadable() == Unreadable()
        for days, body in ((6, b"new"), (8, b"old")):
            await state._sqlite.execute(
                "INSERT INTO unreadable (source, body, error, at) VALUES ('told', ?, 'e', datetime('now', ?))",
                (body, f"-{days} days"),
            )
        assert await state.unreadable() == Unreadable(rows=1, tables=("told",), error="e")

    with_state(tmp_path / "watchdog.sqlite3", work)
