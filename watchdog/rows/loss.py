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
    what the new source itself said when the level was set. Only a fall below both is a fall.
    """
    before = {part.name: part for part in level.base.parts}
    if all(part.source == before[part.name].source for part in now.parts if part.name in before):
        return Expected(rows=level.rows, vouched=True)
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


def without_overcount(level: Level, now: Observation, expected: int, rows: int) -> int:
    """What was expected, less what was never there.

    An ANALYZE or VACUUM that runs before a session's own counts arrive makes the live count too high, up to twofold,
    until the next one corrects it. That fall shows no deletion and no new file, and the planner had always counted
    fewer.

    Args:
        level: what the table is measured against.
        now: this look's.
        expected: rows, by the level.
        rows: that are there now, counted or read.
    """
    then = {part.name: part for part in level.base.parts}
    here = {part.name: part for part in now.parts}
    planner = [part.planner for part in then.values()]
    comparable = (
        now.server.same_statistics(level.base.server)
        and then.keys() == here.keys()
        and all(part.trusted for part in (*then.values(), *here.values()))
        and all((old.oid, old.relfilenode) == (here[name].oid, here[name].relfilenode) for name, old in then.items())
    )
    if not comparable or None in planner:
        return expected
    deleted = sum(here[name].deleted - old.deleted for name, old in then.items())
    return min(expected, max(rows + deleted, sum(filter(None, planner))))
