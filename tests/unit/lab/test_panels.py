"""Panels: each query is run as Grafana would run it; what is empty, refused or leads nowhere is told."""

import json
from base64 import b64encode
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest

from lab.checks import panels
from lab.checks.panels import Panel
from lab.core.errors import AnswerError, CheckError
from lab.tools.grafana import Grafana
from lab.tools.ports import free_ports
from tests.serving import Asked, serving

PROMETHEUS, LOKI, TEMPO = ({"type": name, "uid": name} for name in ("prometheus", "loki", "tempo"))
PROXY = "/api/datasources/proxy/uid"


def vector(*values: str) -> dict[str, Any]:
    return {"data": {"resultType": "vector", "result": [{"metric": {}, "value": [1, value]} for value in values]}}


def matrix(*series: list[str]) -> dict[str, Any]:
    result = [{"metric": {}, "values": [[1, value] for value in values]} for values in series]
    return {"data": {"resultType": "matrix", "result": result}}


def panel(title: str, *targets: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"title": title, "type": "timeseries", "targets": list(targets), **more}


class FakeGrafana:
    """What a test puts in: dashboards, datasources, and what a datasource answers to a query. All else is refused."""

    def __init__(self) -> None:
        self.boards: dict[str, dict[str, Any]] = {}
        self.sources: list[dict[str, Any]] = [
            {"uid": "prometheus", "type": "prometheus", "jsonData": {}},
            {"uid": "loki", "type": "loki", "jsonData": {}},
            {"uid": "tempo", "type": "tempo", "jsonData": {"serviceMap": {"datasourceUid": "prometheus"}}},
        ]
        self.answers: dict[tuple[str, str], tuple[int, Any]] = {}
        self.url = ""

    def has(self, *shown: dict[str, Any], title: str = "Board", **more: Any) -> None:
        self.boards[title] = {"uid": title, "title": title, "tags": [panels.TAG], "panels": list(shown), **more}

    def answers_to(self, query: str, path: str, answer: Any, status: int = 200) -> None:
        self.answers[path, query] = (status, answer)

    def look(self, **how: Any) -> list[Panel]:
        return panels.look(Grafana(self.url, "admin", "secret"), **how)

    def get(self, path: str, words: dict[str, str]) -> tuple[int, Any]:
        if path == "/api/search":
            assert words["type"] == "dash-db"
            tagged = [board for board in self.boards.values() if words.get("tag", panels.TAG) in board["tags"]]
            return 200, [{"uid": board["uid"], "title": board["title"]} for board in tagged]
        if path == "/api/datasources":
            return 200, self.sources
        if path.startswith("/api/dashboards/uid/"):
            return 200, {"dashboard": self.boards[path.rpartition("/")[2]], "meta": {}}
        if path.startswith(PROXY):
            known = self.answers.get((path.removeprefix(PROXY), words.get("query", words.get("q", ""))))
            return known or (404, {"message": f"no answer was made for {words}"})
        return 404, {"message": "Not found"}


@pytest.fixture
def grafana() -> Iterator[FakeGrafana]:
    fake = FakeGrafana()
    wanted = "Basic " + b64encode(b"admin:secret").decode()

    def answer(asked: Asked) -> tuple[int, bytes]:
        words = {key: values[-1] for key, values in parse_qs(asked.url.query).items()}
        status, found = fake.get(asked.url.path, words)
        if asked.headers.get("Authorization") != wanted:
            status, found = 401, {"message": "Invalid username or password"}
        return status, json.dumps(found).encode()

    with serving(answer) as port:
        fake.url = f"http://127.0.0.1:{port}"
        yield fake


def test_a_panel_that_shows_something_is_well(grafana: FakeGrafana) -> None:
    grafana.has(panel("Up", {"expr": "up", "datasource": PROMETHEUS}))
    grafana.answers_to("up", "/prometheus/api/v1/query_range", matrix(["1", "1"], ["0", "0"]))
    (seen,) = grafana.look()
    assert seen == Panel("Board", "Up", "up", "prometheus", 2)
    assert seen.ok


