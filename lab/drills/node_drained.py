"""A node is emptied for maintenance: the services' pods move, one at a time as their budgets say, and no request fails.

Only the services move. What has its volume on the node stays: in production that is RDS and ElastiCache.
"""

from lab.core.state import SERVICES
from lab.drills.base import Drill
from lab.drills.field import SHOP

_SERVICES = "app in (order-service, user-service, notification-service)"


class NodeDrained(Drill):
    """The last worker is cordoned and drained of the services' pods."""

    name = "node-drained"
    title = "A node is drained"
    takes = 240
    recovers = 240
    hints = ("A node takes no pods.", "Some services' pods all run on one side.", "kubectl get nodes")

    def prepare(self) -> None:
        """Take the last node."""
        self._node = self.field.nodes()[-1]

    def fault(self) -> None:
        """Cordon and drain it; evictions wait for the budgets."""
        words = ("drain", self._node, "--pod-selector", _SERVICES, "--ignore-daemonsets", "--delete-emptydir-data")
        self.field.kubectl.run(*words, "--timeout=200s", timeout=220)

    def effect(self) -> str:
        """Tell that it takes no pods, and has none of the services'."""
        left = self.field.cluster.items(
            f"/api/v1/namespaces/{SHOP}/pods", labelSelector=_SERVICES, fieldSelector=f"spec.nodeName={self._node}"
        )
        return f"{self._node} has none of the services' pods" if self._cordoned(self._node) and not left else ""

    def rollback(self) -> None:
        """Let every node take pods again, and the services' pods spread: by themselves they would stay on one side."""
        cordoned = [node for node in self.field.nodes() if self._cordoned(node)]
        for node in cordoned:
            self.field.kubectl.run("uncordon", node)
        if cordoned:
            names = [f"deployment/{service}-service" for service in SERVICES]
            self.field.kubectl.run("rollout", "restart", *names, "--namespace", SHOP)

    def _cordoned(self, node: str) -> bool:
        found = self.field.cluster.get(f"/api/v1/nodes/{node}") or {}
        return bool(found.get("spec", {}).get("unschedulable"))
