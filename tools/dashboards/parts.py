"""What the dashboards share: the shape of each sort of panel, variables, links and annotations."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import common as options
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

TAG = "schema-watchdog"
SOURCE = model.DataSourceRef(type_val="prometheus", uid="${datasource}")
SEVERITIES = {"critical": "red", "warning": "orange", "info": "blue"}
# Number of `tools.dashboards.promql.verdict` -> its words and its colour.
VERDICTS = {
    0: ("as expected", "green"),
    1: ("info", "blue"),
    2: ("not verified", "purple"),
    3: ("warning", "orange"),
    4: ("critical", "red"),
}
ANSWERS = {0: ("no answer", "red"), 1: ("answers", "green")}
NO_WATCHDOG = "No watchdog was scraped"

# How a panel's links keep what is chosen.
_KEPT = "${datasource:queryparam}&${job:queryparam}&${instance:queryparam}&${page:queryparam}&${__url_time_range}"

Panel = TypeVar("Panel", stat.Panel, statetimeline.Panel, table.Panel, timeseries.Panel)
Steps = Sequence[tuple[float | None, str]]
PLAIN: Steps = ((None, "text"),)
NONE_IS_GOOD: Steps = ((None, "green"), (1, "red"))


def over_time(expr: str, legend: str) -> prometheus.Dataquery:
    return prometheus.Dataquery().expr(expr).range().legend_format(legend)


def now(expr: str, legend: str) -> prometheus.Dataquery:
    return prometheus.Dataquery().expr(expr).instant().legend_format(legend)


def as_rows(expr: str) -> prometheus.Dataquery:
    return prometheus.Dataquery().expr(expr).instant().format(PromQueryFormat.TABLE)


def thresholds(steps: Steps) -> dashboard.ThresholdsConfig:
    given = [model.Threshold(value=value, color=color) for value, color in steps]
    return dashboard.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(given)


def words(meaning: Mapping[int, tuple[str, str]]) -> list[model.ValueMapping]:
    """What is written, and in which colour, instead of a number."""
    results = {str(value): model.ValueMappingResult(text=text, color=color) for value, (text, color) in meaning.items()}
    return [model.ValueMap(options=results)]


def to_database(name: str) -> dashboard.DashboardLink:
    """From what is clicked to the dashboard of its database; `name` is Grafana's variable for that."""
    url = f"/d/schema-watchdog-database?var-database=${{{name}:percentencode}}&{_KEPT}"
    return dashboard.DashboardLink("Findings and coverage of this database").url(url)


OF_SERIES = to_database("__field.labels.database")
OF_ROW = to_database("__data.fields.database")
TO_PAGE = dashboard.DashboardLink("The watchdog's page: what broke, and the SQL that mends it").url("${page:raw}")
_LINKS = (TO_PAGE,)


def _panel(
    panel: Panel,
    title: str,
    description: str,
    unit: str,
    queries: Sequence[prometheus.Dataquery],
    empty: str,
    width: int,
    height: int,
    links: Sequence[dashboard.DashboardLink],
    coloring: model.FieldColorModeId = model.FieldColorModeId.THRESHOLDS,
) -> Panel:
    for ref_id, query in zip("ABCDEFGHIJKL", queries, strict=False):
        panel.with_target(query.ref_id(ref_id).datasource(SOURCE))
    panel.title(title).description(description).datasource(SOURCE).unit(unit).no_value(empty)
    panel.color_scheme(dashboard.FieldColor().mode(coloring))
    return panel.data_links(list(links)).span(width).height(height)


def one_number(
    title: str,
    description: str,
    unit: str,
    *queries: prometheus.Dataquery,
    empty: str = NO_WATCHDOG,
    width: int = 4,
    steps: Steps = PLAIN,
    meaning: Mapping[int, tuple[str, str]] | None = None,
    links: Sequence[dashboard.DashboardLink] = _LINKS,
    text: options.BigValueTextMode = options.BigValueTextMode.AUTO,
) -> stat.Panel:
    panel = _panel(stat.Panel(), title, description, unit, queries, empty, width, 4, links)
    panel.color_mode(options.BigValueColorMode.VALUE if steps == PLAIN else options.BigValueColorMode.BACKGROUND)
    panel.graph_mode(options.BigValueGraphMode.NONE).text_mode(text).thresholds(thresholds(steps))
    panel.justify_mode(options.BigValueJustifyMode.AUTO).orientation(options.VizOrientation.AUTO)
    panel.wide_layout(True).show_percent_change(False).percent_change_color_mode(
        options.PercentChangeColorMode.STANDARD
    )
    panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).fields("").values(False))
    return panel.mappings(words(meaning)) if meaning else panel


