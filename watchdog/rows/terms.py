"""What is agreed about a table: how far it may fall, what it must hold, and which drops are meant."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from watchdog.rows.facts import Unit
from watchdog.rows.loss import Thresholds


class Freshness(msgspec.Struct, frozen=True, kw_only=True):
    """How old the newest value of a column may be.

    Attributes:
        column: of a time, a date, or a number since 1970.
        unit: of a number: seconds or milliseconds; None when its size is to tell.
    """

    column: str
    max_age: timedelta
    unit: Unit | None = None


class Needed(msgspec.Struct, frozen=True, kw_only=True):
    """What a component needs of one table's rows."""

    component: str
    min_rows: int | None = None
    freshness: Freshness | None = None


class MeantDrop(msgspec.Struct, frozen=True, kw_only=True):
    """A drop that is declared: a retention job, dropped partitions, maintenance. Without any bound all may go.

    Of several bounds each must hold.

    Attributes:
        opened: (from, to) -> when the window began that was open at some time between the two; None when none was.
        percent: at most, of what the table held when the window opened.
        rows: at most.
        partitions: at most, counted by those that went.
        mutes: whether also what stops growing or grows old then is meant.
        reason: for people.
    """

    opened: Callable[[datetime, datetime], datetime | None]
    percent: float | None = None
    rows: int | None = None
    partitions: int | None = None
    mutes: bool = False
    reason: str = ""


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for one table.

    Attributes:
        min_rows: fewer are a finding.
        max_rows: more are a finding.
        growth: the longest time without a new row; None when what the table does by itself is to tell.
        paced: whether that may tell; False when nobody is to be told of a silence.
        needed: by whom, where `min_rows` and `freshness` hold for components too.
    """

    thresholds: Thresholds = Thresholds()
    min_rows: int | None = None
    max_rows: int | None = None
    growth: timedelta | None = None
    paced: bool = True
    freshness: Freshness | None = None
    meant: tuple[MeantDrop, ...] = ()
    needed: tuple[Needed, ...] = ()

    def short_of(self, rows: int) -> tuple[str, ...]:
        """The components that need more rows than these."""
        return _components(each for each in self.needed if each.min_rows is not None and rows < each.min_rows)

    def waiting_for(self, age: timedelta | None) -> tuple[str, ...]:
        """The components for which the newest value is too old, or that find none at all (None)."""
        return _components(
            each for each in self.needed if each.freshness and (age is None or age > each.freshness.max_age)
        )


def with_needs(terms: Terms, needed: Sequence[Needed]) -> Terms:
    """The stricter of what is agreed and of what components need.

    Raises:
        ValueError: freshness of two columns: only one can be looked at.
    """
    fresh = [each.freshness for each in needed if each.freshness]
    fresh += [terms.freshness] if terms.freshness else []
    if len({each.column for each in fresh}) > 1 or len({each.unit for each in fresh} - {None}) > 1:
        told = sorted({f"{each.column} ({each.unit or 'unit not said'})" for each in fresh})
        raise ValueError(f"freshness is wanted of {' and of '.join(told)}; it can be of one column and unit only")
    strictest = min(fresh, key=lambda each: each.max_age, default=None)
    if strictest:
        unit = next((each.unit for each in fresh if each.unit), None)
        strictest = msgspec.structs.replace(strictest, unit=unit)
    fewest = [rows for rows in (terms.min_rows, *(each.min_rows for each in needed)) if rows is not None]
    return msgspec.structs.replace(terms, min_rows=max(fewest, default=None), freshness=strictest, needed=tuple(needed))


def _components(needed: Iterable[Needed]) -> tuple[str, ...]:
    return tuple(sorted({each.component for each in needed}))


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """What one look may spend on counting.

    Attributes:
        pages: that may be read, 8 kB each.
        seconds: in all; what is under way then is cancelled on the server.
        exact_every: how often a table is counted to the end though nothing is suspected; None for never.
        exact_pages: of this, at most so many pages in one look.
    """

    pages: int = 100_000
    seconds: float = 10.0
    exact_every: timedelta | None = timedelta(days=1)
    exact_pages: int = 1_000
