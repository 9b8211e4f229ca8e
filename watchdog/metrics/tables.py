"""The metrics of watched tables. Only some tables have series of their own; how many have none is said too."""

from collections.abc import Iterator, Sequence

from prometheus_client.core import Metric

from watchdog.metrics.families import gauge
from watchdog.rows.reading import Reading
from watchdog.status import DatabaseStatus


def tables(databases: Sequence[DatabaseStatus]) -> Iterator[Metric]:
    """All of them."""
    yield _table_rows(databases)
    yield _table_rows_unknown(databases)
    yield _tables_without_series(databases)
    yield _newest_row(databases)


def _readings(database: DatabaseStatus) -> dict[tuple[str, str], Reading]:
    """Of the latest look only: when it failed, the counts before it are nobody's word any more."""
    result = database.latest.get("rows")
    return {(reading.schema, reading.table): reading for reading in result.readings} if result else {}


def _with_series(database: DatabaseStatus) -> Iterator[Reading]:
    """What is known of the tables that have series of their own, by name."""
    readings = _readings(database)
    return (readings[name] for name in sorted(database.watched_tables) if name in readings)


def _all(database: DatabaseStatus) -> set[tuple[str, str]]:
    """Also those of looks before the latest, where that read none."""
    results = filter(None, (database.results.get("rows"), database.latest.get("rows")))
    return {
        (reading.schema, reading.table) for result in results for reading in result.readings
    } | database.watched_tables


def _is_known(reading: Reading) -> bool:
    return reading.source != "unknown" and reading.rows is not None


def _table_rows(databases: Sequence[DatabaseStatus]) -> Metric:
    family = gauge("table_rows", "Rows of a watched table, and who says so.", "database", "schema", "table", "source")
    for database in databases:
        for reading in _with_series(database):
            if reading.rows is not None and _is_known(reading):
                family.add_metric([database.name, reading.schema, reading.table, reading.source], reading.rows)
    return family


def _table_rows_unknown(databases: Sequence[DatabaseStatus]) -> Metric:
    family = gauge("table_rows_unknown", "Tables whose row count nobody can vouch for.", "database")
    for database in databases:
        known = {name for name, reading in _readings(database).items() if _is_known(reading)}
        family.add_metric([database.name], len(_all(database) - known))
    return family


def _tables_without_series(databases: Sequence[DatabaseStatus]) -> Metric:
    family = gauge("tables_without_series", "Watched tables beyond those that have series of their own.", "database")
    for database in databases:
        family.add_metric([database.name], len(_all(database) - database.watched_tables))
    return family


def _newest_row(databases: Sequence[DatabaseStatus]) -> Metric:
    documentation = "Of when the newest value is of the column that tells how fresh a table is."
    family = gauge("table_newest_row_timestamp_seconds", documentation, "database", "schema", "table")
    for database in databases:
        for reading in _with_series(database):
            if reading.newest_at is not None:
                family.add_metric([database.name, reading.schema, reading.table], reading.newest_at.timestamp())
    return family
