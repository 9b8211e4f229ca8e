"""What people accepted, until it is written to the acceptance file in git."""

from datetime import datetime

import msgspec

from watchdog.finding import Finding
from watchdog.schema.rules import Acceptance
from watchdog.store.ledger import Ledger, by_whom


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """An acceptance that is in no file yet.

    Attributes:
        finding: as it was when it was accepted.
        at: when it was, UTC.
    """

    acceptance: Acceptance
    finding: Finding
    at: datetime


class Acceptances(Ledger):
    """The part of the state that knows what is accepted beside the file."""

    async def accept(self, database: str, finding: Finding, acceptance: Acceptance, at: datetime) -> None:
        """Note that somebody has accepted a finding, until it is written to the acceptance file in git."""
        async with self._transaction():
            await self._sqlite.execute(
                "INSERT OR REPLACE INTO acceptances (database, fingerprint, body) VALUES (?, ?, ?)",
                (
                    database,
                    acceptance.fingerprint,
                    msgspec.json.encode(Recorded(acceptance=acceptance, finding=finding, at=at)),
                ),
            )
            words = by_whom(f"{finding.message}; not in the acceptance file yet", acceptance.by, acceptance.reason)
            await self._note(database, [("accepted", finding, words)], at)

    async def unaccept(self, database: str, acceptance: Acceptance) -> bool:
        """Forget one that stands in the file now, or has ended; returns whether it was there, and not another since."""
        async with self._transaction():
            for known in await self._recorded(database, acceptance.fingerprint):
                if known.acceptance == acceptance:
                    await self._unaccept(database, acceptance.fingerprint)
                    return True
            return False

    async def take_back(self, database: str, fingerprint: str, by: str, at: datetime) -> bool:
        """Somebody does not accept a finding any more; returns whether it was accepted in the state."""
        async with self._transaction():
            known = await self._recorded(database, fingerprint)
            for each in known:
                await self._unaccept(database, fingerprint)
                await self._note(database, [("unaccepted", each.finding, by_whom(each.finding.message, by, ""))], at)
            return bool(known)

    async def acceptances(self, database: str) -> tuple[Acceptance, ...]:
        """Those of a database that are in no file yet."""
        return tuple(each.acceptance for each in await self.recorded(database))

    async def recorded(self, database: str) -> tuple[Recorded, ...]:
        """The same, with what was accepted and when."""
        rows = await self._read("SELECT body FROM acceptances WHERE database = ? ORDER BY fingerprint", (database,))
        return tuple(each for _, each in self._sound("acceptances", rows, Recorded))

    async def _recorded(self, database: str, fingerprint: str) -> list[Recorded]:
        rows = await self._sqlite.execute_fetchall(
            "SELECT body FROM acceptances WHERE database = ? AND fingerprint = ?", (database, fingerprint)
        )
        return [each for _, each in self._sound("acceptances", rows, Recorded)]

    async def _unaccept(self, database: str, fingerprint: str) -> None:
        await self._sqlite.execute(
            "DELETE FROM acceptances WHERE database = ? AND fingerprint = ?", (database, fingerprint)
        )
