"""What drills lay their hands on: the cluster, its nodes, the services' faults, Argo CD's attention."""

from typing import Any

import httpx

from lab.core import proc
from lab.core.config import load_config
from lab.core.paths import Paths
from lab.core.state import LabState
from lab.core.wait import wait
from lab.stages.kind_base import Ground
from lab.stages.kind_gitops import GitOps
from lab.tools import argocd
from lab.tools.cluster import Cluster
from lab.tools.kubectl import Kubectl
from lab.tools.prometheus import Prometheus

SHOP, DATA, MONITORING = "shop", "data", "monitoring"


class Field:
    """The running lab on the kind rung, with the whole platform."""

    def __init__(self, paths: Paths, state: LabState) -> None:
        self.paths, self.state = paths, state
        self.cluster, self.kubectl = Cluster(paths.kubeconfig), Kubectl(paths.kubeconfig)
        self.gitops = GitOps(paths, state, Ground(paths, state, load_config()))
        self.prometheus = Prometheus.of(state)

    def order_service(self, method: str, path: str, sent: object = None) -> httpx.Response | None:
        """Ask order-service as its clients do, with `sent` as JSON; None where no answer came within 10 seconds."""
        try:
            return httpx.request(method, f"{self.state.url('order')}{path}", json=sent, timeout=10, trust_env=False)
        except httpx.HTTPError:
            return None

    def deployment(self, name: str, namespace: str = SHOP) -> dict[str, Any]:
        """Return a Deployment, {} when there is none."""
        return self.cluster.get(f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}") or {}

    def available(self, name: str, namespace: str = SHOP) -> int:
        """Return how many of a Deployment's pods are available."""
        return int(self.deployment(name, namespace).get("status", {}).get("availableReplicas", 0))

    def pods(self, app: str, namespace: str = SHOP, label: str = "app") -> list[dict[str, Any]]:
        """Return the pods with the label `app`, those apart that are on their way out."""
        found = self.cluster.items(f"/api/v1/namespaces/{namespace}/pods", labelSelector=f"{label}={app}")
        return [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]

    def ended(self, app: str, namespace: str, label: str = "app") -> None:
        """Wait until no pod with the label `app` is there, not even one on its way out: until then it may answer."""
        path = f"/api/v1/namespaces/{namespace}/pods"
        wait(
            app,
            lambda: len(self.cluster.items(path, labelSelector=f"{label}={app}")),
            lambda left: not left,
            explain=lambda left: f"{left} pods have not ended yet",
            delay=0.5,
            timeout=60,
        )

    def scale(self, kind: str, name: str, namespace: str, replicas: int) -> None:
        """Set how many pods a workload has; Argo CD sets it back unless it is held."""
        self.kubectl.run("scale", f"{kind}/{name}", "--namespace", namespace, f"--replicas={replicas}")

    def scaled_back(self, name: str, namespace: str, replicas: int) -> bool:
        """Give a Deployment that was scaled to none its pods back; return whether it had been."""
        if self.deployment(name, namespace).get("spec", {}).get("replicas", replicas):
            return False
        self.scale("deployment", name, namespace, replicas)
        return True

    def condition(self, path: str, kind: str) -> dict[str, str]:
        """Return an object's condition, {} where it, or the object, is not there."""
        found = self.cluster.get(path) or {}
        return next((c for c in found.get("status", {}).get("conditions", []) if c["type"] == kind), {})

    def hold(self, application: str) -> None:
        """Have Argo CD look away from an Application, so that it does not heal what a drill breaks."""
        argocd.hold(self.cluster, application)

    def release(self, application: str) -> None:
        """Have Argo CD look at an Application again, and now."""
        argocd.release(self.cluster, application)

    def faults(self, service: str, **values: float) -> None:
        """Have every pod of a service delay or fail its answers; without `values`, no more."""
        for pod in self.pods(f"{service}-service"):
            path = f"/api/v1/namespaces/{SHOP}/pods/{pod['metadata']['name']}:8000/proxy/faults"
            self.cluster.put(path, values) if values else self.cluster.delete(path)

    def nodes(self) -> list[str]:
        """Return the nodes' names, which are their containers' names, the control plane first."""
        found = [node["metadata"]["name"] for node in self.cluster.items("/api/v1/nodes")]
        return sorted(found, key=lambda name: ("control-plane" not in name, name))

    def on_node(self, node: str, *words: str, check: bool = True) -> proc.Completed:
        """Run a command on a node, as root. Raises CommandError with its words."""
        return proc.run(["docker", "exec", node, *words], timeout=60, check=check)

    def value(self, query: str) -> float | None:
        """Return what an instant query answers first, None when it answers nothing."""
        return next(iter(self.prometheus.values(query, "").values()), None)
