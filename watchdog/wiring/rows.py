"""The look at the rows of a configured database, and what was agreed about them."""

import functools
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from watchdog.config import rows as settings
from watchdog.config.settings import Database
from watchdog.contracts.contract import Contract
from watchdog.contracts.needs import needs
from watchdog.cron import Span, Window, starts, time_zone
from watchdog.errors import ConfigError
from watchdog.look.rows import Due, RowsLook
from watchdog.look.seen import Look, within
from watchdog.look.unfiled import Unfiled, nothing_unfiled
from watchdog.postgres.connection import Connection
from watchdog.postgres.counter import Counter
from watchdog.rows.history import HOUR, Point
from watchdog.rows.judge import routine
from watchdog.rows.level import Name
from watchdog.rows.loss import Thresholds
from watchdog.rows.selection import matches
from watchdog.rows.terms import Budget, MeantDrop, Terms, with_needs
from watchdog.store.state import State
from watchdog.wiring.database import policy, selection

# Of the time that a look has: one that is given up has counted in vain.
MOST_COUNTING = 0.75


class RowMemory(msgspec.Struct, frozen=True):
    """What the state remembers of one database's rows; without a state, nothing."""

    database: str
    state: State | None = None

    async def levels(self) -> Mapping[Name, bytes]:
        return await self.state.levels(self.database) if self.state else {}

    async def history(self, name: Name, since: datetime) -> Sequence[Point]:
        return await self.state.history(self.database, name, HOUR, since) if self.state else ()


def rows_look(
    database: Database,
    connection: Connection,
    replica: Connection | None,
    state: State | None,
    due: Due = routine,
    counting: Budget | None = None,
    contracts: Sequence[Contract] = (),
    unfiled: Unfiled = nothing_unfiled,
) -> Look:
    """The look that the daemon, `check` and `rows` share; the latter two may say what to count, and at which price.

    A table of whose rows a contract speaks is watched whatever is selected.
    """
    chosen, needed, wanted = selection(database), needs(contracts), counting or budget(database)

    def watched(schema: str, table: str) -> bool:
        chosen_too = chosen.takes(schema) and matches(schema, table, database.rows.watch)
        return chosen_too or (schema, table) in needed

    look = RowsLook(
        database.name,
        Counter(connection, replica),
        RowMemory(database.name, state),
        watched,
        terms(database, contracts),
        msgspec.structs.replace(wanted, seconds=min(wanted.seconds, MOST_COUNTING * database.timeouts.look)),
        policy(database, unfiled),
        due,
        _needed(database.rows),
    )
    return within(database.timeouts.look, look)


def _needed(rows: settings.Rows) -> tuple[str, ...]:
    """The patterns that must fit a table: else a typing error would leave unwatched what somebody cares for.

    But for `*`, which nobody mistypes and which fits no table of a database that is yet to be filled.
    """
    declared = ("min_rows", "max_rows", "growth", "freshness")
    entries = [entry for entry in rows.tables if any(getattr(entry, name) is not None for name in declared)]
    patterns = (*rows.watch, *(pattern for entry in entries for pattern in entry.match))
    return tuple(pattern for pattern in patterns if pattern != "*")


def budget(database: Database) -> Budget:
    counting = database.rows.counting
    return Budget(
        pages=counting.pages,
        seconds=counting.time,
        exact_every=_timedelta(counting.exact.every),
        exact_pages=counting.exact.pages,
    )


def terms(database: Database, contracts: Sequence[Contract] = ()) -> Callable[[str, str], Terms]:
    """What was agreed about each table of the database, by schema and name, and what components need of it.

    Raises:
        ConfigError: both want freshness of one table, and of different columns.
    """
    rows, needed = database.rows, needs(contracts)
    meant = [(each.tables, _meant(each)) for each in (*rows.retention, *rows.maintenance)]

    @functools.cache
    def of(schema: str, table: str) -> Terms:
        entries = [entry for entry in rows.tables if matches(schema, table, entry.match)]
        # What an earlier entry has stands, also where it is null.
        had = {name: getattr(entry, name) for entry in reversed(entries) for name in entry.model_fields_set}
        own = settings.Table.model_construct(**had)
        warn, critical = own.warn or rows.warn, own.critical or rows.critical
        agreed = Terms(
            thresholds=Thresholds(warn_percent=warn.percent, warn_rows=warn.rows, critical_percent=critical.percent),
            min_rows=own.min_rows,
            max_rows=own.max_rows,
            growth=_timedelta(own.growth),
            paced=own.growth is not None or "growth" not in had,
            freshness=None if own.freshness is None else settings.as_term(own.freshness),
            meant=tuple(drop for tables, drop in meant if matches(schema, table, tables)),
        )
        return with_needs(agreed, needed.get((schema, table), ()))

    mistakes = []
    for name, needing in needed.items():
        try:
            of(*name)
        except ValueError as error:
            who = ", ".join(each.component for each in needing if each.freshness)
            mistakes.append(
                f"databases.{database.name}.rows.tables, and the contract of {who}: {'.'.join(name)}: {error}"
            )
    if mistakes:
        raise ConfigError(mistakes)
    return of


def _timedelta(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


def _meant(declared: settings.Retention | settings.RecurringMaintenance | settings.MaintenanceOnce) -> MeantDrop:
    window = (
        Span(begin=declared.from_, end=declared.until)
        if isinstance(declared, settings.MaintenanceOnce)
        else Window(
            starts=starts(declared.schedule, time_zone(declared.timezone)), lasts=timedelta(seconds=declared.lasts)
        )
    )
    # A look asks the same of each table, and to search in cron for each would cost more than all else.
    opened = functools.lru_cache(maxsize=8)(window.opened)
    if not isinstance(declared, settings.Retention):
        return MeantDrop(opened=opened, mutes=True, reason=declared.reason)
    return MeantDrop(
        opened=opened,
        percent=declared.at_most.percent,
        rows=declared.at_most.rows,
        partitions=declared.at_most.partitions,
        reason=declared.reason,
    )