def test_an_empty_panel_is_told(grafana: FakeGrafana) -> None:
    grafana.has(panel("Nothing", {"expr": "nothing", "datasource": PROMETHEUS}))
    grafana.answers_to("nothing", "/prometheus/api/v1/query_range", matrix())
    (seen,) = grafana.look()
    assert (seen.seen, seen.error, seen.ok) == (0, "", False)
    assert str(seen) == "Board: Nothing: nothing to see (prometheus: nothing)"


def test_what_is_no_number_shows_nothing(grafana: FakeGrafana) -> None:
    grafana.has(panel("Share", {"expr": "0 / 0", "datasource": PROMETHEUS}))
    grafana.answers_to("0 / 0", "/prometheus/api/v1/query_range", matrix(["NaN", "NaN"], ["NaN", "0.5"]))
    (seen,) = grafana.look()
    assert seen.seen == 1


def test_an_error_is_told_in_the_datasources_words_and_the_rest_is_looked_at(grafana: FakeGrafana) -> None:
    grafana.has(
        panel("Wrong", {"expr": "sum(", "datasource": PROMETHEUS}),
        panel("Up", {"expr": "up", "datasource": PROMETHEUS}),
    )
    grafana.answers_to("sum(", "/prometheus/api/v1/query_range", {"error": "parse error: unclosed left paren"}, 400)
    grafana.answers_to("up", "/prometheus/api/v1/query_range", matrix(["1"]))
    wrong, well = grafana.look()
    assert not wrong.ok
    assert "400 Bad Request" in wrong.error
    assert "parse error: unclosed left paren" in wrong.error
    assert well.ok


def test_an_unknown_datasource_is_told_with_those_there_are(grafana: FakeGrafana) -> None:
    grafana.has(panel("Lost", {"expr": "up", "datasource": {"type": "prometheus", "uid": "prom"}}))
    (seen,) = grafana.look()
    assert seen.error == "no datasource has the uid 'prom': there are loki, prometheus, tempo"


def test_a_datasource_of_a_kind_that_nobody_can_ask_is_told(grafana: FakeGrafana) -> None:
    grafana.sources.append({"uid": "db", "type": "postgres"})
    grafana.has(panel("Rows", {"expr": "select 1", "datasource": {"uid": "db"}}))
    (seen,) = grafana.look()
    assert "postgres" in seen.error


def test_every_query_of_every_panel_is_run_those_in_collapsed_rows_too(grafana: FakeGrafana) -> None:
    one, two, hidden = ({"expr": expr, "datasource": PROMETHEUS} for expr in ("one", "two", "hidden"))
    row = {"title": "Row", "type": "row", "collapsed": True, "panels": [panel("Inside", two)]}
    grafana.has(panel("Both", one, two, hidden | {"hide": True}), row, {"title": "Words", "type": "text"})
    grafana.has(panel("Other", one), title="Another")
    found = [(seen.dashboard, seen.title, seen.query) for seen in grafana.look()]
    assert found == [
        ("Board", "Both", "one"),
        ("Board", "Both", "two"),
        ("Board", "Inside", "two"),
        ("Another", "Other", "one"),
    ]


