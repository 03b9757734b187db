"""What objects name is there: volumes, Secrets, accounts, namespaces and sources."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.checks.manifests import known
from lab.checks.manifests.references import namespaces, references, sources
from lab.core.paths import CHECKOUT, Paths
from lab.core.state import SERVICES, LabState
from lab.stages import kind_secrets
from lab.tools.gitops import Source
from lab.tools.kubectl import Kubectl
from lab.tools.rendered import Origin
from tests.unit.lab.manifests import deployment, made, told


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


def test_the_secrets_that_the_lab_is_said_to_make_are_those_it_makes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = "gitops/platform/cluster"
    shutil.copytree(CHECKOUT / folder, tmp_path / folder)
    applied: list[str] = []
    monkeypatch.setattr(Kubectl, "apply", lambda _, text: applied.append(text))
    state = LabState(runtime="kind", lab_id="0", services=dict.fromkeys(SERVICES, 0), localstack=0)
    passwords = {name: {"database_password": "", "redis_password": ""} for name in (*SERVICES, "grafana", "pager")}
    kind_secrets.ensure(Paths(tmp_path), state, passwords)
    secrets = [found["metadata"] for found in yaml.safe_load_all(applied[0]) if found["kind"] == "Secret"]
    every = {*known.LAB_SECRETS, *known.EARLY_SECRETS}
    expected = {place for place in every if place[0] != "git"}  # that one comes with the git server
    assert {(secret["namespace"], secret["name"]) for secret in secrets} == expected
