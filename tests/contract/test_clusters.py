"""gitops/clusters/{dev,prod}: what AWS has, nothing of the lab's, and every difference with its reason."""

import copy
import re
from collections.abc import Iterator
from functools import cache

import pytest
import yaml

from lab.checks.manifests.explained import Reason, Reasons, read, wrong
from lab.core.errors import UsageError
from lab.core.paths import CHECKOUT
from lab.flows import gitops, manifests
from lab.tools import gitops as tools
from lab.tools.fields import Body, bodies, body, dig, text
from lab.tools.rendered import Rendered
from lab.tools.schemas import Schemas

AWS = ("dev", "prod")
PAIRS = (("local", "dev"), ("dev", "prod"))
CLUSTERS = CHECKOUT / "gitops" / "clusters"
pytestmark = pytest.mark.usefixtures("_kubectl")


@cache
def made(cluster: str) -> dict[str, Rendered]:
    return {str(found): found for found in tools.render(cluster, CHECKOUT).objects}


def applications(cluster: str) -> dict[str, Body]:
    return {found.name: found.body for found in made(cluster).values() if found.kind == "Application"}


def leaves(value: object) -> Iterator[str]:
    """Yield every key and string of an object."""
    if isinstance(value, dict):
        for key, below in value.items():
            yield key
            yield from leaves(below)
    elif isinstance(value, list):
        for below in value:
            yield from leaves(below)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize(("a", "b"), PAIRS)
def test_every_difference_has_one_reason_and_every_reason_a_difference(a: str, b: str) -> None:
    reasons = read(CLUSTERS / b / "differences.yaml")
    assert reasons.than == a
    assert len(reasons.reasons) < 150
    assert wrong(gitops.diff(a, b), reasons) == []


def test_a_difference_without_a_reason_and_a_reason_too_many_are_told() -> None:
    found = gitops.diff("dev", "prod")
    reasons = read(CLUSTERS / "prod" / "differences.yaml").reasons
    for n, reason in enumerate(reasons):
        left = Reasons(than="dev", reasons=[*reasons[:n], *reasons[n + 1 :]])
        assert all("no reason" in words for words in wrong(found, left)), reason.why
        assert wrong(found, left), reason.why
    idle = Reason(objects=["Ingress shop/*"], fields=["spec.nothing"], why="nothing")
    assert "spec.nothing: no difference needs it (nothing)" in wrong(
        found, Reasons(than="dev", reasons=[*reasons, idle])
    )


def test_lines_are_shown_below_their_reasons() -> None:
    shown = gitops.explained(gitops.diff("dev", "prod"), "dev", "prod").splitlines()
    assert shown[shown.index("Pods are spread over zones") + 1].startswith("  Deployment shop/")
    with pytest.raises(UsageError, match="prod's differences from local are not explained"):
        gitops.explained([], "local", "prod")


@pytest.mark.parametrize("cluster", AWS)
def test_nothing_of_the_lab_is_on_aws(cluster: str) -> None:
    """No faults to inject, no keys, no LocalStack, no git server, no pager, no datastore of ours, no node port."""
    words = {word for found in made(cluster).values() for word in leaves(found.body)}
    assert "FAULTS_ENABLED" in {word for found in made("local").values() for word in leaves(found.body)}
    assert not words & {
        "FAULTS_ENABLED",
        "FAULTS",
        "AWS_ACCESS_KEY_ID",
        "AWS_ENDPOINT_URL",
        "secretRef",
        "nodePort",
        "NodePort",
    }
    assert [word for word in words if re.search(r"localstack|git-server|kubeflow-ops\.local", word)] == []
    kinds = [found.kind for found in made(cluster).values()]
    assert "StatefulSet" not in kinds
    assert not applications(cluster).keys() & {"pager", "datastores"}