def graph(
    title: str,
    description: str,
    unit: str,
    *queries: prometheus.Dataquery,
    empty: str = NO_WATCHDOG,
    width: int = 12,
    colors: Mapping[str, str] | None = None,
    stacked: bool = False,
    bars: bool = False,
    least: float | None = 0,
    whole: bool = False,
    limits: Steps = (),
    links: Sequence[dashboard.DashboardLink] = _LINKS,
) -> timeseries.Panel:
    """Lines or bars over time.

    `colors` names a series' colour. `least` is the bottom of the scale; None leaves it to the data. `whole` says that
    there are only whole numbers. `limits` are drawn as dashed lines.
    """
    palette = model.FieldColorModeId.PALETTE_CLASSIC
    panel = _panel(timeseries.Panel(), title, description, unit, queries, empty, width, 8, links, palette)
    panel.draw_style(options.GraphDrawStyle.BARS if bars else options.GraphDrawStyle.LINE)
    panel.line_interpolation(options.LineInterpolation.STEP_AFTER if whole else options.LineInterpolation.LINEAR)
    panel.fill_opacity(60 if bars else 20 if stacked else 5).show_points(options.VisibilityMode.AUTO)
    panel.legend(
        common.VizLegendOptions()
        .display_mode(options.LegendDisplayMode.TABLE)
        .placement(options.LegendPlacement.BOTTOM)
        .show_legend(True)
        .calcs(["lastNotNull", "max"])
    )
    panel.tooltip(common.VizTooltipOptions().mode(options.TooltipDisplayMode.MULTI).sort(options.SortOrder.DESCENDING))
    if stacked:
        panel.stacking(common.StackingConfig().mode(options.StackingMode.NORMAL).group("A"))
    if least is not None:
        panel.min(least)
    if whole:
        panel.decimals(0)
    if limits:
        style = common.GraphThresholdsStyleConfig().mode(options.GraphThresholdsStyleMode.DASHED)
        panel.thresholds(thresholds(limits)).thresholds_style(style)
    for name, color in (colors or {}).items():
        fixed = {"mode": "fixed", "fixedColor": color}
        panel.override_by_name(name, [model.DynamicConfigValue(id_val="color", value=fixed)])
    return panel


def states_over_time(
    title: str,
    description: str,
    query: prometheus.Dataquery,
    meaning: Mapping[int, tuple[str, str]],
    empty: str = NO_WATCHDOG,
    width: int = 12,
    height: int = 8,
) -> statetimeline.Panel:
    panel = _panel(
        statetimeline.Panel(), title, description, "none", [query], empty, width, height, [OF_SERIES, TO_PAGE]
    )
    panel.mappings(words(meaning)).thresholds(thresholds(PLAIN)).row_height(0.8).fill_opacity(80)
    panel.show_value(options.VisibilityMode.AUTO).merge_values(True)
    panel.legend(
        common.VizLegendOptions()
        .display_mode(options.LegendDisplayMode.LIST)
        .placement(options.LegendPlacement.BOTTOM)
        .show_legend(True)
        .calcs([])
    )
    return panel.tooltip(
        common.VizTooltipOptions().mode(options.TooltipDisplayMode.SINGLE).sort(options.SortOrder.NONE)
    )


class Column:
    """A column of a table: a query, and how its number is written.

    Attributes:
        expr: what yields a number for each row.
        steps: colours by number; none colours nothing.
        meaning: words instead of numbers.
    """

    def __init__(
        self,
        title: str,
        expr: str,
        unit: str,
        steps: Steps = PLAIN,
        meaning: Mapping[int, tuple[str, str]] | None = None,
    ) -> None:
        self.title, self.expr, self.unit, self.steps, self.meaning = title, expr, unit, steps, meaning

    def properties(self) -> list[model.DynamicConfigValue]:
        given: dict[str, object] = {"unit": self.unit, "noValue": "-"}
        if self.meaning:
            given["mappings"] = words(self.meaning)
        if self.meaning or self.steps != PLAIN:
            given |= {
                "thresholds": thresholds(self.steps).build(),
                "custom.cellOptions": {"type": "color-background", "mode": "basic"},
            }
        return [model.DynamicConfigValue(id_val=name, value=value) for name, value in given.items()]


def rows_of(
    title: str,
    description: str,
    keys: Sequence[str],
    columns: Sequence[Column],
    empty: str = NO_WATCHDOG,
    height: int = 8,
    worst: tuple[str, bool] | None = None,
) -> table.Panel:
    """A table with a row for each set of labels; `worst` is the column that it is sorted by, and whether downwards."""
    queries = [as_rows(column.expr) for column in columns]
    panel = _panel(table.Panel(), title, description, "none", queries, empty, 24, height, [OF_ROW, TO_PAGE])
    names = {f"Value #{ref_id}": column.title for ref_id, column in zip("ABCDEFGHIJKL", columns, strict=False)}
    order = {name: index for index, name in enumerate([*keys, *names])}
    panel.with_transformation(model.DataTransformerConfig(id_val="merge", options={}))
    shape = {"excludeByName": {"Time": True}, "indexByName": order, "renameByName": names}
    panel.with_transformation(model.DataTransformerConfig(id_val="organize", options=shape))
    for column in columns:
        panel.override_by_name(column.title, column.properties())
    if worst is not None:
        panel.sort_by([common.TableSortByFieldState().display_name(worst[0]).desc(worst[1])])
    return panel.frame_index(0).show_header(True).thresholds(thresholds(PLAIN))


def row(title: str) -> dashboard.Row:
    return dashboard.Row(title)


Part = Builder[model.Panel] | dashboard.Row
