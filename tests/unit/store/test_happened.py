"""What became of findings, counted from the history of events; and a letter that is noted as sent."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from tests.unit.alerts.samples import NOON, alert, finding, firing
from tests.unit.store.looks import waiting
from watchdog.store import ledger
from watchdog.store.ledger import Happened
from watchdog.store.state import State

DAY = timedelta(days=1)


def test_events_are_counted_by_database_and_kind_from_a_moment_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "EVENTS_KEPT", 4)
    one, other = finding(), finding("public", "orders")

    async def main() -> list[Happened]:
        state = await State.open(tmp_path / "watchdog.sqlite3")
        seen = [await state.happened(NOON)]
        await state.commit("a", "schema", alerts=[], fired=[one], at=NOON - DAY)
        await state.commit("a", "schema", alerts=[alert(one)], fired=[one, other], at=NOON)
        seen.append(await state.happened(NOON))
        await state.commit("b", "schema", alerts=[], resolved=[one], at=NOON + DAY)
        seen += [await state.happened(NOON), await state.happened(NOON - DAY), await state.happened(NOON - 2 * DAY)]
        await state.close()
        return seen

    nothing, first, both, all_kept, cut = asyncio.run(main())
    assert nothing == Happened()
    assert first == Happened(counts={"a": {"firing": 2}})
    assert both == Happened(counts={"a": {"firing": 2}, "b": {"resolved": 1}})
    assert all_kept == Happened(counts={"a": {"firing": 3}, "b": {"resolved": 1}})
    # As many as are kept are there, so whether there were more before the oldest of them nobody knows.
    assert cut == Happened(counts={"a": {"firing": 3}, "b": {"resolved": 1}}, is_whole=False)


def test_a_letter_that_another_has_sent_meanwhile_is_not_sent(tmp_path: Path) -> None:
    async def main() -> tuple[list[bool], dict[str, int], str | None]:
        state = await State.open(tmp_path / "watchdog.sqlite3")
        letters = {"ops": [firing()], "team": [firing()]}
        done = [
            await state.send("letter", None, "1", letters),
            await state.send("letter", None, "1", letters),
            await state.send("letter", "1", "2", letters),
            await state.send("letter", "1", "3", letters),
        ]
        left = await waiting(state)
        note = await state.note("letter")
        await state.close()
        return done, left, note

    assert asyncio.run(main()) == ([True, False, True, False], {"ops": 2, "team": 2}, "2")