@pytest.mark.parametrize("cluster", AWS)
def test_no_word_that_stands_for_a_value_is_left(cluster: str) -> None:
    words = (word for found in made(cluster).values() for word in leaves(found.body))
    left = r"\b(ACCOUNT|REGION|ENV|DOMAIN|SERVICE|REGISTRY|CLUSTER|DATABASE_SECRET)\b"
    assert [word for word in words if "\n" not in word and re.search(left, word)] == []


@pytest.mark.parametrize("cluster", AWS)
def test_the_account_is_said_in_one_file(cluster: str) -> None:
    said = yaml.safe_load((CLUSTERS / cluster / "account" / "account.yaml").read_text())["data"]
    files = [f for f in (CHECKOUT / "gitops").rglob("*") if f.is_file() and said["account"] in f.read_text()]
    assert sorted(files) == [CLUSTERS / name / "account" / "account.yaml" for name in AWS]
    for service in ("user", "order", "notification"):
        container = dig(
            made(cluster)[f"Deployment shop/{service}-service"].body, "spec", "template", "spec", "containers"
        )[0]
        registry = f"{said['account']}.dkr.ecr.{said['region']}.amazonaws.com/kubeflow-ops/"
        assert container["image"].startswith(f"{registry}{service}")
        host = dig(made(cluster)[f"Ingress shop/{service}-service"].body, "spec", "rules")[0]["host"]
        assert host == f"{service}.{said['domain']}"


@pytest.mark.parametrize("cluster", AWS)
def test_roles_are_those_of_terraform_and_user_has_none(cluster: str) -> None:
    role = "eks.amazonaws.com/role-arn"
    found = {
        name: text(values, "serviceAccount", "annotations", role)
        for name, application in applications(cluster).items()
        for source in bodies(application, "spec", "sources")[:1]
        if (values := body(source, "helm", "valuesObject"))
    }
    found |= {
        o.name: text(o.body, "metadata", "annotations", role)
        for o in made(cluster).values()
        if o.kind == "ServiceAccount"
    }
    names = {name: arn.rpartition(f":role/kubeflow-ops-{cluster}-")[2] for name, arn in found.items()}
    assert names == {
        "order-service": "order",
        "notification-service": "notification",
        "user-service": "",
        "aws-load-balancer-controller": "load-balancer-controller",
        **{name: name for name in ("external-secrets", "karpenter", "loki", "tempo")},
    }


@pytest.mark.parametrize("cluster", AWS)
def test_what_makes_secrets_comes_before_what_waits_for_them(cluster: str) -> None:
    """A wave begins when the one before is healthy: a pod without its Secret never is."""
    wave = {
        name: int(text(one, "metadata", "annotations", "argocd.argoproj.io/sync-wave"))
        for name, one in applications(cluster).items()
    }
    assert wave["karpenter"] < wave["nodes"]
    assert wave["external-secrets"] < wave["secret-sync"]
    assert wave["secret-sync"] < min(wave["databases"], wave["kube-prometheus-stack"])
    assert wave["databases"] < min(wave[service] for service in ("user", "order", "notification"))


@pytest.mark.parametrize("cluster", AWS)
def test_values_of_aws_come_between_every_clusters_and_its_own(cluster: str) -> None:
    for chart in ("kube-prometheus-stack", "loki", "tempo"):
        files = dig(bodies(applications(cluster)[chart], "spec", "sources")[0], "helm", "valueFiles")
        below = f"$values/gitops/platform/{chart}"
        assert files == [f"{below}/values.yaml", f"{below}/eks/values.yaml", f"{below}/{cluster}/values.yaml"]
        assert (CHECKOUT / "gitops" / "platform" / chart / "eks" / "values.yaml").is_file()


def test_prod_has_three_pods_spread_over_zones_and_dev_is_smaller() -> None:
    for service in ("user", "order", "notification"):
        least = {c: made(c)[f"HorizontalPodAutoscaler shop/{service}-service"].body["spec"]["minReplicas"] for c in AWS}
        assert least["dev"] < least["prod"] >= 3
        spread = bodies(
            made("prod")[f"Deployment shop/{service}-service"].body,
            "spec",
            "template",
            "spec",
            "topologySpreadConstraints",
        )
        (zones,) = [one for one in spread if one["topologyKey"] == "topology.kubernetes.io/zone"]
        assert zones["whenUnsatisfiable"] == "DoNotSchedule"
        assert dig(zones, "labelSelector", "matchLabels") == {"app": f"{service}-service"}


