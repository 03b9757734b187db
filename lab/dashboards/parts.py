"""What every dashboard is built from: queries to the three datasources, one function for each kind of panel, links."""

from collections.abc import Sequence
from string import ascii_uppercase

from grafana_foundation_sdk.builders import common as looks
from grafana_foundation_sdk.builders import dashboard, logs, loki, nodegraph, prometheus, stat, table, tempo, timeseries
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.common import (
    BigValueGraphMode,
    DataSourceRef,
    GraphThresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
    LogsSortOrder,
    SortOrder,
    TooltipDisplayMode,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat
from grafana_foundation_sdk.models.tempo import SearchTableType, TempoQueryType

TAG = "kubeflow-ops"
ALL = ".*"  # what `All` of a variable stands for in a matcher
PROMETHEUS = DataSourceRef("prometheus", "prometheus")
LOKI = DataSourceRef("loki", "loki")
TEMPO = DataSourceRef("tempo", "tempo")
_HEIGHT, _SMALL = 8, 4  # rows of the grid, 30 pixels each

type Query = prometheus.Dataquery | loki.Dataquery | tempo.Dataquery
type Anything = timeseries.Panel | stat.Panel | table.Panel | logs.Panel | nodegraph.Panel
type Limits = Sequence[tuple[float, str]]  # from this value on, this colour


class Link(Builder[model.DashboardLink]):
    """A link; `url` of a panel's own one may name the series: ${__field.labels.service}."""

    def __init__(self, title: str, url: str = "") -> None:
        self._made = model.DashboardLink(title=title, url=url or None, keep_time=True)
        self._made.placement = None  # type: ignore[assignment] # its default would hide the link in a menu
        if not url:
            self._made.type_val, self._made.tags = model.DashboardLinkType.DASHBOARDS, [TAG]

    def build(self) -> model.DashboardLink:
        """Return what the panel or dashboard keeps."""
        return self._made


def link(title: str, uid: str, **values: str) -> Link:
    """Return a link to the dashboard `uid` over the same time, with its variables set."""
    chosen = "".join(f"var-{name}={value}&" for name, value in values.items())
    return Link(title, f"/d/{uid}?{chosen}${{__url_time_range}}")


def prom(expr: str, legend: str = "", *, exemplars: bool = False) -> prometheus.Dataquery:
    """Return a query over the dashboard's time. `exemplars` shows single requests, each with its trace."""
    query = prometheus.Dataquery().datasource(PROMETHEUS).expr(expr).range()
    query = query.legend_format(legend) if legend else query
    return query.exemplar(exemplar=True) if exemplars else query


def now(expr: str, legend: str = "") -> prometheus.Dataquery:
    """Return a query of one moment: the end of the dashboard's time."""
    return prom(expr, legend).instant()


def rows(expr: str) -> prometheus.Dataquery:
    """Return a query of one moment for a table: a row for each series, a column for each label."""
    return now(expr).format(PromQueryFormat.TABLE)


def log(expr: str, legend: str = "") -> loki.Dataquery:
    """Return a LogQL query: lines, or numbers made of them."""
    query = loki.Dataquery().datasource(LOKI).expr(expr).query_type("range")
    return query.legend_format(legend) if legend else query


def traces(traceql: str) -> tempo.Dataquery:
    """Return the newest traces that TraceQL finds."""
    query = tempo.Dataquery().datasource(TEMPO).query_type(TempoQueryType.TRACEQL).query(traceql)
    return query.limit(20).table_type(SearchTableType.TRACES)


def service_map() -> tempo.Dataquery:
    """Return the service graph, which Tempo's datasource asks Prometheus for."""
    return tempo.Dataquery().datasource(TEMPO).query_type(TempoQueryType.SERVICE_MAP)


def lines(
    title: str,
    description: str,
    *queries: Query,
    unit: str,
    limits: Limits = (),
    links: Sequence[Link] = (),
    span: int = 12,
) -> timeseries.Panel:
    """Return a panel of lines over time; `limits` are drawn as dashed lines."""
    style = GraphThresholdsStyleMode.DASHED if limits else GraphThresholdsStyleMode.OFF
    panel = timeseries.Panel().unit(unit).height(_HEIGHT).span(span).fill_opacity(10).axis_soft_min(0)
    panel = panel.thresholds(_thresholds(limits)).thresholds_style(looks.GraphThresholdsStyleConfig().mode(style))
    panel = panel.tooltip(looks.VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING))
    legend = looks.VizLegendOptions().display_mode(LegendDisplayMode.LIST).placement(LegendPlacement.BOTTOM)
    panel = panel.legend(legend.show_legend(show_legend=True)).data_links(list(links))
    return _asked(panel.title(title).description(description), queries)


