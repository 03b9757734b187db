"""What a cluster is given is enough for what it is to hold: connections, days of metrics, disks."""

import re
from functools import cache
from typing import Any

import pytest

from lab.core.paths import CHECKOUT
from lab.core.state import SERVICES
from lab.tools import gitops
from lab.tools.fields import Body
from lab.tools.rendered import Rendered
from tests import charts

AWS = ("dev", "prod")
MEMORY = {"db.t4g.micro": 1, "db.m7g.large": 8}  # GiB
PROMETHEUS = "http://prometheus-kube-prometheus-stack-prometheus-{}.prometheus-operated.monitoring:9090/api/v1/otlp"
pytestmark = pytest.mark.usefixtures("_kubectl")


@cache
def made(cluster: str) -> dict[str, Rendered]:
    return {str(found): found for found in gitops.render(cluster, CHECKOUT).objects}


def values(cluster: str, chart: str) -> dict[str, Any]:
    return charts.values(made(cluster)[f"Application argocd/{chart}"].body)


def connections(cluster: str) -> int:
    """Return how many PostgreSQL takes; on RDS by its formula, of the three quarters that its system leaves."""
    if cluster == "local":
        (container,) = made("local")["StatefulSet data/postgres"].body["spec"]["template"]["spec"]["containers"]
        return int(re.findall(r"max_connections=(\d+)", " ".join(container["args"]))[0])
    settings = (CHECKOUT / "terraform" / "environments" / cluster / "settings.tf").read_text()
    (size,) = re.findall(r"(db\.[a-z0-9]+\.[a-z0-9]+)", settings)
    return int(MEMORY[size] * 2**30 * 0.75 / 9_531_392)


def setting(cluster: str, service: str, variable: str) -> int:
    """Return a number that a service is told by its ConfigMap, whose name ends with a hash."""
    (found,) = (each for name, each in made(cluster).items() if name.startswith(f"ConfigMap shop/{service}-service-"))
    return int(found.body["data"][variable])


@pytest.mark.parametrize("cluster", ["local", *AWS])
def test_postgresql_has_connections_for_every_pod_of_a_scaled_out_rollout(cluster: str) -> None:
    """All replicas, one that a rollout makes and one that ends, each with its probes; migrations; five for people."""
    needed = 5
    for service in SERVICES:
        pods = made(cluster)[f"HorizontalPodAutoscaler shop/{service}-service"].body["spec"]["maxReplicas"] + 2
        needed += pods * (setting(cluster, service, "DATABASE_POOL_SIZE") + 1) + 1
    assert needed <= connections(cluster)


@pytest.mark.parametrize("cluster", ["local", *AWS])
def test_a_pod_has_the_time_to_be_forgotten_and_to_finish(cluster: str) -> None:
    """A load balancer knows of a pod's end later than a node does."""
    for service in SERVICES:
        pod = made(cluster)[f"Deployment shop/{service}-service"].body["spec"]["template"]["spec"]
        delay = setting(cluster, service, "SHUTDOWN_DELAY_SECONDS")
        assert delay >= (15 if cluster in AWS else 5)
        assert pod["terminationGracePeriodSeconds"] > delay + setting(cluster, service, "DRAIN_SECONDS")


def gib(text: str) -> float:
    ((number, unit),) = re.findall(r"^(\d+)(GB|Gi)$", text)
    return float(number) * (1 if unit == "Gi" else 1e9 / 2**30)


@pytest.mark.parametrize("cluster", AWS)
def test_prometheus_keeps_the_days_of_the_error_budget_and_its_disk_holds_them(cluster: str) -> None:
    spec = values(cluster, "kube-prometheus-stack")["prometheus"]["prometheusSpec"]
    rules = str(made(cluster)["PrometheusRule monitoring/availability"].body)
    assert int(spec["retention"].removesuffix("d")) > max(int(days) for days in re.findall(r"\[(\d+)d\]", rules))
    disk: Body = spec["storageSpec"]["volumeClaimTemplate"]["spec"]
    assert gib(spec["retentionSize"]) <= 0.8 * gib(disk["resources"]["requests"]["storage"])


@pytest.mark.parametrize("cluster", AWS)
def test_span_metrics_reach_every_prometheus(cluster: str) -> None:
    replicas = values(cluster, "kube-prometheus-stack")["prometheus"]["prometheusSpec"].get("replicas", 1)
    config = values(cluster, "otel-collector")["alternateConfig"]
    used = [config["exporters"][name]["endpoint"] for name in config["service"]["pipelines"]["metrics"]["exporters"]]
    assert len(used) == replicas
    if replicas > 1:
        assert used == [PROMETHEUS.format(number) for number in range(replicas)]


@pytest.mark.parametrize("cluster", AWS)
def test_tempo_has_a_disk_and_no_second_volume_in_its_place(cluster: str) -> None:
    found = values(cluster, "tempo")
    assert found["persistence"] | {"size": ""} == {"enabled": True, "storageClassName": "gp3", "size": ""}
    mounts = {mount["name"]: mount["mountPath"] for mount in found["tempo"]["extraVolumeMounts"]}
    assert mounts == {"tmp": "/tmp"}  # noqa: S108 - a path in the container
    assert [volume["name"] for volume in found["extraVolumes"]] == ["tmp"]
