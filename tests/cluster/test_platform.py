"""The platform, each part by its use: metrics, logs, traces, dashboards, policies, secrets."""

import json
import time
from base64 import b64decode

import httpx
import pytest

from lab.checks import panels, smoke
from lab.core import proc
from lab.core.secrets import Secrets
from lab.core.wait import wait
from lab.stages import kind_valkey
from lab.tools.cluster import Cluster
from lab.tools.grafana import Grafana
from lab.tools.kubectl import Kubectl
from tests.cluster.conftest import figure
from tests.e2e.host_lab import Lab

pytestmark = [pytest.mark.docker, pytest.mark.timeout(1200)]


@pytest.fixture
def grafana(lab: Lab) -> Grafana:
    port, password = lab.up_state().grafana, Secrets(lab.paths).get("grafana", "password")
    return Grafana(f"http://127.0.0.1:{port}", "admin", password)


@pytest.fixture(scope="module")
def orders(checkout: Lab) -> list[str]:
    """An order, placed and notified of now; others before it, so that there is something to see."""
    if checkout.state() is None:
        checkout.run("lab.up", "--runtime", "kind", "--plain", timeout=900)
    checkout.run("load.run", "--users", "4", "--rate", "20", "--time", "20s", "--plain", timeout=120)
    return [smoke.send_order(checkout.up_state())]


def test_every_target_is_up(lab: Lab) -> None:
    url = f"http://127.0.0.1:{lab.up_state().prometheus}/api/v1/targets?state=active"
    wanted = {"order-service", "user-service", "notification-service", "kube-state-metrics", "node-exporter", "kubelet"}
    wanted |= {"loki", "tempo", "grafana", "pager", "otel-collector", "external-secrets-metrics", "argocd-metrics"}

    def wrong() -> list[str]:
        found = httpx.get(url, timeout=10, trust_env=False).json()["data"]["activeTargets"]
        down = [f"{t['scrapePool']}: {t['lastError']}" for t in found if t["health"] != "up"]
        return down + sorted(wanted - {t["labels"]["job"] for t in found})

    assert wait("targets", wrong, lambda found: not found, explain="; ".join, delay=2, timeout=120) == []


def test_an_order_is_one_story_over_three_services(lab: Lab, orders: list[str]) -> None:
    assert (
        "notification order-queue process consumer" in lab.run("lab.trace", "new").stdout
    )  # one that it places itself
    (spans, *_) = json.loads(lab.run("lab.trace", orders[0], "--json").stdout)
    assert {span["service"] for span in spans} == {"order", "user", "notification"}
    kinds = {(span["service"], span["kind"]) for span in spans}
    assert {("order", "producer"), ("notification", "consumer")} <= kinds
    ids = {span["id"] for span in spans}
    assert [span["name"] for span in spans if span["parent"] not in ids] == ["POST /orders"]


def test_a_log_line_leads_to_its_trace(grafana: Grafana, orders: list[str]) -> None:
    query = '{service_name="order-service"} | trace_id != ""'

    def lines() -> list[dict[str, str]]:
        found = grafana.ask("loki", "/loki/api/v1/query_range", {"query": query, "limit": "20"})["data"]["result"]
        return [stream["stream"] for stream in found]

    (labels, *_) = wait("lines with a trace", lines, bool, explain=str, delay=2, timeout=60)
    assert labels["k8s_namespace_name"] == "shop"
    found = grafana.ask("tempo", f"/api/v2/traces/{labels['trace_id']}", {})
    assert found["trace"]["resourceSpans"]


def test_an_exemplar_leads_to_its_trace(grafana: Grafana, orders: list[str]) -> None:
    now = time.time()
    query = {"query": "http_request_duration_seconds_bucket", "start": str(now - 600), "end": str(now)}

    def traces() -> list[str]:
        series = grafana.ask("prometheus", "/api/v1/query_exemplars", query)["data"]
        return [exemplar["labels"]["trace_id"] for one in series for exemplar in one["exemplars"]]

    (first, *_) = wait("exemplars", traces, bool, explain=str, delay=2, timeout=60)
    assert grafana.ask("tempo", f"/api/v2/traces/{first}", {})["trace"]["resourceSpans"]


