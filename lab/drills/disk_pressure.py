"""A node runs out of disk: its kubelet says so, and takes no new pods.

The worker's kubelet is told that a little less than is free now would be too little, softly and with an hour of grace.
Then a file takes that little. Condition and taint are the kubelet's own doing, and real, but nothing is evicted. The
file comes last: a kubelet that starts under pressure refuses the pods that run on its node already.
"""

from collections.abc import Sequence

from lab.core.errors import UsageError
from lab.core.wait import wait
from lab.drills.base import Drill, Page, Sign

_FOLDER = "/var/lib/kubelet"
_CONFIG, _FILE = f"{_FOLDER}/config.yaml", f"{_FOLDER}/drill-disk-pressure"
_KEPT = f"{_CONFIG}.before-drill"
_LESS, _TAKEN, _NEEDED = 1024, 2048, 6144  # MiB: below what is free now; the file; what must be free
_FREE = f"df --output=avail --block-size=1M {_FOLDER} | tail -n 1"
_TELL = f"""set -e
free=$({_FREE})
[ -f {_KEPT} ] || cp {_CONFIG} {_KEPT}
sed '/^evictionPressureTransitionPeriod:/d' {_KEPT} >{_CONFIG}
cat >>{_CONFIG} <<END
evictionSoft: {{nodefs.available: "$((free - {_LESS}))Mi"}}
evictionSoftGracePeriod: {{nodefs.available: 1h}}
evictionPressureTransitionPeriod: 1s
END
systemctl restart kubelet
"""
_MEND = f"rm -f {_FILE}; if [ -f {_KEPT} ]; then mv {_KEPT} {_CONFIG} && systemctl restart kubelet; fi"
_TAINT = "node.kubernetes.io/disk-pressure"


class DiskPressure(Drill):
    """On the last worker."""

    name = "disk-pressure"
    title = "A node runs out of disk"
    pages = (Page("NodeDiskPressure", within=200, clears=240),)
    takes = 120
    hints = ("Everything still runs.", "New pods avoid a node.", "kubectl describe nodes: look at the conditions.")

    def prepare(self) -> None:
        """Take the last node. Raises UsageError where the file would take what others need."""
        self._node = self.field.nodes()[-1]
        free = int(self.field.on_node(self._node, "sh", "-c", _FREE).stdout)
        if free < _NEEDED:
            why = f"{free} MiB are free, {_NEEDED} are wanted"
            raise UsageError(f"{self._node} has too little disk for this drill", why=why, fix="docker system prune")

    def fault(self) -> None:
        """Tell its kubelet, and take the disk when that runs again."""
        before = self._reported()
        self.field.on_node(self._node, "sh", "-c", _TELL)
        wait(
            "kubelet",
            self._reported,
            lambda at: at > before,
            explain=lambda _: f"that of {self._node} starts",
            delay=0.5,
            timeout=60,
        )
        self.field.on_node(self._node, "fallocate", "--length", f"{_TAKEN}MiB", _FILE)

    def effect(self) -> str:
        """Tell what the kubelet reports."""
        found = self._condition("DiskPressure")
        return f"{self._node}: {found['message']}" if found.get("status") == "True" else ""

    def signs(self) -> Sequence[Sign]:
        """The node takes no new pods."""
        return [Sign("the node takes no new pods", self._tainted, within=120)]

    def _tainted(self) -> str:
        found = self.field.cluster.get(f"/api/v1/nodes/{self._node}") or {"spec": {}}
        keys = [taint["key"] for taint in found["spec"].get("taints", [])]
        return f"taint {_TAINT}" if _TAINT in keys else ""

    def _reported(self) -> str:
        return self._condition("Ready").get("lastHeartbeatTime", "")

    def _condition(self, kind: str) -> dict[str, str]:
        return self.field.condition(f"/api/v1/nodes/{self._node}", kind)

    def rollback(self) -> None:
        """Give every kubelet its disk and its own file back."""
        for node in self.field.nodes():
            self.field.on_node(node, "sh", "-c", _MEND)
