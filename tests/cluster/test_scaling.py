"""Load scales order-service out, on real CPU figures; orders lost: 0."""

import json
import time

import pytest

from lab.core.wait import wait
from lab.tools import processes
from lab.tools.cluster import Cluster
from tests.cluster.conftest import figure
from tests.e2e.host_lab import Lab

pytestmark = [pytest.mark.docker, pytest.mark.timeout(1200)]
_PATH = "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers/order-service"


def replicas(cluster: Cluster) -> int:
    found = cluster.get("/apis/apps/v1/namespaces/shop/deployments/order-service")
    assert found is not None
    return int(found["status"].get("readyReplicas", 0))


def test_load_adds_replicas_and_loses_no_order(lab: Lab, cluster: Cluster) -> None:
    scaler = cluster.get(_PATH)
    assert scaler is not None
    assert (scaler["spec"]["minReplicas"], scaler["spec"]["maxReplicas"]) == (2, 10)
    pid, log = lab.start("load.run", "--scenario", "order", "--users", "10", "--rate", "40", "--time", "90s", "--plain")
    began = time.monotonic()
    wait("replicas", lambda: replicas(cluster), lambda ready: ready > 2, delay=1, timeout=120)
    figure("load makes a third replica ready, s", time.monotonic() - began)
    wait("end of the load", lambda: processes.lives(pid), lambda alive: not alive, delay=1, timeout=180)
    assert "requests" in log.read_text()
    verdict = json.loads(lab.run("lab.verify", "--json", "--plain", check=False, timeout=120).stdout)
    assert (verdict["ledger"]["lost"], verdict["ledger"]["duplicated"]) == ([], [])
    assert verdict["ledger"]["accepted"] > 1000