def test_each_datasource_is_asked_in_its_own_way(grafana: FakeGrafana) -> None:
    grafana.has(
        panel("Now", {"expr": "up", "instant": True, "datasource": PROMETHEUS}),
        panel("Lines", {"expr": '{a="b"}', "datasource": LOKI, "queryType": "range"}),
        panel("Counted", {"expr": "count", "datasource": LOKI, "queryType": "instant"}),
        panel("Traces", {"query": "{}", "queryType": "traceql", "datasource": TEMPO}),
        panel("Graph", {"queryType": "serviceMap", "datasource": TEMPO}),
        panel("Scalar", {"expr": "time()", "instant": True, "datasource": PROMETHEUS}),
    )
    streams = {
        "data": {"resultType": "streams", "result": [{"values": [["1", "a"], ["2", "b"]]}, {"values": [["3", "c"]]}]}
    }
    grafana.answers_to("up", "/prometheus/api/v1/query", vector("1"))
    grafana.answers_to('{a="b"}', "/loki/loki/api/v1/query_range", streams)
    grafana.answers_to("count", "/loki/loki/api/v1/query", vector("3"))
    grafana.answers_to("{}", "/tempo/api/search", {"traces": [{"traceID": "1"}, {"traceID": "2"}]})
    edges = "sum by (client, server) (traces_service_graph_request_total)"
    grafana.answers_to(edges, "/prometheus/api/v1/query_range", matrix(["4"]))
    grafana.answers_to("time()", "/prometheus/api/v1/query", {"data": {"resultType": "scalar", "result": [1, "5"]}})
    assert [(seen.title, seen.seen, seen.error) for seen in grafana.look()] == [
        ("Now", 1, ""),
        ("Lines", 3, ""),
        ("Counted", 1, ""),
        ("Traces", 2, ""),
        ("Graph", 1, ""),
        ("Scalar", 1, ""),
    ]


def test_no_traces_and_no_lines_are_nothing_to_see() -> None:
    assert panels.count({"traces": []}) == 0
    assert panels.count({"data": {"resultType": "streams", "result": []}}) == 0
    assert panels.count({}) == panels.count([]) == panels.count("<html>") == 0


def test_a_tempo_without_a_service_map_is_told(grafana: FakeGrafana) -> None:
    grafana.sources[2]["jsonData"] = {}
    grafana.has(panel("Graph", {"queryType": "serviceMap", "datasource": TEMPO}))
    (seen,) = grafana.look()
    assert seen.error.startswith("no datasource has the uid ''")


def test_variables_are_what_the_dashboard_opens_with(grafana: FakeGrafana) -> None:
    listed = [
        {"name": "service", "type": "query", "allValue": ".+", "current": {"text": "All", "value": "$__all"}},
        {"name": "every", "type": "query", "current": {"text": ["All"], "value": ["$__all"]}},
        {"name": "some", "type": "custom", "current": {"value": ["a", "b"]}},
        {"name": "source", "type": "datasource", "query": "prometheus", "current": {}},
        {"name": "text", "type": "textbox", "query": ""},
    ]
    expr = 'm{a=~"$service",b=~"${every}",c=~"[[some]]",d="${text:raw}"}[$__rate_interval]'
    grafana.has(
        panel("All", {"expr": expr, "datasource": {"uid": "${source}"}}),
        templating={"list": listed},
    )
    made = 'm{a=~".+",b=~".*",c=~"a|b",d=""}[75s]'
    grafana.answers_to(made, "/prometheus/api/v1/query_range", matrix(["1"]))
    (seen,) = grafana.look()
    assert (seen.query, seen.datasource, seen.ok) == (made, "prometheus", True)


def test_a_variable_without_a_value_is_told(grafana: FakeGrafana) -> None:
    grafana.has(panel("Lost", {"expr": 'up{job="$job"}', "datasource": PROMETHEUS}))
    (seen,) = grafana.look()
    assert seen.error == "variable $job has no value"


def test_a_grafana_without_our_dashboards_is_no_success(grafana: FakeGrafana) -> None:
    grafana.has(panel("Up", {"expr": "up", "datasource": PROMETHEUS}))
    with pytest.raises(CheckError, match="no dashboard tagged 'another'"):
        grafana.look(tag="another")
    assert len(grafana.look(tag="")) == 1


def test_wrong_credentials_and_a_grafana_that_is_away_are_told(grafana: FakeGrafana) -> None:
    with pytest.raises(AnswerError, match="Grafana refused GET /api/search") as refused:
        panels.look(Grafana(grafana.url, "admin", "wrong"))
    assert "401" in refused.value.why
    with pytest.raises(AnswerError, match="Grafana does not answer"):
        panels.look(Grafana(f"http://127.0.0.1:{free_ports(1)[0]}", "admin", "secret"))
