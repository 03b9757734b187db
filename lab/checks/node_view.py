"""Karpenter's nodes and the pods that ask for them, as the API shows them at one moment."""

from dataclasses import dataclass

from lab.tools.cluster import Cluster
from lab.tools.fields import Body, bodies, body, text

NAMESPACE = "demand"  # whose pods are looked at


@dataclass(frozen=True)
class Node:
    """A node that Karpenter brought. `price` is an hour's; `ready`: pods can start there; `leaving`: it is taken."""

    name: str
    claim: str
    type: str
    capacity: str
    zone: str
    cpus: float
    price: float
    ready: bool
    leaving: bool


@dataclass(frozen=True)
class Pod:
    """A pod of the demand; `node` is "" as long as it has none."""

    name: str
    node: str
    running: bool


@dataclass(frozen=True)
class View:
    """All of it at once. `claims` are the NodeClaims, with a node or not yet."""

    nodes: tuple[Node, ...]
    pods: tuple[Pod, ...]
    claims: tuple[str, ...]

    @property
    def cpus(self) -> float:
        return sum(node.cpus for node in self.nodes)

    @property
    def price(self) -> float:
        return sum(node.price for node in self.nodes)

    @property
    def running(self) -> int:
        return sum(pod.running for pod in self.pods)

    @property
    def pending(self) -> int:
        return len(self.pods) - self.running

    @property
    def moving(self) -> bool:
        """Whether nodes are on their way, in or out."""
        return len(self.claims) != len(self.nodes) or any(node.leaving or not node.ready for node in self.nodes)

    def __str__(self) -> str:
        words = f"{len(self.nodes)} nodes, {self.cpus:g} CPUs, {self.running} pods run"
        return f"{words}, {self.pending} wait" if self.pending else words


def look(cluster: Cluster, pool: str) -> View:
    """Return what is there of a pool's nodes, and the demand's pods. Raises LabError when the API does not answer."""
    nodes = cluster.items("/api/v1/nodes", labelSelector=f"karpenter.sh/nodepool={pool}")
    claims = cluster.items("/apis/karpenter.sh/v1/nodeclaims")
    owner = {text(claim, "status", "nodeName"): claim for claim in claims}
    pods = cluster.items(f"/api/v1/namespaces/{NAMESPACE}/pods")
    return View(
        tuple(sorted((_node(found, owner.get(found["metadata"]["name"])) for found in nodes), key=lambda n: n.name)),
        tuple(_pod(found) for found in pods if "deletionTimestamp" not in found["metadata"]),
        tuple(sorted(claim["metadata"]["name"] for claim in claims)),
    )


def refusals(cluster: Cluster) -> list[str]:
    """Return what Karpenter says of pods that it brings no node for, each sentence once."""
    events = cluster.items(f"/api/v1/namespaces/{NAMESPACE}/events", fieldSelector="reason=FailedScheduling")
    ours = (event for event in events if "karpenter" in (event.get("reportingComponent"), _source(event)))
    return sorted({text(event, "message") for event in ours})


def _node(found: Body, claim: Body | None) -> Node:
    labels = body(found, "metadata", "labels")
    starting = any(text(taint, "key") == "karpenter.sh/unregistered" for taint in bodies(found, "spec", "taints"))
    return Node(
        name=text(found, "metadata", "name"),
        claim=text(claim, "metadata", "name"),
        type=text(labels, "node.kubernetes.io/instance-type"),
        capacity=text(labels, "karpenter.sh/capacity-type"),
        zone=text(labels, "topology.kubernetes.io/zone"),
        cpus=float(text(labels, "karpenter.kwok.sh/instance-cpu") or 0),
        price=float(text(labels, "eks-node-viewer/instance-price") or 0),
        ready=_ready(found) and not starting,
        leaving=any("deletionTimestamp" in body(one, "metadata") for one in (found, claim)),
    )


def _pod(found: Body) -> Pod:
    return Pod(text(found, "metadata", "name"), text(found, "spec", "nodeName"), _ready(found))


def _ready(found: Body) -> bool:
    return any(c["type"] == "Ready" and c["status"] == "True" for c in bodies(found, "status", "conditions"))


def _source(event: Body) -> str:
    return text(event, "source", "component")
