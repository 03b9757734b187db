"""What is changed by hand is healed by Argo CD."""

import json
import time

import pytest

from lab.checks import workloads
from lab.core import proc
from lab.core.wait import wait
from lab.tools.cluster import Cluster
from lab.tools.kind import Kind
from lab.tools.kubectl import Kubectl
from tests.cluster.conftest import UP, figure
from tests.e2e.host_lab import Lab

pytestmark = [pytest.mark.docker, pytest.mark.timeout(1200)]
PATH = "/apis/apps/v1/namespaces/shop/deployments/user-service"


def test_a_deleted_deployment_comes_back(lab: Lab, cluster: Cluster) -> None:
    old = _uid(cluster)
    began = time.monotonic()
    Kubectl(lab.paths.kubeconfig).run("delete", "deployment", "user-service", "--namespace", "shop", "--wait=false")
    wait("new Deployment", lambda: _uid(cluster), lambda uid: uid not in {old, ""}, delay=0.2, timeout=60)
    figure("deleted deployment is back, s", time.monotonic() - began)
    wait(
        "user-service",
        lambda: workloads.blocker(cluster, "shop", "Deployment", "user-service"),
        lambda found: found is None,
        delay=0.5,
        timeout=120,
    )
    figure("deleted deployment is available, s", time.monotonic() - began)
    assert json.loads(lab.run("lab.verify", "--json", "--plain").stdout)["ok"]


def test_an_edited_deployment_is_put_back(lab: Lab, cluster: Cluster) -> None:
    began = time.monotonic()
    edit = {"spec": {"template": {"spec": {"terminationGracePeriodSeconds": 1}}}}
    cluster.patch(PATH, edit)

    def grace() -> int:
        found = cluster.get(PATH)
        assert found is not None
        return int(found["spec"]["template"]["spec"]["terminationGracePeriodSeconds"])

    wait("the edit's end", grace, lambda seconds: seconds == 30, delay=0.2, timeout=60)
    figure("edited deployment is put back, s", time.monotonic() - began)


def test_a_lab_whose_engine_was_restarted_rises_again(lab: Lab) -> None:
    name = lab.up_state().name
    listed = proc.run(["docker", "ps", "--filter", f"network={name}", "--format", "{{.Names}}"], timeout=30)
    assert len(listed.stdout.split()) == 4  # two nodes, the registry, LocalStack
    proc.run(["docker", "stop", "--time", "5", *listed.stdout.split()], timeout=120)
    kind, before = Kind(name, lab.paths.kubeconfig), json.loads((lab.paths.run / "addresses.json").read_text())
    proc.run(["docker", "start", *sorted(before, key=before.__getitem__, reverse=True)], timeout=60)  # as it may happen
    assert kind.addresses() != before
    began = time.monotonic()
    lab.run(*UP, timeout=900)
    assert kind.addresses() == before
    figure("a lab whose containers were stopped is up, s", time.monotonic() - began)
    verdict = json.loads(lab.run("lab.verify", "--json", "--plain", check=False, timeout=120).stdout)
    assert (verdict["ok"], verdict["problems"]) == (True, [])


def _uid(cluster: Cluster) -> str:
    found = cluster.get(PATH)
    return str(found["metadata"]["uid"]) if found else ""
