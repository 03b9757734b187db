"""What the services' project may touch, and who may read secrets: what is in use, and nothing else."""

import pytest
import yaml

from lab.core.paths import CHECKOUT
from lab.tools import gitops as tools
from lab.tools.fields import dig, text
from lab.tools.rendered import Rendered

CLUSTERS = ("local", "core", "dev", "prod")
CHILDREN = {("apps", "ReplicaSet"), ("", "Pod")}  # of Deployments: Argo CD shows no kind that is not on the list
pytestmark = pytest.mark.usefixtures("_kubectl")


def made(cluster: str) -> tuple[Rendered, ...]:
    return tools.render(cluster, CHECKOUT).objects


def test_the_services_may_bring_the_kinds_that_they_use_and_no_other() -> None:
    file = CHECKOUT / "gitops" / "platform" / "argocd" / "applications" / "projects.yaml"
    shop = next(one for one in yaml.safe_load_all(file.read_text()) if one["metadata"]["name"] == "shop")
    used = set()
    for cluster in CLUSTERS:
        objects = made(cluster)
        of_shop = {o.name for o in objects if o.kind == "Application" and text(o.body, "spec", "project") == "shop"}
        used |= {(o.group, o.kind) for o in objects if o.origin.application in of_shop}
    listed = {(kind["group"], kind["kind"]) for kind in shop["spec"]["namespaceResourceWhitelist"]}
    assert listed == used | CHILDREN
    assert shop["spec"]["clusterResourceWhitelist"] == []


@pytest.mark.parametrize("cluster", [cluster for cluster in CLUSTERS if cluster != "core"])
def test_the_secret_store_answers_the_namespaces_that_ask_it_and_no_other(cluster: str) -> None:
    objects = made(cluster)
    (store,) = (found.body for found in objects if found.kind == "ClusterSecretStore")
    (condition,) = dig(store, "spec", "conditions")
    assert condition == {"namespaces": sorted({found.namespace for found in objects if found.kind == "ExternalSecret"})}
