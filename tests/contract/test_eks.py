"""What an EKS cluster needs to roll out without a failed request, and to end without a leftover."""

from functools import cache

import pytest
import yaml

from lab.core.paths import CHECKOUT
from lab.flows import gitops
from lab.stages.kind_config import NODE_PORTS
from lab.tools import gitops as tools
from lab.tools.fields import dig, text
from lab.tools.rendered import Rendered

AWS = ("dev", "prod")
INSTALL = CHECKOUT / "gitops" / "platform" / "argocd" / "install"
WAVE = ("metadata", "annotations", "argocd.argoproj.io/sync-wave")
FINALIZER = "resources-finalizer.argocd.argoproj.io"
pytestmark = pytest.mark.usefixtures("_kubectl")


@cache
def made(cluster: str) -> tuple[Rendered, ...]:
    return tuple(tools.render(cluster, CHECKOUT).objects)


@pytest.mark.parametrize("cluster", AWS)
def test_what_clears_a_finalizer_ends_after_all_that_carries_one(cluster: str) -> None:
    """Argo CD deletes what `root` made in the reverse order of waves, each wave once the one above it is gone."""
    applications = {found.name: found.body for found in made(cluster) if found.kind == "Application"}
    wave = {name: int(text(body, *WAVE)) for name, body in applications.items()}
    for body in (*applications.values(), yaml.safe_load(gitops.root(cluster))):
        assert body["metadata"]["finalizers"] == [FINALIZER]
    for kind, controller in (
        ("Ingress", "aws-load-balancer-controller"),
        ("NodePool", "karpenter"),
        ("ExternalSecret", "external-secrets"),
    ):
        makers = {found.origin.application for found in made(cluster) if found.kind == kind}
        assert wave[controller] < min(wave[name] for name in makers), kind
    for found in made(cluster):
        if found.kind in {"Namespace", "AppProject", "StorageClass"}:  # volumes go with their namespace
            assert int(text(found.body, *WAVE)) < min(wave.values()), str(found)


@pytest.mark.parametrize("cluster", AWS)
def test_a_pod_is_ready_once_the_load_balancer_sends_to_it(cluster: str) -> None:
    (shop,) = (found.body for found in made(cluster) if str(found) == "Namespace shop")
    assert dig(shop, "metadata", "labels")["elbv2.k8s.aws/pod-readiness-gate-inject"] == "enabled"
    ways = [found.body for found in made(cluster) if found.kind == "Ingress"]
    assert {text(way, "metadata", "annotations", "alb.ingress.kubernetes.io/target-type") for way in ways} == {"ip"}


def test_argo_cd_has_a_node_port_in_the_lab_alone() -> None:
    service = yaml.safe_load((INSTALL / "overlays" / "local" / "service.yaml").read_text())
    assert dig(service, "spec", "ports")[0]["nodePort"] == NODE_PORTS["argocd"]
    for file in (INSTALL / "base").glob("*.yaml"):
        assert "NodePort" not in file.read_text(), file.name


def test_a_sync_that_waits_for_what_never_gets_well_ends_so_that_its_mend_is_applied() -> None:
    """Argo CD applies no newer commit while a sync of an older one is under way, and by itself ends none."""
    settings = yaml.safe_load_all((INSTALL / "base" / "settings.yaml").read_text())
    (controller,) = (one["data"] for one in settings if one["metadata"]["name"] == "argocd-cmd-params-cm")
    assert 600 <= int(controller["controller.sync.timeout.seconds"]) <= 3600
    for page in ("runbook.md", "eks.md"):
        assert "argocd app terminate-op root --core" in (CHECKOUT / "docs" / page).read_text(), page


@pytest.mark.parametrize("cluster", AWS)
def test_the_job_that_makes_databases_is_tried_again_with_what_is_in_git_by_then(cluster: str) -> None:
    """RDS rotates the password of its master user by itself: what the Job reads is never old for long."""
    (databases,) = (found.body for found in made(cluster) if str(found) == "Application argocd/databases")
    retry = dig(databases, "spec", "syncPolicy", "retry")
    assert (retry["limit"], retry["refresh"]) == (-1, True)
    asked = {str(o): o.body["spec"]["refreshInterval"] for o in made(cluster) if o.kind == "ExternalSecret"}
    assert set(asked.values()) == {"1m"}, asked
