"""One table's numbers, side by side: what was expected, what was read, what was counted."""

import msgspec

from watchdog.rows.facts import Confirmation
from watchdog.rows.level import TRUST, Level, Observation
from watchdog.rows.loss import Thresholds, expected, without_overcount


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One table's numbers, side by side. `rows` is the best that is known: counted, else read."""

    level: Level
    now: Observation
    confirmation: Confirmation | None
    expected: int
    vouched: bool
    rows: int
    warn: int
    critical: int
    thresholds: Thresholds

    @property
    def lost(self) -> int:
        return self.expected - self.rows

    @property
    def is_loss(self) -> bool:
        return self.expected > 0 and self.lost >= self.warn

    @property
    def is_critical_loss(self) -> bool:
        return self.is_loss and self.lost >= self.critical

    @property
    def is_counted(self) -> bool:
        return self.confirmation is not None and self.confirmation.counted is not None

    @property
    def is_exact(self) -> bool:
        return self.confirmation is not None and self.confirmation.exact is not None

    @property
    def is_enough(self) -> bool:
        """A count found at least as many rows as it was asked for."""
        return self.confirmation is not None and self.confirmation.enough

    @property
    def is_back(self) -> bool:
        """Within half of the threshold, so that a count at its edge does not open and resolve in turns."""
        return 2 * self.lost <= self.warn

    @property
    def is_lesser(self) -> bool:
        """Read from a source of less trust than the one that showed the open drop."""
        return self.level.drop is not None and TRUST[self.now.source] < TRUST[self.level.drop.source]

    @property
    def is_disproved(self) -> bool:
        """A count showed this reading to be too low; what it says counts again once it falls by a threshold more."""
        before = self.level.disproved
        if before is None:
            return False
        fallen = before - (self.now.rows or 0)
        return fallen <= 0 or fallen < self.thresholds.warn(before)


def case_of(
    level: Level, now: Observation, read: int, confirmation: Confirmation | None, thresholds: Thresholds
) -> Case:
    """Put side by side what was, what was `read` now, and what a count said of it."""
    basis = expected(level, now)
    rows = read
    if confirmation is not None and confirmation.exact is not None:
        rows = confirmation.exact
    elif confirmation is not None and confirmation.enough:
        rows = max(read, confirmation.floor)
    before = without_overcount(level, now, basis.rows, rows)
    return Case(
        level=level,
        now=now,
        confirmation=confirmation,
        expected=before,
        vouched=basis.vouched,
        rows=rows,
        warn=thresholds.warn(before),
        critical=thresholds.critical(before),
        thresholds=thresholds,
    )
