"""Acceptances of the state, over a real state file."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.unit.alerts.samples import NOON, finding
from watchdog.errors import StateError
from watchdog.finding import Accepted
from watchdog.look.seen import Policy
from watchdog.look.unfiled import InState
from watchdog.schema.rules import Acceptance
from watchdog.store.state import State

FOUND = finding()
TODAY = NOON.date()
ACCEPTANCE = Acceptance(fingerprint=FOUND.fingerprint, actual=FOUND.actual, by="ada", reason="known")


def with_accepted(path: Path, acceptance: Acceptance, work: Callable[[State], Coroutine[Any, Any, Any]]) -> Any:  # noqa: ANN401
    async def run() -> object:
        state = await State.open(path / "state.db")
        try:
            await state.accept("production", FOUND, acceptance, NOON)
            return await work(state)
        finally:
            await state.close()

    return asyncio.run(run())


def test_what_is_accepted_in_the_state_only_is_accepted_and_says_so(tmp_path: Path) -> None:
    async def work(state: State) -> object:
        return await Policy(unfiled=InState(state, "production")).decided([FOUND], NOON)

    [judged], excluded = with_accepted(tmp_path, ACCEPTANCE, work)
    assert (judged.state, excluded) == ("accepted", 0)
    assert judged.accepted == Accepted(by="ada", reason="known", recorded_in="state")


def test_it_holds_for_its_own_database_alone(tmp_path: Path) -> None:
    async def work(state: State) -> object:
        return await InState(state, "staging")((), TODAY)

    assert with_accepted(tmp_path, ACCEPTANCE, work) == ()


def test_it_holds_until_its_day_is_over(tmp_path: Path) -> None:
    async def work(state: State) -> list[str]:
        policy = Policy(unfiled=InState(state, "production", forgets=True))
        days = [await policy.decided([FOUND], NOON + timedelta(days=days)) for days in (0, 1, 2)]
        return [judged.state for [judged], _ in days]

    until = msgspec.structs.replace(ACCEPTANCE, until=TODAY + timedelta(days=1))
    assert with_accepted(tmp_path, until, work) == ["accepted", "accepted", "open"]


@pytest.mark.parametrize(
    ("filed", "today", "forgets", "left"),
    [
        ([], TODAY, True, 1),
        ([ACCEPTANCE], TODAY, True, 0),
        ([ACCEPTANCE], TODAY, False, 1),
        ([msgspec.structs.replace(ACCEPTANCE, by="bob", reason="in other words")], TODAY, True, 0),
        ([msgspec.structs.replace(ACCEPTANCE, until=TODAY - timedelta(days=1))], TODAY, True, 1),
        ([msgspec.structs.replace(ACCEPTANCE, actual="something else")], TODAY, True, 1),
    ],
)
def test_the_daemon_forgets_what_the_file_says_as_well(
    tmp_path: Path, filed: Sequence[Acceptance], today: date, *, forgets: bool, left: int
) -> None:
    async def work(state: State) -> int:
        await InState(state, "production", forgets=forgets)(filed, today)
        return len(await state.acceptances("production"))

    assert with_accepted(tmp_path, ACCEPTANCE, work) == left


def test_what_somebody_accepted_in_between_is_not_forgotten(tmp_path: Path) -> None:
    newer = msgspec.structs.replace(ACCEPTANCE, actual="another value")

    async def work(state: State) -> tuple[bool, tuple[Acceptance, ...]]:
        await state.accept("production", FOUND, newer, NOON)
        return await state.unaccept("production", ACCEPTANCE), await state.acceptances("production")

    assert with_accepted(tmp_path, ACCEPTANCE, work) == (False, (newer,))


def test_a_disk_that_fails_opens_nothing_again() -> None:
    class Disk:
        broken = False

        async def acceptances(self, _: str) -> tuple[Acceptance, ...]:
            if self.broken:
                raise StateError("cannot be read")
            return (ACCEPTANCE,)

        async def unaccept(self, _: str, __: Acceptance) -> bool:
            raise StateError("cannot be written")

    async def work() -> list[Sequence[Acceptance]]:
        disk = Disk()
        unfiled = InState(disk, "production", forgets=True)
        seen = [await unfiled([ACCEPTANCE], TODAY)]
        disk.broken = True
        return [*seen, await unfiled((), TODAY)]

    assert asyncio.run(work()) == [(ACCEPTANCE,), (ACCEPTANCE,)]
