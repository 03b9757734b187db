"""What the checks of rendered objects tell apart, and that no shape of an object upsets them."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.checks.manifests import known
from lab.checks.manifests.duplicates import duplicates
from lab.checks.manifests.pods import selected
from lab.checks.manifests.problem import Problem
from lab.checks.manifests.references import namespaces, references, sources
from lab.checks.manifests.registries import registries
from lab.checks.manifests.rules import OURS, rules
from lab.checks.manifests.selectors import selectors
from lab.core.errors import UsageError
from lab.core.paths import CHECKOUT, Paths
from lab.core.state import SERVICES, LabState
from lab.stages.kind_gitops import GitOps
from lab.tools.gitops import Source
from lab.tools.kubectl import Kubectl
from lab.tools.rendered import Origin, Rendered, read

ORIGIN = Origin("cart", "gitops/cart", "shop")
KINDS = (
    "ValidatingPolicy",
    "Deployment",
    "CronJob",
    "Pod",
    "Service",
    "NetworkPolicy",
    "HorizontalPodAutoscaler",
    "Application",
    "Secret",
)


def made(kind: str, name: str = "cart", api: str = "v1", origin: Origin = ORIGIN, **content: Any) -> Rendered:
    return Rendered({"apiVersion": api, "kind": kind, "metadata": {"name": name}, **content}, "", origin)


def deployment(container: dict[str, Any] | None = None, **pod: Any) -> Rendered:
    spec = {"containers": [{"name": "cart", **(container or {})}], **pod}
    template = {"metadata": {"labels": {"app": "cart"}}, "spec": spec}
    return made("Deployment", api="apps/v1", spec={"template": template})


def told(problems: Any) -> set[str]:
    found: list[Problem] = list(problems)
    return {problem.rule for problem in found}


def test_a_problem_says_object_field_fault_remedy_and_rule_in_one_line() -> None:
    problem = Problem("replicas", deployment(), "spec.replicas", "an autoscaler owns it", "leave it out")
    assert str(problem) == "Deployment shop/cart: spec.replicas: an autoscaler owns it; leave it out [replicas]"


def test_objects_are_the_same_by_group_kind_namespace_and_name_whatever_their_version() -> None:
    ours, newer = made("Deployment", api="apps/v1"), made("Deployment", api="apps/v1beta1")
    elsewhere = made("Deployment", api="apps/v1", origin=Origin("cart", "gitops/cart", "data"))
    assert told(duplicates([ours, newer])) == {"duplicate"}
    assert told(duplicates([ours, elsewhere, made("Service"), made("Deployment", "basket", "apps/v1")])) == set()


def test_an_exception_to_a_policy_is_of_its_namespace_and_a_policy_of_the_cluster() -> None:
    api, homes = "policies.kyverno.io/v1", [Origin("policies", "gitops/policies", name) for name in ("shop", "data")]
    assert told(duplicates([made("PolicyException", api=api, origin=home) for home in homes])) == set()
    assert told(duplicates([made("ValidatingPolicy", api=api, origin=home) for home in homes])) == {"duplicate"}


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


@pytest.mark.parametrize(
    ("volume", "missing"),
    [
        ({"configMap": {"name": "a"}}, "ConfigMap shop/a"),
        ({"secret": {"secretName": "a"}}, "Secret shop/a"),
        ({"projected": {"sources": [{"secret": {"name": "a"}}]}}, "Secret shop/a"),
        ({"persistentVolumeClaim": {"claimName": "a"}}, "PersistentVolumeClaim shop/a"),
        ({"secret": {"secretName": "a", "optional": True}}, ""),
        ({"configMap": {"name": "kube-root-ca.crt"}}, ""),
        ({"emptyDir": {}}, ""),
    ],
)
def test_a_volume_leads_somewhere(volume: dict[str, Any], missing: str) -> None:
    found = list(references([deployment(volumes=[{"name": "v", **volume}])], {}))
    assert [problem.what for problem in found] == ([f"nothing makes {missing}"] if missing else [])


def test_a_secret_is_there_as_an_object_by_an_external_secret_or_by_the_lab() -> None:
    pod = deployment(volumes=[{"name": "v", "secret": {"secretName": "a"}}])
    external = made("ExternalSecret", "b", "external-secrets.io/v1", spec={"target": {"name": "a"}})
    assert told(references([pod], {})) == {"secret"}
    for others, lab in (([made("Secret", "a")], {}), ([external], {}), ([], {("shop", "a"): "why"})):
        assert told(references([pod, *others], lab)) == set()


def test_references_stay_in_their_namespace() -> None:
    pod = deployment(serviceAccountName="a")
    elsewhere = made("ServiceAccount", "a", origin=Origin("cart", "gitops/cart", "data"))
    assert told(references([pod, elsewhere], {})) == {"service-account"}
    assert told(references([pod, made("ServiceAccount", "a")], {})) == set()


def test_a_namespace_is_made_known_or_created_by_argo_cd() -> None:
    spec = {"destination": {"namespace": "far"}, "syncPolicy": {"syncOptions": ["CreateNamespace=true"]}}
    home = Origin("root", "gitops/clusters/local", "argocd")
    assert told(namespaces([made("Application", origin=home, spec=spec)])) == set()
    assert told(namespaces([made("Application", origin=home, spec={**spec, "syncPolicy": {}})])) == {"namespace"}
    assert told(namespaces([made("Service"), made("Namespace", "shop")])) == set()
    assert told(namespaces([made("ClusterRole")])) == set()


@pytest.mark.parametrize("outcome", ["rendered", "chart", "other repository"])
def test_a_source_that_leads_somewhere_is_no_problem(outcome: Any) -> None:
    assert told(sources([Source(made("Application"), "spec.source", "a", "b", outcome)])) == set()


@pytest.mark.parametrize(
    ("selector", "matches"),
    [
        ({}, True),
        ({"matchLabels": {"app": "cart"}}, True),
        ({"matchLabels": {"app": "cart", "tier": "web"}}, False),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["cart", "other"]}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["cart"]}]}, False),
        ({"matchExpressions": [{"key": "tier", "operator": "Exists"}]}, False),
        ({"matchExpressions": [{"key": "tier", "operator": "DoesNotExist"}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "Perhaps"}]}, False),
    ],
)
def test_a_selector_selects_as_kubernetes_does(selector: dict[str, Any], matches: bool) -> None:
    assert selected(selector, {"app": "cart"}) is matches


def test_selectors_look_at_pods_of_their_own_namespace_and_leave_the_others_be() -> None:
    nowhere = {"matchLabels": {"app": "basket"}}
    far = [{"to": [{"podSelector": nowhere, "namespaceSelector": {}}]}]
    api = "networking.k8s.io/v1"
    assert told(selectors([deployment(), made("NetworkPolicy", api=api, spec={"podSelector": nowhere})])) == {
        "policy-selector"
    }
    assert told(selectors([deployment(), made("NetworkPolicy", api=api, spec={"egress": far})])) == set()
    assert told(selectors([made("Service", spec={"type": "ExternalName"})])) == set()


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda below: (
        st.lists(below, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["spec", "template", "containers", "name", "selector", "volumes", "secret", "env", "variables"]
            ),
            below,
        )
    ),
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(KINDS), ANYTHING)
def test_no_shape_of_an_object_upsets_a_check(kind: str, spec: Any) -> None:
    objects = [made(kind, spec=spec), made(kind, "other", spec=spec), made(kind, "allowed-registries", spec=spec)]
    for check in (duplicates, namespaces, registries, rules, selectors, lambda found: references(found, {})):
        list(check(objects))


@pytest.mark.parametrize("content", ["- a\n- list\n", "words", "kind: Service\n", "a: [", "{kind: A, apiVersion: v1}"])
def test_what_is_no_object_is_refused_with_where_it_is(content: str) -> None:
    with pytest.raises(UsageError, match="gitops/cart"):
        list(read(content, ORIGIN))


def test_a_stream_is_read_document_by_document_without_the_empty_ones() -> None:
    text = "---\n# nothing\n---\napiVersion: v1\nkind: A\nmetadata: {name: a}\nx: |\n  ---\n  =\n"
    (found,) = read(text, ORIGIN)
    assert (str(found), found.body["x"]) == ("A shop/a", "---\n=\n")


def test_the_secrets_that_the_lab_is_said_to_make_are_those_it_makes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = "gitops/platform/cluster"
    shutil.copytree(CHECKOUT / folder, tmp_path / folder)
    applied: list[str] = []
    monkeypatch.setattr(Kubectl, "apply", lambda _, text: applied.append(text))
    state = LabState(runtime="kind", lab_id="0", services=dict.fromkeys(SERVICES, 0), localstack=0)
    passwords = {name: {"database_password": "", "redis_password": ""} for name in (*SERVICES, "grafana", "pager")}

    class Ground:
        cluster = artifacts = None

    GitOps(Paths(tmp_path), state, Ground()).secrets(passwords)  # type: ignore[arg-type] # no cluster is asked
    secrets = [found["metadata"] for found in yaml.safe_load_all(applied[0]) if found["kind"] == "Secret"]
    every = {*known.LAB_SECRETS, *known.EARLY_SECRETS}
    expected = {place for place in every if place[0] != "git"}  # that one comes with the git server
    assert {(secret["namespace"], secret["name"]) for secret in secrets} == expected
