"""How many rows are lost, compared like with like, and how many are too many."""

import math

import msgspec

from watchdog.rows.level import Level, Observation


class Thresholds(msgspec.Struct, frozen=True, kw_only=True):
    """When a loss is a drop. To empty always is, so a table of fewer than `warn_rows` is judged by that alone.

    Attributes:
        warn_percent: of the level; both this and `warn_rows` must be lost.
        critical_percent: of the level.
    """

    warn_percent: float = 20
    warn_rows: int = 100
    critical_percent: float = 50

    def warn(self, level: int) -> int:
        """The fewest rows whose loss from `level` is a warning; at least 1 for a level above 0."""
        return min(level, max(self.warn_rows, math.ceil(level * self.warn_percent / 100), 1))

    def critical(self, level: int) -> int:
        """The fewest rows whose loss from `level` is critical."""
        return min(level, max(self.warn(level), math.ceil(level * self.critical_percent / 100)))


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """What an observation is compared with.

    Attributes:
        vouched: the source now in use had a count before too. Without, only a count can make a drop of the difference.
    """

    rows: int
    vouched: bool


def expected(level: Level, now: Observation) -> Expected:
    """The level as the source now in use would have had it.

    Sources disagree by nature, so where one took over from another the lower of two numbers is expected: the level, and
    what the new source itself said when the level was set. Only a fall below both is a fall. Likewise where a count is
    carried on that was not when the level was set, or no longer is: then the live counts of both are compared.
    """
    before = {part.name: part for part in level.base.parts}
    if all(part.source == before[part.name].source for part in now.parts if part.name in before):
        if now.rows is None or (now.counted_at is None) == (level.base.counted_at is None):
            return Expected(rows=level.rows, vouched=True)
        fallen = _sum(level.base) - _sum(now) + level.gone
        return Expected(rows=min(level.rows, max(now.rows + fallen, 0)), vouched=True)
    rows = 0
    vouched = True
    for part in now.parts:
        old = before.pop(part.name, None)
        if old is None:
            continue
        own = old.rows_by(part.source)
        vouched = vouched and own is not None
        rows += (old.rows_by(old.source) or 0) if own is None else own
    rows += sum(old.rows_by(old.source) or 0 for old in before.values())
    return Expected(rows=min(level.rows, rows), vouched=vouched)


def _sum(one: Observation) -> int:
    """What its own sources say, without a count."""
    return sum(part.rows_by(part.source) or 0 for part in one.parts)
