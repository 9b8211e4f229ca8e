"""The metrics of watched tables. Only some tables have series of their own; how many have none is said too."""

from collections.abc import Iterator, Mapping, Sequence

from prometheus_client.core import Metric

from watchdog.metrics.family import gauge
from watchdog.rows.reading import Reading
from watchdog.status import CheckName, CheckResult, DatabaseStatus

Name = tuple[str, str]
# A database, and what the latest look knows of its tables: when that failed, the counts before it are nobody's word.
Read = tuple[DatabaseStatus, dict[Name, Reading]]


def tables(databases: Sequence[DatabaseStatus]) -> Iterator[Metric]:
    """All of them."""
    read = [(database, _readings(database.latest)) for database in databases]
    yield _table_rows(read)
    yield _table_rows_unknown(read)
    yield _tables_without_series(read)
    yield _newest_row(read)


def _readings(results: Mapping[CheckName, CheckResult]) -> dict[Name, Reading]:
    return {(one.schema, one.table): one for one in results["rows"].readings} if "rows" in results else {}


def _with_series(database: DatabaseStatus, readings: Mapping[Name, Reading]) -> Iterator[Reading]:
    """What is known of the tables that have series of their own, by name."""
    return (readings[name] for name in sorted(database.watched_tables) if name in readings)


def _departed(database: DatabaseStatus, readings: Mapping[Name, Reading]) -> frozenset[Name]:
    """Tables that an earlier look knew, and of which the latest says nothing."""
    return database.watched_tables.union(_readings(database.results)).difference(readings)


def _table_rows(read: Sequence[Read]) -> Metric:
    family = gauge("table_rows", "Rows of a watched table, and who says so.", "database", "schema", "table", "source")
    for database, readings in read:
        for reading in _with_series(database, readings):
            if reading.source != "unknown" and reading.rows is not None:
                family.add_metric([database.name, reading.schema, reading.table, reading.source], reading.rows)
    return family


def _table_rows_unknown(read: Sequence[Read]) -> Metric:
    family = gauge("table_rows_unknown", "Tables whose row count nobody can vouch for.", "database")
    for database, readings in read:
        unknown = sum(reading.source == "unknown" or reading.rows is None for reading in readings.values())
        family.add_metric([database.name], unknown + len(_departed(database, readings)))
    return family


def _tables_without_series(read: Sequence[Read]) -> Metric:
    family = gauge("tables_without_series", "Watched tables beyond those that have series of their own.", "database")
    for database, readings in read:
        every = readings.keys() | _departed(database, readings)
        family.add_metric([database.name], len(every - database.watched_tables))
    return family


def _newest_row(read: Sequence[Read]) -> Metric:
    documentation = "Of when the newest value is of the column that tells how fresh a table is."
    family = gauge("table_newest_row_timestamp_seconds", documentation, "database", "schema", "table")
    for database, readings in read:
        for reading in _with_series(database, readings):
            if reading.newest_at is not None:
                family.add_metric([database.name, reading.schema, reading.table], reading.newest_at.timestamp())
    return family
