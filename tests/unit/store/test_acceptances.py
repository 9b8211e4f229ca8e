"""Acceptances in the state, until they are written for git or taken back."""

from pathlib import Path

from tests.unit.alerts.samples import NOON, finding
from tests.unit.store.looks import with_state
from watchdog.schema.rules import Acceptance
from watchdog.store.acceptances import Recorded
from watchdog.store.state import State

FOUND = finding()
ACCEPTANCE = Acceptance(fingerprint=FOUND.fingerprint, actual=FOUND.actual, by="ada", reason="known")


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
