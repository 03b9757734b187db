"""The rules of what runs: its images, its user, its labels, probes and replicas, and what it takes of the node."""

from dataclasses import replace
from typing import Any

import pytest

from lab.checks.manifests.registries import registries
from lab.checks.manifests.rules import OURS, rules
from lab.tools.rendered import Origin
from tests.unit.lab.manifests import deployment, made, told


@pytest.mark.parametrize(
    ("image", "fine"),
    [
        ("cart:1.0", True),
        ("registry.example:5000/shop/cart:1.0", True),
        ("cart@sha256:00", True),
        ("cart", False),
        ("registry.example:5000/shop/cart", False),
        ("cart:latest", False),
        ("cart:", False),
        ("", False),
    ],
)
def test_an_image_names_one_version(image: str, fine: bool) -> None:
    assert ("image-tag" not in told(rules([deployment({"image": image})]))) is fine


def test_what_a_container_says_of_root_wins_over_its_pod() -> None:
    pod = {"securityContext": {"runAsNonRoot": True}}
    assert "non-root" not in told(rules([deployment(**pod)]))
    assert "non-root" in told(rules([deployment({"securityContext": {"runAsNonRoot": False}}, **pod)]))
    assert "non-root" not in told(rules([deployment({"securityContext": {"runAsNonRoot": True}})]))


@pytest.mark.parametrize(
    ("container", "pod", "field"),
    [
        ({"securityContext": {"privileged": True}}, {}, "containers[cart].securityContext.privileged"),
        ({}, {"hostNetwork": True}, "hostNetwork"),
        ({}, {"hostPID": True}, "hostPID"),
        ({}, {"hostIPC": True}, "hostIPC"),
        ({}, {"volumes": [{"name": "node", "hostPath": {"path": "/"}}]}, "volumes[node].hostPath"),
        ({"securityContext": {"privileged": False}}, {"hostPID": False, "volumes": [{"name": "v"}]}, ""),
    ],
)
def test_a_pod_takes_nothing_of_the_node(container: dict[str, Any], pod: dict[str, Any], field: str) -> None:
    fields = [problem.field for problem in rules([deployment(container, **pod)]) if problem.rule == "privileged"]
    assert fields == ([f"spec.template.spec.{field}"] if field else [])


def test_labels_are_asked_of_every_namespace_of_ours() -> None:
    found = {name: replace(deployment(), origin=Origin("cart", "gitops/cart", name)) for name in (*OURS, "monitoring")}
    assert {name for name, owner in found.items() if "labels" in told(rules([owner]))} == OURS


def test_images_begin_as_the_clusters_policy_says_where_it_holds() -> None:
    selector = {"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["data"]}]}
    listed = [{"name": "other", "expression": "1"}, {"name": "registries", "expression": "['a.example/', 'b/c:']"}]
    spec = {"matchConstraints": {"namespaceSelector": selector}, "variables": listed}
    policy = made("ValidatingPolicy", "allowed-registries", "policies.kyverno.io/v1", spec=spec)
    for image, fine in (("a.example/x", True), ("b/c:1", True), ("b/cd:1", False), ("a.example.org/x", False)):
        pod = deployment({"image": image})
        assert told(registries([policy, pod])) == (set() if fine else {"registry"})
        assert told(registries([policy, replace(pod, origin=Origin("cart", "gitops/cart", "data"))])) == set()
        assert told(registries([pod])) == set()


def test_probes_are_asked_of_what_runs_on_alone() -> None:
    job = made("Job", api="batch/v1", spec={"template": {"spec": {"containers": [{"name": "cart"}]}}})
    assert "probes" in told(rules([deployment()]))
    assert "probes" not in told(rules([job]))
    first, sidecar = {"name": "first"}, {"name": "beside", "restartPolicy": "Always"}
    found = rules([deployment(initContainers=[first, sidecar])])
    fields = {problem.field for problem in found if problem.rule == "probes"}
    assert fields == {"spec.template.spec.containers[cart]", "spec.template.spec.initContainers[beside]"}


def test_a_cron_jobs_pods_are_found_where_they_are() -> None:
    pod = {"spec": {"containers": [{"name": "cart", "image": "cart"}]}}
    job = made("CronJob", api="batch/v1", spec={"jobTemplate": {"spec": {"template": pod}}})
    fields = {problem.field for problem in rules([job]) if problem.rule == "image-tag"}
    assert fields == {"spec.jobTemplate.spec.template.spec.containers[cart].image"}


def test_replicas_are_free_where_nothing_scales() -> None:
    target = {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "cart"}}
    fixed = made("Deployment", api="apps/v1", spec={"replicas": 2})
    scaler = made("HorizontalPodAutoscaler", api="autoscaling/v2", spec=target)
    assert "replicas" not in told(rules([fixed]))
    assert "replicas" in told(rules([fixed, scaler]))