def test_kubernetes_events_are_kept(lab: Lab, grafana: Grafana) -> None:
    query = '{service_name="kubernetes-events"}'

    def reasons() -> set[str]:
        found = grafana.ask("loki", "/loki/api/v1/query_range", {"query": query, "limit": "200"})["data"]["result"]
        return {stream["stream"].get("reason", "") for stream in found}

    Kubectl(lab.paths.kubeconfig).run("delete", "pods", "--selector", "app=user-service", "--namespace", "shop")
    assert {"Killing", "Started"} <= wait("events", reasons, lambda found: "Started" in found, explain=str, timeout=90)


def test_no_panel_is_empty_while_orders_come(lab: Lab, grafana: Grafana) -> None:
    lab.run("load.run", "--users", "4", "--rate", "20", "--time", "30s", "--plain", timeout=120)

    def unwell() -> list[str]:
        return [str(panel) for panel in panels.look(grafana, tag="kubeflow-ops", seconds=900) if not panel.ok]

    wait("panels", unwell, lambda wrong: not wrong, explain="; ".join, delay=2, timeout=45)
    assert len(panels.look(grafana, tag="kubeflow-ops", seconds=900)) > 50


def test_the_service_graph_knows_who_asks_whom(grafana: Grafana, orders: list[str]) -> None:
    query = {"query": 'sum by (client, server) (traces_service_graph_request_total{client!="user"})'}

    def edges() -> set[tuple[str, str]]:
        found = grafana.ask("prometheus", "/api/v1/query", query)["data"]["result"]
        return {(one["metric"]["client"], one["metric"]["server"]) for one in found}

    wait("service graph", edges, lambda found: ("order", "user") in found, explain=str, delay=2, timeout=90)


@pytest.mark.parametrize(
    ("image", "policies"),
    [
        ("docker.io/library/postgres:latest", {"disallow-latest-tag", "require-limits", "require-labels"}),
        ("example.org/web:1", {"allowed-registries", "require-limits", "require-labels"}),
    ],
)
def test_a_pod_against_the_rules_is_refused_and_told_the_way_out(lab: Lab, image: str, policies: set[str]) -> None:
    """In the namespace default, where no Pod Security speaks first; any policy that it breaks may be the one named."""
    words = ("run", "wrong", "--image", image, "--namespace", "default", "--dry-run=server")
    done = Kubectl(lab.paths.kubeconfig).run(*words, check=False)
    assert done.code != 0
    assert any(f"Policy {policy} failed: Pod default/wrong: " in done.stderr for policy in policies)
    assert "docs/policies.md" in done.stderr


def test_a_pod_that_keeps_the_rules_is_let_in(lab: Lab) -> None:
    words = ("get", "deployment", "user-service", "--namespace", "shop", "--output", "json")
    kubectl = Kubectl(lab.paths.kubeconfig)
    template = json.loads(kubectl.run(*words).stdout)["spec"]["template"]
    pod = {"apiVersion": "v1", "kind": "Pod", "spec": template["spec"]}
    pod["metadata"] = {"name": "right", "namespace": "shop", "labels": template["metadata"]["labels"]}
    kubectl.run("apply", "--dry-run=server", "--filename", "-", stdin=json.dumps(pod))


def test_a_kyverno_that_does_not_answer_locks_nobody_out(lab: Lab) -> None:
    """Its process is stopped, not ended: its webhooks are there, and run into their time limits."""
    name = lab.up_state().name
    each = 'for p in /proc/[0-9]*; do if grep -qs caSecretNam[e] "$p/cmdline"; then kill -{} "${{p#/proc/}}"; fi; done'
    words = ("run", "wrong", "--image", "docker.io/library/postgres:latest", "--namespace", "default")
    kubectl = Kubectl(lab.paths.kubeconfig)

    def signal(what: str) -> None:
        for node in (f"{name}-control-plane", f"{name}-worker"):
            proc.run(["docker", "exec", node, "sh", "-c", each.format(what)], timeout=30)

    assert kubectl.run(*words, "--dry-run=server", check=False).code != 0
    signal("STOP")
    try:
        kubectl.run(*words, "--dry-run=server", timeout=60)
    finally:
        signal("CONT")
    wait(
        "Kyverno",
        lambda: kubectl.run(*words, "--dry-run=server", check=False).code,
        bool,
        explain=lambda _: "it lets everything through",
        delay=1,
        timeout=60,
    )


