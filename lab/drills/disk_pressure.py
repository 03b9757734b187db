"""A node runs out of disk: its kubelet says so, and takes no new pods.

The worker's kubelet is told to call 99 % of free disk too little, softly and with an hour of grace: condition and taint
are its own doing, and real, but nothing is evicted, and no disk is filled that is the host's.
"""

from collections.abc import Sequence

from lab.drills.base import Drill, Page, Sign

_CONFIG, _KEPT = "/var/lib/kubelet/config.yaml", "/var/lib/kubelet/config.yaml.before-drill"
_BREAK = f"""set -e
[ -f {_KEPT} ] || cp {_CONFIG} {_KEPT}
sed -i '/^evictionPressureTransitionPeriod:/d' {_CONFIG}
cat >>{_CONFIG} <<'END'
evictionSoft: {{nodefs.available: "99%"}}
evictionSoftGracePeriod: {{nodefs.available: 1h}}
evictionPressureTransitionPeriod: 1s
END
systemctl restart kubelet
"""
_MEND = f"if [ -f {_KEPT} ]; then mv {_KEPT} {_CONFIG} && systemctl restart kubelet; fi"
_TAINT = "node.kubernetes.io/disk-pressure"


class DiskPressure(Drill):
    """On the last worker."""

    name = "disk-pressure"
    title = "A node runs out of disk"
    pages = (Page("NodeDiskPressure", within=200, clears=240),)
    takes = 90
    hints = ("Everything still runs.", "New pods avoid a node.", "kubectl describe nodes: look at the conditions.")

    def prepare(self) -> None:
        """Take the last node."""
        self._node = self.field.nodes()[-1]

    def fault(self) -> None:
        """Tell its kubelet."""
        self.field.on_node(self._node, "sh", "-c", _BREAK)

    def effect(self) -> str:
        """Tell what the kubelet reports."""
        conditions = {c["type"]: c for c in self._seen()["status"]["conditions"]}
        found = conditions["DiskPressure"]
        return f"{self._node}: {found['message']}" if found["status"] == "True" else ""

    def signs(self) -> Sequence[Sign]:
        """The node takes no new pods."""
        return [Sign("the node takes no new pods", self._tainted)]

    def _tainted(self) -> str:
        keys = [taint["key"] for taint in self._seen()["spec"].get("taints", [])]
        return f"taint {_TAINT}" if _TAINT in keys else ""

    def _seen(self) -> dict[str, dict[str, list[dict[str, str]]]]:
        return self.field.cluster.get(f"/api/v1/nodes/{self._node}") or {"status": {"conditions": []}, "spec": {}}

    def rollback(self) -> None:
        """Give every kubelet its own file back."""
        for node in self.field.nodes():
            self.field.on_node(node, "sh", "-c", _MEND)
