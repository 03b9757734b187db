"""Panels in quiet times: where nothing is wrong a panel of what is wrong shows 0, never nothing."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from lab.checks.queries import Query, queries
from lab.core import proc
from lab.dashboards.catalogue import files
from lab.tools.grafana import Datasource
from tests.promtool import promtool

SOURCES = {"prometheus": Datasource("prometheus", "prometheus")}
ANSWERED = 'http_requests_total{service="order",method="POST",route="/orders",status="201"}'
FAILED = 'http_requests_total{service="order",method="POST",route="/orders",status="503"}'
WELL = {  # what Prometheus has while all is well, a sample each 15 seconds for an hour
    ANSWERED: "0+99x240",
    "orders_accepted_total": "5x240",
    'argocd_app_info{name="order",sync_status="Synced",health_status="Healthy"}': "1x240",
    'kube_deployment_spec_replicas{deployment="order-service"}': "2x240",
    'kube_deployment_status_replicas_available{deployment="order-service"}': "2x240",
    'traces_span_metrics_calls_total{service_name="order",status_code="STATUS_CODE_UNSET"}': "0+1x240",
}
QUIET = {
    ("services", "Failed"): ('{service="order"}', 0),
    ("services", "Share of failed requests"): ('{service="order"}', 0),
    ("objectives", "Availability, 30 days"): ("{}", 1),
    ("objectives", "Error budget left"): ("{}", 1),
    ("objectives", "Failed orders' requests"): ("{}", 0),
    ("objectives", "Burn rate"): ("{}", 0),
    ("objectives", "Share of failed requests"): ("{}", 0),
    ("objectives", "Orders accepted and notified of"): ("{}", 0),
    ("objectives", "Failures by route"): ('{method="POST",route="/orders"}', 0),
    ("queues", "In the DLQ"): ("{}", 0),
    ("argocd", "Not synced"): ("{}", 0),
    ("argocd", "Not healthy"): ("{}", 0),
    ("argocd", "Syncs that failed"): ("{}", 0),
    ("argocd", "Time of a sync"): ('{name="order"}', 0),
    ("cluster", "Deployments short of replicas"): ("{}", 0),
    ("traces", "Share of failed spans"): ('{service_name="order"}', 0),
}
SPENT = {
    ("services", "Share of failed requests"): ('{service="order"}', 0.01),
    ("objectives", "Availability, 30 days"): ("{}", 0.99),
    ("objectives", "Error budget left"): ("{}", -9),
    ("objectives", "Burn rate"): ("{}", 10),
}


def asked(content: dict[str, Any]) -> list[Query]:
    return list(queries(content, SOURCES, 3600, 60))


def expressions(dashboard: str, title: str) -> list[str]:
    return [query.text for query in asked(json.loads(files()[f"{dashboard}.json"])) if query.panel == title]


def judged(
    folder: Path, samples: dict[str, str], wanted: Mapping[tuple[str, str], tuple[str, float]]
) -> proc.Completed:
    """Have promtool run the panels' queries on `samples`, an hour after the first."""
    tests: list[dict[str, Any]] = [
        {"expr": expr, "eval_time": "1h", "exp_samples": [{"labels": labels, "value": value}]}
        for panel, (labels, value) in wanted.items()
        for expr in expressions(*panel)
    ]
    assert len(tests) >= len(wanted), "a panel is called otherwise now"
    series = [{"series": name, "values": values} for name, values in samples.items()]
    case = {"interval": "15s", "input_series": series, "promql_expr_test": tests}
    file = folder / "panels.yaml"
    file.write_text(yaml.safe_dump({"rule_files": [], "fuzzy_compare": True, "tests": [case]}))
    return proc.run([promtool(), "test", "rules", file], check=False)


def test_a_panel_of_what_is_wrong_shows_0_while_nothing_is(tmp_path: Path) -> None:
    said = judged(tmp_path, WELL, QUIET)
    assert said.code == 0, said.stdout + said.stderr


def test_every_panel_that_is_written_so_is_among_them() -> None:
    boards = {name.removesuffix(".json"): json.loads(text) for name, text in files().items() if name.endswith(".json")}
    found = {(name, query.panel) for name in boards for query in asked(boards[name]) if " or " in query.text}
    assert found == set(QUIET)


def test_one_failure_in_a_hundred_spends_the_budget_ten_times_too_fast(tmp_path: Path) -> None:
    said = judged(tmp_path, {**WELL, FAILED: "0+1x240"}, SPENT)
    assert said.code == 0, said.stdout + said.stderr


def test_a_panel_of_counts_and_means_counts_what_it_says(tmp_path: Path) -> None:
    """Seconds of syncs that failed are among the seconds; a Deployment that lacks twenty replicas is one."""
    samples = {
        'argocd_app_info{name="order"}': "1x240",
        'argocd_app_sync_duration_seconds_total{name="order"}': "200x240",
        'argocd_app_sync_total{name="order",phase="Failed"}': "3x240",
        'argocd_app_sync_total{name="order",phase="Succeeded"}': "1x240",
        'kube_deployment_spec_replicas{deployment="order-service"}': "30x240",
        'kube_deployment_status_replicas_available{deployment="order-service"}': "10x240",
    }
    wanted = {
        ("argocd", "Time of a sync"): ('{name="order"}', 50.0),
        ("cluster", "Deployments short of replicas"): ("{}", 1.0),
    }
    said = judged(tmp_path, samples, wanted)
    assert said.code == 0, said.stdout + said.stderr
