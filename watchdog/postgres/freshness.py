"""Of when the newest value of a column is, at the price of an index lookup."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import asyncpg
import msgspec

from watchdog.postgres.bounded import RefusedError, bounded
from watchdog.postgres.queries import query
from watchdog.rows.facts import Newest, Unit
from watchdog.sqltext import display_name, qualified, quote_ident

Value = datetime | date | Decimal | int | float

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# As milliseconds March 1973, as seconds the year 5138.
LEAST_MILLISECONDS = 10**11

# To what type a bound is cast. Integers of any width compare with int8 by the same index, as do both float types.
_NUMBERS = {
    "smallint": "int8",
    "integer": "int8",
    "bigint": "int8",
    "numeric": "numeric",
    "real": "float8",
    "double precision": "float8",
}
_TIMES = {"timestamp with time zone": "timestamptz", "timestamp without time zone": "timestamp", "date": "date"}


class _Window(msgspec.Struct, frozen=True, kw_only=True):
    """Values from `low` to `high` that are all of one scale; `per_second` is of no meaning where they are times."""

    low: Value
    high: Value
    per_second: int = 1


async def newest(
    connection: asyncpg.Connection,
    schema: str,
    table: str,
    column: str,
    unit: Unit | None,
    not_after: datetime,
    *,
    statement_timeout_seconds: float = 2.0,
    lock_timeout_seconds: float = 1.0,
) -> Newest:
    """The newest value of an indexed column up to `not_after`, so that one of the far future does not hide the others.

    A timestamp without a time zone is taken as UTC, a date as the start of that day in UTC, a number as Unix time in
    `unit`, or in the one that its size tells. Infinite values, NaN and what is before 1970 do not count.

    The connection is inside a transaction of this question's own, which is of no further use without an answer.

    Raises:
        asyncpg.PostgresError: the server ended the connection.
    """
    bounds = bounded(
        connection,
        "the lookup",
        statement_timeout_seconds=statement_timeout_seconds,
        lock_timeout_seconds=lock_timeout_seconds,
    )
    try:
        async with bounds as patience:
            type_, only = await _lookup(connection, schema, table, column)
            # That a small table is cheaper to read whole is no reason to do it.
            await connection.execute("SET LOCAL enable_seqscan = off")
            name, cast = quote_ident(column), (_NUMBERS | _TIMES)[type_]
            asked = (
                f"SELECT max({name}) FROM {only}{qualified((schema, table))}"
                f" WHERE {name} BETWEEN $1::{cast} AND $2::{cast}"
            )
            found = []
            for window in _windows(type_, unit, not_after):
                value = await connection.fetchval(asked, window.low, window.high, timeout=patience)
                found += [] if value is None else [_moment(value, window.per_second)]
            return Newest(at=max(found, default=None), empty=not found)
    except RefusedError as refused:
        return Newest(reason=refused.reason, again=refused.again)


async def _lookup(connection: asyncpg.Connection, schema: str, table: str, column: str) -> tuple[str, str]:
    """The column's type and whether to ask ONLY this table, once nothing stands against the lookup."""
    facts = await connection.fetchrow(query("newest"), schema, table, column)
    if facts is None:
        raise RefusedError("the table is gone", again=True)
    if not facts["present"]:
        raise RefusedError(f"it has no column {display_name([column])}", again=True)
    if facts["type"] not in _NUMBERS | _TIMES:
        raise RefusedError(f"{display_name([column])} is of type {facts['type']}, neither a time nor a number")
    if not facts["may_select"]:
        raise RefusedError(f"no SELECT privilege on {display_name([column])}")
    if facts["row_security"]:
        raise RefusedError("row level security filters what this role can read")
    if not facts["populated"]:
        raise RefusedError("the materialized view is not populated")
    foreign = (schema, table) if facts["relkind"] == "f" else facts["foreign_partition"]
    if foreign:
        raise RefusedError(f"{display_name(foreign)} is a foreign table, which has no index here")
    if not facts["indexed"]:
        raise RefusedError(_no_index(f"{display_name((schema, table))} ({display_name([column])})", facts["relkind"]))
    return facts["type"], "" if facts["relkind"] == "p" else "ONLY "


def _no_index(on: str, relkind: str) -> str:
    if relkind == "p":
        # Which then takes those over and builds none.
        return f"no index begins with it: CREATE INDEX CONCURRENTLY on each partition, then CREATE INDEX ON {on}"
    return f"no index begins with it: CREATE INDEX CONCURRENTLY ON {on}"


def _windows(type_: str, unit: Unit | None, not_after: datetime) -> Iterator[_Window]:
    """Where values can lie that mean a moment up to `not_after`."""
    until = not_after.astimezone(UTC)
    match type_:
        case "timestamp with time zone":
            yield _Window(low=EPOCH, high=until)
        case "timestamp without time zone":
            yield _Window(low=EPOCH.replace(tzinfo=None), high=until.replace(tzinfo=None))
        case "date":
            yield _Window(low=EPOCH.date(), high=until.date())
        case _:
            seconds = int(until.timestamp())
            if unit != "ms":
                yield _Window(low=0, high=seconds)
            if unit != "s":
                yield _Window(low=0 if unit else LEAST_MILLISECONDS, high=seconds * 1000, per_second=1000)


def _moment(value: Value, per_second: int) -> datetime:
    match value:
        case datetime():
            return value if value.tzinfo else value.replace(tzinfo=UTC)
        case date():
            return datetime.combine(value, time(), tzinfo=UTC)
        case _:
            return EPOCH + timedelta(microseconds=int(Decimal(value) * 1_000_000 / per_second))