@pytest.mark.parametrize("cluster", AWS)
def test_karpenter_may_bring_a_hundred_cpus_of_three_families_spot_or_not(cluster: str) -> None:
    spec = made(cluster)["NodePool default"].body["spec"]
    wanted = {one["key"]: one["values"] for one in dig(spec, "template", "spec", "requirements")}
    assert wanted["karpenter.sh/capacity-type"] == ["spot", "on-demand"]
    assert wanted["karpenter.k8s.aws/instance-category"] == ["c", "m", "r"]
    assert spec["limits"]["cpu"] == "100"
    assert spec["disruption"]["consolidationPolicy"] == "WhenEmptyOrUnderutilized"
    node = made(cluster)["EC2NodeClass default"].body["spec"]
    assert node["role"] == f"kubeflow-ops-{cluster}-karpenter-node"
    assert dig(node, "metadataOptions", "httpTokens") == "required"


@pytest.mark.parametrize("cluster", ["local", *AWS])
def test_nobody_comes_into_the_platforms_namespaces_unasked(cluster: str) -> None:
    for space in ("monitoring", "kyverno", "external-secrets", *(["karpenter"] if cluster in AWS else [])):
        spec = made(cluster)[f"NetworkPolicy {space}/{space}"].body["spec"]
        assert (spec["podSelector"], spec["policyTypes"]) == ({}, ["Ingress"])
        open_to_all = {port["port"] for rule in spec["ingress"] if "from" not in rule for port in rule["ports"]}
        lab = {3000, 9090, 9093} if cluster == "local" else set()
        assert open_to_all == {"kyverno": {9443}, "monitoring": lab}.get(space, set())


@pytest.mark.parametrize("cluster", AWS)
def test_an_account_that_is_nobodys_is_told(cluster: str) -> None:
    (verdict,) = manifests.validate(cluster)
    file = f"gitops/clusters/{cluster}/account/account.yaml"
    assert verdict.notes[-1] == f"account 123456789012 is the one of AWS's examples: write yours into {file}"


@pytest.mark.parametrize("cluster", AWS)
def test_the_root_application_leads_to_the_clusters_folder(cluster: str) -> None:
    root, settings = (
        yaml.safe_load(gitops.root(cluster)),
        yaml.safe_load((CLUSTERS / cluster / "cluster.yaml").read_text()),
    )
    assert dig(root, "spec", "source") == {
        "repoURL": settings["data"]["repository"],
        "targetRevision": settings["data"]["revision"],
        "path": f"gitops/clusters/{cluster}",
    }


@pytest.mark.parametrize(
    ("name", "path", "value", "field"),
    [
        ("NodePool default", ("disruption", "consolidationPolicy"), "Sometimes", "spec.disruption.consolidationPolicy"),
        ("NodePool default", ("disruption", "consolidate"), True, "spec.disruption"),
        ("EC2NodeClass default", ("metadataOptions", "httpTokens"), "perhaps", "spec.metadataOptions.httpTokens"),
    ],
)
def test_what_karpenter_would_refuse_is_told(name: str, path: tuple[str, str], value: object, field: str) -> None:
    crds = manifests.fetched_crds()
    found = made("dev")[name]
    if crds.file(found.group) is None:
        pytest.skip(f"not held to a schema: {crds.lacking[found.group]}")
    schemas, content = Schemas(manifests.kubernetes_version(), crds.file), copy.deepcopy(found.body)
    assert schemas.complaints(content) == []
    content["spec"][path[0]][path[1]] = value
    assert [where for where, _ in schemas.complaints(content) or []] == [field]