def test_a_rotated_password_reaches_the_pods_and_no_request_fails(lab: Lab, cluster: Cluster) -> None:
    before = _user(cluster)
    made = json.loads(lab.run("secrets.rotate", "order", "--json", "--plain", timeout=300).stdout)
    assert made["failures"] == {}
    assert made["requests"] > 50
    assert (made["before"], made["after"]) == (before, _user(cluster))
    assert before != _user(cluster)
    figure("a rotated password is used by every pod, s", made["moments"]["proof"])
    again = json.loads(lab.run("secrets.rotate", "order", "--json", "--plain", timeout=300).stdout)
    assert (again["after"], again["failures"]) == (before, {})
    assert json.loads(lab.run("lab.verify", "--json", "--plain").stdout)["problems"] == []


def test_a_rotated_redis_password_is_used_and_outlives_a_restart_of_valkey_and_lab_up(
    lab: Lab, cluster: Cluster
) -> None:
    kubectl, before = Kubectl(lab.paths.kubeconfig), _value(cluster, "shop", "notification-service", "redis_password")
    made = json.loads(lab.run("secrets.rotate", "redis", "--json", "--plain", timeout=400).stdout)
    assert (made["failures"], made["requests"] > 50) == ({}, True)
    after = _value(cluster, "shop", "notification-service", "redis_password")
    assert after != before
    assert _value(cluster, "data", "redis", "password") == after
    figure("a rotated Redis password is used by every pod, s", made["moments"]["proof"])
    kubectl.run("delete", "pod", "redis-0", "--namespace", "data", timeout=120)
    kubectl.run("rollout", "status", "statefulset/redis", "--namespace", "data", "--timeout=120s", timeout=150)
    lab.run("lab.up", "--runtime", "kind", "--plain", timeout=300)
    assert _value(cluster, "data", "redis", "password") == after
    assert kind_valkey.ask(kubectl, f"AUTH default {before}").startswith("WRONGPASS")
    url = f"{lab.up_state().url('notification')}/health/ready"
    ready = lambda: httpx.get(url, timeout=10, trust_env=False).json()["status"]  # noqa: E731 - named for the wait
    wait("notification", ready, lambda status: status == "ready", successes=5, timeout=60)


def test_a_rotated_token_is_what_alerts_are_delivered_by(lab: Lab, cluster: Cluster) -> None:
    before = _value(cluster, "monitoring", "pager", "token")
    made = json.loads(lab.run("secrets.rotate", "pager", "--json", "--plain", timeout=400).stdout)
    assert (made["failures"], made["requests"] > 50) == ({}, True)
    after = _value(cluster, "monitoring", "pager", "token")
    assert after != before
    assert _value(cluster, "monitoring", "pager", "accepted") == after
    Kubectl(lab.paths.kubeconfig).run("delete", "pods", "--selector", "app=pager", "--namespace", "monitoring")
    lab.run("lab.up", "--runtime", "kind", "--plain", timeout=420)  # ends with a heartbeat that the new pod was told of
    assert _value(cluster, "monitoring", "pager", "token") == after
    url = f"http://127.0.0.1:{lab.up_state().pager}/webhook"
    bearers = [{"Authorization": f"Bearer {token}"} for token in (before, after)]
    assert [httpx.get(url, headers=bearer, trust_env=False).status_code for bearer in bearers] == [401, 204]


def _user(cluster: Cluster) -> str:
    return _value(cluster, "shop", "order-service", "database_user")


def _value(cluster: Cluster, namespace: str, name: str, key: str) -> str:
    found = cluster.get(f"/api/v1/namespaces/{namespace}/secrets/{name}")
    assert found is not None
    return b64decode(found["data"][key]).decode()


def test_the_heartbeat_reaches_the_pager(lab: Lab) -> None:
    url = f"http://127.0.0.1:{lab.up_state().pager}/deliveries?alertname=Watchdog"

    def deliveries() -> list[str]:
        try:
            answer = httpx.get(url, timeout=5, trust_env=False)
        except httpx.HTTPError:
            return []
        found = answer.json()
        return [one["status"] for one in (found if isinstance(found, list) else found["items"])]

    assert "firing" in wait("Watchdog", deliveries, bool, explain=str, delay=2, timeout=180)


def test_no_service_has_a_token_of_the_api(lab: Lab) -> None:
    words = ("get", "pods", "--namespace", "shop", "--output", "json")
    found = json.loads(Kubectl(lab.paths.kubeconfig).run(*words).stdout)["items"]
    volumes = [volume for pod in found for volume in pod["spec"]["volumes"] if "projected" in volume]
    assert (bool(found), volumes) == (True, [])
