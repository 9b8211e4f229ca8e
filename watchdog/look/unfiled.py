"""Acceptances that are in the state only: a person's word holds from the next look on, and git learns of it later."""

from collections.abc import Awaitable, Sequence
from datetime import date
from typing import Protocol

import structlog

from watchdog.errors import StateError
from watchdog.schema.rules import Acceptance

log = structlog.get_logger()


class Unfiled(Protocol):
    """What is accepted beside the acceptances of the file."""

    def __call__(self, filed: Sequence[Acceptance], today: date, /) -> Awaitable[Sequence[Acceptance]]: ...


class Ledger(Protocol):
    """What is needed of the state; see `watchdog.store.acceptances.Acceptances`."""

    async def acceptances(self, database: str) -> tuple[Acceptance, ...]: ...

    async def unaccept(self, database: str, acceptance: Acceptance) -> bool: ...


async def nothing_unfiled(_: Sequence[Acceptance], __: date) -> Sequence[Acceptance]:
    """Where there is no state."""
    return ()


class InState:
    """Reads the acceptances of one database from the state, anew for each look."""

    def __init__(self, ledger: Ledger, database: str, *, forgets: bool = False) -> None:
        """Hold the parts.

        Args:
            ledger: the state.
            database: its configured name.
            forgets: take out of the state what the file says as well, and what has ended: a look by hand does not.
        """
        self._ledger = ledger
        self._database = database
        self._forgets = forgets
        self._last: Sequence[Acceptance] = ()

    async def __call__(self, filed: Sequence[Acceptance], today: date) -> Sequence[Acceptance]:
        try:
            # A disk that fails for a while must not open again what was accepted.
            self._last = await self._ledger.acceptances(self._database)
            if self._forgets:
                await self._forget(filed, today)
        except StateError as error:
            log.error("acceptances.state_failed", database=self._database, reason=str(error))  # noqa: TRY400 an expected error
        return self._last

    async def _forget(self, filed: Sequence[Acceptance], today: date) -> None:
        for each in self._last:
            if is_filed(each, filed):
                why = "it is in the file of acceptances"
            elif each.until is not None and each.until < today:
                why = "its last day is over"
            else:
                continue
            if await self._ledger.unaccept(self._database, each):
                log.info("acceptance.forgotten", database=self._database, fingerprint=each.fingerprint, reason=why)


def is_filed(acceptance: Acceptance, filed: Sequence[Acceptance]) -> bool:
    """Whether the file makes an acceptance of the state needless."""
    return any(each.outlasts(acceptance) for each in filed)
