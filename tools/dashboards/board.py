"""A dashboard around its panels: variables, links to the others, and what is marked in every graph."""

from collections.abc import Sequence

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models import dashboard as model

from tools.dashboards.parts import SOURCE, TAG, Part
from tools.dashboards.promql import WATCHDOG, added, came, findings, once, own, series

UIDS = {name: f"{TAG}-{name}" for name in ("overview", "database", "rows", "watchdog")}
_ALL = model.VariableOption(selected=True, text=["All"], value=["$__all"])


class Mark(model.AnnotationQuery):
    """An annotation from Prometheus, which the SDK knows only in part.

    Attributes:
        expr: marks each moment at which it is above 0; moments one after the other become a stretch.
        text: what is written there; `{{label}}` is the label's value.
        is_time: whether the value is the time of the mark, in milliseconds.
    """

    def __init__(self, name: str, color: str, expr: str, text: str, *, is_time: bool = False) -> None:
        super().__init__(name=name, datasource=SOURCE, icon_color=color, built_in=None, expr=expr)
        self.text, self.is_time = text, is_time

    def to_json(self) -> dict[str, object]:
        # Older Grafanas read the annotation's own expr, newer ones its target's.
        target = {"refId": "Anno", "expr": self.expr, "range": True, "instant": False, "datasource": SOURCE}
        words = {"titleFormat": self.name, "textFormat": self.text, "tagKeys": "", "useValueForTime": self.is_time}
        return super().to_json() | {"target": target} | words


MARKS = (
    Mark(
        "Drift is open",
        "red",
        added("database", findings(state="open", severity="~critical|warning")) + " > 0",
        "{{database}}: findings at or above warning are open",
    ),
    Mark(
        "Findings began or ended",
        "orange",
        added("database, event", came(series("finding_events_total"))) + " > 0",
        "{{database}}: {{event}}",
    ),
    Mark(
        "A baseline was captured or accepted",
        "blue",
        once("database", series("baseline_captured_timestamp_seconds")) + " * 1000",
        "{{database}}: what is expected is of this moment",
        is_time=True,
    ),
    Mark(
        "The watchdog began",
        "purple",
        f"max by (instance) (process_start_time_seconds{{{WATCHDOG}}}) * 1000",
        "{{instance}} began",
        is_time=True,
    ),
)


def variable(name: str, label: str, description: str, source: str) -> dashboard.QueryVariable:
    """Values of the label of this name that a metric has in the time that is shown."""
    query: dict[str, object] = {"qryType": 1, "query": f"label_values({source}, {name})", "refId": f"Variable-{name}"}
    return (
        dashboard.QueryVariable(name)
        .label(label)
        .description(description)
        .datasource(SOURCE)
        .query(query)
        .multi(True)
        .include_all(True)
        .current(_ALL)
        .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(model.VariableSort.NATURAL_ASC)
    )


def variables() -> list[dashboard.QueryVariable]:
    return [
        variable("job", "Job", "Prometheus' scrape job of the watchdogs.", "schema_watchdog_build_info"),
        variable("instance", "Watchdog", "Where a watchdog is scraped.", 'schema_watchdog_build_info{job=~"$job"}'),
        variable("database", "Database", "By its name in the watchdog's configuration.", own("database_up")),
    ]


def board(
    name: str, title: str, description: str, parts: Sequence[Part], more: Sequence[dashboard.QueryVariable] = ()
) -> model.Dashboard:
    """The dashboard `schema-watchdog-<name>`, its panels numbered in order."""
    made = (
        dashboard.Dashboard(f"schema-watchdog / {title}")
        .uid(UIDS[name])
        .description(description)
        .tags([TAG])
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .time("now-6h", "now")
        .refresh("1m")
        .with_variable(
            dashboard.DatasourceVariable("datasource")
            .label("Prometheus")
            .description("The data source that scrapes the watchdogs.")
            .type("prometheus")
        )
    )
    for each in [*variables(), *more]:
        made.with_variable(each)
    made.with_variable(
        dashboard.TextBoxVariable("page")
        .label("Watchdog's page")
        .description("Where your browser reaches the watchdog, for the links to it.")
        .default_value("http://127.0.0.1:9723/")
    )
    others = dashboard.DashboardLink("schema-watchdog").type(model.DashboardLinkType.DASHBOARDS)
    made.link(others.tags([TAG]).include_vars(True).keep_time(True).tooltip("The other dashboards, of the same time"))
    for part in parts:
        if isinstance(part, dashboard.Row):
            made.with_row(part)
        else:
            made.with_panel(part)
    return _finished(made.build())


def _finished(built: model.Dashboard) -> model.Dashboard:
    built.annotations.list_val = list(MARKS)
    for each in built.templating.list_val or []:
        # The SDK writes what only intervals have into every variable.
        each.auto = each.auto_min = each.auto_count = None
    for number, panel in enumerate(built.panels or [], start=1):
        panel.id_val = number
    return built
