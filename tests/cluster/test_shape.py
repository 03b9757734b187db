"""The cluster as it stands after lab.up: the production shape, each part seen at work."""

import json
from base64 import b64decode
from typing import Any

import pytest

from lab.checks.applications import ROOT
from lab.core import proc
from lab.core.profiles import APPLICATIONS
from lab.core.state import SERVICES
from lab.core.wait import wait
from lab.tools.cluster import Cluster
from lab.tools.kubectl import Kubectl
from lab.tools.localstack import session
from tests.cluster.conftest import UP
from tests.e2e.host_lab import Lab

pytestmark = [pytest.mark.docker, pytest.mark.timeout(1200)]


def test_status_names_every_part_and_verify_finds_nothing_wrong(lab: Lab) -> None:
    seen = json.loads(lab.run("lab.status", "--json").stdout)
    assert seen["runtime"] == "kind"
    assert {name: service["ready"] for name, service in seen["services"].items()} == dict.fromkeys(SERVICES, True)
    there = {ROOT, *APPLICATIONS["full"]}
    assert seen["programs"] == {f"application {name}": "Synced, Healthy" for name in there}
    verdict = json.loads(lab.run("lab.verify", "--json", "--plain").stdout)
    assert (verdict["ok"], verdict["problems"]) == (True, [])
    assert verdict["ledger"]["accepted"] >= 2  # lab.up's order, and lab.verify's


def test_a_second_up_changes_nothing(lab: Lab, cluster: Cluster) -> None:
    before = {pod["metadata"]["uid"] for pod in _pods(cluster)}
    lab.run(*UP, timeout=300)
    assert {pod["metadata"]["uid"] for pod in _pods(cluster)} == before


def test_replicas_of_each_service_are_on_different_nodes(cluster: Cluster) -> None:
    for service in SERVICES:
        nodes = {pod["spec"]["nodeName"] for pod in _pods(cluster, f"app={service}-service")}
        assert len(nodes) == 2, service


def test_services_run_by_digest_without_root_token_or_writable_files(cluster: Cluster) -> None:
    for pod in _pods(cluster):
        assert pod["spec"]["automountServiceAccountToken"] is False
        for container in pod["spec"]["containers"]:
            assert "@sha256:" in container["image"]
            assert container["securityContext"]["readOnlyRootFilesystem"] is True


def test_the_namespace_refuses_a_privileged_pod(lab: Lab) -> None:
    manifest = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "root", "namespace": "shop"},
        "spec": {"containers": [{"name": "root", "image": "busybox:1.37", "securityContext": {"privileged": True}}]},
    }
    kubectl = Kubectl(lab.paths.kubeconfig)
    done = kubectl.run("create", "--filename", "-", stdin=json.dumps(manifest), check=False)
    assert done.code != 0
    assert "violates PodSecurity" in done.stderr


def test_autoscalers_see_real_cpu(cluster: Cluster) -> None:
    def unseen() -> list[str]:
        items = cluster.items("/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers")
        assert len(items) == len(SERVICES)
        return [
            i["metadata"]["name"] for i in items if not (i["status"].get("currentMetrics") or [{}])[0].get("resource")
        ]

    wait("CPU figures", unseen, lambda names: not names, delay=2, timeout=120)


def test_secrets_come_from_secrets_manager(lab: Lab, cluster: Cluster) -> None:
    manager = session().client("secretsmanager", endpoint_url=lab.up_state().aws)
    kept = json.loads(manager.get_secret_value(SecretId="kubeflow-ops/order/database")["SecretString"])
    secret = cluster.get("/api/v1/namespaces/shop/secrets/order-service")
    assert secret is not None
    assert b64decode(secret["data"]["database_password"]).decode() == kept["password"]
    said = lab.run("lab.status").stdout + (lab.paths.reports / "up-latest.json").read_text()
    assert kept["password"] not in said


def test_drift_of_the_cloud_is_named_and_mended(lab: Lab) -> None:
    sqs = session().client("sqs", endpoint_url=lab.up_state().aws)
    url = sqs.get_queue_url(QueueName="order-queue")["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "77"})
    verdict = lab.run("lab.verify", "--json", "--plain", check=False)
    assert verdict.code == 1
    assert any("module.order_queue.aws_sqs_queue.this" in p for p in json.loads(verdict.stdout)["problems"])
    lab.run(*UP, timeout=300)
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]
    assert attributes["VisibilityTimeout"] == "30"


def test_everything_published_is_on_127_0_0_1(lab: Lab) -> None:
    form = "{{.Names}} {{.Ports}}"
    listed = proc.run(["docker", "ps", "--filter", f"name={lab.up_state().name}", "--format", form]).stdout
    published = [part.strip() for part in listed.replace("\n", ",").split(",") if "->" in part]
    state = lab.up_state()
    told = [port for port in (*state.services.values(), *state.servers.values()) if port]
    assert len(published) == len(told) + 1  # the API server's is in the kubeconfig
    assert all(part.rpartition(" ")[2].startswith("127.0.0.1:") for part in published)


def _pods(cluster: Cluster, selector: str = "") -> list[dict[str, Any]]:
    return cluster.items("/api/v1/namespaces/shop/pods", labelSelector=selector)
