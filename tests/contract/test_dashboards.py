"""Dashboards: what is committed is what the code makes, every query is one, and names what there is."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY

import services.notification.app
import services.order.app
import services.user.app
from lab.checks.queries import Query, queries
from lab.core import proc, slo
from lab.core.errors import UsageError
from lab.core.paths import CHECKOUT
from lab.dashboards import parts
from lab.dashboards.catalogue import DASHBOARDS, FOLDER, files
from lab.flows import dashboards
from lab.tools import kubectl
from lab.tools.grafana import Datasource
from tests.promtool import promtool

SOURCES = {name: Datasource(name, name, "prometheus") for name in ("prometheus", "loki", "tempo")}
OTHERS = ("kube_", "node_", "container_", "argocd_", "traces_")  # prefixes of the metrics that are not our services'
TARGET = {"job", "instance", "namespace", "pod", "le"}  # labels that Prometheus, not the service, gives a sample
WORDS = {"by", "without", "on", "ignoring", "group_left", "group_right", "or", "and", "unless", "bool", "offset"}


def made(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(files()[f"{name}.json"])
    return content


def asked(name: str) -> list[Query]:
    return list(queries(made(name), SOURCES, 3600, 60))


def shown(name: str) -> list[dict[str, Any]]:
    return [panel for panel in made(name)["panels"] if panel["type"] != "row"]


def data_links(panel: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = panel.get("fieldConfig", {}).get("defaults", {}).get("links", [])
    return found


def promql() -> Iterator[str]:
    for name in DASHBOARDS:
        yield from (query.text for query in asked(name) if query.uid == "prometheus")


def checked(folder: Path, expressions: list[str]) -> proc.Completed:
    """Have promtool parse expressions, as rules: it looks at nothing smaller."""
    rules = [{"record": f"query_{number}", "expr": expr} for number, expr in enumerate(expressions)]
    file = folder / "rules.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    return proc.run([promtool(), "check", "rules", "--lint=none", file], check=False)


def metrics(expr: str) -> set[str]:
    """Return the names in an expression that are metrics: what is no function, no keyword, no label."""
    bare = re.sub(r'"[^"]*"', "", expr)
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", " ", bare)
    return set(re.findall(r"\b[A-Za-z_:][\w:]*\b(?!\s*\()", bare)) - WORDS


def labels(expr: str) -> Iterator[tuple[str, str]]:
    """Yield each metric that is asked for by labels, with each of those."""
    for metric, matchers in re.findall(r"(\w+)\{([^}]*)\}", expr):
        for label in re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", re.sub(r'"[^"]*"', "", matchers)):
            yield metric, label


def test_what_is_committed_is_what_the_code_makes() -> None:
    there = {file.name: file.read_text() for file in (CHECKOUT / FOLDER).iterdir()}
    assert set(there) == set(files())
    stale = [name for name, text in files().items() if there[name] != text]
    assert stale == [], "./inv gitops.dashboards writes them anew"


def test_the_same_code_makes_the_same_text() -> None:
    assert files() == files()


def test_the_task_writes_what_is_stale_and_removes_what_no_code_makes(tmp_path: Path) -> None:
    assert dashboards.write(tmp_path) == sorted(files())
    assert dashboards.write(tmp_path) == []
    (tmp_path / FOLDER / "services.json").write_text("{}")
    (tmp_path / FOLDER / "old.json").write_text("{}")
    assert dashboards.write(tmp_path) == ["old.json", "services.json"]
    assert {file.name for file in (tmp_path / FOLDER).iterdir()} == set(files())


def test_each_dashboard_is_a_config_map_that_grafanas_sidecar_loads() -> None:
    try:
        text = kubectl.render(CHECKOUT / FOLDER)
    except UsageError as error:
        pytest.skip(f"nothing can be rendered: {error.what}")
    maps = list(yaml.safe_load_all(text))
    assert {found["metadata"]["name"] for found in maps} == {f"dashboard-{name}" for name in DASHBOARDS}
    for found in maps:
        meta = found["metadata"]
        assert (found["kind"], meta["namespace"], meta["labels"]["grafana_dashboard"]) == (
            "ConfigMap",
            "monitoring",
            "1",
        )
        assert {"app", "team", "env"} <= set(meta["labels"])
        assert meta["annotations"]["grafana_folder"]
        ((file, content),) = found["data"].items()
        assert json.loads(content) == made(file.removesuffix(".json"))


def test_every_dashboard_has_a_name_that_stays_a_title_and_a_question() -> None:
    uids = [made(name)["uid"] for name in DASHBOARDS]
    assert len(set(uids)) == len({made(name)["title"] for name in DASHBOARDS}) == len(DASHBOARDS)
    for name in DASHBOARDS:
        assert made(name)["uid"] == f"kubeflow-ops-{name}"
        assert made(name)["tags"] == [parts.TAG]
        assert made(name)["description"].endswith((".", "?"))
        assert {"type": "dashboards", "tags": [parts.TAG]}.items() <= made(name)["links"][0].items()


@pytest.mark.parametrize("name", DASHBOARDS)
def test_every_panel_says_what_it_shows_and_in_which_unit(name: str) -> None:
    titles = [panel["title"] for panel in shown(name)]
    assert len(set(titles)) == len(titles) > 0
    ids = [panel["id"] for panel in made(name)["panels"]]
    assert ids == sorted(set(ids))
    for panel in shown(name):
        assert panel["description"].endswith((".", "?")), panel["title"]
        assert panel["targets"], panel["title"]
        assert panel["type"] in {"logs", "nodeGraph"} or panel["fieldConfig"]["defaults"]["unit"], panel["title"]


@pytest.mark.parametrize("name", DASHBOARDS)
def test_panels_lie_beside_each_other(name: str) -> None:
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in made(name)["panels"])
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < 24


@pytest.mark.parametrize("name", DASHBOARDS)
def test_every_query_names_its_datasource_and_no_variable_is_left(name: str) -> None:
    assert {query.unknown for query in asked(name)} == {""}
    assert {query.uid for query in asked(name)} <= set(SOURCES)
    assert all(query.text or query.service_map for query in asked(name))


@pytest.mark.parametrize("name", DASHBOARDS)
def test_every_link_leads_to_a_dashboard_and_sets_variables_that_it_has(name: str) -> None:
    variables = {made(one)["uid"]: {v["name"] for v in made(one)["templating"].get("list", [])} for one in DASHBOARDS}
    links = [link for panel in shown(name) for link in data_links(panel)]
    for url in (link["url"] for link in links):
        uid = re.fullmatch(r"/d/([\w-]+)\?(?:var-\w+=[^&]+&)*\$\{__url_time_range\}", url)
        assert uid is not None, url
        assert set(re.findall(r"var-(\w+)=", url)) <= variables[uid[1]], url


def test_from_the_services_one_comes_to_their_logs_and_traces() -> None:
    uids = {
        tuple(link["url"].split("?")[0] for link in data_links(panel))
        for panel in shown("services")
        if panel["type"] == "timeseries"
    }
    assert uids == {("/d/kubeflow-ops-logs", "/d/kubeflow-ops-traces")}


def test_durations_carry_exemplars() -> None:
    for query in (t for panel in shown("services") if panel["title"] == "P50, P95, P99" for t in panel["targets"]):
        assert query["exemplar"] is True
        assert "http_request_duration_seconds_bucket" in query["expr"]


def test_the_limits_that_are_drawn_are_the_slos() -> None:
    limits = {
        panel["title"]: [step["value"] for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]][1:]
        for name in ("services", "objectives")
        for panel in shown(name)
        if panel["type"] in {"timeseries", "stat"}
    }
    assert limits["P50, P95, P99"] == limits["P95 by route"] == limits["P95"] == [slo.P95_SECONDS]
    assert limits["Share of failed requests"] == [slo.ERROR_RATIO]
    assert limits["Availability, 30 days"] == [1 - slo.ERROR_RATIO]
    bounds = services.common.metrics.DURATION._upper_bounds
    assert slo.P95_SECONDS in bounds, "no bucket ends at the objective: its share can't be told"


def test_every_selector_of_loki_has_a_matcher_that_nothing_does_not_fulfil() -> None:
    streams = [v["query"]["stream"] for v in made("logs")["templating"]["list"] if isinstance(v["query"], dict)]
    for expr in [*(query.text for query in asked("logs")), *filter(None, streams)]:
        (selector,) = re.findall(r"\{[^}]*\}", expr)
        assert re.search(r'="[^".]\w*|=~"\.\+"', selector), expr


def test_promtool_can_parse_every_query(tmp_path: Path) -> None:
    expressions = list(promql())
    assert len(expressions) > 50
    said = checked(tmp_path, expressions)
    assert said.code == 0, said.stderr


def test_promtool_tells_a_query_that_is_none(tmp_path: Path) -> None:
    said = checked(tmp_path, ["sum by (service (rate(http_requests_total[60s]))"])
    assert said.code != 0
    assert "parse error" in said.stderr


def test_every_metric_is_one_that_the_services_have() -> None:
    ours = {name for name in REGISTRY._names_to_collectors if not name.startswith(("python_", "process_"))}
    named = {name for expr in promql() for name in metrics(expr)}
    assert {name for name in named if not name.startswith(OTHERS)} - ours == set()
    assert len(named & ours) > 15


def test_every_label_is_one_that_the_metric_has() -> None:
    for expr in promql():
        for metric, label in labels(expr):
            collector = REGISTRY._names_to_collectors.get(metric)
            assert collector is None or label in {*collector._labelnames, *TARGET}, f"{metric} has no {label}: {expr}"  # type: ignore[attr-defined] # of metrics alone


def test_names_of_metrics_are_found_in_an_expression() -> None:
    expr = 'sum by (le, a) (rate(one_total{b=~"c|d"}[5m])) / on (x) group_left (y) two or vector(0) * 3 > bool 1e3'
    assert metrics(expr) - {"1e3"} == {"one_total", "two"}
    assert list(labels(expr)) == [("one_total", "b")]
