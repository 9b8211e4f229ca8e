"""What can be configured of the row counts."""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Discriminator, Field, Tag, model_validator

from watchdog.config.fields import (
    Count,
    Dsn,
    Duration,
    DurationOrNever,
    Moment,
    Percent,
    Reason,
    Schedule,
    Section,
    Tables,
    TimeZone,
)
from watchdog.config.server import Reached
from watchdog.rows import terms

SomeTables = Annotated[tuple[Tables, ...], Field(min_length=1)]


class WarnDrop(Section):
    percent: Percent = 20.0
    rows: Count = 100


class CriticalDrop(Section):
    percent: Percent = 50.0


class Freshness(Section):
    """How old the newest value of a column may be: of a time, a date, or a number since 1970."""

    column: Annotated[str, Field(min_length=1)]
    max_age: Duration
    # Of a number; without, its size tells.
    unit: Literal["s", "ms"] | None = None


def as_term(agreed: Freshness) -> terms.Freshness:
    """The same as the rows know it."""
    return terms.Freshness(column=agreed.column, max_age=timedelta(seconds=agreed.max_age), unit=agreed.unit)


class Table(Section):
    """What single tables need. Of several entries that match a table, each setting is of the first that has it.

    A setting that is null is had too: it takes the table out of what later entries say.
    """

    match: SomeTables
    warn: WarnDrop | None = None
    critical: CriticalDrop | None = None
    min_rows: Count | None = None
    max_rows: Count | None = None
    # null: not even the table's own habit tells.
    growth: Duration | None = None
    freshness: Freshness | None = None

    @model_validator(mode="after")
    def _bounds_leave_room(self) -> Self:
        if self.min_rows is not None and self.max_rows is not None and self.min_rows > self.max_rows:
            raise ValueError(f"min_rows is {self.min_rows}, more than max_rows, which is {self.max_rows}")
        return self


class AtMost(Section):
    """How much may go while a window is open. Of several bounds each must hold."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    percent: Percent | None = None
    rows: Count | None = None
    partitions: Count | None = None

    @model_validator(mode="after")
    def _is_a_bound(self) -> Self:
        if self.percent is None and self.rows is None and self.partitions is None:
            raise ValueError("give percent, rows or partitions (what has no bound is maintenance)")
        return self


class _Recurring(Section):
    """Opens when cron would start a job."""

    schedule: Schedule
    lasts: Duration = 3600.0
    timezone: TimeZone = "UTC"
    reason: Reason


class Retention(_Recurring):
    """A job that deletes by plan."""

    tables: SomeTables
    at_most: AtMost


class RecurringMaintenance(_Recurring):
    """A window that comes again, in which tables may lose anything, stop growing and grow old."""

    tables: SomeTables = ("*",)


class MaintenanceOnce(Section):
    """A window that comes once, in which tables may lose anything, stop growing and grow old."""

    tables: SomeTables = ("*",)
    from_: Moment = Field(alias="from")
    until: Moment
    reason: Reason

    @model_validator(mode="before")
    @classmethod
    def _comes_once(cls, data: object) -> object:
        again = set(data) & {"schedule", "lasts", "timezone"} if isinstance(data, dict) else ()
        if again:
            raise ValueError(f"{min(again)} does not go with from and until: a window comes again, or once")
        return data

    @model_validator(mode="after")
    def _ends_after_it_began(self) -> Self:
        if self.until <= self.from_:
            raise ValueError("until must be later than from")
        return self


def _which_maintenance(value: object) -> str:
    given = set(value) & {"from", "until"} if isinstance(value, dict) else isinstance(value, MaintenanceOnce)
    return "once" if given else "recurring"


Maintenance = Annotated[
    Annotated[RecurringMaintenance, Tag("recurring")] | Annotated[MaintenanceOnce, Tag("once")],
    Discriminator(_which_maintenance),
]


class Exact(Section):
    """Counts to the end though nothing is suspected, spread over the looks."""

    every: DurationOrNever = 86400.0
    pages: Count = 1000


class Counting(Reached):
    """What one look may spend on counts."""

    secrets = ("dsn",)

    # Of 8 kB.
    pages: Count = 100_000
    time: Duration = 10.0
    exact: Exact = Exact()
    # A standby that counts in the place of the watched server; also as `connection`.
    dsn: Dsn | None = None


class Rows(Section):
    """Which tables' row counts are watched, as schema.table patterns, and what is made of them."""

    watch: tuple[Tables, ...] = ("*",)
    warn: WarnDrop = WarnDrop()
    critical: CriticalDrop = CriticalDrop()
    tables: tuple[Table, ...] = ()
    retention: tuple[Retention, ...] = ()
    maintenance: tuple[Maintenance, ...] = ()
    counting: Counting = Counting()
