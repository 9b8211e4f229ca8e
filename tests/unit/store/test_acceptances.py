"""Acceptances and acknowledgements in the state: what people said, and what becomes of it."""

from pathlib import Path

from tests.unit.alerts.samples import NOON, alert, finding
from tests.unit.store.looks import with_state
from watchdog.alerts.hush import Acknowledgement
from watchdog.finding import Finding
from watchdog.schema.rules import Acceptance
from watchdog.store.ledger import Recorded
from watchdog.store.state import State

FOUND = finding()
ACCEPTANCE = Acceptance(fingerprint=FOUND.fingerprint, actual=FOUND.actual, by="ada", reason="known")


def acknowledged(found: Finding) -> Acknowledgement:
    return Acknowledgement(
        fingerprint=found.fingerprint, by="ada", why="on it", at=NOON, severity=found.severity, until=None
    )


def test_what_was_accepted_and_taken_back_is_in_the_history(tmp_path: Path) -> None:
    async def work(state: State) -> None:
        await state.accept("production", FOUND, ACCEPTANCE, NOON)
        assert await state.recorded("production") == (Recorded(acceptance=ACCEPTANCE, finding=FOUND, at=NOON),)
        assert await state.take_back("production", FOUND.fingerprint, "bob", NOON)
        assert not await state.take_back("production", FOUND.fingerprint, "bob", NOON)
        assert await state.acceptances("production") == ()
        assert [(each.event, each.message) for each in await state.events(9)] == [
            ("unaccepted", f"{FOUND.message} (by bob)"),
            ("accepted", f"{FOUND.message}; not in the acceptance file yet (by ada: known)"),
        ]

    with_state(tmp_path / "state.db", work)


def test_what_is_over_is_in_nobodys_hand_when_it_comes_again(tmp_path: Path) -> None:
    other = finding("public", "other", "column")

    async def work(state: State) -> set[str]:
        await state.commit("production", "schema", alerts=[alert(FOUND), alert(other)], at=NOON)
        for each in (FOUND, other):
            await state.acknowledge("production", each, acknowledged(each))
        await state.commit("production", "schema", alerts=[alert(other)], resolved=[FOUND], at=NOON)
        return set((await state.books()).acknowledgements)

    assert with_state(tmp_path / "state.db", work) == {other.fingerprint}
