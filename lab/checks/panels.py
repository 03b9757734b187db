"""Grafana's panels: runs the query of each as Grafana would, and says what came. A panel that shows nothing is told."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lab.checks.queries import SCRAPE, Query, queries
from lab.core.errors import AnswerError, CheckError
from lab.tools.fields import bodies, body, dig
from lab.tools.grafana import Datasource, Grafana

TAG = "kubeflow-ops"  # of our own dashboards; "" for all there are
_POINTS = 60  # values of each line that Loki counts, which it does line by line
_SERVICE_MAP = "sum by (client, server) (traces_service_graph_request_total)"  # what Grafana draws the graph from


@dataclass(frozen=True)
class Panel:
    """One query of a panel and what it showed: `seen` series with a number in them, log lines, or traces."""

    dashboard: str
    title: str
    query: str
    datasource: str
    seen: int
    error: str = ""

    @property
    def ok(self) -> bool:
        """Whether it shows something."""
        return self.seen > 0 and not self.error

    def __str__(self) -> str:
        said = self.error or (f"{self.seen} seen" if self.seen else "nothing to see")
        return f"{self.dashboard}: {self.title}: {said} ({self.datasource}: {self.query})"


def look(grafana: Grafana, tag: str = TAG, seconds: int = 3600) -> list[Panel]:
    """Run every query of every dashboard with a tag over the last `seconds`; return what each showed.

    What one datasource refuses is its panel's error. Raises AnswerError when Grafana itself can't be asked,
    CheckError when it has no such dashboard.
    """
    dashboards, sources = grafana.dashboards(tag), grafana.datasources()
    if not dashboards:
        what = f"Grafana has no dashboard tagged {tag!r}" if tag else "Grafana has no dashboard"
        fix = "./inv lab.kubectl 'get configmaps --namespace monitoring --selector grafana_dashboard=1'"
        raise CheckError(what, why="its sidecar loads every ConfigMap with the label grafana_dashboard", fix=fix)
    end = int(time.time())
    return [
        _look(grafana, query, sources, end, seconds)
        for dashboard in dashboards
        for query in queries(dashboard, sources, seconds, _step(seconds))
    ]


def count(answer: Any) -> int:
    """Return how much there is to see in an answer of Prometheus, Loki or Tempo; what is no number does not count."""
    if isinstance(dig(answer, "traces"), list):
        return len(bodies(answer, "traces"))
    data = body(answer, "data")
    if data.get("resultType") == "scalar":
        return int(_number(data.get("result")))
    found = bodies(data, "result")
    if data.get("resultType") == "streams":
        return sum(len(stream.get("values") or []) for stream in found)
    return sum(any(map(_number, [one.get("value"), *(one.get("values") or [])])) for one in found)


def _look(grafana: Grafana, query: Query, sources: Mapping[str, Datasource], end: int, seconds: int) -> Panel:
    seen, error = 0, ""
    try:
        seen = count(_ask(grafana, query, sources, end, seconds))
    except AnswerError as refused:
        error = refused.why
    return Panel(query.dashboard, query.panel, query.text or "service graph", query.uid, seen, error)


def _ask(grafana: Grafana, query: Query, sources: Mapping[str, Datasource], end: int, seconds: int) -> Any:
    if query.unknown:
        raise AnswerError("not asked", why=f"variable ${query.unknown} has no value")
    source, words = _source(query.uid, sources), query.text
    if query.service_map:
        words = _SERVICE_MAP
        source = _source(source.service_map, sources)
    span = {"start": str(end - seconds), "end": str(end)}
    step = str(_step(seconds))
    match source.type, query.instant:
        case "prometheus", True:
            return grafana.ask(source.uid, "/api/v1/query", {"query": words, "time": str(end)})
        case "prometheus", False:
            return grafana.ask(source.uid, "/api/v1/query_range", {"query": words, "step": step, **span})
        case "loki", True:
            return grafana.ask(source.uid, "/loki/api/v1/query", {"query": words, "time": str(end)})
        case "loki", False:
            params = {"query": words, "step": step, "limit": "100", **span}
            return grafana.ask(source.uid, "/loki/api/v1/query_range", params)
        case "tempo", _:
            return grafana.ask(source.uid, "/api/search", {"q": words, "limit": "20", **span})
        case other, _:
            raise AnswerError("not asked", why=f"nobody here knows how to ask a datasource of type {other!r}")


def _source(uid: str, sources: Mapping[str, Datasource]) -> Datasource:
    if uid not in sources:
        raise AnswerError(
            "not asked", why=f"no datasource has the uid {uid!r}: there are {', '.join(sorted(sources)) or 'none'}"
        )
    return sources[uid]


def _step(seconds: int) -> int:
    return max(SCRAPE, seconds // _POINTS)


def _number(sample: Any) -> bool:
    """Return whether a sample, [time, "value"], is a number: 0/0 is none, and is drawn as nothing."""
    try:
        return math.isfinite(float(sample[1]))
    except (TypeError, ValueError, IndexError):
        return False
