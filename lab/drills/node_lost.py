"""A machine is gone without a word: after most of a minute the cluster believes it, and what it ran is no longer asked.

What has state (datastores, Prometheus, Alertmanager, the pager, Argo CD) prefers the first node in the lab, so that a
worker may be lost. In production state has copies in other zones; here the proof needs eyes that stay open.
"""

from lab.core.errors import UsageError
from lab.drills.base import Drill, Page
from lab.tools import containers

_STAYS = (
    ("data", "app in (postgres, redis)"),
    ("monitoring", "app.kubernetes.io/name in (prometheus, alertmanager, pager, kube-state-metrics)"),
)


class NodeLost(Drill):
    """The last worker's container is paused: it is there, and answers nobody."""

    name = "node-lost"
    title = "A node is lost"
    pages = (Page("DeploymentReplicasMismatch", within=300, clears=300),)
    takes = 150
    recovers = 300
    may_fail = 0.6  # until the cluster believes it, half of the connections lead to it
    hints = ("Half of the requests hang.", "Some pods have not been heard of for a while.", "kubectl get nodes")

    def prepare(self) -> None:
        """Take the last worker. Raises UsageError where it has what the proof needs."""
        self._node = self.field.nodes()[-1]
        for namespace, selector in _STAYS:
            path, where = f"/api/v1/namespaces/{namespace}/pods", f"spec.nodeName={self._node}"
            found = self.field.cluster.items(path, labelSelector=selector, fieldSelector=where)
            if found:
                name = found[0]["metadata"]["name"]
                fix = f"./inv lab.kubectl 'delete pod {name} -n {namespace}': it prefers another node"
                raise UsageError(f"{name} is on {self._node}, and would be lost with it", fix=fix)

    def fault(self) -> None:
        """Pause it."""
        containers.pause(self._node)

    def effect(self) -> str:
        """Tell that the cluster believes it."""
        ready = self.field.condition(f"/api/v1/nodes/{self._node}", "Ready")
        return f"{self._node}: {ready['message']}" if ready.get("status") == "Unknown" else ""

    def rollback(self) -> None:
        """Let every node that is paused go on."""
        for node in self.field.nodes():
            containers.go_on(node)