def figure(
    title: str, description: str, *queries: Query, unit: str, limits: Limits = (), base: str = "green", span: int = 6
) -> stat.Panel:
    """Return a panel of one big number for each series; `base` is its colour below every limit."""
    panel = stat.Panel().unit(unit).height(_SMALL).span(span).graph_mode(BigValueGraphMode.NONE)
    panel = panel.reduce_options(looks.ReduceDataOptions().calcs(["lastNotNull"]))
    return _asked(panel.thresholds(_thresholds(limits, base)).title(title).description(description), queries)


def listing(
    title: str, description: str, *queries: Query, unit: str = "short", hide: str = "", span: int = 12
) -> table.Panel:
    """Return a table; `hide` names columns, separated by commas, beside time and name, which none shows."""
    gone = dict.fromkeys(["Time", "__name__", *filter(None, hide.split(","))], True)
    panel = table.Panel().unit(unit).height(_HEIGHT).span(span)
    panel = panel.with_transformation(model.DataTransformerConfig("organize", options={"excludeByName": gone}))
    return _asked(panel.title(title).description(description), queries)


def log_lines(title: str, description: str, query: Query) -> logs.Panel:
    """Return a panel of log lines, the newest first."""
    panel = logs.Panel().height(2 * _HEIGHT).span(24).show_time(show_time=True).wrap_log_message(wrap_log_message=True)
    panel = panel.enable_log_details(enable_log_details=True).sort_order(LogsSortOrder.DESCENDING)
    return _asked(panel.title(title).description(description), [query])


def graph(title: str, description: str, query: Query) -> nodegraph.Panel:
    """Return a panel of nodes and what goes between them."""
    return _asked(nodegraph.Panel().height(2 * _HEIGHT).span(24).title(title).description(description), [query])


def variable(
    name: str, description: str, query: str | dict[str, object], source: DataSourceRef
) -> dashboard.QueryVariable:
    """Return a variable of one value, `All` by default."""
    made = dashboard.QueryVariable(name).description(description).datasource(source).query(query)
    made = made.include_all(include_all=True).all_value(ALL).refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
    return made.current(model.VariableOption(selected=True, text="All", value="$__all"))


def board(
    uid: str,
    title: str,
    description: str,
    *parts: Anything | str,
    variables: Sequence[dashboard.QueryVariable] = (),
    search: str = "",
) -> model.Dashboard:
    """Return a dashboard of panels in rows; a string among the parts begins a row of that title.

    `search` is the name of a variable that a reader types in.
    """
    made = dashboard.Dashboard(title).uid(uid).description(description).tags([TAG]).readonly().timezone("browser")
    made = (
        made.time("now-1h", "now").refresh("30s").tooltip(model.DashboardCursorSync.CROSSHAIR).link(Link("Dashboards"))
    )
    for one in variables:
        made = made.with_variable(one)
    if search:
        made = made.with_variable(
            dashboard.TextBoxVariable(search).description("Only lines that hold it").default_value("")
        )
    for number, part in enumerate(parts, 1):
        made = (
            made.with_row(dashboard.Row(part).id(number)) if isinstance(part, str) else made.with_panel(part.id(number))
        )
    return made.build()


def _asked[P: Anything](panel: P, queries: Sequence[Query]) -> P:
    """Give each query of a panel the letter that Grafana would."""
    for letter, query in zip(ascii_uppercase, queries, strict=False):
        panel.with_target(query.ref_id(letter))
    return panel


def _thresholds(limits: Limits, base: str = "green") -> dashboard.ThresholdsConfig:
    steps = [model.Threshold(None, base), *(model.Threshold(value, colour) for value, colour in limits)]
    return dashboard.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(steps)
