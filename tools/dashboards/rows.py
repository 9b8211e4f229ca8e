"""Row counts: where rows went, when, and who says so."""

from grafana_foundation_sdk.models import dashboard as model

from tools.dashboards.board import board, variable
from tools.dashboards.parts import (
    SEVERITIES,
    Column,
    Part,
    graph,
    now,
    one_number,
    over_time,
    rows_of,
)
from tools.dashboards.promql import added, findings, most, once, own, series
from watchdog.check import MOST_TABLE_SERIES

TABLE = "database, schema, table"
CHOSEN = {"schema": "~$schema", "table": "~$table"}
COUNT = series("table_rows", **CHOSEN)
ROWS = once(TABLE, COUNT)
HIGHEST = once(TABLE, f"max_over_time({COUNT}[$__range] @ end())")
LOWEST = f"min by ({TABLE}) (min_over_time({COUNT}[$__range] @ end()))"
# Series that one graph shows; choose schema or table to see others.
SHOWN = 25

_FALLS = ((None, "red"), (-0.5, "orange"), (-0.2, "green"))
_EMPTY = "No watched table could be counted"
_SOURCES = {"exact": "green", "live": "blue", "planner": "purple", "nobody": "red"}


def made() -> model.Dashboard:
    schema = variable("schema", "Schema", "Of the watched tables.", own("table_rows", database="~$database"))
    tables = own("table_rows", database="~$database", schema="~$schema")
    table = variable("table", "Table", "The watched tables.", tables)
    description = "Where rows went, when, and who says so. Only watched tables have series of their own."
    return board("rows", "Rows", description, [*_numbers(), *_panels()], [schema, table])


def _numbers() -> list[Part]:
    lost = findings(kind="rows", state="open")
    return [
        one_number(
            "Open findings about rows",
            "Losses, too few or too many rows, rows that no longer come; in the chosen databases.",
            "none",
            now(f"sum({lost})", "open"),
            steps=((None, "green"), (1, "red")),
            width=5,
        ),
        one_number(
            "Tables counted",
            "Watched tables with a number that somebody vouches for, of those that are chosen.",
            "none",
            now(f"count({ROWS})", "counted"),
            empty=_EMPTY,
            width=5,
        ),
        one_number(
            "Tables that nobody can vouch for",
            "Their statistics were reset, or they are locked, hidden or new. A loss there is not seen until they are "
            "counted again.",
            "none",
            now(f"sum({once('database', series('table_rows_unknown'))})", "unknown"),
            steps=((None, "green"), (1, "purple")),
            width=5,
        ),
        one_number(
            "Tables without a series",
            f"Watched too, but beyond the first {MOST_TABLE_SERIES} of a database: the page and the API have them.",
            "none",
            now(f"sum({once('database', series('tables_without_series'))})", "without"),
            width=4,
        ),
        one_number(
            "Deepest fall",
            "Of any chosen table, from its highest count in this time.",
            "percentunit",
            now(f"min({ROWS} / ({HIGHEST} > 0) - 1)", "fall"),
            empty=_EMPTY,
            steps=_FALLS,
            width=5,
        ),
    ]


def _panels() -> list[Part]:
    earlier = once(TABLE, f"{COUNT} offset $__interval")
    fall = f"{ROWS} / ({HIGHEST} > 0) - 1"
    written = series("table_newest_row_timestamp_seconds", **CHOSEN)
    newest = f"time() - {once(TABLE, written)}"
    stalest = f"bottomk({SHOWN}, {once(TABLE, f'{written} @ end()')})"
    return [
        rows_of(
            "Tables",
            "Each chosen table: its rows now, who says so, its highest count in this time, and how far below it is.",
            ["database", "schema", "table", "source"],
            [
                Column("Rows", once(f"{TABLE}, source", COUNT), "locale"),
                Column("Highest", HIGHEST, "locale"),
                Column("Fall", fall, "percentunit", _FALLS),
                Column("Newest row is of", newest, "s"),
            ],
            empty=_EMPTY,
            height=10,
            worst=("Fall", False),
        ),
        graph(
            "Falls",
            f"How far each table is below its highest count in this time; the {SHOWN} that fell deepest.",
            "percentunit",
            over_time(f"{fall} and bottomk({SHOWN}, {LOWEST} / ({HIGHEST} > 0))", "{{schema}}.{{table}}"),
            empty=_EMPTY,
            least=None,
            limits=((None, "transparent"), (-0.5, "red"), (-0.2, "orange")),
        ),
        graph(
            "Rows",
            f"Of the {SHOWN} largest of the chosen tables.",
            "locale",
            over_time(most(SHOWN, ROWS, HIGHEST), "{{schema}}.{{table}}"),
            empty=_EMPTY,
        ),
        graph(
            "Age of the newest row",
            "Of tables whose freshness is configured. A line that climbs: nothing is written any more.",
            "s",
            over_time(f"{newest} and {stalest}", "{{schema}}.{{table}}"),
            empty="No table has a column that tells how fresh it is",
        ),
        graph(
            "Tables by who counted them",
            "exact: counted to the end. live: the statistics. planner: an estimate. nobody: no number can be believed.",
            "none",
            over_time(f"count by (source) ({once(f'{TABLE}, source', COUNT)})", "{{source}}"),
            over_time(f"sum({once('database', series('table_rows_unknown'))})", "nobody"),
            colors=_SOURCES,
            stacked=True,
            whole=True,
        ),
        graph(
            "Open findings about rows, by severity",
            "In the chosen databases, whichever tables are chosen.",
            "none",
            over_time(added("severity", findings(kind="rows", state="open")), "{{severity}}"),
            colors=SEVERITIES,
            stacked=True,
            whole=True,
        ),
        graph(
            "Rows that came and went",
            f"Since the step before; of the {SHOWN} largest of the chosen tables. Below 0: rows went.",
            "locale",
            over_time(most(SHOWN, f"({ROWS} - {earlier})", HIGHEST), "{{schema}}.{{table}}"),
            empty=_EMPTY,
            least=None,
        ),
    ]
