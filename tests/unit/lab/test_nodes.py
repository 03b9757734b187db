"""What Karpenter's rehearsal changes of the pool, which instances it offers, and how it reads what came of them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from lab.checks import node_types, node_view, simulated_pool
from lab.checks.cost import load_prices
from lab.checks.node_types import Family
from lab.checks.node_view import Node, Pod, View
from lab.core.errors import UsageError
from lab.core.paths import CHECKOUT
from lab.core.versions import load_lock
from lab.flows import rehearse_nodes, report
from lab.flows.node_scenes import Scene
from lab.tools import go_programs
from lab.tools.cluster import Cluster
from lab.tools.go_programs import KARPENTER, KWOK, is_of
from lab.tools.rendered import Origin, Rendered, read

PRICES = load_prices("eu-central-1")
TREE = "gitops/platform/karpenter/base/node-pool.yaml"


def tree() -> list[Rendered]:
    return list(read((CHECKOUT / TREE).read_text(), Origin("karpenter", TREE)))


def requirement(key: str, operator: str, *values: str) -> dict[str, Any]:
    return {"key": f"karpenter.k8s.aws/{key}", "operator": operator, "values": list(values)}


def test_the_pool_of_the_tree_keeps_everything_but_what_kwok_can_not_know() -> None:
    pool = simulated_pool.simulated(tree(), node_types.families(PRICES))
    ours, theirs = pool.body, tree()[0].body
    assert ours["spec"]["disruption"] == theirs["spec"]["disruption"]
    assert ours["spec"]["limits"] == theirs["spec"]["limits"]
    spec, was = ours["spec"]["template"]["spec"], theirs["spec"]["template"]["spec"]
    same = spec.keys() - {"nodeClassRef", "requirements"}
    assert same == was.keys() - {"nodeClassRef", "requirements"}
    assert {name: spec[name] for name in same} == {name: was[name] for name in same}
    known = [r for r in was["requirements"] if not r["key"].startswith("karpenter.k8s.aws/")]
    assert spec["requirements"][:-1] == known
    assert spec["nodeClassRef"]["kind"] == "KWOKNodeClass"
    assert len(pool.changed) == 2
    assert pool.cpus == float(theirs["spec"]["limits"]["cpu"])


def test_the_tree_itself_is_not_changed() -> None:
    objects = tree()
    simulated_pool.simulated(objects, node_types.families(PRICES))
    assert objects[0].body == tree()[0].body


def test_families_are_those_that_categories_and_generations_allow() -> None:
    known = [Family("m4", "m", 4, arm=False, price=1), Family("m5", "m", 5, arm=False, price=1)]
    known += [Family("t5", "t", 5, arm=False, price=1), Family("r6", "r", 6, arm=False, price=1)]
    tree_asks = [requirement("instance-category", "In", "c", "m", "r"), requirement("instance-generation", "Gt", "4")]
    assert node_types.allowed(tree_asks, known) == ["m5", "r6"]
    assert node_types.allowed([requirement("instance-generation", "Lt", "5")], known) == ["m4"]
    assert node_types.allowed([requirement("instance-category", "NotIn", "m", "t")], known) == ["r6"]
    assert node_types.allowed([requirement("instance-generation", "In", "5")], known) == ["m5", "t5"]


@pytest.mark.parametrize(
    "asked", [requirement("instance-cpu", "Gt", "4"), requirement("instance-cpu", "In", "4")], ids=["Gt", "In"]
)
def test_a_requirement_that_is_not_understood_is_said_and_not_left_out(asked: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="instance-cpu"):
        node_types.allowed([asked], node_types.families(PRICES))


def test_a_pool_that_allows_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match="no family"):
        node_types.allowed([requirement("instance-category", "In", "x")], node_types.families(PRICES))


def test_types_are_priced_by_their_size_and_spot_by_its_share() -> None:
    types = {one["name"]: one for one in node_types.instance_types(PRICES)}
    prices = {offer["Requirements"][0]["values"][0]: offer["Price"] for offer in types["m7i.4xlarge"]["offerings"]}
    assert prices["on-demand"] == pytest.approx(PRICES.node["m7i.large"] * 8)
    assert prices["spot"] == pytest.approx(prices["on-demand"] * PRICES.spot)
    assert types["r7i.2xlarge"]["resources"]["memory"] == "64Gi"
    assert "t3.2xlarge" in types, "what the pool forbids is on offer, so that forbidding it shows"
    assert "t3.4xlarge" not in types, "EC2 has none"


class Answers(Cluster):
    """Lists by path, in place of an API."""

    def __init__(self, lists: Mapping[str, list[dict[str, Any]]]) -> None:
        super().__init__(Path("nowhere"))
        self._lists = lists

    def get(self, path: str, **_: str) -> dict[str, Any] | None:
        return {"items": self._lists[path.rpartition("/")[2]]}


def node(*taints: str, going: bool = False) -> dict[str, Any]:
    labels = {
        "node.kubernetes.io/instance-type": "c6i.xlarge",
        "karpenter.sh/capacity-type": "spot",
        "topology.kubernetes.io/zone": "eu-central-1a",
        "karpenter.kwok.sh/instance-cpu": "4",
        "eks-node-viewer/instance-price": "0.077600",
    }
    meta = {"name": "n", "labels": labels} | ({"deletionTimestamp": "now"} if going else {})
    status = {"conditions": [{"type": "Ready", "status": "True"}]}
    return {"metadata": meta, "spec": {"taints": [{"key": key} for key in taints]}, "status": status}


def pod(name: str, where: str = "", ready: str = "False", **meta: str) -> dict[str, Any]:
    status = {"conditions": [{"type": "Ready", "status": ready}]}
    return {"metadata": {"name": name, **meta}, "spec": {"nodeName": where}, "status": status}


def test_nodes_and_pods_are_read_with_what_they_cost_and_whether_they_are_on_their_way() -> None:
    claims: list[dict[str, Any]] = [{"metadata": {"name": "default-x"}, "status": {"nodeName": "n"}}]
    pods = [pod("a", "n", "True"), pod("b"), pod("c", "n", "True", deletionTimestamp="now")]
    seen = node_view.look(Answers({"nodes": [node()], "nodeclaims": claims, "pods": pods}), "default")
    assert seen.nodes == (
        Node("n", "default-x", "c6i.xlarge", "spot", "eu-central-1a", 4, 0.0776, ready=True, leaving=False),
    )
    assert (seen.running, seen.pending, seen.moving) == (1, 1, False)


@pytest.mark.parametrize(
    ("found", "claims"),
    [
        (node("karpenter.sh/unregistered"), 1),
        (node(going=True), 1),
        (node(), 2),
    ],
    ids=["not registered", "being taken", "a claim without a node"],
)
def test_nodes_that_come_or_go_are_on_their_way(found: dict[str, Any], claims: int) -> None:
    made: list[dict[str, Any]] = [
        {"metadata": {"name": f"c{n}"}, "status": {"nodeName": "n" if n == 0 else ""}} for n in range(claims)
    ]
    lists: dict[str, list[dict[str, Any]]] = {"nodes": [found], "nodeclaims": made, "pods": []}
    assert node_view.look(Answers(lists), "default").moving


def test_only_what_karpenter_says_counts_as_its_refusal() -> None:
    events: list[dict[str, Any]] = [
        {"reportingComponent": "karpenter", "message": "exceed limits"},
        {"source": {"component": "karpenter"}, "message": "exceed limits"},
        {"reportingComponent": "default-scheduler", "message": "0/3 nodes are available"},
    ]
    assert node_view.refusals(Answers({"events": events})) == ["exceed limits"]


def at(*, ready: bool, pods: int) -> View:
    one = Node("n", "c", "c6i.xlarge", "spot", "z", 4, 0.1, ready=ready, leaving=False)
    return View((one,), tuple(Pod(f"p{n}", "n", running=True) for n in range(pods)), ("c",))


def test_a_nodes_life_is_from_the_first_look_to_the_last() -> None:
    seen = [(1.0, at(ready=False, pods=0)), (2.0, at(ready=True, pods=3)), (9.0, at(ready=True, pods=1))]
    (life,) = rehearse_nodes.lives(seen)
    assert (life.first, life.ready, life.last, life.pods) == (1, 2, 9, 3)


def test_a_report_says_at_its_top_that_nodes_are_simulated(tmp_path: Path) -> None:
    scene = Scene(
        name="more than the limit",
        asked="130 flexible",
        seconds=3,
        nodes={"c6i.xlarge spot": 1},
        cpus=4,
        price=0.1,
        running=3,
        pending=9,
        said=["exceed <limits>"],
    )
    seen = [(1.0, at(ready=True, pods=3)), (5.0, at(ready=True, pods=3))]
    made = rehearse_nodes.NodesReport(
        title=rehearse_nodes.TITLE,
        began="now",
        machine="a machine",
        environment="dev",
        changed=["one"],
        note="an estimate",
        currency="USD",
        limit=100,
        peak=4,
        types=3,
        scenes=[scene],
        lives=rehearse_nodes.lives(seen),
        seconds={},
        html="nodes.html",
    )
    report.write(tmp_path / "nodes-1.html", "nodes.html.j2", made, charts=rehearse_nodes.charts(seen, 100))
    text = (tmp_path / "nodes-latest.html").read_text()
    assert "<h1>Simulated nodes: no kubelet, no EC2;" in text
    assert "exceed &lt;limits&gt;" in text
    assert "4 s, 3 pods" in text
    assert 'class="verdict ok"' in text
    assert not made.model_copy(update={"peak": 100.5}).ok


def built(folder: Path, package: str, module: str, version: str) -> Path:
    file = folder / "kwok"
    file.write_bytes(f"\x7fELF...path\t{package}\nmod\t{module}\t{version}\th1:xyz=\n".encode())
    file.chmod(0o755)
    return file


def test_a_program_is_known_by_what_go_wrote_into_it(tmp_path: Path) -> None:
    karpenter = built(tmp_path, KARPENTER.package, KARPENTER.module, KARPENTER.version)
    assert is_of(karpenter, KARPENTER)
    assert not is_of(karpenter, KWOK), "both are called kwok"
    assert not is_of(built(tmp_path, KARPENTER.package, KARPENTER.module, "v1.14.10"), KARPENTER)
    assert is_of(built(tmp_path, KWOK.package, KWOK.module, "(devel)"), KWOK), "a release's own build says no version"
    (tmp_path / "kwok").write_bytes(b"")
    assert not is_of(tmp_path / "kwok", KWOK)


def test_what_is_missing_is_named_with_the_line_that_builds_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(go_programs, "Paths", lambda: type("P", (), {"bin": tmp_path / "bin", "checkout": tmp_path}))
    built(tmp_path, KWOK.package, KWOK.module, KWOK.version)
    with pytest.raises(UsageError) as caught:
        go_programs.find(KARPENTER, KWOK)
    assert f"go install {KARPENTER.package}@{KARPENTER.version}" in caught.value.fix
    assert KWOK.package not in caught.value.fix


def test_karpenters_program_is_of_the_release_whose_definitions_are_pinned() -> None:
    pins = {pin.name: pin.version for pin in load_lock().definition if pin.name.startswith("karpenter")}
    assert set(pins.values()) == {KARPENTER.version.removeprefix("v")}
